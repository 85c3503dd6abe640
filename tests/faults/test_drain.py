"""SIGTERM while fifty uploads are under way: a quick end, nothing acknowledged lost, everybody resumes."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import httpx

from tests.api.wire import Wire, chunk_head, chunked, incoming, wav
from tests.faults.outcomes import altered, is_sound
from tests.faults.peers import at_once
from tests.faults.table import Fault
from tests.harness import Api, LiveBox, wait_until

UPLOADS = 50
FINISHED = 8  # of them are taken to the end, and prepared
SIZE = 1_000_000
STEP = 2000  # bytes, ten times a second: no upload completes, however slow the machine is
END = 15.0  # seconds the server has


@dataclass
class Client:
    """One upload and what its client knows of it."""

    box: LiveBox
    asset_id: str
    url: str
    content: bytes
    told: int = 0  # the offset of the last 204
    seen: int = 0  # the offset of the last HEAD
    sent: int = 0
    status: int | None = None  # of the answer that ended it; None: closed without one

    def send_chunks(self) -> None:
        """Chunk after chunk on one connection, until an answer is none of success."""
        api = Api(self.box)
        with api.http, suppress(httpx.TransportError):
            while self.told < SIZE:
                self.sent = min(self.told + STEP, SIZE)
                answer = api.patch(self.url, self.told, self.content[self.told : self.sent])
                if answer.status_code != 204:
                    self.status = answer.status_code
                    return
                self.told = int(answer.headers["Upload-Offset"])
                time.sleep(0.1)

    def send_body(self, until: int, encode: Callable[[bytes], bytes] | None) -> None:
        """One long body in small steps; then, or when the box ends the connection, read what it said."""
        with Wire(self.box) as wire:
            with suppress(OSError):
                wire.send(chunk_head(self.box, self.url, 0, None if encode else SIZE))
                while self.sent < until:
                    piece = self.content[self.sent : min(self.sent + STEP, until)]
                    self.sent += len(piece)
                    wire.send(encode(piece) if encode else piece)
                    time.sleep(0.1)
            found = re.search(rb"^HTTP/1\.1 (\d+)", wire.rest())
            self.status = int(found[1]) if found else None


MANNERS: list[Callable[[Client], None]] = [
    Client.send_chunks,
    partial(Client.send_body, until=SIZE, encode=None),
    partial(Client.send_body, until=SIZE, encode=partial(chunked, size=900)),
    partial(Client.send_body, until=2 * STEP, encode=None),  # and silence
]


@contextmanager
def sending(clients: list[Client]) -> Iterator[None]:
    """Have everybody send, and wait at the end until their connections are over."""
    threads = [
        threading.Thread(target=MANNERS[number % len(MANNERS)], args=(client,)) for number, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def test_drain_fifty_uploads_resume(
    fresh_box: Callable[..., LiveBox],
    report_fault: Callable[[str, str], Fault],
    rounds: Callable[..., int],
    dice: random.Random,
) -> None:
    fault = report_fault("F14", f"SIGTERM under {UPLOADS} uploads")
    box = fresh_box(credits=100_000)
    project_id = Api(box).project()
    ends: Counter[int | None] = Counter()
    slowest = 0.0
    for _ in range(rounds(1, share=0.01)):
        api = Api(box)
        clients = [Client(box, *api.asset(SIZE, project_id), wav(SIZE, dice.randrange(2**32))) for _ in range(UPLOADS)]
        with sending(clients):
            wait_until(lambda: all(client.sent for client in clients))  # noqa: B023
            time.sleep(dice.uniform(0, 0.5))
            for client in clients:
                client.seen = api.offset(client.url)
            started = time.monotonic()
            assert box.stop() == 0
            slowest = max(slowest, time.monotonic() - started)
        ends.update(client.status for client in clients)
        box.start()
        api = Api(box)
        fault.lost += sum(at_once(partial(resume, api), clients))
        finished = clients[:FINISHED]
        at_once(partial(finish, api), finished)
        fault.lost += len(altered(api, {client.asset_id: client.content for client in finished}))
        fault.rounds += 1
        fault.note = f"exit within {slowest:.1f} s (goal {END:.0f} s); clients saw {ends[503]} 503, {ends[None]} closed"
    assert set(ends) <= {503, None}
    assert slowest <= END
    assert fault.lost == 0
    is_sound(api)


def resume(api: Api, client: Client) -> int:
    """Resume at the offset of HEAD to the last byte; return how many acknowledged bytes are lost or wrong."""
    now = api.offset(client.url)
    assert now <= client.sent, "nobody sent that much"
    answer = api.patch(client.url, now, client.content[now:-1])
    is_right = answer.status_code == 204 and incoming(api.box, client.asset_id).read_bytes() == client.content[:-1]
    return max(0, client.told - now, client.seen - now) + (not is_right)


def finish(api: Api, client: Client) -> None:
    """Send the last byte."""
    assert api.patch(client.url, SIZE - 1, client.content[-1:]).status_code == 204
