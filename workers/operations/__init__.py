"""What a worker can do, by the operation's name in the job's row."""

from __future__ import annotations

from collections.abc import Callable

from storage.jobs.records import Outputs
from workers.operations import (
    bundle_version,
    copc_version,
    cut_version,
    early_word,
    inspect_version,
    join_tiles,
    lod_version,
    recipe_version,
    register_version,
    spread_version,
    tile_group,
    tile_version,
    verify_result,
    verify_upload,
)
from workers.operations.work import Work

OPERATIONS: dict[str, Callable[[Work], Outputs]] = {
    "verify-upload": verify_upload.run,
    "early-word": early_word.run,
    "bundle-version": bundle_version.run,
    "inspect-version": inspect_version.run,
    "tile-version": tile_version.run,
    "lod-version": lod_version.run,
    "copc-version": copc_version.run,
    "cut-version": cut_version.run,
    "measure-version": recipe_version.measure,
    "clean-version": recipe_version.clean,
    "register-version": register_version.run,
    "verify-result": verify_result.run,
    "spread-version": spread_version.run,
    "tile-group": tile_group.run,
    "join-tiles": join_tiles.run,
}
