"""Connections that end in the middle of a chunk, over and over, by FIN and by RST: what arrived is kept."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tests.api.wire import MIB, Wire, chunk_head, chunked, incoming, wav
from tests.faults.outcomes import altered, is_sound
from tests.faults.peers import at_once, in_transit, leave, reset
from tests.faults.table import Fault
from tests.harness import Api, LiveBox, wait_until

End = Callable[[Wire], None]
BREAKS: dict[End, str] = {leave: "FIN in the middle of a chunk", reset: "RST in the middle of a chunk"}
UPLOADS = 4  # at the same time, of each kind
SIZE = 3 * MIB
LONGEST_CUT = MIB // 2
LATE = 10.0  # seconds after which a byte counts as lost


@dataclass
class Victim:
    """One client whose connection breaks again and again, on one upload after the other."""

    api: Api
    dice: random.Random
    project_id: str
    end: End
    content: bytes = b""
    asset_id: str = ""
    url: str = ""
    kept: int = SIZE
    most_taken_back: int = 0  # bytes by one reset
    altered: int = 0  # files that are not what was sent

    def begin(self) -> None:
        """Finish the upload if there is one, and open the next."""
        self.finish()
        self.asset_id, self.url = self.api.asset(SIZE, self.project_id)
        self.content = wav(SIZE, self.dice.randrange(2**32))
        self.kept = 0

    def finish(self) -> None:
        """Send what is missing and see what became of it."""
        if self.asset_id:
            assert self.api.patch(self.url, self.kept, self.content[self.kept :]).status_code == 204
            self.altered += len(altered(self.api, {self.asset_id: self.content}))

    def suffer(self) -> int:
        """One broken chunk; how many bytes were lost of those that had arrived."""
        if SIZE - self.kept < 2 * LONGEST_CUT:
            self.begin()
        cut = self.kept + self.dice.randint(1, LONGEST_CUT)
        with Wire(self.api.box) as wire:
            told = self.send(wire, cut)
            received = cut - in_transit(wire) if self.end is reset else cut
            self.end(wire)
        self.await_offset(received)
        now = self.settled_offset()
        assert now <= cut
        self.most_taken_back = max(self.most_taken_back, cut - now)
        self.kept = now
        is_altered = incoming(self.api.box, self.asset_id).read_bytes() != self.content[:now]
        return max(0, received - now, told - now) + is_altered

    def send(self, wire: Wire, cut: int) -> int:
        """Send a chunk as far as ``cut``; the last offset that was seen to be there."""
        coding = self.dice.choice(("length", "chunked"))
        wire.send(chunk_head(self.api.box, self.url, self.kept, SIZE - self.kept if coding == "length" else None))
        # Some in several pieces, so that the end may meet any moment of their storing.
        marks = sorted(self.dice.randint(self.kept, cut) for _ in range(self.dice.randint(0, 4)))
        at = told = self.kept
        for mark in (*marks, cut):
            piece = self.content[at:mark]
            wire.send(piece if coding == "length" else chunked(piece, self.dice.randint(1000, MIB)))
            at = mark
            if self.dice.random() < 0.3:
                told = self.api.offset(self.url)
        return told

    def await_offset(self, expected: int) -> None:
        """Let the box take in what arrived; whether it did is judged later."""
        with suppress(AssertionError):
            wait_until(lambda: self.api.offset(self.url) >= expected, LATE)

    def settled_offset(self) -> int:
        """Return the offset once no request writes."""
        while True:
            offset = self.api.offset(self.url)
            answer = self.api.patch(self.url, offset, b"")
            if answer.status_code == 204:
                return offset
            assert answer.status_code in (409, 423), answer.text


def test_chunk_interrupted_bytes_kept(
    fresh_box: Callable[..., LiveBox],
    report_fault: Callable[[str, str], Fault],
    rounds: Callable[..., int],
    dice: random.Random,
) -> None:
    box = fresh_box(credits=100_000)
    api = Api(box)
    project_id = api.project()
    faults = {end: report_fault("F7", what) for end, what in BREAKS.items()}
    victims = [
        Victim(Api(box), random.Random(dice.random()), project_id, end) for end in faults for _ in range(UPLOADS)
    ]
    for _ in range(-(-rounds(16) // UPLOADS)):
        for victim, lost in zip(victims, at_once(Victim.suffer, victims), strict=True):
            faults[victim.end].rounds += 1
            faults[victim.end].lost += lost
    at_once(Victim.finish, victims)
    for victim in victims:
        faults[victim.end].lost += victim.altered
    taken_back = max(victim.most_taken_back for victim in victims)
    faults[reset].note = f"taken back before it arrived: at most {taken_back} bytes"
    assert not any(fault.lost for fault in faults.values())
    is_sound(api)
    # A client that disconnects is not an error of the box.
    assert " 500 " not in box.log()
