"""The restrictions of a child, set by the child itself before it opens anything."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import resource
import signal
import sys
from pathlib import Path

_OPEN_FILES = 64
_FAIR_SHARE = 256 * 1024**2
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # from linux/prctl.h
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # from linux/sched.h


def settle_in(name: str, *, open_files: int = _OPEN_FILES) -> None:
    """Limits that hold from the first moment on: silent, gone with its parent, and called ``name`` by top(1)."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NAME, name.encode())
    # Ctrl-C and the end of the terminal are the server's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(resource.RLIMIT_CORE, 0)
    # A job that writes files gets a limit of its own, for good, before it opens anything.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    _limit(resource.RLIMIT_NOFILE, open_files)


def leave_the_network() -> None:
    """Go where no network is, if the system lets us: root needs nothing for it, others a user namespace.

    Some systems and containers forbid both (unshare(2)). The other guards stand without this one.
    """
    if sys.platform == "linux" and ctypes.CDLL(None).unshare(_CLONE_NEWNET):
        _enter_users(_CLONE_NEWNET)


def leave_the_others() -> None:
    """Be unable to look into the processes around us, as all of one user may, and lose what root may, if we can.

    For that a process needs a user namespace of its own. Signals still reach those of the same user.
    What root can read and its files' owner cannot is out of reach then, so imports come before.
    """
    if sys.platform == "linux":
        _enter_users()


def _enter_users(also: int = 0) -> None:
    """Enter a user namespace with ourselves in it: in one that is empty no process could make another."""
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None).unshare(_CLONE_NEWUSER | also):
        return
    for name, entry in ("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1"):
        with contextlib.suppress(OSError):
            Path(f"/proc/self/{name}").write_text(entry)


def limit_output(size: int) -> None:
    """Refuse to write beyond ``size`` bytes into any file, for good."""
    _limit(resource.RLIMIT_FSIZE, size)


def limit_memory(size: int) -> None:
    """Refuse address space beyond ``size`` bytes."""
    _limit(resource.RLIMIT_AS, size)


def memory_is_left() -> bool:
    """Return whether a fair amount of memory can still be had: then a refused request was for too much."""
    try:
        mmap.mmap(-1, _FAIR_SHARE).close()
    except (MemoryError, OSError):
        return False
    return True


def limit_cpu(seconds: float) -> None:
    """End the process by SIGXCPU after ``seconds`` more of computing; may be set again at any time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    # macOS refuses RLIMIT_AS; the other limits and the server's clock still hold there.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (value, value))
