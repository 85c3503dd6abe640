"""A start with much to take up."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import uuid
from pathlib import Path

import pytest

from tests.faults.outcomes import altered, is_sound
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

PENDING = 1000
ARRIVED = 5000  # bytes
# Seconds of its processor's time; how long it then takes depends on what else the machine has to do.
GOAL = 3.0

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the time of a process in /proc")


def test_restart_thousand_open_uploads_loaded(fresh_box, report_fault):
    fault = report_fault("F15", f"start with {PENDING} open uploads")
    box = fresh_box()
    api = Api(box)
    content = wav(1)
    asset_id, url = api.asset(len(content))
    assert api.patch(url, 0, content[:ARRIVED]).status_code == 204
    box.stop()
    copies = multiply(box, asset_id, PENDING)

    began = time.monotonic()
    api = Api(box.start())
    assert api.offset(url) == ARRIVED
    took = time.monotonic() - began
    spent = processor_time(box)
    fault.rounds, fault.note = 1, f"ready after {took:.1f} s, {spent:.1f} s of them at work (goal {GOAL:.0f} s)"
    assert spent < GOAL

    urls = [url.replace(asset_id, copy) for copy in copies[::10]]
    fault.lost = sum(api.offset(each) != ARRIVED for each in urls)
    assert not fault.lost
    assert api.patch(urls[0], ARRIVED, content[ARRIVED:]).status_code == 204
    assert not altered(api, {copies[0]: content})
    is_sound(api)


def processor_time(box: LiveBox) -> float:
    """Seconds the server has worked since its start."""
    assert box.process
    fields = Path(f"/proc/{box.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def multiply(box: LiveBox, asset_id: str, times: int) -> list[str]:
    """Copies of an open upload, made while the box is off; their ids."""
    ids = [str(uuid.UUID(int=uuid.UUID(asset_id).int + number)) for number in range(1, times + 1)]
    with contextlib.closing(sqlite3.connect(box.data_dir / "box.db")) as database, database:
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(asset)") if name not in ("seq", "id")]
        kept = ", ".join(columns)
        copy = f"INSERT INTO asset (id, {kept}) SELECT ?, {kept} FROM asset WHERE id = ?"
        database.executemany(copy, [(each, asset_id) for each in ids])
    first = box.data_dir / "incoming" / asset_id
    for each in ids:
        Path(first.parent, each).write_bytes(first.read_bytes())
    return ids
