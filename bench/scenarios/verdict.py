"""The time until a client learns that its file is not media, and the cost of that check for media."""

from __future__ import annotations

from pathlib import Path
from statistics import quantiles

from bench import wire
from bench.lab import KIB, Lab
from bench.report import Section, Table, number
from bench.server import Server
from bench.servers import OURS, running

CHUNK = 64 * KIB


def run(lab: Lab) -> Section:
    """Measure a first chunk of media, the chunk after it, and a first chunk of text of a longer upload."""
    text = lab.folder / "source.txt"
    text.write_bytes(b"This is no media, however long you look at it.\n" * 2000)
    count = lab.rounds * 20
    with running(lab.folder, [OURS]) as servers:
        server = servers[OURS]
        media = [_media(lab, server) for _ in range(count)]
        refused = [_refused(lab, server, text) for _ in range(count)]
    cases = {
        "first chunk, media: 204": [first for first, _ in media],
        "second chunk: 204": [second for _, second in media],
        "first chunk, text: 409": refused,
    }
    rows = []
    for what, times in cases.items():
        cuts = quantiles(times, n=100)
        rows.append([what, number(cuts[49], 1), number(cuts[98], 1)])
    explained = "Milliseconds from the last byte of 64 KiB to the response. The text announces 1 GiB and stops there."
    return Section("First chunk check", explained, [Table(("", "p50 ms", "p99 ms"), rows)])


def _media(lab: Lab, server: Server) -> tuple[float, float]:
    path = server.open(CHUNK * 3)  # small, as the disk must have room for all of them
    times = []
    for start in (0, CHUNK):
        took, status = lab.apart(wire.first_chunk, server.port, lab.source, server.chunk(path, start, CHUNK)).result()
        assert status == 204, status
        times.append(took)
    return times[0], times[1]


def _refused(lab: Lab, server: Server, text: Path) -> float:
    shot = server.chunk(server.open(lab.size), 0, CHUNK, announced=lab.size)
    took, status = lab.apart(wire.first_chunk, server.port, text, shot).result()
    assert status == 409, status
    return took
