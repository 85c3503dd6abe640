"""Runs a program confined as by a unit, without systemd: ``confined.py UNIT PROGRAM ARGUMENTS``.

Reads the directives of the unit and sets up the same confinement with the same features of the kernel, as
systemd.exec(5) describes them: mounts, capabilities, limits, filters of system calls. Needs root.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
NOT_EQUAL, MASKED_EQUAL = 1, 7
SET_NO_NEW_PRIVILEGES, DROP_CAPABILITY = 38, 24  # prctl(2)
NEW_MOUNTS = 0x00020000
WRITE, EXECUTE = 2, 4
NAMESPACES = {"cgroup": 0x02000000, "ipc": 0x08000000, "mnt": NEW_MOUNTS, "pid": 0x20000000, "uts": 0x04000000}
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "shm")
libc = ctypes.CDLL(None, use_errno=True)


class Argument(ctypes.Structure):
    """A comparison of one argument of a call (struct scmp_arg_cmp)."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


class Filter:
    """A filter of libseccomp."""

    def __init__(self, otherwise: int) -> None:
        self._lib = ctypes.CDLL("libseccomp.so.2")
        self._lib.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._lib.seccomp_init(ctypes.c_uint32(otherwise)))

    def add(self, action: int, call: str, *arguments: Argument) -> None:
        number = self._lib.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            array = (Argument * len(arguments))(*arguments)
            code = self._lib.seccomp_rule_add_array(
                self._context, ctypes.c_uint32(action), number, len(arguments), array
            )
            assert code == 0, f"{call}: {code}"

    def load(self) -> None:
        assert self._lib.seccomp_load(self._context) == 0


def directives(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name].append(value)
    return found


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def protect_files(unit: dict[str, list[str]]) -> None:
    """ProtectSystem=strict, ReadWritePaths, PrivateDevices, ProtectHome."""
    assert libc.unshare(NEW_MOUNTS) == 0
    mount("--make-rprivate", "/")
    (data,) = (path.strip('"').replace("%%", "%") for path in unit["ReadWritePaths"])
    mount("--bind", data, data)
    assert unit["PrivateDevices"] == ["yes"]
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt")
    for name in DEVICES:
        inner = Path("/mnt", name)
        inner.mkdir() if Path("/dev", name).is_dir() else inner.touch()
        mount("--rbind", f"/dev/{name}", str(inner))
    mount("--move", "/mnt", "/dev")
    assert unit["ProtectSystem"] == ["strict"]
    points = [
        line.split(" ")[4].replace("\\040", " ") for line in Path("/proc/self/mountinfo").read_text().splitlines()
    ]
    for point in points:
        if point != data and not point.startswith(("/proc", "/sys", "/dev/")) and os.path.exists(point):
            mount("-o", "remount,bind,ro", point)


def drop_rights(unit: dict[str, list[str]]) -> None:
    """CapabilityBoundingSet=, NoNewPrivileges, LimitNOFILE, LimitCORE."""
    assert unit["CapabilityBoundingSet"] == [""]
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        assert libc.prctl(DROP_CAPABILITY, capability, 0, 0, 0) == 0
    assert unit["NoNewPrivileges"] == ["yes"]
    assert libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    files = min(int(unit["LimitNOFILE"][0]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def calls(group: str) -> set[str]:
    """Return the calls of a group of systemd, including those of groups in it."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    names = [line.strip() for line in listed.stdout.splitlines()[1:] if line.strip() and "#" not in line]
    return {call for name in names for call in (calls(name) if name.startswith("@") else {name})}


def filter_calls(unit: dict[str, list[str]]) -> list[Filter]:
    """SystemCallFilter, RestrictAddressFamilies, RestrictNamespaces, MemoryDenyWriteExecute."""
    allowed = calls("@default")
    for group in unit["SystemCallFilter"]:
        allowed = allowed - calls(group[1:]) if group.startswith("~") else allowed | calls(group)
    known = Filter(REFUSE)
    for call in sorted(allowed):
        known.add(ALLOW, call)
    special = Filter(ALLOW)
    families = {FAMILIES[name] for name in unit["RestrictAddressFamilies"][0].split()}
    for family in set(range(46)) - families:
        special.add(REFUSE, "socket", Argument(0, MASKED_EQUAL, 0xFFFFFFFF, family))
    assert unit["RestrictNamespaces"] == ["user net"]
    special.add(REFUSE, "setns")
    for flag in NAMESPACES.values():
        special.add(REFUSE, "unshare", Argument(0, MASKED_EQUAL, flag, flag))
        special.add(REFUSE, "clone", Argument(0, MASKED_EQUAL, flag, flag))
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        both = WRITE | EXECUTE
        special.add(REFUSE, "mmap", Argument(2, MASKED_EQUAL, both, both))
        special.add(REFUSE, "mprotect", Argument(2, MASKED_EQUAL, EXECUTE, EXECUTE))
        special.add(REFUSE, "pkey_mprotect", Argument(2, MASKED_EQUAL, EXECUTE, EXECUTE))
    return [special, known]


def main(unit_path: str, *program: str) -> None:
    unit = directives(Path(unit_path))
    filters = filter_calls(unit)
    protect_files(unit)
    drop_rights(unit)
    for each in filters:
        each.load()
    os.execv(program[0], program)


if __name__ == "__main__":
    main(*sys.argv[1:])
