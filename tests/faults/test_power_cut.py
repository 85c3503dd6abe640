"""A power cut: what a 201 or a 204 said holds, whatever of the rest reached the disk."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.faults.outcomes import altered, is_sound, orphans
from tests.faults.power import Power
from tests.faults.promises import becomes_ready
from tests.faults.shims import DieAt
from tests.faults.workload import Cashier, Client, over_and_over
from tests.harness import Api, wait_until
from tests.media_bytes import wav
from tests.tools import needs

pytestmark = needs("gcc")


@pytest.mark.parametrize("early", [False, True], ids=["only what was synced", "some more"])
def test_acknowledged_bytes_survive_power_cut(prepared_box, shim, rounds, dice, report_fault, early):
    fault = report_fault("F6", f"power cut, unsynced data {'partly on the disk' if early else 'gone'}")
    box = prepared_box(credits=100_000)
    power = Power(box, shim("power_cut"))
    box.start()
    clients, cashier = [Client(box, dice) for _ in range(2)], Cashier(box)
    for _ in range(rounds(1, share=0.1)):
        # After a kill the new process finds what is in memory only, and must not take it for durable.
        for is_kill in (True, False) if dice.random() < 0.3 else (False,):
            with over_and_over(cashier.work, *(client.work for client in clients)):
                time.sleep(dice.uniform(0.05, 1.5))
                cashier.kill()
                box.stop(signal.SIGKILL)
            if not is_kill:
                power.cut(dice if early else None)
            box.start()
            broken = [each for client in clients for each in client.promises.breaches(box, power_cut=not is_kill)]
            broken += cashier.breaches()
            fault.lost += len(broken)
            assert not broken
        fault.rounds += 1
    api = Api(box)
    # Names whose removal was not synced come back; the sweep at the start takes them.
    wait_until(lambda: not orphans(api))
    is_sound(api)


def test_power_cut_without_sync_loses_bytes(prepared_box, shim, dice):
    """With the promise relaxed, bytes of a 204 are lost: the cut is more than a kill."""
    box = prepared_box({"UPLOADS_SYNC": "final"})
    power = Power(box, shim("power_cut"))
    api = Api(box.start())
    content = wav(10, noise=dice)
    open_id, open_url = api.asset(len(content))
    for start in range(0, 100_000, 10_000):
        assert api.patch(open_url, start, content[start : start + 10_000]).status_code == 204
    whole_id, whole_url = api.asset(len(content))
    assert api.patch(whole_url, 0, content).status_code == 204
    power.cut()
    api = Api(box.start())
    assert api.offset(open_url) == 0
    assert api.offset(whole_url) == len(content)
    assert api.settled(whole_id)["state"] == "ready"
    assert api.get(open_id)["state"] == "pending_upload"


def test_interrupted_by_kill_durable_once_next_process_ends(prepared_box, shim, rounds, dice, report_fault):
    """A kill between two changes of the disk, and a power cut after the asset became ready all the same."""
    fault = report_fault("F6", "power cut after a kill anywhere between upload and ready")
    box, content = prepared_box(), wav(1)
    power = Power(box, shim("power_cut"))
    die = DieAt(box, shim("die_at"))
    api = Api(box.start())
    asset_id, url = api.asset(len(content))
    with die.counting() as count:
        assert api.patch(url, 0, content).status_code == 204
        answered = count()
        assert becomes_ready(api, asset_id, content)
        changes = count()
    sent = {asset_id: content}
    for _ in range(rounds(1, share=0.1)):
        asset_id, url = api.asset(len(content))
        # Anywhere, or while the file is moved to its place.
        die.arm(dice.choice((dice.randint(1, changes), dice.randint(answered + 1, answered + 8))))
        with suppress(httpx.TransportError):
            api.patch(url, 0, content)
        die.wait()
        box.start()
        if (offset := api.offset(url)) < len(content):
            assert api.patch(url, offset, content[offset:]).status_code == 204
        assert becomes_ready(api, asset_id, content)
        sent[asset_id] = content
        power.cut()
        box.start()
        fault.rounds += 1
        lost = altered(api, sent)
        fault.lost += len(lost)
        assert not lost
    is_sound(api)


def test_upload_name_unsynced_by_kill_survives_power_cut(prepared_box, shim, report_fault):
    """A kill between a new file and the sync of its folder: the next process must not take the name for durable."""
    fault = report_fault("F6", "power cut after a kill between a file and its folder's sync")
    box, content = prepared_box(), wav(1)
    power = Power(box, shim("power_cut"))
    _, url = Api(box.start()).asset(len(content))
    box.stop(signal.SIGKILL)
    (box.data_dir / "incoming" / url.rpartition("/")[2]).touch()
    assert Api(box.start()).patch(url, 0, content[:1000]).status_code == 204
    power.cut()
    fault.rounds += 1
    fault.lost += 1000 - Api(box.start()).offset(url)
    assert not fault.lost


def test_asset_folder_unsynced_by_kill_survives_power_cut(prepared_box, shim, report_fault):
    """A kill between making the folder of a project and syncing its parent."""
    fault = report_fault("F6", "power cut after a kill between two folders' syncs")
    box, content = prepared_box(), wav(1)
    power = Power(box, shim("power_cut"))
    project_id = Api(box.start()).project()
    box.stop(signal.SIGKILL)
    (box.data_dir / "media" / "projects" / project_id).mkdir(parents=True)
    asset = Api(box.start()).upload(content, project_id)
    assert asset["state"] == "ready"
    power.cut()
    api = Api(box.start())
    fault.rounds += 1
    fault.lost += len(altered(api, {asset["id"]: content}))
    assert not fault.lost
    is_sound(api)


RULES = """
import os, sys
os.chdir(sys.argv[1])
def put(name, content, sync):
    with open(name, "w") as file:
        file.write(content)
        file.flush()
        if sync:
            os.fsync(file.fileno())
def sync(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
put("old", "new content", False)
put("renamed", "x", True)
os.mkdir("folder")
put("folder/named", "x", True)
put("folder/without content", "x", False)
sync(".")
sync("folder")
put("without name", "x", True)
put("folder/without name", "x", True)
os.rename("renamed", "folder/renamed")
os.unlink("gone")
os.mkdir("unsynced")
"""


def test_power_cut_only_synced_data_and_names_left(prepared_box, shim):
    box = prepared_box()
    (box.data_dir / "old").write_text("old content")
    (box.data_dir / "gone").write_text("x")
    power = Power(box, shim("power_cut"))
    subprocess.run([sys.executable, "-c", RULES, box.data_dir], env=box.environ, check=True)
    power.cut()
    left = {path.relative_to(box.data_dir).as_posix(): path.read_text() for path in _files(box.data_dir)}
    assert left == {
        "old": "old content",
        "gone": "x",
        "renamed": "x",
        "folder/named": "x",
        "folder/without content": "",
    }


def _files(root: Path) -> list[Path]:
    ours = ("box.", "secret")
    return [path for path in root.rglob("*") if path.is_file() and not path.name.startswith(ours)]
