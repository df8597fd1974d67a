"""What stands behind an answer, as it is stored with the placement."""

from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.registration.dense import Dense
from processing.registration.hypotheses import AMBIGUOUS_RATIO, Hypothesis
from processing.registration.rigid import Points
from processing.registration.score import Measures

RULE = "rule-a/1"
LIBRARIES = ("kiss-matcher", "small-gicp", "open3d-cpu", "scipy", "numpy")


def described(
    reasons: list[str],
    measures: Measures,
    dense: Dense | None,
    others: list[tuple[Hypothesis, float]],
    voxel_m: float,
    fixed_origin: Points,
) -> dict[str, Any]:
    """Collect the measures, the other poses' ratio, and the versions of what computed them."""
    evidence: dict[str, Any] = {
        "rule": RULE,
        "reasons": reasons,
        "measures": measures.as_json(),
        "coarse_voxel_m": voxel_m,
        "second_ratio": round(others[0][1], 4) if others else 0.0,
        "ambiguous_from_ratio": AMBIGUOUS_RATIO,
        "other_poses": len(others),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    if dense is not None:
        evidence["dense"] = {
            "pairs": dense.pairs,
            "blocks": dense.blocks,
            "steps": dense.steps,
            "settled": dense.settled,
            "rms_m": dense.rms_m,
            "scale_m": dense.scale_m,
            "condition": dense.condition,
        }
        # The turn of the covariance is about this point of the fixed frame.
        evidence["covariance_pivot"] = (dense.pivot + fixed_origin).tolist()
        evidence["sigma_shift_m"] = np.sqrt(np.diag(dense.covariance)[3:]).tolist()
    return evidence


def unknown_covariance(radius_m: float) -> npt.NDArray[np.float64]:
    """The covariance of a pose nothing is known of: a radian of turn, the model's own radius of shift."""
    return np.diag([1.0, 1.0, 1.0, radius_m**2, radius_m**2, radius_m**2])
