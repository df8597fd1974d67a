"""The file for analysts: fetched by name, as any other derivative."""

from tests.service.world import World, derivative_of


def test_it_hands_an_analyst_the_copc_file(world: World) -> None:
    version = world.make_published("public")
    derivative = derivative_of(version, "copc")
    (file,) = world.get(None, f"/v1/derivatives/{derivative}")["files"]
    answer = world.ask(None, "GET", f"/v1/derivatives/{derivative}/files/cloud.copc.laz")
    assert file["url"] == f"/v1/derivatives/{derivative}/files/cloud.copc.laz"
    assert (answer.status_code, answer.content) == (200, b"LASF")
