"""Become another program that dies with its starter: `python -I -S launch.py PARENT MODE NICE PROGRAM WORD…`.

Run as a file, without site-packages, so that it costs some 20 ms and imports nothing of ours.
MODE is `plain`; `private`, whose files and sockets are for its owner alone; or `unroot`, which is private
and never root, for PostgreSQL refuses to run as uid 0. Where we are root, the program then gets a user
namespace in which our own uid is called 65534 (nobody): files keep their owner outside, so no account is made
and no folder is opened to others. Where the kernel forbids that (containers), the program becomes `nobody`
for real, and its folder, given through the environment, is handed over to it. NICE is as in nice(1).
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
CLONE_NEWUSER = 0x10000000  # linux/sched.h
NOBODY = 65534


def die_with(parent: int) -> None:
    """Ask the kernel for SIGKILL when the starter ends; leave at once if it already has."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(f"launch: the starter {parent} has gone")


def queue(nice: int) -> None:
    """Be scheduled before (below 0) or behind others; before them is a right that not everybody has.

    Where the kernel groups processes by session (sched(7), autogroup), the group is told too: each program
    is a session of its own, and among groups only their own value counts.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        write("/proc/self/autogroup", str(nice))
    except OSError:
        return


def write(path: str, text: str) -> None:
    """Write a line of a /proc file."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def enter_user_namespace() -> bool:
    """Call our uid `nobody` in a new user namespace; False where the kernel refuses."""
    uid, gid = os.getuid(), os.getgid()
    if ctypes.CDLL(None).unshare(CLONE_NEWUSER) != 0:
        return False
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{NOBODY} {uid} 1")
    write("/proc/self/gid_map", f"{NOBODY} {gid} 1")
    return True


def become_nobody(folder: str) -> None:
    """Hand `folder` to `nobody` and become it."""
    account = pwd.getpwuid(NOBODY)
    for root, folders, files in os.walk(folder):
        for name in [root, *(os.path.join(root, entry) for entry in folders + files)]:
            os.chown(name, account.pw_uid, account.pw_gid, follow_symlinks=False)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def main() -> None:
    """Take the arguments described above and never come back."""
    parent, mode, nice, command = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    folder = os.environ.pop("HERITWIN_LAUNCH_OWNED_FOLDER", "")
    if nice:
        queue(nice)
    if mode == "unroot" and os.geteuid() == 0 and not enter_user_namespace():
        become_nobody(folder)
    os.umask(0o022 if mode == "plain" else 0o077)
    die_with(parent)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
