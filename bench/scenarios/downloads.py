"""Downloads, whole and in ranges, compared with nginx and its sendfile."""

from __future__ import annotations

from functools import partial
from typing import cast

from bench import wire
from bench.lab import GIB, MIB, Figures, Lab
from bench.ours import Ours
from bench.peers import Nginx
from bench.process import watched
from bench.report import Bars, Section, Table, Target
from bench.server import Server
from bench.servers import NGINX_PUT, OURS, PLAIN, running

RANGE = 8 * MIB
WAYS = ("whole", "ranges")


def run(lab: Lab) -> Section:
    """Measure whole downloads, and ranges of 8 MiB on one connection."""
    names = lab.available(OURS, PLAIN, NGINX_PUT)
    with running(lab.folder, names) as servers:
        cases = {}
        for name, server in servers.items():
            path = cast(Ours | Nginx, server).downloadable(lab.source)
            ranges = [
                server.get(path, Range=f"bytes={start}-{min(start + RANGE, lab.size) - 1}")
                for start in range(0, lab.size, RANGE)
            ]
            for way, shots in zip(WAYS, ([server.get(path)], ranges), strict=True):
                cases[name, way] = partial(_download, lab, server, shots)
        results = lab.play(cases)
    rows = [
        [
            f"{name}, {way}",
            *results.cells((name, way), speed=0),
            *results.ratios((name, way), [NGINX_PUT], "speed"),
            *results.cells((name, way), cpu=2, peak=0),
        ]
        for way in WAYS
        for name in names
    ]
    columns = ["", "MiB/s", "x nginx", "CPU-s/GiB", "peak MiB"]
    targets = [
        Target(f"download against nginx, {name}, {way}", wanted, results.ratio((name, way), (NGINX_PUT, way), "speed"))
        for name, wanted in ((OURS, 1.2), (PLAIN, 0.8))
        for way in WAYS
    ]
    bars = [Bars("Download: MiB/s", {name: results.median((name, "whole"), "speed") or 0 for name in names})]
    return Section("Downloads", "From a warm page cache; ranges of 8 MiB.", [Table(columns, rows)], targets, bars)


def _download(lab: Lab, server: Server, shots: list[bytes]) -> Figures:
    # Once unmeasured: the kernel may have dropped files from its cache since the previous round.
    lab.apart(wire.download, server.port, shots).result()
    with watched(server.pid) as usage:
        seconds, total = lab.apart(wire.download, server.port, shots).result()
    assert total == lab.size, total
    return {"speed": total / seconds / MIB, "cpu": usage.cpu * GIB / total, "peak": usage.peak}
