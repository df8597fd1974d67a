"""Why jobs fail: the closed list of kinds that storage itself knows, and what is worth another attempt."""

from typing import Final

WORKER_LOST: Final = "worker-lost"
DEPENDENCY_FAILED: Final = "dependency-failed"
CHECKSUM_MISMATCH: Final = "checksum-mismatch"

AGAIN: Final = frozenset({WORKER_LOST, "storage-unavailable", "room-unavailable", "internal"})
"""Kinds that may pass by themselves; all others would come again from the same bytes."""

LIVE: Final = ("waiting", "queued", "running", "cancelling")
HELD: Final = ("running", "cancelling")
ENDED: Final = ("succeeded", "failed", "cancelled")

VERIFY: Final = "verify-upload"
INSPECT: Final = "inspect-version"
TILE: Final = "tile-version"
LOD: Final = "lod-version"
COPC: Final = "copc-version"
CUT: Final = "cut-version"
MEASURE: Final = "measure-version"
CLEAN: Final = "clean-version"
REGISTER: Final = "register-version"
EARLY: Final = "early-word"
BUNDLE: Final = "bundle-version"
RECHECK: Final = "verify-result"
SPREAD: Final = "spread-version"
GROUP: Final = "tile-group"
JOIN: Final = "join-tiles"
SHARED: Final = (SPREAD, GROUP, JOIN)
"""What tiles a version that is too large for one worker: spread once, many groups, one join."""
FROM_COPC: Final = (CUT, MEASURE, CLEAN)
"""What reads the COPC file of a version by ranges, and never the master."""
STATED: Final[tuple[str, ...]] = ("crs", "up_axis", "unit_m")
"""Arguments of jobs that are people's word on what files may not say."""
OPERATIONS: Final = (VERIFY, EARLY, BUNDLE, INSPECT, TILE, LOD, COPC, *FROM_COPC, REGISTER, RECHECK, *SHARED)
