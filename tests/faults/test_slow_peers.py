"""Five hundred slow senders at once: heads are cut, silent bodies too, and everybody else is served."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.api.wire import chunk_head, incoming, wav
from tests.faults.crowd import Crowd, Peer, percentile, response_times
from tests.faults.outcomes import altered, is_sound
from tests.faults.table import Fault
from tests.harness import Api, LiveBox, wait_until

HEADS, BODIES = 400, 100
HEAD_DEADLINE = 10.0  # seconds
SILENCE = 8.0  # configured here
SLACK = 8.0  # for a busy machine
SIZE = 20_000
FINISHED = 3  # bodies of each kind that are taken to the end

Reports = Callable[[str, str], Fault]


@dataclass(frozen=True)
class Upload:
    """The target of a chunk that arrives slowly or stops."""

    asset_id: str
    url: str
    content: bytes


def slow_head(box: LiveBox, number: int) -> Peer:
    """A head by the line, by the letter, or one that stops in the middle."""
    first, drop = (
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"X-Note: a\r\n"),
        (b"GET /", b"a"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b""),
    )[number % 3]
    return Peer(box, first, itertools.repeat(drop))


def stopping_body(box: LiveBox, upload: Upload) -> Peer:
    """A chunk of which 1000 bytes come, and no more."""
    return Peer(box, chunk_head(box, upload.url, 0, SIZE) + upload.content[:1000], iter(()))


def slow_body(box: LiveBox, upload: Upload) -> Peer:
    """A chunk that comes with 10 bytes a second."""
    drops = (upload.content[at : at + 10] for at in itertools.count(10, 10))
    return Peer(box, chunk_head(box, upload.url, 0, SIZE) + upload.content[:10], drops)


def test_slow_senders_five_hundred_cut_or_finished(fresh_box: Callable[..., LiveBox], report_fault: Reports) -> None:
    slow_heads, silent_bodies = report_fault("F18", "slow heads"), report_fault("F18", "silent bodies")
    slow_bodies, others = report_fault("F18", "slow bodies"), report_fault("F18", "other requests meanwhile")
    box = fresh_box({"UPLOADS_SILENCE_TIMEOUT": f"{SILENCE:.0f}s"})
    api, project_id = Api(box), Api(box).project()
    uploads = [Upload(*api.asset(SIZE, project_id), wav(SIZE, seed)) for seed in range(BODIES)]
    stopping, slow = uploads[::2], uploads[1::2]
    with Crowd() as crowd:
        heads = [crowd.add(slow_head(box, number)) for number in range(HEADS)]
        silent = [crowd.add(stopping_body(box, upload)) for upload in stopping]
        alive = [crowd.add(slow_body(box, upload)) for upload in slow]
        mine = Api(box)
        asks = [lambda: mine.get(slow[0].asset_id), lambda: mine.offset(slow[1].url), lambda: mine.project()]
        with response_times(asks) as times:
            crowd.live(lambda: all(peer.lasted for peer in [*heads, *silent]), HEAD_DEADLINE + SLACK)
        slow_bodies.rounds = len(alive)
        slow_bodies.lost = sum(peer.lasted is not None for peer in alive)
    cut_in_time(slow_heads, heads, HEAD_DEADLINE, "4")
    cut_in_time(silent_bodies, silent, SILENCE, "503")
    silent_bodies.lost += sum(1000 - api.offset(upload.url) for upload in stopping)
    assert all(incoming(box, upload.asset_id).read_bytes() == upload.content[:1000] for upload in stopping)
    others.rounds = len(times)
    others.note = f"p99 {percentile(times, 0.99):.0f} ms (goal 200 ms), median {percentile(times, 0.5):.0f} ms"
    sample = [*stopping[:FINISHED], *slow[:FINISHED]]
    for upload in sample:
        wait_until(partial(is_finished, api, upload))
    assert not altered(api, {upload.asset_id: upload.content for upload in sample})
    assert silent_bodies.lost == slow_bodies.lost == slow_heads.lost == 0
    is_sound(api)


def is_finished(api: Api, upload: Upload) -> bool:
    """Send the rest, unless the box still takes the connection that has just been closed for the writer."""
    offset = api.offset(upload.url)
    answer = api.patch(upload.url, offset, upload.content[offset:])
    assert answer.status_code in (204, 409, 423), answer.text
    return answer.status_code == 204


def cut_in_time(fault: Fault, peers: list[Peer], deadline: float, status: str) -> None:
    """Check that every connection was ended after ``deadline``, with at most one answer."""
    fault.rounds += len(peers)
    lasted = [peer.lasted for peer in peers if peer.lasted is not None]
    fault.lost += len(peers) - len(lasted)
    assert not fault.lost, "connections were never cut"
    fault.note = f"cut after {min(lasted):.1f} to {max(lasted):.1f} s (goal {deadline:.0f} s)"
    assert min(lasted) >= deadline - 0.5
    for peer in peers:
        assert not peer.given or peer.given.startswith(b"HTTP/1.1 " + status.encode()), peer.given
        assert peer.given.count(b"HTTP/1.1") <= 1
