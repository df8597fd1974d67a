"""First program inside the room: gives up identity, sets limits, installs the filter, becomes the job.

Runs as ``python -I -S launch.py CONFIG COMMAND…`` with the standard library only, because nothing else is
there yet. CONFIG is JSON: ``uid`` (or null), ``rlimits`` {number: [soft, hard]}, ``keep`` (descriptors),
``folder`` to work in, ``copy`` [[from, to]…], ``unshare_network``.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import resource
import shutil
import signal
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
CLONE_THREAD = 0x00010000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

# linux/audit.h, and the system calls refused, by number on each architecture (arch/*/syscall tables).
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED: dict[str, tuple[int, int]] = {
    "socket": (41, 198),  # the inherited socket pair is enough; also closes unix sockets found by path
    "unshare": (272, 97),  # a user namespace of its own would hand the child every capability
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
}
# Parsers need threads, never processes. A fork bomb that exists is a race with its killer, which a loaded
# machine loses; one that cannot fork is none.
FORK, VFORK = 57, 58  # x86-64 only; elsewhere both are clone
CLONE = (56, 220)
CLONE3 = 435
X32_BIT = 0x40000000
ALLOW, REFUSE, ABSENT, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000  # EPERM, ENOSYS

LOAD_WORD, JUMP_EQUAL, JUMP_GREATER_EQUAL, JUMP_BITS, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
OFFSET_NUMBER, OFFSET_ARCHITECTURE, OFFSET_FIRST_ARGUMENT = 0, 4, 16  # struct seccomp_data


def filter_program(machine: str) -> bytes:
    """Return the BPF program that refuses what no parser needs (seccomp(2), linux/filter.h)."""
    column = 0 if machine == "x86_64" else 1
    lines: list[tuple[int, int, int, int]] = [
        (LOAD_WORD, 0, 0, OFFSET_ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (ANSWER, 0, 0, KILL),
        (LOAD_WORD, 0, 0, OFFSET_NUMBER),
        (JUMP_GREATER_EQUAL, 0, 1, X32_BIT),
        (ANSWER, 0, 0, REFUSE),
        # clone3 hides its flags behind a pointer; answered "not there", the C library falls back to clone.
        (JUMP_EQUAL, 0, 1, CLONE3),
        (ANSWER, 0, 0, ABSENT),
    ]
    refused = [numbers[column] for numbers in REFUSED.values()]
    for number in [*refused, *((FORK, VFORK) if machine == "x86_64" else ())]:
        lines += [(JUMP_EQUAL, 0, 1, number), (ANSWER, 0, 0, REFUSE)]
    lines += [
        (JUMP_EQUAL, 0, 3, CLONE[column]),
        (LOAD_WORD, 0, 0, OFFSET_FIRST_ARGUMENT),
        (JUMP_BITS, 1, 0, CLONE_THREAD),
        (ANSWER, 0, 0, REFUSE),
        (ANSWER, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *line) for line in lines)


def install_filter(libc: ctypes.CDLL) -> None:
    """Refuse dangerous system calls from here on, for this process and all it starts."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return
    program = filter_program(machine)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("<H6xQ", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot install the system call filter")


def close_all_but(keep: set[int]) -> None:
    """Close every descriptor that was inherited by accident."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in keep:
            with contextlib.suppress(OSError):
                os.close(int(name))


def become(uid: int) -> None:
    """Give up root for a uid nobody else has, so that RLIMIT_NPROC counts this job alone."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def main() -> None:
    config = json.loads(sys.argv[1])
    command = sys.argv[2:]
    libc = ctypes.CDLL(None, use_errno=True)
    close_all_but({0, 1, 2, *config["keep"]})
    if config["unshare_network"] and libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    if config["uid"] is not None:
        become(config["uid"])
    os.chdir(config["folder"])
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    for source, target in config["copy"]:
        try:
            shutil.copytree(source, target, copy_function=shutil.copy2, dirs_exist_ok=True)
        except OSError as error:  # kernels are compiled again: slower, and right
            sys.stderr.write(f"the warm cache could not be copied: {error}\n")
    for number, (soft, hard) in config["rlimits"].items():
        ceiling = resource.getrlimit(int(number))[1]
        hard = hard if ceiling == resource.RLIM_INFINITY else min(hard, ceiling)
        resource.setrlimit(int(number), (min(soft, hard), hard))
    install_filter(libc)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
