"""A job that behaves as its one step's verb says: crashes, hogs, waits, or writes odd outputs."""

import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from pathlib import Path

OUT = Path("out/step")


def finish(files=(), result=None):
    step = {"id": "step", "verb": "behave", "result": result or {}, "files": list(files)}
    text = json.dumps({"schema": 1, "ok": True, "steps": [step], "error": None})
    Path("result.json").write_text(text)


def claim_early(request, arguments):
    """Says that a step is finished whose file is not its own, and lives on."""
    step = {"id": "first", "verb": "behave", "result": {}, "files": [named("REQUEST.json", 1)]}
    Path("result.json").write_text(json.dumps({"schema": 1, "ok": False, "steps": [step], "error": None}))
    sys.stderr.write(json.dumps({"finished": "first"}) + "\n")
    sys.stderr.flush()
    signal.pause()


def named(name, size, media_type="application/octet-stream"):
    return {"path": name, "role": "pack", "media_type": media_type, "bytes": size}


def ask(fd, number, offset, length):
    connection = socket.socket(fileno=os.dup(fd))
    connection.sendall(struct.pack("<IQI", number, offset, length))
    (size,) = struct.unpack("<I", connection.recv(4, socket.MSG_WAITALL))
    return None if size == 0xFFFFFFFF else connection.recv(size, socket.MSG_WAITALL) if size else b""


def crash(request, arguments):
    os.kill(os.getpid(), signal.SIGSEGV)


def hog(request, arguments):
    kept = []
    while True:
        kept.append(b"x" * (16 << 20))
        time.sleep(0.01)


def grab(request, arguments):
    bytearray(arguments["bytes"])


def wait(request, arguments):
    sys.stderr.write(json.dumps({"stage": "waiting", "done": 1, "total": 2, "unit": "steps"}) + "\n")
    signal.pause()


def spin(request, arguments):
    while True:
        pass


def fork(request, arguments):
    """Wants a bounded number of children: a spec must never be able to fell the machine."""
    children = []
    for _ in range(50):
        try:
            child = os.fork()
        except OSError:
            continue
        if child == 0:
            signal.pause()
        children.append(child)
    for child in children:
        os.kill(child, signal.SIGKILL)
    finish(result={"children": len(children)})


def threads(request, arguments):
    """Wants a bounded number of threads."""
    done, started = threading.Event(), 0
    for _ in range(arguments["count"]):
        try:
            threading.Thread(target=done.wait, daemon=True).start()
        except RuntimeError:
            break
        started += 1
    done.set()
    finish(result={"threads": started})


def linger(request, arguments):
    """Keeps a bounded number of threads until it is ended."""
    for _ in range(arguments["count"]):
        threading.Thread(target=signal.pause, daemon=True).start()
    signal.pause()


def fill(request, arguments):
    with Path("filler").open("wb") as file:
        while True:
            file.write(bytes(1 << 20))


def known(request, arguments):
    error = {"step": "step", "kind": arguments["kind"], "message": "told by the child", "hint": "mend it"}
    Path("result.json").write_text(json.dumps({"schema": 1, "ok": False, "steps": [], "error": error}))
    sys.exit(65)


def shout(request, arguments):
    for number in range(20_000):
        sys.stderr.write(f"line {number}\n")
    finish()


def look(request, arguments):
    interfaces = [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]]
    processes = [name for name in os.listdir("/proc") if name.isdigit()]
    writable = [
        name for name in ("/", "/usr", "/dev", "/etc", "/proc/sys/kernel") if os.access(name, os.W_OK)
    ]
    status = Path("/proc/self/status").read_text()
    capabilities = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    facts = {"interfaces": interfaces, "processes": len(processes), "writable": writable}
    facts |= {"capabilities": capabilities, "environment": sorted(os.environ), "uid": os.getuid()}
    facts["descriptors"] = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    try:
        os.close(os.open("/proc/self/ns/user", os.O_RDONLY))
        import ctypes

        facts["unshare"] = ctypes.CDLL(None).unshare(0x10000000)
    except OSError as error:
        facts["unshare"] = error.errno
    cache = Path(os.environ["NUMBA_CACHE_DIR"])
    facts["cache"] = sorted(path.name for path in cache.iterdir()) if cache.is_dir() else None
    finish(result=facts)


def ranges(request, arguments):
    answers = []
    for number, offset, length in arguments["requests"]:
        data = ask(request["range_fd"], number, offset, length)
        answers.append(None if data is None else data.hex() if len(data) < 100 else len(data))
    finish(result={"answers": answers})


def ahead(request, arguments):
    """Asks for everything before it reads any answer."""
    connection = socket.socket(fileno=os.dup(request["range_fd"]))
    for number, offset, length in arguments["requests"]:
        connection.sendall(struct.pack("<IQI", number, offset, length))
    answers = []
    for _ in arguments["requests"]:
        (size,) = struct.unpack("<I", connection.recv(4, socket.MSG_WAITALL))
        answers.append(connection.recv(size, socket.MSG_WAITALL).hex())
    finish(result={"answers": answers})


def outputs(request, arguments):
    OUT.mkdir(parents=True)
    good = OUT / "good.bin"
    good.write_bytes(b"1234")
    (OUT / "unnamed.bin").write_bytes(b"left behind")
    kind = arguments["kind"]
    files = [named("out/step/good.bin", 4)]
    if kind == "symlink":
        (OUT / "odd.bin").symlink_to("/etc/ld.so.cache")
        files.append(named("out/step/odd.bin", 4))
    elif kind == "linked folder":
        (OUT / "odd").symlink_to("/usr/bin")
        files.append(named("out/step/odd/env", 4))
    elif kind == "fifo":
        os.mkfifo(OUT / "odd.bin")
        files.append(named("out/step/odd.bin", 0))
    elif kind == "hard link":
        os.link(good, OUT / "odd.bin")
        files.append(named("out/step/odd.bin", 4))
    elif kind == "folder":
        (OUT / "odd.bin").mkdir()
        files.append(named("out/step/odd.bin", 4096))
    elif kind == "missing":
        files.append(named("out/step/odd.bin", 4))
    elif kind == "dots":
        files.append(named("out/step/../../REQUEST.json", Path("REQUEST.json").stat().st_size))
    elif kind == "absolute":
        files.append(named("/etc/ld.so.cache", 4))
    elif kind == "elsewhere":
        files.append(named("REQUEST.json", Path("REQUEST.json").stat().st_size))
    elif kind == "wrong size":
        files[0]["bytes"] = 5
    elif kind == "too big":
        with (OUT / "odd.bin").open("wb") as file:
            file.truncate(arguments["bytes"])
        files.append(named("out/step/odd.bin", arguments["bytes"]))
    elif kind == "too many":
        for number in range(arguments["count"]):
            (OUT / f"{number}.bin").write_bytes(b"")
            files.append(named(f"out/step/{number}.bin", 0))
    elif kind == "named twice":
        files.append(files[0])
    elif kind == "script":
        (OUT / "odd.html").write_bytes(b"<script>")
        files.append(named("out/step/odd.html", 8, "text/html"))
    elif kind == "wrong magic":
        (OUT / "odd.glb").write_bytes(b"<script>")
        files.append(named("out/step/odd.glb", 8, "model/gltf-binary"))
    elif kind == "result link":
        Path("result.json").symlink_to("/etc/ld.so.cache")
        return
    elif kind == "result nan":
        Path("result.json").write_text('{"schema": 1, "ok": true, "steps": [], "seconds": NaN}')
        return
    elif kind == "result deep":
        Path("result.json").write_text('{"ok": true, "steps": ' + "[" * 200_000)
        return
    elif kind == "result zero":
        Path("result.json").write_text('{"ok": true, "steps": [], "error": null, "note": "a\\u0000"}')
        return
    finish(files)


def main():
    request = json.loads(Path("REQUEST.json").read_text())
    step = request["steps"][0]
    globals()[step["verb"]](request, step.get("arguments", {}))


main()
