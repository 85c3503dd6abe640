"""Eight clients that all want to write one upload, some of them rude, round after round."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.api.wire import Wire, chunk_head, wav
from tests.faults.outcomes import altered, is_sound
from tests.faults.peers import at_once, leave, reset
from tests.faults.table import Fault
from tests.harness import Api, LiveBox

WRITERS = 8
SIZE = 300_000
CHECKED_TOGETHER = 50  # files in memory
ALLOWED = {204, 409, 423}


@dataclass
class Contest:
    """One upload and the bytes that all writers of a round try to send."""

    url: str
    content: bytes
    start: threading.Barrier = field(default_factory=lambda: threading.Barrier(WRITERS))


class Contender:
    """A client that sends the next piece over and over until the upload is whole."""

    def __init__(self, box: LiveBox, seed: float) -> None:
        self.box, self.api = box, Api(box)
        self.dice = random.Random(seed)
        self.statuses: Counter[int] = Counter()

    def take_part(self, contest: Contest) -> None:
        """Write with the others until everything is there."""
        contest.start.wait()
        while (at := self.api.offset(contest.url)) < len(contest.content):
            way = self.dice.choice((self._send, self._send, self._stream, self._break_off))
            way(contest, at, at + self.dice.choice((64, 5000, 60_000, SIZE)))
            time.sleep(self.dice.uniform(0, 0.03))

    def _send(self, contest: Contest, at: int, end: int) -> None:
        self._note(contest, at, contest.content[at:end])

    def _stream(self, contest: Contest, at: int, end: int) -> None:
        def pieces() -> Iterator[bytes]:
            for position in range(at, min(end, SIZE), 20_000):
                yield contest.content[position : min(position + 20_000, end)]

        self._note(contest, at, pieces())

    def _break_off(self, contest: Contest, at: int, end: int) -> None:
        piece = contest.content[at:end]
        with Wire(self.box) as wire:
            wire.send(chunk_head(self.box, contest.url, at, len(piece)) + piece[: self.dice.randint(0, len(piece))])
            self.dice.choice((leave, reset))(wire)

    def _note(self, contest: Contest, at: int, content: bytes | Iterator[bytes]) -> None:
        # A stale offset near the end gets a 409 as well, however long the body.
        self.statuses[self.api.patch(contest.url, at, content).status_code] += 1


def test_eight_writers_one_file(
    fresh_box: Callable[..., LiveBox],
    report_fault: Callable[[str, str], Fault],
    rounds: Callable[..., int],
    dice: random.Random,
) -> None:
    fault = report_fault("F9", "8 writers on one upload")
    box = fresh_box(credits=100_000)
    api = Api(box)
    project_id = api.project()
    contenders = [Contender(box, dice.random()) for _ in range(WRITERS)]
    sent: dict[str, bytes] = {}
    total = rounds(6)
    for _ in range(total):
        asset_id, url = api.asset(SIZE, project_id)
        sent[asset_id] = wav(SIZE, dice.randrange(2**32))
        contest = Contest(url, sent[asset_id])
        at_once(lambda contender: contender.take_part(contest), contenders)  # noqa: B023
        fault.rounds += 1
        if len(sent) == CHECKED_TOGETHER or fault.rounds == total:
            fault.lost += len(altered(api, sent))
            sent.clear()
    statuses = sum((contender.statuses for contender in contenders), Counter[int]())
    fault.note = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    fault.lost += sum(statuses[other] for other in set(statuses) - ALLOWED)
    assert set(statuses) <= ALLOWED
    assert {409, 423} & set(statuses), "the writers never met"
    assert fault.lost == 0
    is_sound(api)
