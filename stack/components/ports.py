"""Free loopback ports that stay the same from start to start where possible."""

import json
import os
import random
import socket
from collections.abc import Sequence
from pathlib import Path

# Below Linux's usual ephemeral range (32768-60999), so that no outgoing connection takes the port of a
# program that is just being restarted.
LOWEST, HIGHEST = 20000, 32000


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nobody listens on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(taken: Sequence[int] = ()) -> int:
    """A loopback port nobody listens on, other than those in `taken`."""
    choice = random.SystemRandom()
    while True:
        port = choice.randint(LOWEST, HIGHEST)
        if port not in taken and is_free(port):
            return port


def keep_ports(path: Path, names: Sequence[str]) -> dict[str, int]:
    """The port of each name, from the file if still free, chosen anew and written otherwise."""
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = known.get(name, 0)
        free = port > 0 and port not in ports.values() and is_free(port)
        ports[name] = port if free else free_port([*ports.values(), *known.values()])
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(ports, indent=1))
    os.replace(partial, path)
    return ports
