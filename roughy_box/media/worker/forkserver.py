"""A process that has loaded all that media takes and becomes two for every child.

Starting Python and loading ffmpeg takes a tenth of a second of computing, a fork a thousandth. This
process opens nothing itself, so what a child is born with is as good as new.
"""

from __future__ import annotations

import errno
import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from roughy_box.media.protocol import NUMBER
from roughy_box.media.worker import confine, cpu_priority
from roughy_box.media.worker.line import Line

_GIVEN = 2  # sockets with each request
_OPEN_FILES = 256
_BELLS = 4096


def serve(run: Callable[[str], int]) -> int:
    """Fork on request until the server ends; a child calls ``run`` with its name.

    The socket that is our standard input takes requests: a job with the name, and with it two sockets, which are
    the child's life line and its standard input and output. Over the life line go the process id of the child, or a
    negative error number, and its status once it has ended, each a result with a ``NUMBER``; when the other end is
    closed the child is killed.
    """
    confine.settle_in("media-fork", open_files=_OPEN_FILES)
    cpu_priority.set_priority(cpu_priority.RECEIVING)
    _load()
    confine.leave_the_others()
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as server:
        _ForkServer(server, run).run()
    return 0


def _load() -> None:
    """Have in memory all that a child needs, in pages that the children can share for long."""
    import roughy_box.media.worker.poster
    import roughy_box.media.worker.probe.measure
    import roughy_box.media.worker.waveform  # noqa: F401

    gc.collect()
    gc.freeze()


class _ForkServer:
    def __init__(self, server: socket.socket, run: Callable[[str], int]) -> None:
        self._server = server
        self._line = Line(server)
        self._run_task = run
        self._life_lines: dict[int, socket.socket] = {}  # by process id
        self._ended, self._bell = socket.socketpair()
        self._waiting = selectors.DefaultSelector()
        self._is_wanted = True

    def run(self) -> None:
        """Fork as requested until the server closes the line."""
        self._line.ready()
        self._bell.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._waiting.register(self._server, selectors.EVENT_READ, self._take_request)
        self._waiting.register(self._ended, selectors.EVENT_READ, self._reap_children)
        while self._is_wanted:
            for key, _ in self._waiting.select():
                key.data()

    def _take_request(self) -> None:
        request = self._line.take_job()
        if request is None:
            self._is_wanted = False
            return
        name, descriptors = request
        if len(descriptors) == _GIVEN:
            self._fork(name.decode(), *descriptors)
        else:
            _refuse(errno.EMFILE, *descriptors)  # there was no room for all

    def _fork(self, name: str, life_line: int, talk: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _refuse(error.errno or errno.EAGAIN, life_line, talk)
            return
        if not pid:
            self._run_child(name, parent, talk)
        os.close(talk)
        line = self._life_lines[pid] = socket.socket(fileno=life_line)
        self._waiting.register(line, selectors.EVENT_READ, partial(self._kill, pid, line))
        _send(line, pid)

    def _run_child(self, name: str, parent: int, talk: int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(talk, 0)
            os.dup2(talk, 1)
            os.closerange(3, _OPEN_FILES)  # nothing may lead to the server or to another child
            confine.leave_the_others()
            confine.settle_in(name)
            if os.getppid() == parent:  # else the signal of its end was missed
                status = self._run_task(name)
        finally:
            os._exit(status)

    def _kill(self, pid: int, line: socket.socket) -> None:
        if self._life_lines.get(pid) is line:  # else it has just been buried
            self._waiting.unregister(line)
            os.kill(pid, signal.SIGKILL)

    def _reap_children(self) -> None:
        self._ended.recv(_BELLS)
        while self._life_lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            # A child that was taken over can put its own children among ours (clone(2), CLONE_PARENT).
            if line := self._life_lines.pop(pid, None):
                with line:
                    _send(line, os.waitstatus_to_exitcode(status))
                    with suppress(KeyError):  # it was killed
                        self._waiting.unregister(line)


def _send(line: socket.socket, number: int) -> None:
    with suppress(OSError):  # the server has closed it
        Line(line).result(NUMBER.pack(number))


def _refuse(reason: int, *descriptors: int) -> None:
    if descriptors:
        with socket.socket(fileno=descriptors[0]) as line:
            _send(line, -reason)
    for each in descriptors[1:]:
        os.close(each)
