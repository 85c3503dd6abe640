"""The live box under the machine: its clock, its owner's terminal, and an account for every example."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from uuid6 import uuid7

from tests.api.wire import Wire, request_head
from tests.cli.shell import Shell
from tests.fuzz.tus_model import Upload
from tests.harness import CHUNK_TYPE, Api, LiveBox, serving, wait_until

PROGRAM = (sys.executable, str(Path(__file__).parent / "moving_clock.py"))
TUS = {"Tus-Resumable": "1.0.0"}


class World:
    """A box whose clock we move; minutes count from its start."""

    def __init__(self, box: LiveBox, clock_file: Path) -> None:
        self.box = box
        self.minute = 0
        self._clock_file = clock_file
        self._shell = Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]})
        self._set_clock()
        self.stranger = self.member(1)

    def pass_time(self, minutes: int) -> None:
        """Set the clock of the box forward."""
        self.minute += minutes
        self._set_clock()

    def member(self, credits: int) -> Member:
        """A new account."""
        name = f"fuzz {uuid7()}"
        made = self._shell.json("account", "add", name, "--credits", str(credits))
        return Member(self.box, name, made["api_key"])

    def top_up(self, member: Member, amount: int) -> dict[str, Any]:
        """Top up on the command line and return its answer."""
        return self._shell.json("topup", str(amount), "--account", member.name)

    def examine(self) -> None:
        """Have the doctor look at the box, by its own clock, and look for errors of its own in its log."""
        faults = re.findall(r"^.*(?: 5\d\d \d|Traceback).*$", self.box.log(), re.MULTILINE)
        assert not faults, faults
        command = [*PROGRAM, "doctor", "--json"]
        done = subprocess.run(command, env=self.box.environ, cwd=self.box.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def _set_clock(self) -> None:
        # Replaced, for the box may look at any moment.
        written = self._clock_file.with_suffix(".new")
        written.write_text(str(self.minute * 60))
        os.replace(written, self._clock_file)


@contextmanager
def moving_world(folder: Path) -> Iterator[World]:
    """A box that serves by a clock of ours."""
    clock_file = folder / "ahead"
    clock_file.write_text("0")
    with serving(folder, {"TESTS_AHEAD": str(clock_file)}, program=PROGRAM) as box:
        yield World(box, clock_file)


class Member(Api):
    """An account and its ways to send."""

    def __init__(self, box: LiveBox, name: str, key: str) -> None:
        super().__init__(box, key)
        self.name = name
        self.key = key

    def tus(self, method: str, url: str, **headers: str) -> httpx.Response:
        """A request of TUS without a body."""
        return self.http.request(method, url, headers=TUS | headers)

    def chunked(self, url: str, offset: int, data: bytes) -> httpx.Response:
        """A chunk in chunked coding, in two parts."""
        middle = len(data) // 2
        return self.patch(url, offset, iter([data[:middle], data[middle:]]))

    def overridden(self, url: str, offset: int, data: bytes) -> httpx.Response:
        """A chunk by POST."""
        headers = TUS | {"Upload-Offset": str(offset), "Content-Type": CHUNK_TYPE, "X-HTTP-Method-Override": "PATCH"}
        return self.http.post(url, content=data, headers=headers)

    @contextmanager
    def beginning(self, upload: Upload, framing: str, sent: bytes) -> Iterator[Wire]:
        """A PATCH that has only ``sent`` so far; its connection is gone after the block."""
        lines = f"Upload-Offset: {upload.offset}", f"Content-Type: {CHUNK_TYPE}", framing
        with Wire(self.box) as wire:
            wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire.send(request_head(self.box, "PATCH", upload.url, *lines, key=self.key))
            wire.send(sent)
            yield wire

    def standing(self, url: str) -> int:
        """Return the offset once no request writes, found with an empty chunk; -1 for an upload that has ended."""

        def ask() -> httpx.Response | None:
            head = self.head(url)
            if head.status_code != 200:
                return head
            answer = self.patch(url, int(head.headers["Upload-Offset"]), b"")
            assert answer.status_code in (204, 409, 410, 423), answer.text
            return answer if answer.status_code in (204, 410) else None

        answer: httpx.Response = wait_until(ask)
        return int(answer.headers["Upload-Offset"]) if answer.status_code == 204 else -1


def reset(wire: Wire) -> None:
    """End a connection by RST."""
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        wire.close()
