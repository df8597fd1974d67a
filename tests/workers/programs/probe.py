"""A hostile job: tries to get out of the room, and reports what it managed.

Arguments of its one step: ``port`` of a listening server, ``outside`` and ``neighbour`` (paths of files it
must not see), ``forks`` (how many children it wants at once).
"""

import json
import os
import signal
import socket
from pathlib import Path


def reaches_network(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(5) == b"hello"
    except OSError:
        return False


def reads(path):
    try:
        return Path(path).read_text() != ""
    except OSError:
        return False


def forks(wanted):
    children = []
    try:
        while len(children) < wanted:
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return len(children)


def main():
    arguments = json.loads(Path("REQUEST.json").read_text())["steps"][0]["arguments"]
    managed = {
        "network": reaches_network(arguments["port"]),
        "outside": reads(arguments["outside"]),
        "neighbour": reads(arguments["neighbour"]),
        "forks": forks(arguments["forks"]),
    }
    out = Path("out/probe")
    out.mkdir(parents=True, exist_ok=True)
    files = []
    if arguments["link"]:
        (out / "linked.bin").symlink_to(arguments["outside"])
        files = [{"path": "out/probe/linked.bin", "role": "pack", "media_type": "application/octet-stream"}]
        files[0]["bytes"] = arguments["link"]
    step = {"id": "probe", "verb": "probe", "result": managed, "files": files}
    Path("result.json").write_text(json.dumps({"schema": 1, "ok": True, "steps": [step], "error": None}))


main()
