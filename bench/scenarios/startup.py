"""From the command to the first response, and the memory of an idle server."""

from __future__ import annotations

import time
from functools import partial

from bench import wire
from bench.big_upload import memory
from bench.lab import Figures, Lab
from bench.process import tree
from bench.report import Section, Table
from bench.server import Server
from bench.servers import NGINX_PUT, NODE, OURS, UVICORN, running


def run(lab: Lab) -> Section:
    """Measure every server on an existing folder."""
    names = lab.available(OURS, NODE, UVICORN, NGINX_PUT)
    with running(lab.folder, names) as servers:
        results = lab.play({(name, ""): partial(_start, server) for name, server in servers.items()})
    rows = [[name, *results.cells((name, ""), seconds=2, alone=0, all=0)] for name in names]
    text = "Ours starts with two children ready to open media; shared memory counts in each process."
    return Section("Start-up", text, [Table(("", "seconds", "idle MiB", "with children"), rows)])


def _start(server: Server) -> Figures:
    server.stop()
    began = time.perf_counter()
    server.launch()
    wire.latencies(server.port, server.get(server.small_gets[0]), 1)
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "alone": memory(server.pid)[0],
        "all": sum(memory(pid)[0] for pid in tree(server.pid)),
    }
