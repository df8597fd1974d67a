"""A world to ask about: two organisations with people of every role, subjects, uploads, versions with tiles.

What people do goes through the API; what workers do is done here with storage's own functions, with canned
results, so that no specs of the API wait for geometry.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from storage.db import Sessions, transaction
from storage.derivatives import commands as derivatives
from storage.derivatives.keys import object_key
from storage.jobs import claims, finishing
from storage.jobs.records import Claim, FoundFile, MadeDerivative, MadeFile, Outputs
from storage.objects.s3 import S3Store
from storage.organisations.bootstrap import bootstrap_admin
from storage.uploads import queries as uploads
from tests.service.serving import Api

TILE = bytes(range(256)) * 40
TILESET = {
    "asset": {"version": "1.1"},
    "geometricError": 2.5,
    "root": {
        "transform": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 100, 200, 300, 1],
        "boundingVolume": {"box": [0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 5]},
        "geometricError": 1.0,
        "refine": "ADD",
        "content": {"uri": "tiles/0.glb"},
    },
}
PICTURE = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00"
INSPECTED = {
    "kind": "point_cloud",
    "format": "xyz",
    "points": 1234,
    "bounds": [[0.0, 0.0, 0.0], [4.0, 3.0, 2.0]],
    "crs": None,
    "frame": {"kind": "free", "origin_geodetic": None, "max_error_m": None},
    "units": "m",
    "attributes": ["intensity"],
    "stations": [],
    "warnings": [],
    "textures": [],
}
IDENTITY = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]


@dataclass
class World:
    """Who there is, and the ways in."""

    api: Api
    sessions: Sessions
    store: S3Store
    http: httpx.Client
    keys: dict[str, str] = field(default_factory=dict)
    organisation: str = ""
    other_organisation: str = ""
    counter: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        with transaction(self.sessions) as db:
            self.keys["root"] = bootstrap_admin(
                db, organisation="house", organisation_name="The house", person="Root"
            )
        self.organisation = self.make_organisation("hmcc", ["viewer", "contributor", "curator", "admin"])
        self.other_organisation = self.make_organisation("other", ["admin"], prefix="other-")
        self.keys["other"] = self.keys.pop("other-admin")

    def make_organisation(self, code: str, roles: list[str], prefix: str = "") -> str:
        organisation = self.post("root", "/v1/organisations", {"code": code, "name": code.upper()})["id"]
        for role in roles:
            self.keys[prefix + role] = self.make_person(organisation, role)[1]
        return organisation

    def make_person(self, organisation: str, role: str) -> tuple[str, str]:
        where = f"/v1/organisations/{organisation}"
        person = self.post("root", f"{where}/members", {"name": f"A {role}", "role": role})["person_id"]
        key = self.post("root", f"{where}/keys", {"person_id": person, "name": "first"})["key"]
        return person, key

    def headers(self, who: str | None, headers: dict[str, str]) -> dict[str, str]:
        return headers if who is None else headers | {"Authorization": f"Bearer {self.keys[who]}"}

    @contextmanager
    def stream(self, who: str | None, path: str, **headers: str) -> Iterator[httpx.Response]:
        with self.http.stream("GET", path, headers=self.headers(who, headers)) as answer:
            yield answer

    def ask(
        self, who: str | None, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        answer = self.http.request(method, path, json=body, headers=self.headers(who, headers))
        # Each request stands alone: no cookie of one caller reaches the next.
        self.http.cookies.clear()
        return answer

    def post(self, who: str | None, path: str, body: Any = None) -> Any:
        answer = self.ask(who, "POST", path, body)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json()

    def get(self, who: str | None, path: str) -> Any:
        answer = self.ask(who, "GET", path)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer.json()

    def word(self, stem: str) -> str:
        return f"{stem}-{next(self.counter)}"

    def make_root(self, visibility: str = "private") -> dict[str, Any]:
        code = self.word("site")
        body = {
            "organisation_id": self.organisation,
            "kind": "site",
            "code": code,
            "name": {"vi": f"Di tích {code}", "en": f"Site {code}"},
            "visibility": visibility,
        }
        return self.post("curator", "/v1/subjects", body)

    def make_part(self, parent: str, **more: Any) -> dict[str, Any]:
        body = {"parent_id": parent, "kind": "monument", "code": self.word("part"), "name": {"vi": "Phần"}}
        return self.post("contributor", "/v1/subjects", body | more)

    def make_asset(self, subject: str) -> dict[str, Any]:
        body = {"kind": "point_cloud", "name": self.word("tls")}
        return self.post("contributor", f"/v1/subjects/{subject}/assets", body)

    def open_upload(self, asset: str, content: bytes, **more: Any) -> dict[str, Any]:
        body = {"asset_id": asset, "files": [{"path": "scan.xyz", "size_bytes": len(content)}]}
        return self.post("contributor", "/v1/uploads", body | more)

    def send(self, upload: dict[str, Any], content: bytes, who: str = "contributor") -> None:
        """Send the only file of an upload as one part, as a client does."""
        file = upload["files"][0]
        part = {
            "file_id": file["id"],
            "number": 1,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        signed = self.post(who, f"/v1/uploads/{upload['id']}/parts:sign", {"parts": [part]})["parts"][0]
        self.http.put(signed["url"], content=content, headers=signed["headers"]).raise_for_status()

    def make_draft(self, asset: str, content: bytes | None = None, **more: Any) -> dict[str, Any]:
        """Upload a file; its jobs are queued."""
        content = content or f"0 0 0\n1 1 {next(self.counter)}\n".encode()
        upload = self.open_upload(asset, content, **more)
        self.send(upload, content)
        return self.post("contributor", f"/v1/uploads/{upload['id']}/complete", {})

    def make_worked_draft(self, visibility: str = "private") -> dict[str, Any]:
        """Make a draft whose jobs are done, in a new root of this visibility."""
        asset = self.make_asset(self.make_root(visibility)["id"])
        version = self.make_draft(asset["id"])["version"]["id"]
        self.work()
        return self.get("contributor", f"/v1/versions/{version}")

    def make_published(self, visibility: str = "private") -> dict[str, Any]:
        version = self.make_worked_draft(visibility)
        return self.post("curator", f"/v1/versions/{version['id']}/publish")

    def claim(self, *operations: str) -> Claim | None:
        with transaction(self.sessions) as db:
            return claims.claim_next(
                db,
                worker="test-worker",
                memory_mib=10**6,
                disk_mib=10**6,
                lease_s=60,
                operations=operations or None,
            )

    def work(self, *operations: str) -> int:
        """Do every queued job as a worker would; return how many."""
        done = 0
        while (claim := self.claim(*operations)) is not None:
            outputs = self.outputs(claim)
            with transaction(self.sessions) as db:
                finishing.finish(db, self.store, claim, outputs)
            done += 1
        return done

    def fail(self, claim: Claim, kind: str, message: str) -> None:
        with transaction(self.sessions) as db:
            finishing.fail(db, claim, kind=kind, message=message)

    def outputs(self, claim: Claim) -> Outputs:
        match claim.operation:
            case "verify-upload":
                return Outputs(found=self.hashed(claim))
            case "inspect-version":
                made = [self.picture(claim), self.tiles(claim, "preview")]
                return Outputs(results={"inspect": INSPECTED, "picture": {}, "preview": {}}, derivatives=made)
            case "tile-version":
                return Outputs(results={"tile": {"points": 1234}}, derivatives=[self.tiles(claim, "tileset")])
            case "copc-version":
                files = {"cloud.copc.laz": ("copc", "application/vnd.laszip+copc", b"LASF")}
                made = self.derivative(claim, "copc", files, {"points": 1234})
                return Outputs(results={"copc": {"points": 1234}}, derivatives=[made])
            case "cut-version":
                files = {"cut.copc.laz": ("cut", "application/vnd.laszip+copc", b"LASF cut")}
                made = self.derivative(claim, "cut", files, {"points": 12}, parameters=claim.arguments)
                return Outputs(results={"cut": {"points": 12}}, derivatives=[made])
            case "measure-version":
                files = {"measures.json": ("report", "application/json", b"{}")}
                made = self.derivative(claim, "measure", files, {"points": 12}, parameters=claim.arguments)
                return Outputs(results={"measure": {"points": 12}}, derivatives=[made])
            case "clean-version":
                files = {"clean.copc.laz": ("clean", "application/vnd.laszip+copc", b"LASF clean")}
                made = self.derivative(claim, "clean", files, {"points": 11}, parameters=claim.arguments)
                return Outputs(results={"clean": {"points": 11}}, derivatives=[made])
            case "register-version":
                return Outputs(results={"register": registered()})
            case "verify-result":
                return Outputs(results={"verify": {"verdict": "same", "figures": {}}})
            case "early-word":
                return Outputs(results={"early": {"said": {}}})
        raise AssertionError(claim.operation)

    def hashed(self, claim: Claim) -> list[FoundFile]:
        assert claim.upload_id is not None
        with transaction(self.sessions) as db:
            files = uploads.files_to_verify(db, claim.upload_id)
        found = []
        for file in files:
            content = self.store.get(file.object_key)
            digest = hashlib.sha256(content).hexdigest()
            found.append(FoundFile(file_id=file.file_id, sha256=digest, size_bytes=len(content)))
        return found

    def picture(self, claim: Claim) -> MadeDerivative:
        return self.derivative(claim, "picture", {"picture.webp": ("picture", "image/webp", PICTURE)}, {})

    def tiles(self, claim: Claim, kind: str) -> MadeDerivative:
        tileset = json.dumps(TILESET).encode()
        index = {
            "schema": 1,
            "packs": ["pack-0000.bin"],
            "entries": {
                "tileset.json": [0, 0, len(tileset), "application/json"],
                "tiles/0.glb": [0, len(tileset), len(TILE), "model/gltf-binary"],
            },
        }
        files = {
            "index.json": ("index", "application/json", json.dumps(index).encode()),
            "pack-0000.bin": ("pack", "application/octet-stream", tileset + TILE),
        }
        result = {"tileset": "tileset.json", "tiles": 1, "bytes": len(TILE), "points": 1234, "levels": 1}
        return self.derivative(claim, kind, files, result)

    def derivative(
        self,
        claim: Claim,
        kind: str,
        files: dict[str, tuple[str, str, bytes]],
        result: dict[str, Any],
        parameters: dict[str, Any] | None = None,
    ) -> MadeDerivative:
        with transaction(self.sessions) as db:
            step = "tile" if kind == "tileset" else kind
            made = derivatives.begin(db, claim, kind=kind, operation=step, parameters=parameters)
        kept = []
        for path, (role, media_type, content) in files.items():
            self.store.put(object_key(made, path), content, media_type=media_type)
            digest = hashlib.sha256(content).hexdigest()
            kept.append(
                MadeFile(path=path, role=role, media_type=media_type, size_bytes=len(content), sha256=digest)
            )
        return MadeDerivative(id=made, result=result, files=kept)


def registered() -> dict[str, Any]:
    """Return what registration answers for a pair it cannot decide."""
    shifted = [[1.0, 0, 0, 3.6], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]
    return {
        "state": "ambiguous",
        "fixed_from_moving": IDENTITY,
        "covariance": [[1e-6 if i == j else 0.0 for j in range(6)] for i in range(6)],
        "method": "features+icp",
        "rms_m": 0.002,
        "overlap": 0.8,
        "evidence": {"pairs": 1000},
        "alternatives": [{"fixed_from_moving": shifted, "score": 0.97, "ratio": 0.97}],
    }


def derivative_of(version: dict[str, Any], kind: str) -> UUID:
    """Return the id of a version's derivative of a kind."""
    return UUID(next(item["id"] for item in version["derivatives"] if item["kind"] == kind))
