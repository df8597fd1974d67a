"""One cloud in its forms, and the processes that are measured on it."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cloud_inputs import cloud
from benchmarks.measure import REPOSITORY, Run, measured
from benchmarks.peers import environment

# Where a LAS header holds its scales, and its bounds: max x, min x, max y … (LAS 1.4 R15, table 3).
LAS_SCALES, LAS_BOUNDS = 131, 179
PEER, PEER_VERSION = "py3dtiles", "12.1.1"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to run py3dtiles: the older or the newer form of tiles, processes, and more."""

    name: str
    options: tuple[str, ...]


# Its documented settings that change what it costs: form of tiles, processes, no process pool.
SETTINGS = tuple(
    Setting(name=f"spec {spec}, {jobs} jobs", options=("--spec-version", spec, "--jobs", str(jobs)))
    for spec in ("1.0", "1.1")
    for jobs in (1, 2, 4)
) + (
    Setting(
        name="spec 1.0, 2 jobs, no pool",
        options=("--spec-version", "1.0", "--jobs", "2", "--disable-processpool"),
    ),
)


@dataclass(kw_only=True)
class Bench:
    """Where the forms of one cloud lie, and where what is made of them goes; ``samples`` are kept by name.

    ``code`` is the checkout whose ``processing`` is measured: another one than this while this is worked on.
    """

    folder: Path
    points: int
    seed: int
    code: Path = REPOSITORY
    samples: dict[str, list[Run]] = field(default_factory=dict)

    def source(self, form: str) -> Path:
        """Answer one form of the cloud."""
        return cloud(self.folder, form, points=self.points, seed=self.seed)

    def tiles(self, form: str) -> Path:
        """Answer where the tileset of one form is, or will be."""
        return self.folder / "out" / f"{self.points}-{form}" / "tiles"

    def take(self, name: str, sample: Run) -> Run:
        """Keep a sample."""
        self.samples.setdefault(name, []).append(sample)
        print(f"{name}: {sample.cpu_s} CPU s, {sample.wall_s} s, {sample.peak_mib} MiB", file=sys.stderr)
        return sample

    def ours(self, form: str) -> Run:
        """Tile one form as anybody would from the command line; the tileset stays for the checks."""
        run = self.tile(self.source(form), self.tiles(form))
        self._stamp(form).write_text(json.dumps({"processing": self.digest(), "result": run.last_line}))
        return run

    def tiled(self, form: str) -> tuple[Path, dict[str, object]]:
        """Answer the tileset of one form and what the tiler said, made now unless this very code made it."""
        stamp = self._stamp(form)
        made = json.loads(stamp.read_bytes()) if stamp.exists() else {}
        if made.get("processing") != self.digest():
            self.ours(form)
            made = json.loads(stamp.read_bytes())
        return self.tiles(form), json.loads(made["result"])

    def tile(self, source: Path, target: Path) -> Run:
        """Tile a file into a new folder, packed."""
        shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir(parents=True)
        command = [sys.executable, "-m", "processing", "tile", str(source.resolve()), str(target.resolve())]
        env = {"PYTHONPATH": str(self.code.resolve())}
        return measured([*command, "--packed"], cwd=target.parent, env=env)

    def digest(self) -> str:
        """Answer a digest of all code that makes tiles: sections of different code are told apart."""
        digest = hashlib.sha256()
        for path in sorted((self.code / "processing").rglob("*.py")):
            digest.update(path.relative_to(self.code).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]

    def bare(self, form: str) -> Run:
        """Read or decode one form and do nothing else."""
        command = [sys.executable, "-m", "benchmarks.bare", str(self.source(form).resolve())]
        return measured(command, cwd=self.fresh("bare"), env={"PYTHONPATH": str(REPOSITORY)})

    def py3dtiles(self, setting: Setting, source: Path) -> Run:
        """Run py3dtiles on a LAS file; it keeps colours, and intensity and class as ours do."""
        command = [str(environment(PEER) / "py3dtiles"), "convert", str(source.resolve()), "--out", "tiles"]
        command += ["--extra-fields", "intensity", "--extra-fields", "classification", *setting.options]
        return measured(command, cwd=self.fresh("peer"))

    def potree(self, program: Path, form: str) -> Run:
        """Run PotreeConverter 2 with its own defaults."""
        place = self.fresh("potree")
        source = _with_room(self.source(form), place)
        run = measured([str(program.resolve()), source.name, "-o", "out"], cwd=place)
        source.unlink()
        return run

    def fresh(self, name: str) -> Path:
        """Answer an empty folder."""
        place = self.folder / "out" / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place

    def _stamp(self, form: str) -> Path:
        return self.tiles(form).parent / "made.json"


def _with_room(source: Path, place: Path) -> Path:
    """Copy a file with bounds one step wider: PotreeConverter stops where the last bit of one is short."""
    copy = place / source.name
    shutil.copyfile(source, copy)
    with copy.open("r+b") as file:
        file.seek(LAS_SCALES)
        scales = struct.unpack("<3d", file.read(24))
        file.seek(LAS_BOUNDS)
        bounds = struct.unpack("<6d", file.read(48))
        wider = [value + (-scales[i // 2] if i % 2 else scales[i // 2]) for i, value in enumerate(bounds)]
        file.seek(LAS_BOUNDS)
        file.write(struct.pack("<6d", *wider))
    return copy
