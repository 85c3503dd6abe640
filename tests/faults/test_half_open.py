"""Clients that fall silent or vanish in the middle of a chunk: their uploads go on with a new connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.api.wire import MIB, Wire, arrived, chunk_head, chunked, wav
from tests.faults.outcomes import altered, is_sound
from tests.faults.peers import at_once, stall, vanish
from tests.faults.table import Fault
from tests.harness import Api, LiveBox, wait_until

End = Callable[[Wire], None]
SILENCES: dict[End, str] = {stall: "a peer that stalled, then resume", vanish: "a peer that vanished, then resume"}
SIZE = 3 * MIB
# The goal is 3 s: two of silence and the change of hands. The machine may be busy.
TAKEOVER = 9.0


@dataclass(frozen=True)
class Position:
    """The bytes of a chunk sent before its client fell silent; chunked coding without ``is_sized``."""

    sent: int
    is_sized: bool = True


# Within the head of the body, the minimum, the part the format is judged by, and the way of large bodies.
POSITIONS = (
    *(Position(0), Position(30), Position(5000), Position(2 * MIB + 17)),
    *(Position(0, is_sized=False), Position(70_000, is_sized=False)),
)


def test_upload_client_silent_new_client_resumes(
    fresh_box: Callable[..., LiveBox], report_fault: Callable[[str, str], Fault], rounds: Callable[..., int]
) -> None:
    box = fresh_box(credits=100_000)
    api = Api(box)
    faults = {end: report_fault("F8", what) for end, what in SILENCES.items() if is_able(box, end)}
    project_id, content = api.project(), wav(SIZE)
    sent: dict[End, dict[str, bytes]] = {end: {} for end in faults}
    slowest = dict.fromkeys(faults, 0.0)

    def half_open(work: tuple[End, Position]) -> float:
        end, position = work
        mine = Api(box)
        asset_id, url = mine.asset(SIZE, project_id)
        sent[end][asset_id] = content
        with Wire(box) as wire:
            body = content[: position.sent]
            framing = body if position.is_sized else chunked(body, 10_000)
            wire.send(chunk_head(box, url, 0, SIZE if position.is_sized else None) + framing)
            # Less than 64 bytes wait for more before they show.
            arrived(mine, url, position.sent if position.sent >= 64 else 0)
            end(wire)
            return resumed(mine, url, content)

    works = [(end, position) for end in faults for position in POSITIONS]
    for _ in range(rounds(1, share=0.02)):
        for (end, _), took in zip(works, at_once(half_open, works), strict=True):
            faults[end].rounds += 1
            slowest[end] = max(slowest[end], took)
    for end, fault in faults.items():
        fault.note = f"taken over after at most {slowest[end]:.1f} s (goal 3 s)"
        fault.lost = len(altered(api, sent[end]))
    assert not any(fault.lost for fault in faults.values())
    assert max(slowest.values()) <= TAKEOVER
    is_sound(api)


def is_able(box: LiveBox, end: End) -> bool:
    """Return whether the system allows ending a connection so; vanishing needs CAP_NET_ADMIN."""
    with Wire(box) as wire:
        try:
            end(wire)
        except PermissionError:
            return False
    return True


def resumed(api: Api, url: str, content: bytes) -> float:
    """Resume as clients do, HEAD and PATCH; the seconds until the new chunk is taken."""
    started = time.monotonic()

    def is_taken() -> bool:
        offset = api.offset(url)
        answer = api.patch(url, offset, content[offset : offset + 1000])
        assert answer.status_code in (204, 409, 423), answer.text
        return answer.status_code == 204

    wait_until(is_taken)
    took = time.monotonic() - started
    offset = api.offset(url)
    assert api.patch(url, offset, content[offset:]).status_code == 204
    return took
