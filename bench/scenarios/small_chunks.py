"""PATCHes of 64 KiB: the overhead of a request."""

from __future__ import annotations

from functools import partial

from bench import wire
from bench.lab import KIB, Figures, Lab
from bench.process import watched
from bench.report import Section, Table, Target
from bench.server import Server
from bench.servers import FINAL, NODE, OURS, UVICORN, running

CHUNK = 64 * KIB


def run(lab: Lab) -> Section:
    """Measure one connection, one chunk after the other."""
    names, count = lab.available(OURS, FINAL, NODE, UVICORN), 300 if lab.quick else 1000
    with running(lab.folder, names) as servers:
        results = lab.play(
            {(name, ""): partial(_chunks, lab, server, count) for name, server in servers.items()}, heat=count * CHUNK
        )
    rows = [
        [
            name,
            *results.cells((name, ""), rate=0),
            *results.ratios((name, ""), [NODE], "rate"),
            *results.cells((name, ""), cpu=2),
        ]
        for name in names
    ]
    ratio = results.ratio((OURS, ""), (NODE, ""), "rate")
    return Section(
        "Small chunks",
        f"{count} PATCHes of 64 KiB on one connection. Ours syncs before every response, the others never.",
        [Table(("64 KiB", "PATCH/s", f"x {NODE}", "CPU-ms each"), rows)],
        [Target(f"64 KiB PATCHes against {NODE}", 3.0, ratio)],
    )


def _chunks(lab: Lab, server: Server, count: int) -> Figures:
    size = count * CHUNK
    path = server.open(size)
    with watched(server.pid) as usage:
        seconds = lab.apart(wire.upload, server.port, lab.source, [server.chunks(path, size, CHUNK)]).result()
    server.clear([path])
    return {"rate": count / seconds, "cpu": usage.cpu / count * 1000}
