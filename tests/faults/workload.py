"""The work of a studio, by several clients at once, until the server is gone."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import httpx

from tests.faults.promises import Promises, Upload
from tests.harness import PROGRAM, Api, LiveBox
from tests.media_bytes import wav

PIECE = 65_536
CHUNKS = (64 * 1024, 700_000, 8 * 1024**2, 2**30)  # the last one: whole
SECONDS = (0.1, 1, 10, 45)  # of 192 kB; none above a minute, so each costs one credit


class Client:
    """Calls a box, and notes what it promised."""

    def __init__(self, box: LiveBox, dice: random.Random) -> None:
        self._api = Api(box)
        self._dice = random.Random(dice.random())
        self.promises = Promises(projects=[self._api.project()])
        self.interrupted = 0  # chunks

    def send(self) -> None:
        """One chunk of an unfinished upload, or of a new one."""
        unfinished = [upload for upload in self.promises.uploads if not upload.is_whole]
        upload = self._dice.choice(unfinished) if unfinished else self._announce()
        end = min(upload.told + self._dice.choice(CHUNKS), len(upload.content))
        headers = {} if self._dice.random() < 0.2 else {"Content-Length": str(end - upload.told)}
        try:
            answer = self._api.patch(upload.url, upload.told, _pieces(upload, end), **headers)
        except httpx.TransportError:
            self.interrupted += 1
            raise
        assert answer.status_code == 204, answer.text
        upload.acknowledged = upload.told = int(answer.headers["Upload-Offset"])

    def work(self) -> None:
        """Mostly send; now and then make a project or delete something."""
        chance = self._dice.random()
        if chance < 0.1:
            self.promises.projects.append(self._api.project())
        elif (chance < 0.2 and self.promises.uploads) or len(self.promises.uploads) > 5:
            self.delete(self._dice.choice(self.promises.uploads))
        else:
            self.send()

    def delete(self, upload: Upload) -> None:
        """Delete an asset, finished or not."""
        upload.is_deleting = True
        answer = self._api.http.delete(f"/v1/assets/{upload.asset_id}")
        assert answer.status_code == 204, answer.text
        self.promises.uploads.remove(upload)
        self.promises.deleted.append(upload.asset_id)

    def _announce(self) -> Upload:
        content = wav(self._dice.choice(SECONDS), rate=48_000, channels=2, noise=self._dice)
        upload = Upload(*self._api.asset(len(content), self._dice.choice(self.promises.projects[-3:])), content)
        self.promises.uploads.append(upload)
        return upload


class Cashier:
    """Tops the account up by the command line, and notes what was booked."""

    def __init__(self, box: LiveBox) -> None:
        self._box = box
        self._count = 0
        self._running: subprocess.Popen[bytes] | None = None
        self._is_killed = False
        self.booked: list[str] = []

    def work(self) -> None:
        """One top-up. Errors: :class:`subprocess.CalledProcessError` when it was killed."""
        if self._is_killed:  # between two commands
            self._is_killed = False
            raise subprocess.CalledProcessError(-signal.SIGKILL, PROGRAM)
        self._count += 1
        command = [*PROGRAM, "topup", "1", "--reference", f"payment {self._count}"]
        self._running = subprocess.Popen(
            command, env=self._box.environ, cwd=self._box.folder, stdout=subprocess.DEVNULL
        )
        if status := self._running.wait():
            self._is_killed = False
            raise subprocess.CalledProcessError(status, command)
        self.booked.append(f"payment {self._count}")

    def kill(self) -> None:
        """End the command that runs, and come to no other."""
        self._is_killed = True
        if self._running:
            self._running.kill()

    def breaches(self) -> list[str]:
        """The top-ups that do not count exactly once."""
        entries = self._box.cli("ledger", "--limit", "100000")["items"]
        references = [entry["reference"] for entry in entries]
        return [f"{each} counts {references.count(each)} times" for each in self.booked if references.count(each) != 1]


@contextmanager
def over_and_over(*actions: Callable[[], None]) -> Iterator[None]:
    """Repeat each action, concurrently with the block and each other, until the server process is gone."""
    threads = [threading.Thread(target=_repeat, args=(action,), daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def _repeat(action: Callable[[], None]) -> None:
    with suppress(httpx.TransportError, subprocess.CalledProcessError):
        while True:
            action()


def _pieces(upload: Upload, end: int) -> Iterator[bytes]:
    for start in range(upload.told, end, PIECE):
        piece = upload.content[start : min(start + PIECE, end)]
        upload.sent = max(upload.sent, start + len(piece))
        yield piece
