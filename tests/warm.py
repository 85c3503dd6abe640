"""The program in a fork of a process that has imported it already: the same code, without the second of imports.

``python -m tests.warm`` is that process. It takes orders from its standard input, a socket: the command line, the
environment and the folder as JSON, and with them the descriptors of stdout, stderr, and of a socket over which the
process number and, at the end, the exit code come back.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

PRELOADED = (
    "uvloop",
    "roughy_box.cli.cut",
    "roughy_box.cli.serve",
    "roughy_box.http.serve",
    "roughy_box.operations.doctor.collector",
)
ORDER = 200_000  # bytes at most
# What may differ between the environments of two programs that start in one process.
_OWN_VARIABLES = ("ROUGHY_BOX_", "XDG_STATE_HOME", "PYTEST_CURRENT_TEST")


class Warm:
    """A running program, with as much of :class:`subprocess.Popen` as tests use."""

    def __init__(
        self, arguments: Sequence[str], environ: dict[str, str], folder: Path, stdout: IO[str] | int, stderr: IO[str]
    ) -> None:
        """``stdout``: a file, or ``subprocess.PIPE``."""
        order = json.dumps({"arguments": arguments, "environ": environ, "folder": str(folder)})
        self._course, course = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.stdout: IO[str] | None = None
        with ExitStack() as stack:
            stack.enter_context(course)
            if stdout == subprocess.PIPE:
                readable, writable = os.pipe()
                self.stdout = open(readable)  # noqa: SIM115  # closed by the caller, as that of Popen
                stdout = stack.enter_context(open(writable, "w"))
            files = [cast("IO[str]", stdout).fileno(), stderr.fileno(), course.fileno()]
            socket.send_fds(_forker(), [order.encode()], files)
        self.returncode: int | None = None
        self.pid = self._receive()

    def poll(self) -> int | None:
        """Return the exit code, as that of ``Popen``; None while the program runs."""
        self._course.setblocking(False)
        with suppress(BlockingIOError):
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        self._course.settimeout(timeout)
        try:
            return self._end()
        except TimeoutError:
            raise subprocess.TimeoutExpired("roughy-box", timeout or 0) from None

    def send_signal(self, number: int) -> None:
        """Send a signal to the program, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def _end(self) -> int:
        if self.returncode is None:
            self.returncode = self._receive()
            self._course.close()
        return self.returncode

    def _receive(self) -> int:
        text = self._course.recv(64)
        assert text, "the process that starts warm programs has ended"
        return int(text)


Process: TypeAlias = "subprocess.Popen[str] | Warm"


def can_be_warm(environ: dict[str, str]) -> bool:
    """Return whether a program with these variables finds in a fork what it would find in a new process."""
    return sys.platform == "linux" and _foreign(environ) == _foreign(dict(os.environ))


def _foreign(environ: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(_OWN_VARIABLES)}


@cache
def _forker() -> socket.socket:
    """Start the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        root = Path(__file__).parent.parent
        subprocess.Popen([sys.executable, "-m", "tests.warm"], stdin=theirs.fileno(), cwd=root)
    return ours


def _await_order(orders: socket.socket) -> list[str]:
    """Fork for each order; return its command line in the process that is to run it."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that watch
    while True:
        order, descriptors, *_ = socket.recv_fds(orders, ORDER, 3)
        if not order:
            os._exit(0)
        if os.fork() == 0:
            orders.close()
            return _started(json.loads(order), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _started(order: dict[str, Any], descriptors: Sequence[int]) -> list[str]:
    """Become the program in a child of this process, which tells its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    stdout, stderr, course = descriptors
    if pid := os.fork():
        with socket.socket(fileno=course) as told:
            for descriptor in (0, 1, 2, stdout, stderr):
                os.close(descriptor)
            told.send(str(pid).encode())
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            with suppress(OSError):
                told.send(str(status).encode())
        os._exit(0)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (stdout, 1), (stderr, 2)):
        os.dup2(source, target)
    for descriptor in (null, *descriptors):
        os.close(descriptor)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    return [*order["arguments"]]


def main() -> None:
    """Import the program, and be it once for each order."""
    for name in PRELOADED:
        import_module(name)
    orders = socket.socket(fileno=os.dup(0))
    sys.argv = ["roughy-box", *_await_order(orders)]
    import_module("roughy_box.__main__").main()


if __name__ == "__main__":
    main()
