"""A site with scans in it, made through the public API of a running stack under its own host name."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

# The stack's public name: not localhost, where browsers allow more.
HOST = "twin.test"


class LocalHost(httpx.HTTPTransport):
    """Reaches this machine whatever the host is called, and still sends that name."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


@dataclass(frozen=True, kw_only=True)
class RunningStack:
    """A stack that is up: its public origin and the first admin's key."""

    url: str
    admin_key: str

    @property
    def host(self) -> str:
        """Name of the public host, without its port."""
        return urlsplit(self.url).hostname or ""


class Site:
    """Calls on a running stack as its admin."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self._http = httpx.Client(
            base_url=stack.url,
            headers={"Authorization": f"Bearer {stack.admin_key}"},
            transport=LocalHost(),
            timeout=120,
        )
        self._bare = httpx.Client(transport=LocalHost(), timeout=120)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()
        self._bare.close()

    def get(self, path: str) -> dict:
        """GET; an answer that is no success is an error that shows the problem."""
        return self._answer(self._http.get(path))

    def bytes_of(self, path: str) -> bytes:
        """GET a file."""
        answer = self._http.get(path)
        assert answer.is_success, f"{path}: {answer.status_code}"
        return answer.content

    def post(self, path: str, body: dict) -> dict:
        """POST JSON."""
        return self._answer(self._http.post(path, json=body))

    def login_link(self) -> str:
        """A one-time address that signs the admin in."""
        return self.post("/v1/login-links", {})["url"]

    def subject(self, kind: str, code: str, name: dict, parent: dict | None = None) -> dict:
        """A subject below another, or a public root of the first organisation."""
        body = {"kind": kind, "code": code, "name": name}
        if parent is None:
            organisation = self.get("/v1/me")["organisations"][0]["id"]
            return self.post("/v1/subjects", body | {"organisation_id": organisation, "visibility": "public"})
        return self.post("/v1/subjects", body | {"parent_id": parent["id"]})

    def upload(
        self, subject: dict, kind: str, name: str, files: list[Path], capture: dict | None = None
    ) -> dict:
        """Upload files as a version to be published; answers it once its jobs are at rest."""
        version = self.send(subject, kind, name, files, capture)
        self.wait(version["id"])
        return self.get(f"/v1/versions/{version['id']}")

    def send(
        self, subject: dict, kind: str, name: str, files: list[Path], capture: dict | None = None
    ) -> dict:
        """Upload files as a version to be published; answers it with its jobs still to come."""
        upload_id = self.put(subject, kind, name, files, capture)
        return self.post(f"/v1/uploads/{upload_id}/complete", {})["version"]

    def put(self, subject: dict, kind: str, name: str, files: list[Path], capture: dict | None = None) -> str:
        """Send every byte of files into an upload that is still to be completed; answers its id."""
        asset = self.post(f"/v1/subjects/{subject['id']}/assets", {"kind": kind, "name": name})
        promised = [{"path": file.name, "size_bytes": file.stat().st_size} for file in files]
        body = {"asset_id": asset["id"], "publish": True, "files": promised}
        upload = self.post("/v1/uploads", body | ({"capture_id": capture["id"]} if capture else {}))
        for file, there in zip(files, upload["files"], strict=True):
            self._send(upload["id"], file, there)
        return upload["id"]

    def _send(self, upload_id: str, file: Path, there: dict) -> None:
        with file.open("rb") as source:
            for number in range(1, there["parts"] + 1):
                part = source.read(there["part_size_bytes"])
                asked = {
                    "file_id": there["id"],
                    "number": number,
                    "size_bytes": len(part),
                    "sha256": hashlib.sha256(part).hexdigest(),
                }
                signed = self.post(f"/v1/uploads/{upload_id}/parts:sign", {"parts": [asked]})["parts"][0]
                answer = self._bare.put(signed["url"], content=part, headers=signed["headers"])
                assert answer.status_code == 200, answer.text

    def wait(self, version_id: str) -> None:
        """Follow the version's events until all its jobs are at rest."""
        path = f"/v1/versions/{version_id}/events"
        with self._http.stream("GET", path, timeout=300) as answer:
            for line in answer.iter_lines():
                if line == "event: end":
                    return
        raise AssertionError(f"the events of version {version_id} ended without saying so")

    @staticmethod
    def _answer(answer: httpx.Response) -> dict:
        assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}
