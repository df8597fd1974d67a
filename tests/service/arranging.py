"""What each route is asked about in the role table: fresh things, so that no cell depends on another.

Everything is private to organisation `hmcc` unless its name says public. Returns (path, body).
"""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from service.tiles.tokens import TileToken
from storage import clock
from tests.service.history import History
from tests.service.world import World, derivative_of

Asked = tuple[str, Any]
CONTROL = [{"name": f"P{i}", "moving": [i, i * i, 0], "fixed": [i, i * i, 1]} for i in range(4)]


class Arranging(History):
    """Makes what is asked about; what only is read is made once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read = world.make_worked_draft()
        self.shown = world.make_published("private")
        self.public = world.make_published("public")
        self.placement = world.get("curator", f"/v1/versions/{self.shown['id']}/placements")["items"][0]["id"]
        self.public_placement = world.get(None, f"/v1/versions/{self.public['id']}/placements")["items"][0][
            "id"
        ]
        self.job = world.get("curator", f"/v1/versions/{self.read['id']}/jobs")["items"][0]["id"]
        self.part = world.make_part(self.shown["subject_id"])["id"]
        self.capture = world.post("curator", f"/v1/subjects/{self.part}/captures", self.capture_body())["id"]
        world.post("curator", f"/v1/subjects/{self.shown['subject_id']}/frame", {"kind": "free"}) if not (
            world.ask("curator", "GET", f"/v1/subjects/{self.part}/frame").is_success
        ) else None

    def capture_body(self) -> dict[str, Any]:
        return {"code": self.world.word("c"), "method": "tls", "date_edtf": "2022-05"}

    def open_session(self) -> Asked:
        return "/v1/sessions", {"key": self.world.keys["viewer"]}

    def close_session(self) -> Asked:
        return "/v1/sessions/current", None

    def login_link(self) -> Asked:
        return "/v1/login-links", None

    def me(self) -> Asked:
        return "/v1/me", None

    def new_organisation(self) -> Asked:
        return "/v1/organisations", {"code": self.world.word("org"), "name": "New"}

    def organisations(self) -> Asked:
        return "/v1/organisations", None

    def organisation(self) -> Asked:
        return f"/v1/organisations/{self.world.organisation}", None

    def new_member(self) -> Asked:
        return f"/v1/organisations/{self.world.organisation}/members", {"name": "New", "role": "viewer"}

    def remove_member(self) -> Asked:
        path = f"/v1/organisations/{self.world.organisation}/members"
        leaving = self.world.post("admin", path, {"name": "Leaving", "role": "viewer"})
        return f"{path}/{leaving['person_id']}", None

    def members(self) -> Asked:
        return f"/v1/organisations/{self.world.organisation}/members", None

    def new_key_of_another(self) -> Asked:
        person = self.world.make_person(self.world.organisation, "viewer")[0]
        return f"/v1/organisations/{self.world.organisation}/keys", {"name": "k", "person_id": person}

    def keys(self) -> Asked:
        return f"/v1/organisations/{self.world.organisation}/keys", None

    def key_of_another(self) -> Asked:
        path, body = self.new_key_of_another()
        return f"/v1/keys/{self.world.post('admin', path, body)['id']}", None

    def new_root(self) -> Asked:
        code = self.world.word("root")
        body = {"organisation_id": self.world.organisation, "kind": "site", "code": code, "name": {"vi": "X"}}
        return "/v1/subjects", body | {"visibility": "private"}

    def subjects(self) -> Asked:
        return "/v1/subjects", None

    def by_code(self) -> Asked:
        path = self.world.get("curator", f"/v1/subjects/{self.part}")["path"]
        return f"/v1/subjects/by-code/{path}", None

    def subject(self) -> Asked:
        return f"/v1/subjects/{self.part}", None

    def tree(self) -> Asked:
        return f"/v1/subjects/{self.part}/tree", None

    def patch_subject(self) -> Asked:
        return f"/v1/subjects/{self.part}", {"name": {"vi": "Tên khác"}}

    def new_frame(self) -> Asked:
        part = self.world.make_part(self.part)
        return f"/v1/subjects/{part['id']}/frame", {"kind": "free"}

    def frame(self) -> Asked:
        return f"/v1/subjects/{self.part}/frame", None

    def new_capture(self) -> Asked:
        return f"/v1/subjects/{self.part}/captures", self.capture_body()

    def captures(self) -> Asked:
        return f"/v1/subjects/{self.part}/captures", None

    def one_capture(self) -> Asked:
        return f"/v1/captures/{self.capture}", None

    def new_asset(self) -> Asked:
        return f"/v1/subjects/{self.part}/assets", {"kind": "mesh", "name": self.world.word("m")}

    def assets(self) -> Asked:
        return f"/v1/subjects/{self.part}/assets", None

    def asset(self) -> Asked:
        return f"/v1/assets/{self.shown['asset_id']}", None

    def versions_of_asset(self) -> Asked:
        return f"/v1/assets/{self.shown['asset_id']}/versions", None

    def new_upload(self) -> Asked:
        files = [{"path": "a.xyz", "size_bytes": 3}]
        return "/v1/uploads", {"asset_id": self.shown["asset_id"], "files": files}

    def uploads(self) -> Asked:
        return "/v1/uploads", None

    def _open(self) -> dict[str, Any]:
        return self.world.open_upload(self.shown["asset_id"], b"0 0 0\n")

    def upload(self) -> Asked:
        return f"/v1/uploads/{self._open()['id']}", None

    def sign(self) -> Asked:
        upload = self._open()
        digest = hashlib.sha256(b"0 0 0\n").hexdigest()
        part = {"file_id": upload["files"][0]["id"], "number": 1, "size_bytes": 6, "sha256": digest}
        return f"/v1/uploads/{upload['id']}/parts:sign", {"parts": [part]}

    def sign_early(self) -> Asked:
        upload = self._open()
        digest = hashlib.sha256(b"0 0 0\n").hexdigest()
        piece = {"file_id": upload["files"][0]["id"], "offset_bytes": 0, "size_bytes": 6, "sha256": digest}
        return f"/v1/uploads/{upload['id']}/early:sign", {"pieces": [piece]}

    def early(self) -> Asked:
        return f"/v1/uploads/{self._open()['id']}/early", None

    def complete(self) -> Asked:
        upload = self._open()
        self.world.send(upload, b"0 0 0\n")
        return f"/v1/uploads/{upload['id']}/complete", {}

    def abandon(self) -> Asked:
        return f"/v1/uploads/{self._open()['id']}", None

    def draft(self) -> Asked:
        return f"/v1/versions/{self.read['id']}", None

    def publish(self) -> Asked:
        return f"/v1/versions/{self.world.make_worked_draft()['id']}/publish", None

    def withdraw(self) -> Asked:
        return f"/v1/versions/{self.world.make_published()['id']}/withdraw", {"reason": "wrong label"}

    def derivatives(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/derivatives", None

    def jobs_of_version(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/jobs", None

    def endpoint(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/endpoint", None

    def version_events(self) -> Asked:
        return f"/v1/versions/{self.read['id']}/events?once=true", None

    def ask_placement(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/placements", {"control": CONTROL}

    def ask_cut(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/cuts", {"box": [0, 0, 0, 1, 1, 1]}

    def cuts(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/cuts", None

    def ask_measures(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/measures", {}

    def measures(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/measures", None

    def ask_cleaning(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/cleanings", {"voxel_m": 0.01}

    def cleanings(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/cleanings", None

    def placements(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/placements", None

    def one_placement(self) -> Asked:
        return f"/v1/placements/{self.placement}", None

    def decide(self) -> Asked:
        return f"/v1/placements/{self.placement}/decisions", {"state": "accepted", "reason": "three nails"}

    def derivative(self) -> Asked:
        return f"/v1/derivatives/{derivative_of(self.shown, 'picture')}", None

    def verify_derivative(self) -> Asked:
        return f"/v1/derivatives/{derivative_of(self.shown, 'picture')}/verify", None

    def verify_placement(self) -> Asked:
        return f"/v1/placements/{self.placement}/verify", None

    def picture(self) -> Asked:
        return f"/v1/derivatives/{derivative_of(self.shown, 'picture')}/files/picture.webp", None

    def original(self) -> Asked:
        return f"/v1/versions/{self.shown['id']}/files/scan.xyz", None

    def jobs(self) -> Asked:
        return "/v1/jobs", None

    def one_job(self) -> Asked:
        return f"/v1/jobs/{self.job}", None

    def job_events(self) -> Asked:
        return f"/v1/jobs/{self.job}/events?once=true", None

    def _queued_job(self) -> str:
        asset = self.world.make_asset(self.part)
        jobs = self.world.make_draft(asset["id"])["jobs"]
        return next(job["id"] for job in jobs if job["operation"] == "inspect-version")

    def cancel(self) -> Asked:
        return f"/v1/jobs/{self._queued_job()}/cancel", None

    def retry(self) -> Asked:
        job = self._queued_job()
        self.world.post("curator", f"/v1/jobs/{job}/cancel")
        return f"/v1/jobs/{job}/retry", None

    def public_tile(self) -> Asked:
        return f"/t/public/{derivative_of(self.public, 'tileset')}/tileset.json", None

    def public_placed(self) -> Asked:
        derivative = derivative_of(self.public, "tileset")
        return f"/t/public/{derivative}/placed/{self.public_placement}/tileset.json", None

    def session_tile(self) -> Asked:
        return f"/t/s/{derivative_of(self.shown, 'tileset')}/tileset.json", None

    def session_placed(self) -> Asked:
        return f"/t/s/{derivative_of(self.shown, 'tileset')}/placed/{self.placement}/tileset.json", None

    def _token(self) -> str:
        person = self.world.get("viewer", "/v1/me")["person"]["id"]
        day = (clock.now() - timedelta(hours=0)).date()
        token = TileToken(person_id=UUID(person), version_id=UUID(self.shown["id"]), day=day)
        return token.sign(self.world.api.settings.secret.get_secret_value().encode())

    def token_tile(self) -> Asked:
        return f"/t/{self._token()}/{derivative_of(self.shown, 'tileset')}/tiles/0.glb", None

    def token_placed(self) -> Asked:
        derivative = derivative_of(self.shown, "tileset")
        return f"/t/{self._token()}/{derivative}/placed/{self.placement}/tileset.json", None

    def healthz(self) -> Asked:
        return "/healthz", None

    def readyz(self) -> Asked:
        return "/readyz", None

    def metrics(self) -> Asked:
        return "/metrics", None
