"""Binds listed files to subjects and captures of the server: what would be sent, and what fits nothing."""

from __future__ import annotations

from dataclasses import dataclass

from heritwin.api import Api, Json
from heritwin.errors import ApiError, ClientError
from heritwin.uploads.files import LocalFile
from heritwin.uploads.manifest import Listed, Row, Unmatched, files_of, likely_kind


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One version to be: its files, and where it belongs. An asset without id is made on the way."""

    where: str
    subject: Json
    asset_name: str
    asset_id: str | None
    kind: str | None
    capture_id: str | None
    represents: str | None
    files: list[LocalFile]

    @property
    def address(self) -> str:
        """The asset, as one writes it."""
        return f"{self.subject['path']}/{self.asset_name}"

    @property
    def size_bytes(self) -> int:
        """All its files together."""
        return sum(file.size_bytes for file in self.files)

    def asset(self, api: Api) -> Json:
        """The asset, made if it is not there."""
        path = f"/v1/subjects/{self.subject['id']}/assets"
        if self.asset_id is None:
            return api.post(path, {"kind": self.kind, "name": self.asset_name})
        return api.get(f"/v1/assets/{self.asset_id}")

    def as_json(self) -> Json:
        """As it stands in the answer to --json."""
        return {
            "where": self.where,
            "subject": self.subject["path"],
            "asset": self.asset_name,
            "makes_asset": self.asset_id is None,
            "kind": self.kind,
            "capture_id": self.capture_id,
            "represents": self.represents,
            "files": [file.name for file in self.files],
            "size_bytes": self.size_bytes,
        }


@dataclass(frozen=True, kw_only=True)
class Bound:
    """The whole plan."""

    planned: list[Planned]
    unmatched: list[Unmatched]


class NotBoundError(ClientError):
    """A row fits nothing on the server."""

    kind = "unmatched"


def bind(api: Api, listed: Listed) -> Bound:
    """Ask the server about every row; what does not fit is listed, nothing is sent or made."""
    binder = _Binder(api)
    groups: dict[tuple[str | None, ...], list[Row]] = {}
    for row in listed.rows:
        groups.setdefault(row.version, []).append(row)
    planned: list[Planned] = []
    unmatched = list(listed.unmatched)
    for rows in groups.values():
        try:
            planned.append(binder.plan(rows))
        except ClientError as error:
            unmatched += [Unmatched(where=row.where, value=row.subject, why=error.message) for row in rows]
    return Bound(planned=planned, unmatched=unmatched)


class _Binder:
    """Remembers what the server said: a survey has many files and few subjects."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._subjects: dict[str, Json | ClientError] = {}
        self._lists: dict[str, list[Json]] = {}

    def plan(self, rows: list[Row]) -> Planned:
        """Bind the rows of one version."""
        first = rows[0]
        owner = self.subject(first.subject)
        files = files_of(rows)
        assets = self._list(f"/v1/subjects/{owner['id']}/assets")
        there = next((asset for asset in assets if asset["name"] == first.asset), None)
        kinds = {row.kind for row in rows if row.kind}
        if len(kinds) > 1:
            raise NotBoundError(f"its rows name different kinds: {', '.join(sorted(kinds))}")
        kind = there["kind"] if there else next(iter(kinds), None) or likely_kind(files)
        if kind is None:
            raise NotBoundError(
                f"{owner['path']} has no asset {first.asset} yet, and the files do not tell whether it is "
                "a point_cloud, a mesh or a splat: say it in the column kind"
            )
        return Planned(
            where=", ".join(row.where for row in rows),
            subject=owner,
            asset_name=first.asset,
            asset_id=there["id"] if there else None,
            kind=kind,
            capture_id=self._capture(owner, first.capture) if first.capture else None,
            represents=first.represents,
            files=files,
        )

    def subject(self, code: str) -> Json:
        """A subject by its code path or its local code, which must be of one subject only."""
        if code not in self._subjects:
            try:
                self._subjects[code] = self._asked(code)
            except NotBoundError as error:
                self._subjects[code] = error
        found = self._subjects[code]
        if isinstance(found, ClientError):
            raise found
        return found

    def _asked(self, code: str) -> Json:
        by_local = list(self._api.items("/v1/subjects", local_code=code))
        if len(by_local) > 1:
            paths = ", ".join(row["path"] for row in by_local[:3])
            raise NotBoundError(f"{len(by_local)} subjects have the local code {code}: {paths}")
        if by_local:
            return by_local[0]
        try:
            return self._api.get(f"/v1/subjects/by-code/{code}")
        except ApiError as error:
            if error.status not in {404, 422}:
                raise
            raise NotBoundError(f"no subject has the code or local code {code}") from error

    def _capture(self, owner: Json, code: str) -> str:
        """A capture of the subject or of one above it."""
        parts = owner["path"].split(".")
        for length in range(len(parts), 0, -1):
            above = self.subject(".".join(parts[:length])) if length < len(parts) else owner
            for capture in self._list(f"/v1/subjects/{above['id']}/captures"):
                if capture["code"] == code:
                    return str(capture["id"])
        raise NotBoundError(f"{owner['path']} has no capture called {code}, nor has anything above it")

    def _list(self, path: str) -> list[Json]:
        if path not in self._lists:
            self._lists[path] = list(self._api.items(path))
        return self._lists[path]
