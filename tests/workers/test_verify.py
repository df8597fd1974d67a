"""A result is done again from its record, and said to agree only where it does."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text

from storage import db as database
from storage.derivatives.queries import current
from storage.jobs.kinds import RECHECK
from storage.jobs.rechecks import recheck_derivative, recheck_placement
from storage.placements.queries import current_placement
from storage.placements.requests import request_placement
from tests.workers.test_jobs import is_in
from tests.workers.test_real import PATIENCE_S, grid, real_worker, sheet_of_triangles
from tests.workers.world import World
from workers.operations.comparing import agreement_of_packs, displacement_m

STILL = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
BOX = [[0.0, 0.0, 0.0], [30.0, 40.0, 0.0]]


@pytest.fixture
def busy(world: World):
    """A cloud that went through, with real workers still at hand."""
    with world.dispatcher(), real_worker(world):
        completed = world.upload({"sheet.xyz": grid(60)})
        world.wait(is_in("tile-version", "succeeded", "failed"), timeout_s=PATIENCE_S)
        yield world, completed.version.id


def derivative(world: World, version_id, kind):
    with database.transaction(world.sessions) as db:
        return current(db, version_id, kind)


def verdict(world: World, asked) -> dict:
    """Ask, wait, and return what was found."""
    with database.transaction(world.sessions) as db:
        job = asked(db)
    assert job.operation == RECHECK

    def ended(jobs):
        return world.job(job.id).ended_at is not None

    world.wait(ended, timeout_s=PATIENCE_S)
    found = world.job(job.id)
    assert (found.state, found.error) == ("succeeded", None)
    return found.attempts[-1].result["verify"]


def of_derivative(world: World, made) -> dict:
    return verdict(world, lambda db: recheck_derivative(db, world.caller, made.id))


def replace_file(world: World, made, path: str, content: bytes) -> None:
    """Let the record say other bytes than the recipe makes, as if they had been made by a faulty machine."""
    key = f"derivatives/{made.id}/{path}"
    head = world.store.put(key, content, media_type="application/octet-stream")
    change = """
        UPDATE derivative_file SET sha256 = :sha, size_bytes = :size
         WHERE derivative_id = :id AND path = :path
    """
    sha256 = hashlib.sha256(content).hexdigest()
    with database.transaction(world.sessions) as db:
        values = {"sha": sha256, "size": head.size_bytes, "id": made.id, "path": path}
        assert db.execute(text(change), values).rowcount == 1


def test_it_agrees_with_tiles_made_the_same_way_and_not_with_others(busy):
    world, version_id = busy
    tiles = derivative(world, version_id, "tileset")

    found = of_derivative(world, tiles)
    assert found["verdict"] == "same"
    assert found["figures"]["tiles_equal"] == found["figures"]["tiles"] > 1

    pack = world.store.get(f"derivatives/{tiles.id}/pack-0000.bin")
    middle = len(pack) // 2
    replace_file(
        world, tiles, "pack-0000.bin", pack[:middle] + bytes([pack[middle] ^ 1]) + pack[middle + 1 :]
    )

    found = of_derivative(world, tiles)
    assert found["verdict"] == "different"
    assert found["figures"]["tiles_equal"] == found["figures"]["tiles"] - 1
    with database.transaction(world.sessions) as db:
        said = "SELECT details->>'verdict' FROM audit WHERE action = 'derivative.verified' ORDER BY id"
        assert [row[0] for row in db.execute(text(said))] == ["same", "different"]


def test_it_takes_a_picture_by_its_pixels(busy):
    world, version_id = busy
    made = derivative(world, version_id, "picture")
    with Image.open(io.BytesIO(world.store.get(f"derivatives/{made.id}/picture.webp"))) as opened:
        pixels = np.asarray(opened.convert("RGB"))

    def saved(changed):
        out = io.BytesIO()
        Image.fromarray(changed).save(out, "WEBP", lossless=True)
        return out.getvalue()

    replace_file(world, made, "picture.webp", saved(pixels))
    alike = of_derivative(world, made)
    replace_file(world, made, "picture.webp", saved(255 - pixels))
    other = of_derivative(world, made)

    assert (alike["verdict"], alike["figures"]["files_equal"]) == ("within-tolerance", 0)
    assert other["verdict"] == "different"
    assert other["figures"]["pixel_mean"] > 10


def test_it_agrees_with_copc_and_with_levels_of_detail_to_the_byte(busy):
    world, version_id = busy
    mesh = world.upload({"sheet.obj": sheet_of_triangles(12)}, asset_kind="mesh")
    world.wait(is_in("copc-version", "succeeded"), timeout_s=PATIENCE_S)
    world.wait(is_in("lod-version", "succeeded"), timeout_s=PATIENCE_S)
    copc, lod = derivative(world, version_id, "copc"), derivative(world, mesh.version.id, "lod")

    found = {made.kind: of_derivative(world, made) for made in (copc, lod)}
    path = next(file.path for file in lod.files if file.path.endswith(".glb"))
    replace_file(world, lod, path, b"other bytes")
    other = of_derivative(world, lod)

    assert {kind: one["verdict"] for kind, one in found.items()} == {"copc": "same", "lod": "same"}
    assert found["lod"]["figures"]["files_equal"] == found["lod"]["figures"]["files"] == len(lod.files)
    assert (other["verdict"], other["figures"]["different"]) == ("different", [path])


def test_it_does_a_registration_again(world: World):
    bumps = [
        (x / 5, y / 5, ((x * 7 + y * 13) % 11) / 8 + (x * y % 17) / 9) for x in range(40) for y in range(40)
    ]
    first = "\n".join(f"{x} {y} {z}" for x, y, z in bumps).encode()
    second = "\n".join(f"{x + 0.5} {y - 0.25} {z + 0.125}" for x, y, z in bumps).encode()
    marks = [bumps[0], bumps[39], bumps[1560], bumps[820]]
    control = [
        {"name": f"m{i}", "moving": [x + 0.5, y - 0.25, z + 0.125], "fixed": [x, y, z]}
        for i, (x, y, z) in enumerate(marks)
    ]
    with world.dispatcher(), real_worker(world):
        world.upload({"first.xyz": first})
        world.wait(is_in("inspect-version", "succeeded"), timeout_s=PATIENCE_S)
        later = world.upload({"second.xyz": second})
        world.wait(is_in("inspect-version", "succeeded"), timeout_s=PATIENCE_S)
        with database.transaction(world.sessions) as db:
            request_placement(db, world.caller, later.version.id, control=control)
        world.wait(is_in("register-version", "succeeded", "failed"), timeout_s=PATIENCE_S)
        with database.transaction(world.sessions) as db:
            placed = current_placement(db, later.version.id)

        found = verdict(world, lambda db: recheck_placement(db, world.caller, placed.id))
        with database.transaction(world.sessions) as db:
            moved = """
                UPDATE attempt SET result = jsonb_set(result, '{register,fixed_from_moving,0,3}', '9.0')
                 WHERE job_id = :job
            """
            db.execute(text(moved), {"job": placed.job_id})
        other = verdict(world, lambda db: recheck_placement(db, world.caller, placed.id))

    assert found["verdict"] in ("same", "within-tolerance")
    assert found["figures"]["displacement_m"] <= found["figures"]["tolerance_m"] == 0.001
    assert other["verdict"] == "different"
    assert other["figures"]["displacement_m"] > 1


def test_it_measures_two_transforms_at_the_farthest_corner():
    milliradian = [[1, -0.001, 0, 0], [0.001, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]

    assert displacement_m(STILL, STILL, BOX) == 0
    assert displacement_m(STILL, milliradian, BOX) == pytest.approx(0.05)


def test_it_takes_tiles_for_equal_though_their_packs_are_cut_elsewhere():
    first = {"packs": ["a"], "entries": {"1": [0, 0, 2, "x"], "2": [0, 2, 2, "x"]}}
    second = {"packs": ["b", "c"], "entries": {"2": [0, 0, 2, "x"], "1": [1, 0, 2, "x"]}}
    bytes_of = {"a": b"1122", "b": b"22", "c": b"11"}

    def read(pack, offset, length):
        return bytes_of[pack][offset : offset + length]

    assert agreement_of_packs(first, read, second, read) == (2, 2)
    bytes_of["c"] = b"10"
    assert agreement_of_packs(first, read, second, read) == (2, 1)
