"""Where versions stand, on what evidence, and by whose decision."""

import pytest

from storage.clock import now
from storage.db import transaction
from storage.errors import ForbiddenError, InvalidError
from storage.jobs.inputs import inputs_of
from storage.jobs.records import Outputs
from storage.placements.commands import create_frame, decide
from storage.placements.errors import AlternativeUnknownError, FrameExistsError, NothingToRegisterToError
from storage.placements.matrices import IDENTITY, apply, as_matrix, compose, flat, invert, require_rigid
from storage.placements.queries import current_placement, frame_of, get_placement
from storage.placements.requests import request_placement
from tests.storage.world import SHIFTED

TURNED = [[0.0, -1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 2.0], [0.0, 0.0, 1.0, 3.0], [0.0, 0.0, 0.0, 1.0]]


@pytest.fixture
def world(quiet_world):
    """An empty queue."""
    return quiet_world


@pytest.fixture
def hall(world, request):
    """A subject with one asset."""
    return world.subject(request.node.name[:60])


@pytest.fixture
def asset(world, hall):
    """Its asset."""
    return world.asset(hall)


def inspected(world, asset, data: bytes = b"1", **more):
    """A version whose bytes are verified and inspected."""
    control = more.pop("control", None)
    done = world.uploaded(asset, data, control=control)
    world.verify()
    world.inspect(**more)
    return done.version.id


def placement_of(world, version_id):
    """Where a version stands now."""
    with transaction(world.sessions) as db:
        return current_placement(db, version_id)


def registered(world, state: str, matrix=SHIFTED, **more):
    """Do the next `register-version` with a canned result."""
    claim = world.claimed("register-version")
    result = {"state": state, "fixed_from_moving": matrix, "method": "kiss+gicp", "rms_m": 0.002, **more}
    world.finish(claim, Outputs(results={"register": result}))
    return claim


def test_it_founds_a_frame_on_the_first_version(world, asset, hall):
    version = inspected(world, asset)
    placement = placement_of(world, version)
    with transaction(world.sessions) as db:
        frame = frame_of(db, hall.id)

    assert (placement.method, placement.state) == ("frame-origin", "accepted")
    assert placement.site_from_scan == IDENTITY
    assert (frame.subject_id, frame.kind) == (hall.id, "free")
    assert placement.decisions[0].agent.startswith("rule:")


def test_it_takes_the_tangent_frame_of_a_georeferenced_first_version(world, asset, hall):
    inspected(
        world,
        asset,
        frame={"kind": "tangent", "origin_geodetic": [107.578, 16.469, 5.0], "max_error_m": 1e-4},
    )
    with transaction(world.sessions) as db:
        assert frame_of(db, hall.id).origin_geodetic == (107.578, 16.469, 5.0)


def test_it_finds_the_frame_of_the_nearest_ancestor(world, asset, hall):
    inspected(world, asset)
    part = world.subject("column", parent=world.subject("columns", parent=hall))
    with transaction(world.sessions) as db:
        assert frame_of(db, part.id).subject_id == hall.id


def test_it_registers_later_versions_to_the_accepted_one(world, asset):
    first, second = inspected(world, asset), inspected(world, asset, b"2")
    claim = registered(world, "accepted")
    with transaction(world.sessions) as db:
        groups = [file.group for file in inputs_of(db, claim)]
    placement = placement_of(world, second)

    assert groups == ["moving", "fixed"]
    assert placement.fixed_version_id == first
    assert [list(row) for row in placement.site_from_scan] == SHIFTED


def test_it_chains_through_the_placement_of_the_fixed_version(world, hall):
    asset = world.asset(hall)
    inspected(world, asset)
    second = inspected(world, asset, b"2")
    registered(world, "accepted", TURNED)
    third = inspected(world, asset, b"3")
    claim = world.claimed("register-version")
    with transaction(world.sessions) as db:
        job = request_placement(
            db,
            world.contributor,
            third,
            fixed_version_id=second,
            control=[{"name": "P1", "moving": [0, 0, 0], "fixed": [1.0, 2.0, 3.0]}],
        )
    world.finish(
        claim,
        Outputs(results={"register": {"state": "rejected", "fixed_from_moving": SHIFTED, "method": "m"}}),
    )
    claim = registered(world, "accepted", SHIFTED)

    assert claim.job_id == job.id
    # Control arrives in the fixed version's own frame: the site's (1, 2, 3) is its origin.
    assert claim.arguments["control"][0]["fixed"] == pytest.approx([0, 0, 0])
    expected = compose(as_matrix(flat(TURNED)), as_matrix(flat(SHIFTED)))
    assert placement_of(world, third).site_from_scan == expected


def test_it_registers_a_first_version_with_control_points_to_the_site_itself(world, asset):
    control = [{"name": "P1", "moving": [0, 0, 0], "fixed": [1, 2, 3]}]
    version = inspected(world, asset, control=control)
    claim = registered(world, "accepted", TURNED)

    assert claim.arguments["fixed_version"] is None
    assert claim.arguments["control"] == control
    assert [list(row) for row in placement_of(world, version).site_from_scan] == TURNED


def test_it_lets_a_named_person_choose_an_alternative_and_keeps_what_was_known_before(world, asset):
    inspected(world, asset)
    version = inspected(world, asset, b"2")
    registered(world, "ambiguous", alternatives=[{"fixed_from_moving": TURNED, "score": 0.9, "ratio": 1.01}])
    before, asked = placement_of(world, version), now()
    with transaction(world.sessions) as db:
        decided = decide(
            db, world.curator, before.id, state="accepted", reason="the stairs face south", alternative=0
        )
    with transaction(world.sessions) as db:
        then = current_placement(db, version, known_at=asked)

    assert before.state == then.state == "ambiguous"
    assert decided.state == "accepted"
    assert [list(row) for row in decided.site_from_scan] == TURNED
    assert [decision.decided_by for decision in decided.decisions] == [None, world.curator.person_id]
    assert decided.decisions[0].replaced_at == decided.decisions[1].decided_at


def test_it_prefers_an_accepted_placement_to_a_later_rejected_one(world, asset):
    inspected(world, asset)
    version = inspected(world, asset, b"2")
    registered(world, "accepted")
    with transaction(world.sessions) as db:
        request_placement(db, world.contributor, version, prior=IDENTITY)
    registered(world, "rejected", TURNED)

    assert placement_of(world, version).state == "accepted"


def test_it_never_registers_to_what_is_not_accepted(world, asset):
    first = inspected(world, asset)
    with transaction(world.sessions) as db:
        decide(
            db,
            world.curator,
            current_placement(db, first).id,
            state="rejected",
            reason="scanned the wrong hall",
        )
    second = inspected(world, asset, b"2")

    assert placement_of(world, second).method == "frame-origin"


def test_it_asks_for_a_reason_a_role_and_an_alternative_that_exists(world, asset):
    version = inspected(world, asset)
    placement = placement_of(world, version)
    with transaction(world.sessions) as db:
        with pytest.raises(InvalidError):
            decide(db, world.curator, placement.id, state="rejected", reason="")
        with pytest.raises(AlternativeUnknownError):
            decide(db, world.curator, placement.id, state="accepted", reason="x", alternative=0)
        with pytest.raises(ForbiddenError):
            decide(db, world.contributor, placement.id, state="rejected", reason="x")
        assert len(get_placement(db, world.curator, placement.id).decisions) == 1


def test_it_says_when_there_is_nothing_to_register_to(world, asset):
    version = inspected(world, asset)
    with transaction(world.sessions) as db, pytest.raises(NothingToRegisterToError):
        request_placement(db, world.contributor, version)


def test_it_gives_a_subject_one_frame(world, hall):
    with transaction(world.sessions) as db:
        create_frame(db, world.curator, hall.id, kind="tangent", origin_geodetic=[107.5, 16.4, 3.0])
        with pytest.raises(FrameExistsError):
            create_frame(db, world.curator, hall.id, kind="free")


def test_it_inverts_and_composes_rigid_transforms():
    turned = require_rigid(TURNED)

    assert compose(turned, invert(turned)) == IDENTITY
    assert apply(turned, (1, 0, 0)) == (1, 3, 3)


@pytest.mark.parametrize(
    "matrix",
    [
        [[2.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[-1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1.0, 0, 0, float("nan")], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]],
        [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]],
    ],
    ids=["scales", "mirrors", "not finite", "projects", "3x3"],
)
def test_it_refuses_a_transform_that_is_not_rigid(matrix):
    with pytest.raises(InvalidError):
        require_rigid(matrix)
