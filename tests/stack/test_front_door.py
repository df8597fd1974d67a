"""Caddy before a real object store: one origin for pages, API and signed addresses, over http, TLS."""

import http.server
import ssl
import threading
import urllib.error
import urllib.request

import pytest

from stack.components.caddy import Caddy
from stack.components.ports import free_port
from stack.components.running import Running

BODY = bytes(range(256)) * 4096


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"api {self.headers['Host']} {self.path}".encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def api_port():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module", params=[None, "127.0.0.1"], ids=["http", "tls"])
def door(request, api_port, seaweedfs, s3_settings, tmp_path_factory):
    caddy = Caddy(
        folder=tmp_path_factory.mktemp("caddy"),
        port=free_port(),
        api_port=api_port,
        s3_port=seaweedfs.ports["s3"],
        bucket=s3_settings.bucket,
        host=request.param,
    )
    caddy.prepare()
    running = Running(caddy.program(), caddy.folder / "caddy.log")
    running.wait_ready()
    yield caddy
    running.stop()


@pytest.fixture
def origin(door):
    return f"https://127.0.0.1:{door.port}" if door.host else f"http://localhost:{door.port}"


@pytest.fixture
def ask(door):
    context = ssl.create_default_context(cafile=door.authority) if door.host else None

    def ask(url, body=None, method=None, headers=None):
        request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return answer.read()

    return ask


def signed(seaweedfs, s3_settings, origin, operation, key):
    name = {"Bucket": s3_settings.bucket, "Key": key}
    return seaweedfs.client(origin).generate_presigned_url(operation, Params=name, ExpiresIn=60)


def test_it_passes_signed_bytes_both_ways(seaweedfs, s3_settings, origin, ask):
    key = f"blobs/Điện Thái Hòa {origin.partition(':')[0]}.laz"

    ask(signed(seaweedfs, s3_settings, origin, "put_object", key), BODY, "PUT")

    assert ask(signed(seaweedfs, s3_settings, origin, "get_object", key)) == BODY


def test_it_refuses_an_address_signed_for_another_origin(seaweedfs, s3_settings, origin, ask):
    elsewhere = signed(seaweedfs, s3_settings, "http://elsewhere.example.org", "put_object", "blobs/x")

    with pytest.raises(urllib.error.HTTPError, match="403"):
        ask(elsewhere.replace("http://elsewhere.example.org", origin), BODY, "PUT")


def test_it_gives_nothing_without_a_signature(s3_settings, origin, ask):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        ask(f"{origin}/{s3_settings.bucket}/blobs/x")


def test_it_lets_nobody_delete_from_outside(seaweedfs, s3_settings, origin, ask):
    with pytest.raises(urllib.error.HTTPError, match="405"):
        ask(signed(seaweedfs, s3_settings, origin, "delete_object", "blobs/x"), method="DELETE")


def test_it_passes_everything_else_to_the_api_with_the_host_people_typed(origin, ask):
    assert ask(f"{origin}/v1/me").decode() == f"api {origin.partition('//')[2]} /v1/me"


def test_it_serves_tls_that_only_its_own_authority_vouches_for(door):
    if door.host is None:
        return
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"https://127.0.0.1:{door.port}/", timeout=20)
