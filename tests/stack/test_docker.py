"""The compose file, the image's recipe and the room's system call filter, checked without an engine."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stack.components import caddy
from stack.components.postgres import EXTENSIONS

REPOSITORY = Path(__file__).parents[2]
SECRETS = (
    "POSTGRES_PASSWORD",
    "VALKEY_PASSWORD",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "HERITWIN_SECRET",
    "HERITWIN_PUBLIC_URL",
)


def compose(*arguments, environment):
    return subprocess.run(
        [
            Path(sys.executable).with_name("docker-compose"),
            "-f",
            REPOSITORY / "docker-compose.yml",
            *arguments,
        ],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def config():
    done = compose("config", "--format", "json", environment={name: f"value-of-{name}" for name in SECRETS})
    assert not done.stderr
    return json.loads(done.stdout)


def test_it_accepts_the_compose_file(config):
    assert set(config["services"]) >= {
        "postgres",
        "valkey",
        "seaweedfs",
        "caddy",
        "api",
        "dispatcher",
        "workers",
        "worker-early",
    }


@pytest.mark.parametrize("missing", SECRETS)
def test_it_starts_nothing_without_a_secret(missing):
    done = compose("config", "-q", environment={name: "x" for name in SECRETS if name != missing})

    # The wheel's own wrapper exits 0 whatever happens: what is written tells.
    assert f"required variable {missing} is missing" in done.stderr


def test_it_publishes_the_front_door_alone(config):
    assert [name for name, service in config["services"].items() if service.get("ports")] == ["caddy"]


def test_it_hands_the_same_settings_to_each_of_our_processes(config):
    environments = [
        config["services"][name]["environment"] for name in ("api", "dispatcher", "workers", "migrate")
    ]

    assert all(environment == environments[0] for environment in environments)
    assert environments[0]["HERITWIN_ROOM"] == "strict"


@pytest.mark.parametrize("name", ["workers", "worker-early"])
def test_it_gives_the_room_its_filter_and_files_that_are_there(config, name):
    options = config["services"][name]["security_opt"]
    [profile] = [option.partition("=")[2] for option in options if option.startswith("seccomp=")]
    rules = json.loads((REPOSITORY / profile).read_text())
    refused = {
        name for rule in rules["syscalls"] if rule["action"] == "SCMP_ACT_ERRNO" for name in rule["names"]
    }

    assert {"bpf", "keyctl", "init_module", "ptrace", "kexec_load"} <= refused
    assert not refused & {"clone", "unshare", "mount", "umount2", "pivot_root", "seccomp", "prctl"}


def test_it_makes_the_same_extensions_in_the_container_as_on_one_machine():
    script = (REPOSITORY / "stack/docker/postgres.sh").read_text()

    assert tuple(re.findall(r"CREATE EXTENSION (\w+);", script)) == EXTENSIONS


def test_it_has_a_front_door_that_caddy_understands(tmp_path):
    done = subprocess.run(
        [caddy.binary(), "adapt", "--config", REPOSITORY / "stack/docker/Caddyfile", "--validate"],
        env={
            "HERITWIN_PUBLIC_URL": "https://twins.example.org",
            "XDG_DATA_HOME": str(tmp_path),
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert "seaweedfs:8333" in done.stdout


def test_it_copies_into_the_image_only_what_the_repository_has():
    recipe = (REPOSITORY / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", recipe, re.MULTILINE):
        *sources, _ = line.split()
        assert all((REPOSITORY / source).exists() for source in sources), line
