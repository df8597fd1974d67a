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


Row = dict[str, object]

PALACE = "demo.palace"
SCAN: Row = {"asset": "laser-scan", "kind": "point_cloud", "method": "terrestrial-laser-scanning"}
MODEL: Row = {"kind": "mesh", "method": "photogrammetry"}
FIRST: Row = {"capture": "survey-2022", "date": "2022-05-16", "expected_state": "accepted"}
SECOND: Row = {"capture": "survey-2025", "date": "2025-03-10", "later": True}


def cases() -> list[Case]:
    """All captures, each after the one it refers to."""
    return [Case(**row) for row in _hall_rows() + _wing_rows()]  # type: ignore[arg-type]  # rows of literals


def _hall_rows() -> list[Row]:
    hall = f"{PALACE}.main-hall"
    return [
        {
            "code": "hall-2022",
            "model": "hall",
            "subject": hall,
            "format": "e57",
            "share": 0.4,
            **SCAN,
            **FIRST,
        },
        {
            "code": "hall-2025",
            "model": "hall",
            "subject": hall,
            "format": "laz",
            "share": 0.4,
            **SCAN,
            **SECOND,
            "reference": "hall-2022",
            "expected_state": "accepted",
        },
        {
            "code": "roof-2022",
            "model": "roof",
            "subject": f"{hall}.roof",
            "format": "obj",
            "asset": "roof-model",
            **MODEL,
            **FIRST,
            "reference": "hall-2022",
        },
        {
            "code": "ornament-2022",
            "model": "ornament",
            "subject": f"{hall}.roof.east-pearl",
            "format": "glb",
            "asset": "pearl-model",
            **MODEL,
            **FIRST,
        },
    ]


def _wing_rows() -> list[Row]:
    rows: list[Row] = []
    for side, has_control in (("east", False), ("west", True)):
        common: Row = {
            "model": "wing",
            "subject": f"{PALACE}.{side}-wing",
            "format": "laz",
            "share": 0.05,
            **SCAN,
        }
        rows.append({"code": f"{side}-wing-2022", **common, **FIRST})
        rows.append(
            {
                "code": f"{side}-wing-2025",
                **common,
                **SECOND,
                "reference": f"{side}-wing-2022",
                "has_control": has_control,
                "expected_state": "accepted" if has_control else "ambiguous",
            }
        )
    return rows
