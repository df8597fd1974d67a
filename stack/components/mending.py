"""After a power cut: make SeaweedFS's volume indexes anew from the volumes themselves.

A volume's bytes are synced before an answer (`benchmarks.power`), its index is not; and a volume whose index
lost its end is not read at all (tried: 30 of 30 objects gone). The index is a function of the volume, so it
is written anew. Only a machine that went down can have lost it: a killed process leaves its writes with the
kernel. So the boot is written down while SeaweedFS runs, and another boot found there means a power cut.
"""

from pathlib import Path

from stack.components.program import Program
from stack.components.running import run_once

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# A header a needle is read: minutes for terabytes of packs, hours for as many small files.
MENDING_S = 24 * 3600.0


def boot() -> str:
    """Which boot of this machine it is."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else "unknown"


def mend(folder: Path, weed: Path) -> bool:
    """Write every volume's index anew if the machine went down while the server ran; True if so."""
    mark = folder / "runs-in-boot"
    is_due = mark.exists() and mark.read_text().strip() != boot()
    if is_due:
        # Made of the indexes at start, and taken for newer than these.
        for path in (folder / "volumes").glob("*.sdx"):
            path.unlink()
        fix = Program(
            name="weed fix",
            command=(str(weed), "-logtostderr=true", "fix", "-ignoreError", "volumes"),
            is_ready=lambda: True,
            folder=folder,
            mode="private",
            start_s=MENDING_S,
        )
        run_once(fix, folder / "fix.log")
    mark.write_text(boot())
    return is_due


def settled(folder: Path) -> None:
    """After a stop in order, with everything on the disk: nothing is to be mended."""
    (folder / "runs-in-boot").unlink(missing_ok=True)
