"""``doctor`` beside a server: no false alarms while it works, only safe repairs; and a repaired box serves."""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from roughy_box.operations.doctor import rows, strays
from roughy_box.operations.doctor.findings import Case
from roughy_box.storage.inspection import Inspection
from tests.cli.damages import DAMAGES, HOUR, Damage
from tests.cli.patient import UNKNOWN_ID, Patient, make_used_box, skip_children
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

DAY = 24 * HOUR
# Also mended while the server runs.
SAFE = {
    *("open_the_secret", "open_the_database", "open_a_snapshot", "let_others_write", "lose_a_folder"),
    *("forget_to_pay", "lose_a_trigger", "weaken_a_trigger", "lose_an_index"),
}
# A server may be at work on it this moment.
TOO_YOUNG = {"leave_a_file", "leave_a_media_file", "leave_the_file_of_a_rejected_upload", "leave_half_a_secret"}
TOO_YOUNG |= {"leave_a_second_file", "stop_before_the_hand_over", "stop_before_the_preparation"}


@pytest.fixture(scope="module")
def used_box(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    return make_used_box(tmp_path_factory.mktemp("used"))


@pytest.fixture
def sick(used_box: LiveBox, tmp_path: Path) -> Patient:
    return Patient.like(used_box, tmp_path)


@pytest.fixture
def held(sick: Patient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that holds the folder and does none of its work."""
    monkeypatch.setattr("roughy_box.operations.doctor.strays.SECOND_LOOK", 0.0)
    with (sick.data / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


@pytest.mark.usefixtures("held", "no_children")
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.do.__name__)
def test_beside_a_server_only_what_is_safe_is_mended(sick: Patient, damage: Damage) -> None:
    name = damage.do.__name__
    sentence = damage.do(sick)
    found = [finding for finding in sick.report()["findings"] if sentence in finding["problem"]]
    if name in TOO_YOUNG:
        assert found == []
        return
    assert found
    assert "roughy-box serve" not in found[0]["remedy"]
    repaired = sick.report("--repair")["repaired"]
    assert len(repaired) == (1 if name in SAFE else 0)
    if damage.did and name not in SAFE:
        assert found[0]["remedy"].startswith("Stop the server, then run 'roughy-box doctor --repair', which ")


@pytest.mark.usefixtures("held", "no_children")
def test_what_a_server_left_lying_for_long_is_told(sick: Patient) -> None:
    asset_id = sick.asset("pending_upload")
    whole, orphan = sick.file(asset_id), sick.data / "incoming" / UNKNOWN_ID
    os.truncate(whole, 5000)
    orphan.write_bytes(b"left")
    for path in (whole, orphan):
        os.utime(path, (time.time() - 2 * HOUR,) * 2)
    found = {finding["problem"]: finding["remedy"] for finding in sick.report("--repair")["findings"]}
    assert list(found) == [
        f"upload {asset_id} is whole but was not handed over to preparation",
        f"a file of {UNKNOWN_ID} has no asset",
    ]
    assert found[f"upload {asset_id} is whole but was not handed over to preparation"].startswith(
        "See the server's log"
    )
    assert "Stop the server" in found[f"a file of {UNKNOWN_ID} has no asset"]
    assert orphan.exists()


@pytest.mark.usefixtures("held", "no_children")
def test_a_preparation_that_does_not_end_is_told_after_a_day(sick: Patient) -> None:
    stop = next(damage for damage in DAMAGES if damage.do.__name__ == "stop_before_the_preparation")
    stop.do(sick)
    os.utime(sick.file(sick.asset("processing")), (time.time() - 2 * DAY - 90,) * 2)
    (found,) = sick.report()["findings"]
    assert found["problem"] == f"asset {sick.asset('processing')} has waited 2d1m for its preparation"
    assert "server's log" in found["remedy"]


@pytest.mark.usefixtures("held", "no_children")
def test_an_asset_that_is_deleted_while_its_file_is_looked_for_is_no_finding(
    sick: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_all = rows.every

    def read_all_before_the_deletion(database: Inspection) -> Iterator[rows.Row]:
        present = list(read_all(database))
        sick.file(sick.asset("pending_payment")).unlink()
        sick.edit("DELETE FROM asset WHERE state = 'pending_payment'")
        yield from present

    monkeypatch.setattr(rows, "every", read_all_before_the_deletion)
    assert sick.problems() == []


@pytest.mark.usefixtures("held", "no_children")
def test_a_file_that_goes_a_moment_after_its_row_is_no_finding(sick: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    asset_id = sick.asset("pending_payment")
    path = sick.file(asset_id)
    os.utime(path, (time.time() - 2 * HOUR,) * 2)
    monkeypatch.setattr("roughy_box.operations.doctor.strays.SECOND_LOOK", 1.0)
    monkeypatch.setattr(time, "sleep", lambda seconds: path.unlink())
    list_all = strays._stored

    def list_before_the_deletion(case: Case) -> Iterator[strays.Found]:
        present = list(list_all(case))
        sick.edit(f"DELETE FROM asset WHERE id = '{asset_id}'")
        yield from present

    monkeypatch.setattr(strays, "_stored", list_before_the_deletion)
    assert sick.problems() == []
    assert not path.exists()


@pytest.mark.usefixtures("no_children")
def test_a_working_server_raises_no_alarm(fresh_box: Callable[..., LiveBox]) -> None:
    """Uploads begin, end, are prepared, paid and deleted while the doctor looks."""
    box = fresh_box(credits=1_000_000)
    sick = Patient(box.folder, box.data_dir)
    stop = threading.Event()

    def work() -> None:
        api, chosen = Api(box), random.Random(7)
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
            report = sick.report("--deep")
            assert report["findings"] == []
            assert report["facts"]["served"] is True
    finally:
        stop.set()
        for worker in workers:
            worker.join()


@pytest.mark.usefixtures("no_children")
def test_a_repaired_box_serves(fresh_box: Callable[..., LiveBox]) -> None:
    """All that can be mended is broken at once; afterwards the box works as if nothing had been."""
    box = fresh_box(credits=3)
    api = Api(box)
    with api.http:
        kept = [api.upload(wav(seconds, rate=1000))["id"] for seconds in (1, 2, 70)]
        for content in (b"just words " * 9, wav(1)[:99]):
            _, url = api.asset(5000)
            api.patch(url, 0, content)
        content = wav(1)
        (overdue, _), (whole, _) = api.asset(5000), api.asset(len(content))
        box.stop()
        sick = Patient(box.folder, box.data_dir)
        for damage in DAMAGES:
            if damage.did and damage.do.__name__ not in ("put_media_back_to_incoming", "lose_a_folder"):
                damage.do(sick)
        (box.data_dir / "incoming" / whole).write_bytes(content)
        sick.edit(f"UPDATE asset SET expires_at = 1 WHERE id = '{overdue}'")

        left = sick.report("--repair")["findings"]
        assert {finding["remedy"].partition(";")[0] for finding in left} == {"Start the server ('roughy-box serve')"}
        assert len(left) == 2
        box.start()
        # The server does what it was said to do.
        wait_until(lambda: api.get(whole)["state"] == "pending_payment")
        wait_until(lambda: api.http.get(f"/v1/assets/{overdue}").status_code == 404)
        assert box.cli("topup", "2")["activated"] == [whole]
        for asset_id in (*kept, whole):
            asset = api.get(asset_id)
            assert asset["state"] == "ready"
            assert api.http.get(asset["download_url"]).status_code == 200
        # A repair beside the server changes the schema under its feet.
        names = {"asset_moves", "ledger_chain", "ledger_no_update"}
        sick.edit(*(f"DROP TRIGGER {name}" for name in names), keep_triggers=True)
        assert set(sick.repairs()) == {f"put the trigger {name} back" for name in names}
        assert api.upload(content)["state"] == "ready"
        assert box.cli("doctor", "--deep")["ok"]
