"""``doctor`` on a box that is served: no false alarms, only safe repairs; and a repaired box serves."""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roughy_box.operations import asset_rows
from roughy_box.operations.doctor import strays
from roughy_box.operations.doctor.findings import Context
from roughy_box.storage.inspection import Inspection
from tests.cli.box_shell import UNKNOWN_ID, BoxShell, make_used_box, skip_children
from tests.cli.damages import DAMAGES, HOUR, Damage
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

DAY = 24 * HOUR
# Repaired also while the server runs.
SAFE = {
    *("open_the_secret", "open_the_database", "open_a_snapshot", "let_others_write", "lose_a_folder"),
    *("forget_to_pay", "lose_a_trigger", "weaken_a_trigger", "lose_an_index"),
    *("lose_a_waveform", "miscount_the_assets", "forget_the_counts"),
    *("shorten_a_poster", "lose_a_render", "shorten_a_render"),
}
# A server may be working on it at this moment.
TOO_YOUNG = {"leave_a_file", "leave_a_media_file", "leave_the_file_of_a_rejected_upload", "leave_half_a_secret"}
TOO_YOUNG |= {"leave_a_second_file", "stop_before_the_completion", "stop_before_the_preparation"}
TOO_YOUNG |= {"leave_a_render", "leave_half_a_render"}


@pytest.fixture(scope="module")
def used_box(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    return make_used_box(tmp_path_factory.mktemp("used"))


@pytest.fixture
def box(used_box: LiveBox, tmp_path: Path) -> BoxShell:
    return BoxShell.like(used_box, tmp_path)


@pytest.fixture
def held(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that holds the folder and does no work."""
    monkeypatch.setattr("roughy_box.operations.doctor.strays.SECOND_LOOK", 0.0)
    with (box.data / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


@pytest.mark.usefixtures("held", "no_children")
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.do.__name__)
def test_repair_while_served_does_only_safe_repairs(box: BoxShell, damage: Damage) -> None:
    name = damage.do.__name__
    sentence = damage.do(box)
    found = [finding for finding in box.report()["findings"] if sentence in finding["problem"]]
    if name in TOO_YOUNG:
        assert found == []
        return
    assert found
    assert "roughy-box serve" not in found[0]["remedy"]
    repaired = box.report("--repair")["repaired"]
    assert len(repaired) == (1 if name in SAFE else 0)
    if damage.did and name not in SAFE:
        assert found[0]["remedy"].startswith("Stop the server, then run 'roughy-box doctor --repair', which ")


@pytest.mark.usefixtures("held", "no_children")
def test_files_left_by_server_for_long_are_reported(box: BoxShell) -> None:
    asset_id = box.asset("pending_upload")
    whole, orphan = box.file(asset_id), box.data / "incoming" / UNKNOWN_ID
    os.truncate(whole, 5000)
    orphan.write_bytes(b"left")
    for path in (whole, orphan):
        os.utime(path, (time.time() - 2 * HOUR,) * 2)
    found = {finding["problem"]: finding["remedy"] for finding in box.report("--repair")["findings"]}
    assert list(found) == [
        f"upload {asset_id} is complete but was not passed on to preparation",
        f"a file is left of asset {UNKNOWN_ID}, which does not exist",
    ]
    assert found[f"upload {asset_id} is complete but was not passed on to preparation"].startswith(
        "See the server's log"
    )
    assert "Stop the server" in found[f"a file is left of asset {UNKNOWN_ID}, which does not exist"]
    assert orphan.exists()


@pytest.mark.usefixtures("held", "no_children")
def test_preparation_stuck_for_a_day_is_reported(box: BoxShell) -> None:
    stop = next(damage for damage in DAMAGES if damage.do.__name__ == "stop_before_the_preparation")
    stop.do(box)
    os.utime(box.file(box.asset("processing")), (time.time() - 2 * DAY - 90,) * 2)
    (found,) = box.report()["findings"]
    assert found["problem"] == f"asset {box.asset('processing')} has waited 2d1m for its preparation"
    assert "server's log" in found["remedy"]


@pytest.mark.usefixtures("held", "no_children")
def test_asset_deleted_during_file_check_is_ignored(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    read_all = asset_rows.read_all

    def read_all_before_the_deletion(database: Inspection) -> Iterator[asset_rows.AssetRow]:
        present = list(read_all(database))
        box.file(box.asset("pending_payment")).unlink()
        box.edit("DELETE FROM asset WHERE state = 'pending_payment'")
        yield from present

    monkeypatch.setattr(asset_rows, "read_all", read_all_before_the_deletion)
    assert box.problems() == []


@pytest.mark.usefixtures("held", "no_children")
def test_file_deleted_after_its_row_is_ignored(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    asset_id = box.asset("pending_payment")
    path = box.file(asset_id)
    os.utime(path, (time.time() - 2 * HOUR,) * 2)
    monkeypatch.setattr("roughy_box.operations.doctor.strays.SECOND_LOOK", 1.0)
    monkeypatch.setattr(time, "sleep", lambda seconds: path.unlink())
    list_all = strays._stored

    def list_before_the_deletion(context: Context) -> Iterator[strays.Found]:
        present = list(list_all(context))
        box.edit(f"DELETE FROM asset WHERE id = '{asset_id}'")
        yield from present

    monkeypatch.setattr(strays, "_stored", list_before_the_deletion)
    assert box.problems() == []
    assert not path.exists()


@pytest.mark.usefixtures("no_children")
def test_working_server_examined_has_no_findings(fresh_box: Callable[..., LiveBox]) -> None:
    """Uploads start, end, are prepared, charged and deleted during the checks."""
    server = fresh_box(credits=1_000_000)
    box = BoxShell(server.folder, server.data_dir)
    stop = threading.Event()

    def work() -> None:
        api, chosen = Api(server), random.Random(7)
        with api.http:
            project_id = api.project()
            while not stop.is_set():
                content = wav(chosen.uniform(0.1, 3))
                asset_id, url = api.asset(len(content), project_id)
                api.patch(url, 0, content[: chosen.choice((100, len(content)))])
                if chosen.random() < 0.7:
                    api.http.delete(f"/v1/assets/{asset_id}")

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(8):
            report = box.report("--deep")
            assert report["findings"] == []
            assert report["facts"]["served"] is True
    finally:
        stop.set()
        for worker in workers:
            worker.join()


@pytest.mark.usefixtures("no_children")
def test_repaired_box_serves_again(fresh_box: Callable[..., LiveBox]) -> None:
    """Everything that can be repaired is broken at once; afterwards the box works as before."""
    # With a short expiry, the server trusts the clock soon after its start and deletes by it.
    server = fresh_box({"UPLOADS_INITIAL_EXPIRY": "2m"}, credits=3)
    api = Api(server)
    with api.http:
        kept = [api.upload(wav(seconds, rate=1000))["id"] for seconds in (1, 2, 70)]
        for content in (b"just words " * 9, wav(1)[:99]):
            _, url = api.asset(5000)
            api.patch(url, 0, content)
        content = wav(1)
        (overdue, _), (whole, _) = api.asset(5000), api.asset(len(content))
        server.stop()
        box = BoxShell(server.folder, server.data_dir)
        for damage in DAMAGES:
            if damage.did and damage.do.__name__ not in ("put_media_back_to_incoming", "lose_a_folder"):
                damage.do(box)
        (server.data_dir / "incoming" / whole).write_bytes(content)
        box.edit(f"UPDATE asset SET expires_at = 1 WHERE id = '{overdue}'")

        left = box.report("--repair")["findings"]
        assert {finding["remedy"].partition(";")[0] for finding in left} == {"Start the server ('roughy-box serve')"}
        assert len(left) == 2
        server.start()
        # The server does what the remedies say.
        wait_until(lambda: api.get(whole)["state"] == "pending_payment")
        wait_until(lambda: api.http.get(f"/v1/assets/{overdue}").status_code == 404)
        assert server.cli("topup", "2")["activated"] == [whole]
        for asset_id in (*kept, whole):
            asset = api.get(asset_id)
            assert asset["state"] == "ready"
            assert api.http.get(asset["download_url"]).status_code == 200
        # A repair while it serves changes the schema of its open database.
        names = {"asset_moves", "ledger_chain", "ledger_no_update"}
        box.edit(*(f"DROP TRIGGER {name}" for name in names), keep_triggers=True)
        assert set(box.repairs()) == {f"put the trigger {name} back" for name in names}
        assert api.upload(content)["state"] == "ready"
        assert server.cli("doctor", "--deep")["ok"]
