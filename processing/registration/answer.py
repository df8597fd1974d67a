"""The answer of a registration, in the frames of the files, with what stands behind it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.registration.dense import Dense, densely_refined
from processing.registration.evidence import described, unknown_covariance
from processing.registration.hypotheses import MAX_SHOWN, SHOWN_RATIO, Hypothesis
from processing.registration.pair import Pair
from processing.registration.rigid import Pose
from processing.registration.score import Measures

ALTERNATIVE_POINTS = 5_000


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A decided answer, in the frames of the files. ``covariance``: see ``dense.Dense``."""

    state: str
    fixed_from_moving: Pose
    covariance: npt.NDArray[np.float64]
    method: str
    rms_m: float
    overlap: float
    evidence: dict[str, Any]
    alternatives: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The result of the verb."""
        return {
            "state": self.state,
            "fixed_from_moving": self.fixed_from_moving.tolist(),
            "covariance": self.covariance.tolist(),
            "method": self.method,
            "rms_m": self.rms_m,
            "overlap": self.overlap,
            "evidence": self.evidence,
            "alternatives": self.alternatives,
        }


def answered(
    pair: Pair,
    state: str,
    pose: Pose,
    dense: Dense | None,
    measures: Measures,
    method: str,
    reasons: list[str],
    others: list[tuple[Hypothesis, float]],
    notes: dict[str, Any],
) -> Registration:
    """Put an answer together; ``reasons`` say why it is not simply accepted."""

    return Registration(
        state=state,
        fixed_from_moving=pair.outward(pose),
        covariance=dense.covariance if dense is not None else unknown_covariance(pair.radius_m),
        method=method,
        rms_m=dense.rms_m if dense is not None else measures.plane_rms_m,
        overlap=measures.overlap,
        evidence=described(reasons, measures, dense, others, pair.voxel_m, pair.fixed_origin) | notes,
        alternatives=[_shown(pair, other, ratio, state) for other, ratio in others if ratio >= SHOWN_RATIO][
            :MAX_SHOWN
        ],
    )


def _shown(pair: Pair, other: Hypothesis, ratio: float, state: str) -> dict[str, Any]:
    """An alternative for a person to choose: refined, if a person will have to."""
    pose = other.fixed_from_moving
    if state == "ambiguous":
        better = densely_refined(
            pair.dense_moving, pair.dense_fixed, pose, block_m=pair.voxel_m, points=ALTERNATIVE_POINTS
        )
        pose = pose if better is None else better.fixed_from_moving
    return {
        "fixed_from_moving": pair.outward(pose).tolist(),
        "score": round(other.measures.score, 6),
        "ratio": round(ratio, 4),
        "origin": other.origin,
    }
