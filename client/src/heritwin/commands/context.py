"""What every verb needs: a connection from the settings, and the options all verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from heritwin import settings
from heritwin.api import Api, Json
from heritwin.errors import ApiError, ClientError

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, for scripts.")]
Server = Annotated[str | None, typer.Option("--server", help="Another server than the one logged in to.")]


def connect(server: str | None = None) -> Api:
    """A connection as the person of the settings."""
    return Api(settings.load(server))


def subject(api: Api, code: str) -> Json:
    """A subject by its dotted code path, its local code, or its id."""
    for ask in (
        lambda: api.get(f"/v1/subjects/by-code/{code}"),
        lambda: next(api.items("/v1/subjects", local_code=code), None),
        lambda: api.get(f"/v1/subjects/{code}"),
    ):
        if (found := _or_none(ask)) is not None:
            return found
    raise ClientError(
        f"no subject is called {code}",
        hint="List what there is with: heritwin subjects",
    )


def organisation(api: Api, code: str | None) -> str:
    """The id of one of the person's organisations, by its code or because it is the only one."""
    mine = api.get("/v1/me")["organisations"]
    fitting = [row for row in mine if code in {None, row["code"]}]
    if len(fitting) != 1:
        raise ClientError(
            f"{len(fitting)} organisations fit {code or 'this key'}",
            hint=f"Name one with --organisation: {', '.join(row['code'] for row in mine) or 'none is known'}",
        )
    return str(fitting[0]["id"])


def asset(api: Api, address: str, kind: str | None = None) -> Json:
    """The asset at ``subject/asset``; made when it is not there and ``kind`` says what it is."""
    code, _, name = address.rpartition("/")
    if not code:
        raise ClientError(
            f"{address} names no asset",
            hint="Write it as subject/asset, for example hue.thai-hoa/scan",
        )
    owner = subject(api, code)
    for found in api.items(f"/v1/subjects/{owner['id']}/assets"):
        if found["name"] == name:
            return found
    if kind is None:
        raise ClientError(
            f"{code} has no asset called {name}",
            hint="It is made when you say what it is: --kind point_cloud (or mesh, splat)",
        )
    return api.post(f"/v1/subjects/{owner['id']}/assets", {"kind": kind, "name": name})


def version(api: Api, address: str) -> Json:
    """A version by id, or by ``subject/asset/v3``."""
    head, _, last = address.rpartition("/")
    if not head or not last.startswith("v") or not last[1:].isdigit():
        return api.get(f"/v1/versions/{address}")
    owner = asset(api, head)
    for found in api.items(f"/v1/assets/{owner['id']}/versions"):
        if found["number"] == int(last[1:]):
            return found
    raise ClientError(f"{head} has no version {last}", hint=f"List them with: heritwin versions {head}")


def _or_none(ask: Callable[[], Json | None]) -> Json | None:
    try:
        return ask()
    except ApiError as error:
        if error.status in {404, 422}:
            return None
        raise
