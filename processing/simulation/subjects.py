"""The made-up monument of the simulated survey: its tree of subjects and its captures."""

from dataclasses import dataclass

SUBJECTS: list[dict[str, object]] = [
    {
        "code": "demo",
        "kind": "site",
        "name": {"vi": "Di tích mô phỏng", "en": "Simulated site"},
        "frame": False,
    },
    {
        "code": "demo.palace",
        "kind": "monument",
        "name": {"vi": "Điện mô phỏng", "en": "Simulated palace"},
        "frame": False,
    },
    {
        "code": "demo.palace.main-hall",
        "kind": "component",
        "name": {"vi": "Chính điện", "en": "Main hall"},
        "frame": True,
    },
    {
        "code": "demo.palace.main-hall.roof",
        "kind": "component",
        "name": {"vi": "Mái", "en": "Roof"},
        "frame": False,
    },
    {
        "code": "demo.palace.main-hall.roof.east-pearl",
        "kind": "component",
        "name": {"vi": "Bầu rượu lửa phía đông", "en": "East flaming pearl"},
        "frame": True,
    },
    {
        "code": "demo.palace.east-wing",
        "kind": "component",
        "name": {"vi": "Hành lang đông", "en": "East wing"},
        "frame": True,
    },
    {
        "code": "demo.palace.west-wing",
        "kind": "component",
        "name": {"vi": "Hành lang tây", "en": "West wing"},
        "frame": True,
    },
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One capture to simulate and upload.

    ``share`` is its part of the survey's points; ``reference`` the case whose frame it is to be placed in;
    ``expected_state`` what an honest registration must answer.
    """

    code: str
    model: str
    subject: str
    asset: str
    kind: str
    format: str
    capture: str
    date: str
    method: str
    expected_state: str
    later: bool = False
    has_control: bool = False
    reference: str | None = None
    share: float = 0.0


def cases() -> list[Case]:
    """All captures, each after the one it refers to."""
    hall, palace = "demo.palace.main-hall", "demo.palace"
    scan = {"asset": "laser-scan", "kind": "point_cloud", "method": "terrestrial-laser-scanning"}
    model = {"kind": "mesh", "method": "photogrammetry"}
    first = {"capture": "survey-2022", "date": "2022-05-16", "expected_state": "accepted"}
    second = {"capture": "survey-2025", "date": "2025-03-10", "later": True}
    table: list[dict[str, object]] = [
        {
            "code": "hall-2022",
            "model": "hall",
            "subject": hall,
            "format": "e57",
            "share": 0.4,
            **scan,
            **first,
        },
        {
            "code": "hall-2025",
            "model": "hall",
            "subject": hall,
            "format": "laz",
            "share": 0.4,
            **scan,
            **second,
            "reference": "hall-2022",
            "expected_state": "accepted",
        },
        {
            "code": "roof-2022",
            "model": "roof",
            "subject": f"{hall}.roof",
            "format": "obj",
            "asset": "roof-model",
            **model,
            **first,
            "reference": "hall-2022",
        },
        {
            "code": "ornament-2022",
            "model": "ornament",
            "subject": f"{hall}.roof.east-pearl",
            "format": "glb",
            "asset": "pearl-model",
            **model,
            **first,
        },
    ]
    for side, has_control in (("east", False), ("west", True)):
        common: dict[str, object] = {
            "model": "wing",
            "subject": f"{palace}.{side}-wing",
            "format": "laz",
            "share": 0.05,
            **scan,
        }
        table.append({"code": f"{side}-wing-2022", **common, **first})
        table.append(
            {
                "code": f"{side}-wing-2025",
                **common,
                **second,
                "reference": f"{side}-wing-2022",
                "has_control": has_control,
                "expected_state": "accepted" if has_control else "ambiguous",
            }
        )
    return [Case(**row) for row in table]  # type: ignore[arg-type]  # rows of literals above
