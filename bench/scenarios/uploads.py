"""One upload at a time, as for a client on a fast network."""

from __future__ import annotations

from functools import partial

from bench import wire
from bench.lab import GIB, MIB, Figures, Lab, Results
from bench.process import watched
from bench.report import Bars, Section, Table, Target
from bench.server import Server
from bench.servers import FINAL, NGINX_PUT, NODE, OURS, PLAIN, UVICORN, running

CHUNKS = {"8 MiB": 8 * MIB, "50 MiB": 50 * MIB, "whole file": 0}
AGAINST_NODE = {"8 MiB": 2.0, "50 MiB": 2.2, "whole file": 2.5}


def run(lab: Lab) -> Section:
    """Measure every server with every chunk size."""
    names = lab.available(OURS, FINAL, PLAIN, NODE, UVICORN, NGINX_PUT)
    with running(lab.folder, names) as servers:
        results = lab.play(
            {
                (name, label): partial(_upload, lab, server, chunk or lab.size)
                for name, server in servers.items()
                for label, chunk in CHUNKS.items()
            },
            heat=lab.size,
        )
    text = "One file, in PATCHes of three sizes. Ours syncs before every response, the others never; nginx takes PUTs."
    tables = [_table(results, names, label) for label in CHUNKS]
    bars = [
        Bars(f"Upload, {label}: MiB/s", {name: results.median((name, label), "speed") or 0 for name in names})
        for label in CHUNKS
    ]
    return Section("Uploads", text, tables, _targets(results), bars)


def _upload(lab: Lab, server: Server, chunk: int) -> Figures:
    path = server.open(lab.size)
    with watched(server.pid) as usage:
        seconds = lab.apart(wire.upload, server.port, lab.source, [server.chunks(path, lab.size, chunk)]).result()
    server.clear([path])
    return {"speed": lab.size / seconds / MIB, "cpu": usage.cpu * GIB / lab.size, "peak": usage.peak}


def _table(results: Results, names: list[str], label: str) -> Table:
    peers = [name for name in (NODE, UVICORN, NGINX_PUT) if name in names]
    rows = [
        [
            name,
            *results.cells((name, label), speed=0),
            *results.ratios((name, label), peers, "speed"),
            *results.cells((name, label), cpu=2, peak=0),
        ]
        for name in names
    ]
    return Table([f"{label}", "MiB/s", *(f"x {peer}" for peer in peers), "CPU-s/GiB", "peak MiB"], rows)


def _targets(results: Results) -> list[Target]:
    def against(name: str, peer: str, label: str, wanted: float) -> Target:
        ratio = results.ratio((name, label), (peer, label), "speed")
        return Target(f"{name} against {peer}, {label}", wanted, ratio)

    targets = [against(OURS, NODE, label, wanted) for label, wanted in AGAINST_NODE.items()]
    for name, peer, wanted in (
        (FINAL, NODE, 3.0),
        (OURS, UVICORN, 2.0),
        (OURS, NGINX_PUT, 0.75),
        (FINAL, NGINX_PUT, 1.0),
    ):
        targets += [against(name, peer, label, wanted) for label in CHUNKS]
    for label in CHUNKS:
        cpu = results.median((OURS, label), "cpu")
        targets.append(Target(f"CPU for each GiB, {label}", 0.5, cpu, at_most=True, unit="CPU-s"))
    return targets
