"""Health."""

from pydantic import BaseModel


class Health(BaseModel):
    """The process answers."""

    ok: bool


class Check(BaseModel):
    """One need."""

    ok: bool
    detail: str


class Readiness(BaseModel):
    """Every need, and whether all are met."""

    ready: bool
    checks: dict[str, Check]
