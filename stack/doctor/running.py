"""A running stack, as its clients meet it: through the public address."""

import ssl
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

from stack import report
from stack.doctor.check import Check, failed, passed
from stack.errors import NotRunningError
from stack.folder import DataFolder
from stack.plan import make_seaweedfs
from stack.state import RunState, read_state


def examine_running(data: Path) -> Iterator[Check]:
    """Ready from inside, reached from outside, bytes in and out by signed addresses only."""
    folder = DataFolder(data)
    try:
        found = report.look(data)
    except NotRunningError as error:
        yield failed("stack", error.message, error.hint)
        return
    if found["ready"]:
        yield passed("stack", f"ready, {len(found['programs'])} programs")
    else:
        yield failed("stack", str(found["readyz"])[:400], f"see {folder.logs}")
    state = read_state(folder)
    if state is not None:
        yield from public(folder, state)


def public(folder: DataFolder, state: RunState) -> Iterator[Check]:
    """What a client does: ask, send, fetch."""
    context = trusting(state)
    try:
        with urllib.request.urlopen(f"{state.address}/healthz", timeout=10, context=context) as answer:
            yield passed("public address", f"{state.address} answers {answer.status}")
    except OSError as error:
        mend = "let the name point to this machine (DNS or /etc/hosts), and open the port in the firewall"
        yield failed("public address", f"{state.address}: {error}", mend)
        return
    if any(program.name == "seaweedfs" for program in state.programs):
        yield put_and_get(folder, state, context)


def put_and_get(folder: DataFolder, state: RunState, context: ssl.SSLContext | None) -> Check:
    """Send some bytes by a signed address and fetch them again; without a signature nothing is given."""
    key, body = f"work/doctor-{uuid.uuid4()}", uuid.uuid4().bytes
    server = make_seaweedfs(folder, folder.load_secrets(), state.ports)
    signer = server.client(state.address)
    put = signer.generate_presigned_url(
        "put_object", Params={"Bucket": state.s3_bucket, "Key": key}, ExpiresIn=60
    )
    get = signer.generate_presigned_url(
        "get_object", Params={"Bucket": state.s3_bucket, "Key": key}, ExpiresIn=60
    )
    try:
        fetch(urllib.request.Request(put, data=body, method="PUT"), context)
        back = fetch(urllib.request.Request(get), context)
        open_to_all = answers_to_anybody(get.partition("?")[0], context)
    except OSError as error:
        mend = "a proxy in front must pass the Host header on unchanged and allow large bodies"
        return failed("upload", f"PUT through {state.address}: {error}", mend)
    finally:
        server.client().delete_object(Bucket=state.s3_bucket, Key=key)
    if back != body or open_to_all:
        what = "anybody may read the bucket" if open_to_all else "other bytes came back"
        return failed("upload", f"{what} at {state.address}", f"see {folder.logs / 'seaweedfs.log'}")
    return passed("upload", f"signed PUT and GET through {state.address}; unsigned is refused")


def trusting(state: RunState) -> ssl.SSLContext | None:
    """The usual trust, and that in this machine's own authority."""
    if not state.address.startswith("https:"):
        return None
    context = ssl.create_default_context()
    if state.ca_certificate is not None:
        context.load_verify_locations(state.ca_certificate)
    return context


def fetch(request: urllib.request.Request, context: ssl.SSLContext | None) -> bytes:
    """The body of an answer; raises OSError for any status but 2xx."""
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:
        body: bytes = answer.read()
    return body


def answers_to_anybody(url: str, context: ssl.SSLContext | None) -> bool:
    """Whether an unsigned address gives bytes."""
    try:
        fetch(urllib.request.Request(url), context)
    except urllib.error.HTTPError:
        return False
    return True
