"""What is asked of `heritwin up` becomes ports, addresses and settings, or is refused."""

import socket

import pytest

from stack.errors import OptionsError, PortTakenError
from stack.folder import DataFolder
from stack.options import OutsideS3, UpOptions
from stack.plan import make_plan


@pytest.fixture
def plan(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.prepare()

    def plan(**options):
        return make_plan(UpOptions(data=folder.root, **options), folder, folder.load_secrets())

    return plan


def test_it_keeps_its_inner_ports_from_start_to_start(plan):
    first, second = plan(), plan()

    assert first.ports == second.ports
    assert len(set(first.ports.values())) == len(first.ports)


def test_it_takes_other_ports_for_those_that_somebody_took_meanwhile(plan):
    first = plan()
    with socket.create_server(("127.0.0.1", first.ports["postgres"])):
        second = plan()

    assert second.ports["postgres"] != first.ports["postgres"]
    assert second.ports["s3"] == first.ports["s3"]


def test_it_keeps_a_worker_for_the_early_word_beside_those_asked_for(plan, tmp_path):
    programs = {one.name: one for one in plan().own_programs(DataFolder(tmp_path / "data"), 2)}

    assert {"worker-1", "worker-2", "worker-early"} <= programs.keys()
    assert programs["worker-early"].environment["HERITWIN_OPERATIONS"] == "early-word"
    assert "HERITWIN_OPERATIONS" not in programs["worker-1"].environment


def test_it_refuses_a_public_port_in_use(plan):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTakenError, match="is in use"):
        plan(port=taken.getsockname()[1])


def test_it_signs_for_the_origin_people_type(plan):
    inside, outside = plan(port=28999), plan(host="twins.example.org", port=443)

    assert inside.environment["HERITWIN_S3_PUBLIC_ENDPOINT"] == inside.address == "http://localhost:28999"
    assert outside.environment["HERITWIN_PUBLIC_URL"] == outside.address == "https://twins.example.org"


def test_it_starts_no_server_that_is_given_from_outside(plan):
    store = OutsideS3(
        endpoint="http://s3.lan",
        public_endpoint="https://s3.example.org",
        bucket="b",
        access_key="a",
        secret_key="k",
    )
    made = plan(database="postgresql+psycopg://db.lan/heritwin", broker="amqp://mq.lan", s3=store)

    assert (made.postgres, made.valkey, made.seaweedfs) == (None, None, None)
    assert made.environment["HERITWIN_DATABASE_URL"] == "postgresql+psycopg://db.lan/heritwin"
    assert made.environment["HERITWIN_S3_PUBLIC_ENDPOINT"] == "https://s3.example.org"
    assert "handle /heritwin/" not in made.caddy.caddyfile()


def test_it_refuses_half_a_certificate(plan, tmp_path):
    with pytest.raises(OptionsError, match="go together"):
        plan(host="twins.example.org", certificate=tmp_path / "chain.pem")
    with pytest.raises(OptionsError, match="is not there"):
        plan(host="twins.example.org", certificate=tmp_path / "a.pem", certificate_key=tmp_path / "b.pem")
