"""Steps between the start of the servers and that of our own processes; each may run at every start."""

import subprocess
import sys

from stack.components.seaweedfs import SeaweedFS
from stack.errors import ProgramFailedError
from stack.folder import DataFolder, write_private
from stack.plan import BUCKET, FSYNCED, Plan

ADMIN_EXISTS = "already-bootstrapped"  # the kind that `python -m storage bootstrap-admin` names
ORGANISATION, ORGANISATION_NAME, PERSON = "home", "This machine", "admin"
STEP_S = 300


def migrate(plan: Plan, folder: DataFolder) -> None:
    """Bring the schema to this version (one process does it at a time, under an advisory lock)."""
    # With a database of our own, all workers are ours, and none is running yet.
    storage_command(plan, folder, "migrate", *(("--no-worker-runs",) if plan.postgres else ()))


def ensure_admin(plan: Plan, folder: DataFolder, *, new_key: bool = False) -> None:
    """Make the first admin and keep the key, which is shown nowhere, in a file of the owner's.

    `new_key` makes another one for an admin there is: the first may have been lost with the power, between
    its row and its file. Never unasked: its owner may have moved the file elsewhere.
    """
    if folder.admin_key.exists() and not new_key:
        return
    arguments = ("--organisation", ORGANISATION, "--organisation-name", ORGANISATION_NAME, "--person", PERSON)
    done = storage_command(plan, folder, "bootstrap-admin", *arguments, known=ADMIN_EXISTS)
    if done.returncode != 0 and new_key:
        done = storage_command(plan, folder, "new-admin-key")
    if done.returncode == 0:
        write_private(folder.admin_key, done.stdout.strip().splitlines()[-1] + "\n")


def storage_command(
    plan: Plan, folder: DataFolder, *arguments: str, known: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m storage …`; raise with what it said if it fails, other than by the `known` kind."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "storage", *arguments],
        cwd=folder.root,
        env=dict(plan.environment),
        capture_output=True,
        text=True,
        timeout=STEP_S,
        check=False,
    )
    if done.returncode != 0 and not (known and done.stderr.startswith(known)):
        raise ProgramFailedError(f"`python -m storage {arguments[0]}` failed", done.stderr[-2000:])
    return done


def ensure_bucket(server: SeaweedFS) -> None:
    """The bucket, and fsync for what cannot be made again."""
    server.ensure_bucket(BUCKET)
    done = server.folder / "fsync-set"
    if not done.exists():
        server.ensure_fsync(BUCKET, FSYNCED)
        done.touch()
