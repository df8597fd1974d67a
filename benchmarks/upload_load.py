"""Fifty viewers: alone, and while eight others send; tiles beside single objects straight from S3."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import psutil

from benchmarks.flaky import random_file, store_of
from benchmarks.viewers import Seen, watch
from heritwin import Api, jobs
from heritwin.uploads.transfer import UploadOptions, upload
from stack.started import Started

MIB = 1 << 20
UPLOADS = 8
UPLOAD_MIB = 96
TILES_A_ROUND = 8
HOT_ROUNDS = 3


def under_load(
    stack: Started, api: Api, asset: Callable[[str], str], *, folder: Path, points: int, viewers: int
) -> dict[str, Any]:
    """Publish a cloud, view it cold and hot beside S3, then while others send."""
    base, tiles = _published(stack, api, asset("cloud"), _cloud(folder / "cloud.las", points))
    shuffled = random.Random(1).sample(tiles, len(tiles))
    direct_urls = _single_objects(stack, base, shuffled)
    manifest = f"{base}/tileset.json"
    # The index is read once, whoever asks first; after that no tile was asked for yet.
    watch([[manifest]])
    direct = watch(_dealt(direct_urls, viewers))
    cold = watch(_dealt([f"{base}/{tile}" for tile in shuffled], viewers))
    hot = watch(_dealt([f"{base}/{tile}" for tile in shuffled] * HOT_ROUNDS, viewers))
    direct_again = watch(_dealt(direct_urls * HOT_ROUNDS, viewers))
    loaded = _while_sending(stack, asset, folder, manifest, [f"{base}/{tile}" for tile in tiles], viewers)
    per_s = max(direct.per_s, direct_again.per_s)
    return {
        "tile_ratio_cold": round(cold.per_s / per_s, 3),
        "tile_ratio_hot": round(hot.per_s / per_s, 3),
        "tiles": len(tiles),
        "tile_bytes_mean": round(cold.bytes / max(1, len(tiles))),
        "viewers": viewers,
        "tiles_per_s": {"cold": round(cold.per_s), "hot": round(hot.per_s), "direct_s3": round(per_s)},
        "idle_p95_ms": {
            "cold": round(cold.percentile_ms(0.95), 1),
            "hot": round(hot.percentile_ms(0.95), 1),
            "direct_s3": round(direct_again.percentile_ms(0.95), 1),
        },
        "failures": cold.failures + hot.failures + direct.failures + loaded.pop("failures"),
        **loaded,
    }


def _while_sending(
    stack: Started, asset: Callable[[str], str], folder: Path, manifest: str, tiles: list[str], viewers: int
) -> dict[str, Any]:
    process = psutil.Process(next(p.pid for p in stack.state.programs if p.name == "api" and p.pid))
    before = process.memory_info().rss
    senders = [_sender(stack, asset(f"load-{n}"), folder, n) for n in range(UPLOADS)]
    chosen = random.Random(2)
    manifests: list[Seen] = []
    seen: list[Seen] = []
    highest = before
    while any(sender.poll() is None for sender in senders):
        manifests.append(watch([[manifest]] * viewers))
        seen.append(watch([chosen.choices(tiles, k=TILES_A_ROUND) for _ in range(viewers)]))
        highest = max(highest, process.memory_info().rss)
    if any(sender.returncode for sender in senders):
        raise SystemExit((folder / "senders.log").read_text()[-2000:])
    return {
        "api_growth_mib": round((highest - before) / MIB, 1),
        "manifest_p95_ms": round(_together(manifests).percentile_ms(0.95), 1),
        "tile_p95_ms": round(_together(seen).percentile_ms(0.95), 1),
        "uploads_at_once": UPLOADS,
        "upload_mib_each": UPLOAD_MIB,
        "answers_under_load": len(_together(seen).latencies_ms) + len(_together(manifests).latencies_ms),
        "failures": _together(seen).failures + _together(manifests).failures,
    }


def _together(rounds: Sequence[Seen]) -> Seen:
    return Seen(
        latencies_ms=[latency for each in rounds for latency in each.latencies_ms],
        seconds=sum(each.seconds for each in rounds),
        bytes=sum(each.bytes for each in rounds),
        failures=sum(each.failures for each in rounds),
    )


def _sender(stack: Started, asset_id: str, folder: Path, number: int) -> subprocess.Popen[bytes]:
    file, _ = random_file(folder / f"load-{number}.bin", size_bytes=UPLOAD_MIB * MIB, seed=100 + number)
    code = (
        "import sys; from pathlib import Path; from heritwin import Api; from heritwin.settings import load; "
        "from heritwin.uploads.transfer import UploadOptions, upload; "
        "upload(Api(load()), sys.argv[1], [Path(sys.argv[2])], UploadOptions())"
    )
    keys = {"HERITWIN_SERVER": stack.address, "HERITWIN_KEY": stack.admin_key}
    with (folder / "senders.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-c", code, asset_id, str(file)],
            env={**os.environ, **keys, "HERITWIN_HOME": str(folder / f"home-{number}")},
            stdout=log,
            stderr=log,
        )


def _published(stack: Started, api: Api, asset_id: str, file: Path) -> tuple[str, list[str]]:
    """Send a cloud, wait until it is published, and list its tiles."""
    done = upload(api, asset_id, [file], UploadOptions(publish=True))
    jobs.refuse_failures(jobs.wait(api, done["version"]["id"], patience_s=300))
    endpoint = api.get(f"/v1/versions/{done['version']['id']}/endpoint", access="public")
    url = str(endpoint["url"]).rpartition("/tileset.json")[0]
    derivative = url.rpartition("/")[2]
    index = json.loads(store_of(stack).get(f"derivatives/{derivative}/index.json"))
    base = f"{stack.address.replace('localhost', '127.0.0.1')}/t/public/{derivative}"
    return base, [key for key in index["entries"] if key.endswith(".glb")]


def _single_objects(stack: Started, base: str, tiles: list[str]) -> list[str]:
    """Write each tile as an object of its own, and sign its address at S3 itself."""
    store = store_of(stack)
    derivative = base.rpartition("/")[2]
    index = json.loads(store.get(f"derivatives/{derivative}/index.json"))
    urls = []
    for number, tile in enumerate(tiles):
        pack, offset, length, media_type = index["entries"][tile]
        key = f"work/bench/{number}.glb"
        data = store.get_range(f"derivatives/{derivative}/{index['packs'][pack]}", offset, length)
        store.put(key, data, media_type=media_type)
        urls.append(store.presign_get(key, expires_s=3600))
    return urls


def _dealt(urls: Sequence[str], viewers: int) -> list[Sequence[str]]:
    return [urls[n::viewers] for n in range(viewers)]


def _cloud(path: Path, points: int) -> Path:
    """A wavy square of so many points, a millimetre apart in height."""
    rng = np.random.default_rng(8)
    header = laspy.LasHeader(version="1.4", point_format=7)
    header.scales, header.offsets = np.full(3, 0.001), np.zeros(3)
    las = laspy.LasData(header)
    x, y = rng.uniform(0, 100, (2, points))
    las.x, las.y, las.z = x, y, np.sin(x / 3) * np.cos(y / 5) * 2 + rng.normal(0, 0.002, points)
    las.red, las.green, las.blue = rng.integers(0, 65536, (3, points)).astype(np.uint16)
    las.intensity = rng.integers(0, 65536, points).astype(np.uint16)
    las.write(str(path))
    return path
