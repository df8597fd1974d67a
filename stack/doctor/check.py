"""The outcome of one examination."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Check:
    """`warn` is for what the product can do without; `mend` is a command or a sentence."""

    name: str
    state: Literal["ok", "warn", "fail"]
    detail: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        """For --json."""
        return asdict(self)


def passed(name: str, detail: str) -> Check:
    """It is there."""
    return Check(name=name, state="ok", detail=detail)


def noted(name: str, detail: str, mend: str) -> Check:
    """It is missing, and something works less well or not at all, which `detail` names."""
    return Check(name=name, state="warn", detail=detail, mend=mend)


def failed(name: str, detail: str, mend: str) -> Check:
    """It is missing, and the product does not work without."""
    return Check(name=name, state="fail", detail=detail, mend=mend)
