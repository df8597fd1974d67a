"""How much memory and disk a job is expected to need, so that a worker takes only what fits it.

First estimates, from the size of the masters alone: ranged readers hold blocks, tilers hold what they sort.
They bound who may claim a job; the room's own limits are the warden's.
"""

from storage.jobs.kinds import (
    BUNDLE,
    CLEAN,
    COPC,
    CUT,
    EARLY,
    GROUP,
    INSPECT,
    JOIN,
    LOD,
    MEASURE,
    REGISTER,
    SPREAD,
    TILE,
    VERIFY,
)

MIB = 1024 * 1024
_BASE_MIB = {
    VERIFY: 128,
    EARLY: 512,
    BUNDLE: 512,
    INSPECT: 768,
    TILE: 1024,
    LOD: 1024,
    COPC: 768,
    CUT: 768,
    MEASURE: 1536,
    CLEAN: 1536,
    REGISTER: 1024,
}
_PER_MASTER = {
    VERIFY: 0.0,
    EARLY: 0.0,
    BUNDLE: 0.0,
    INSPECT: 0.5,
    TILE: 2.0,
    LOD: 3.0,
    COPC: 1.0,
    CUT: 0.0,
    MEASURE: 0.0,
    CLEAN: 0.0,
    REGISTER: 1.0,
}
MOST_MIB = 2048
"""No job asks for more: above this, the operations work in pieces."""

_SHARED_MIB = {SPREAD: 1024, GROUP: 1024, JOIN: 1024}
# On disk, per point: the cloud as it was read and its chunks, 20 B and 16 B; the tiles of a group, at most
# 16 B; a join holds the few points above all chunks, and the index.
_SHARED_BYTES = {SPREAD: 40, GROUP: 20, JOIN: 4}


def memory_mib(operation: str, size_bytes: int) -> int:
    """Return the memory a job is expected to need at its peak."""
    wanted = _BASE_MIB[operation] + _PER_MASTER[operation] * size_bytes / MIB
    return int(min(MOST_MIB, wanted))


def disk_mib(operation: str, size_bytes: int) -> int:
    """Return the room a job's folder is expected to need: outputs, and inputs that need a path."""
    if operation in (VERIFY, EARLY):
        return 64
    # COPC spills whole records twice, and LAZ unpacks to four to eight times its
    # size; so may a zip.
    return 256 + int((16 if operation in (COPC, BUNDLE) else 3) * size_bytes / MIB)


def shared_memory_mib(operation: str, points: int) -> int:
    """Return the memory a job of a shared tiling needs: a join holds a row of every tile."""
    return _SHARED_MIB[operation] + (int(points / 10_000 * 2048 / MIB) if operation == JOIN else 0)


def shared_disk_mib(operation: str, points: int, copied_bytes: int = 0) -> int:
    """Return the disk a job of a shared tiling needs for so many points, and for a master it must copy."""
    return 256 + int((_SHARED_BYTES[operation] * points + copied_bytes) / MIB)
