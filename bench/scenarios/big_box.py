"""A box after years of work compared with a new one: what grows."""

from __future__ import annotations

import time
from statistics import quantiles

from bench import wire
from bench.big_upload import memory
from bench.lab import MIB, Lab
from bench.make_big_box import fill
from bench.ours import Ours
from bench.process import cpu_seconds
from bench.report import Section, Table, Target, number
from bench.servers import OURS, running

SETTLE = 20.0  # seconds after the start in which background work runs
STARTED, TIDYING = "start-up, s", f"CPU-s in the {SETTLE:.0f} s after it"
SEARCHED = "assets by a part of no name"
LISTED = "20 assets of a project that are ready, with total"
Cells = dict[str, str]


def run(lab: Lab) -> Section:
    """Send the same requests to both."""
    part = 10 if lab.quick else 1
    assets, uploads, entries = 100_000 // part, 10_000 // part, 1_000_000 // part
    figures: dict[str, float] = {}
    columns: list[Cells] = []
    with running(lab.folder, [OURS]) as servers:
        server = servers[OURS]
        assert isinstance(server, Ours)
        for is_big in (False, True):
            server.stop()
            if is_big:
                fill(server.box.data_dir, assets, uploads, entries)
            columns.append(_ask(lab, server, figures))
    rows = [(what, *(cells.get(what, "-") for cells in columns)) for what in columns[1]]
    targets = [
        Target("start-up of the big box", 2.0, figures[STARTED], at_most=True, unit="s"),
        Target(f"{LISTED}, p50", 5.0, figures[LISTED], at_most=True, unit="ms"),
        Target(f"{SEARCHED}, p50", 100.0, figures[SEARCHED], at_most=True, unit="ms"),
    ]
    text = (
        f"{assets:,} finished assets, {uploads:,} open uploads, {entries:,} ledger entries, every file a hole of 1 MiB "
        "or half of it. Requests: p50 / p99 in milliseconds."
    )
    return Section("A big box", text, [Table(("", "new box", "big box"), rows)], targets)


def _ask(lab: Lab, server: Ours, figures: dict[str, float]) -> Cells:
    cells = _start(lab, server, figures)
    project = server.api.http.get("/v1/projects?limit=1&offset=1").json()["items"] or [{"id": server.project}]
    requests = {
        "20 assets, with total": server.get("/v1/assets"),
        "20 assets that are ready, with total": server.get("/v1/assets?state=ready"),
        LISTED: server.get(f"/v1/assets?project_id={project[0]['id']}&state=ready"),
        "20 assets at offset 50,000": server.get("/v1/assets?offset=50000"),
        SEARCHED: server.get("/v1/assets?q=KAMERA%20D"),
        "20 assets by a part of all names, with total": server.get("/v1/assets?q=%C3%BCbung"),
        "balance": server.get("/v1/credits/balance"),
        "history": server.get("/v1/credits/history"),
        "history at offset 500,000": server.get("/v1/credits/history?offset=500000"),
        "create": server.creation(MIB),
    }
    for what, request in requests.items():
        times = lab.apart(wire.latencies, server.port, request, 20 * lab.rounds).result()
        figures[what] = quantiles(times, n=100)[49]
        cells[what] = _pair(times)
    return cells


def _start(lab: Lab, server: Ours, figures: dict[str, float]) -> Cells:
    began = time.perf_counter()
    server.launch()
    figures[STARTED] = time.perf_counter() - began
    spent, stop = cpu_seconds(server.pid), lab.folder / "stop"
    stop.unlink(missing_ok=True)
    asking = lab.apart(wire.latencies_until, server.port, [server.get("/v1/credits/balance")], stop, 0.05)
    time.sleep(SETTLE)
    stop.touch()
    asked = asking.result()[0]
    return {
        STARTED: number(figures[STARTED], 2),
        f"balance in the {SETTLE:.0f} s after it": _pair(asked),
        TIDYING: number(cpu_seconds(server.pid) - spent, 1),
        "memory after it, MiB": number(memory(server.pid)[0]),
    }


def _pair(times: list[float]) -> str:
    cuts = quantiles(times, n=100)
    return f"{cuts[49]:.1f} / {cuts[98]:.1f}"
