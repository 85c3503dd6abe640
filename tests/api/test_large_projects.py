"""Projects and top-ups of more assets than one short transaction takes."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from bench.long_work import fill
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

MANY = 2000
CONTENT = wav(2)


def rows(box: LiveBox, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database:
        return database.execute(query).fetchall()


def filled(box: LiveBox, state: str) -> str:
    """Put many assets into a project of a box that is not running; return its id."""
    fill(box.data_dir / "box.db", MANY, state)
    return str(rows(box, "SELECT id FROM project ORDER BY seq DESC LIMIT 1")[0][0])


def files_of(box: LiveBox, project_id: str) -> Path:
    folder = box.data_dir / "media" / "projects" / project_id
    folder.mkdir(parents=True)
    for (asset_id,) in rows(box, "SELECT id FROM asset"):
        (folder / f"{asset_id}.wav").touch()
    return folder


def stopped_box(fresh_box: Callable[..., LiveBox], **options: int) -> LiveBox:
    box = fresh_box(**options)
    box.stop()
    return box


@contextmanager
def asking(api: Api, path: str) -> Iterator[list[float]]:
    """Ask over and over; give the seconds that each answer took."""
    over, times = threading.Event(), list[float]()

    def ask() -> None:
        with (own := Api(api.box)).http:
            while not over.wait(0.01):
                began = time.perf_counter()
                assert own.http.post(path, json={"name": "Another"}).status_code == 201
                times.append(time.perf_counter() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()


def test_large_project_deleted_hidden_then_gone(fresh_box):
    box = stopped_box(fresh_box)
    project_id = filled(box, "ready")
    folder = files_of(box, project_id)
    api = Api(box.start())
    kept = api.upload(CONTENT)
    one = api.http.get(f"/v1/assets?project_id={project_id}").json()["items"][0]
    download = api.get(one["id"])["download_url"]
    with asking(api, "/v1/projects") as times:
        assert api.http.delete(f"/v1/projects/{project_id}").status_code == 204
        for path in (f"/v1/projects/{project_id}", f"/v1/assets/{one['id']}", f"/v1/uploads/{one['id']}"):
            assert api.http.get(path).status_code in (404, 405)
        assert api.http.delete(f"/v1/projects/{project_id}").status_code == 404
        assert api.http.delete(f"/v1/assets/{one['id']}").status_code == 404
        assert httpx.get(download, verify=False).status_code == 404
        assert [each["id"] for each in api.http.get("/v1/assets").json()["items"]] == [kept["id"]]
        for query in ("", "?state=ready"):
            assert api.http.get(f"/v1/assets{query}").json()["total"] == 1
        assert api.http.get(f"/v1/assets?project_id={project_id}").json()["total"] == 0
        wish = {"project_id": project_id, "size_bytes": 1000}
        assert api.http.post("/v1/assets", json=wish).status_code == 404
        wait_until(lambda: not rows(box, "SELECT 1 FROM project WHERE deleted_at IS NOT NULL"))
    assert rows(box, "SELECT count(*) FROM asset") == [(1,)]
    wait_until(lambda: not folder.exists())
    assert sorted(times)[len(times) * 9 // 10] < 0.25
    assert box.cli("doctor")["findings"] == []


def test_large_project_killed_while_deleted_goes_after_start(fresh_box):
    box = stopped_box(fresh_box)
    project_id = filled(box, "ready")
    folder = files_of(box, project_id)
    api = Api(box.start())
    assert api.http.delete(f"/v1/projects/{project_id}").status_code == 204
    box.stop(signal.SIGKILL)
    left = rows(box, "SELECT count(*) FROM asset")[0][0]
    assert left, "it was deleted before the server was killed"
    api = Api(box.start())
    assert api.http.get("/v1/assets").json()["total"] == 0
    wait_until(lambda: rows(box, "SELECT count(*) FROM asset") == [(0,)])
    wait_until(lambda: not folder.exists())
    wait_until(lambda: not rows(box, "SELECT 1 FROM project"))
    assert box.cli("doctor")["findings"] == []


def test_hidden_assets_never_charged(fresh_box):
    box = stopped_box(fresh_box, credits=1)
    project_id = filled(box, "pending_payment")
    with closing(sqlite3.connect(box.data_dir / "box.db")) as database, database:
        database.execute("UPDATE project SET deleted_at = 1 WHERE id = ?", (project_id,))
    assert box.cli("topup", "10000") | {"entry": None} == {"entry": None, "balance": 10001, "activated": []}
    box.start()
    wait_until(lambda: rows(box, "SELECT count(*) FROM asset") == [(0,)])
    assert Api(box).balance() == 10001


def test_topup_many_waiting_all_activated_oldest_first(fresh_box):
    box = stopped_box(fresh_box, credits=1)
    filled(box, "pending_payment")
    ids = [each for (each,) in rows(box, "SELECT id FROM asset ORDER BY seq")]
    api = Api(box.start())
    wait_until(lambda: api.balance() == 0)  # the credit that was left paid for one as the server started
    ids = ids[1:]
    with asking(api, "/v1/projects") as times:
        first = box.cli("topup", "749", "--reference", "one")
        assert (first["activated"], first["balance"]) == (ids[:749], 0)
        again = box.cli("topup", "749", "--reference", "one")
        assert (again["activated"], again["balance"]) == ([], 0)
        second = box.cli("topup", "2000")
        assert (second["activated"], second["balance"]) == (ids[749:], 750)
    assert sorted(times)[len(times) * 9 // 10] < 0.25


def test_topup_killed_between_batches_server_goes_on(fresh_box):
    box = stopped_box(fresh_box, credits=1)
    filled(box, "pending_payment")
    with closing(sqlite3.connect(box.data_dir / "box.db")) as database, database:
        ((account,),) = database.execute("SELECT id FROM account").fetchall()
        database.execute(
            "INSERT INTO ledger (id, account_id, type, delta, balance_after, created_at) "
            "VALUES ('x', ?, 'topup', 1500, 1501, 1)",
            (account,),
        )
    box.start()
    wait_until(lambda: rows(box, "SELECT count(*) FROM asset WHERE state = 'ready'") == [(1501,)])
    assert Api(box).balance() == 0
