"""``GET /v1/events``: every committed change reaches the readers of its account, in order and once."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from roughy_box.base import clock
from roughy_box.base.clock import SteadyClock
from roughy_box.http.resources.events import TYPES
from roughy_box.services import event_stream
from roughy_box.services.event_stream import MOST_STREAMS, TICK
from roughy_box.storage.database import open_database
from roughy_box.storage.migrate import migrate, scripts
from tests.api.answers import refused
from tests.api.conftest import Member
from tests.api.listening import PATH, Listener, blocks
from tests.harness import PATIENCE, Api, LiveBox, serving, wait_until
from tests.media_bytes import wav

QUICK = (sys.executable, str(Path(__file__).with_name("quick_streams.py")))
SPANS = [{"start": 0, "end": 0.5}]
STORY = [
    *("project.changed", "asset.created", "asset.changed", "asset.processing", "asset.pending_payment"),
    *("balance.changed", "balance.changed", "asset.ready", "asset.changed", "project.changed"),
    *("cut.created", "cut.completed", "render.created", "render.completed", "asset.created", "asset.failed"),
    *("asset.deleted", "render.deleted", "cut.deleted", "project.deleted", "asset.deleted"),
]


@pytest.fixture(scope="module")
def quick_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A box whose streams have comments often."""
    with serving(tmp_path_factory.mktemp("quick"), program=QUICK) as box:
        yield box


def in_list(api: Api, kind: str, entity_id: str) -> dict[str, Any]:
    """Return an entity as its list shows it, without signed URLs."""
    (item,) = (each for each in api.http.get(f"/v1/{kind}s").json()["items"] if each["id"] == entity_id)
    return {name: value for name, value in item.items() if name not in ("poster_url", "waveform_url")}


def stored(box: LiveBox, statement: str, *values: object) -> list[Any]:
    """Run a statement on the database of a box beside its server."""
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=PATIENCE)) as database, database:
        return database.execute(statement, values).fetchall()


def test_stream_tells_all_that_happens_in_own_account(member: Callable[..., Member]) -> None:
    owner, stranger = member(credits=1), member()
    api, box = owner.api, owner.api.box
    with (
        Listener(box, api.http.headers["Authorization"].removeprefix("Bearer ")) as all_of_it,
        Listener(
            box, api.http.headers["Authorization"].removeprefix("Bearer "), types="asset.ready,cut.deleted"
        ) as few,
        Listener(box, stranger.api.http.headers["Authorization"].removeprefix("Bearer ")) as foreign,
    ):
        assert all_of_it.answer.headers["Content-Type"] == "text/event-stream"
        project_id = api.project("Episode 12")
        asset_id = api.upload(wav(70.0), project_id, "take 1.wav")["id"]
        owner.book("topup", 5)  # by another process
        all_of_it.wait_until(lambda seen: len(seen.of("asset.changed")) == 2)
        assert all_of_it.of("asset.ready")[0].data == in_list(api, "asset", asset_id)
        api.http.patch(f"/v1/projects/{project_id}", json={"name": "Episode 13"})
        cut = api.http.post("/v1/cuts", json={"asset_id": asset_id, "segments": SPANS, "script": "a\nb"}).json()
        as_listed = in_list(api, "cut", cut["id"])
        wish = {"asset_id": asset_id, "cut_id": cut["id"], "output": {"format": "m4a"}}
        render = api.http.post("/v1/renders", json=wish).json()
        all_of_it.wait_for("render.completed")
        assert all_of_it.of("render.completed")[0].data == in_list(api, "render", render["id"])
        failed, url = api.asset(1000, project_id)
        api.patch(url, 0, b"words, not sound " * 50)
        assert api.http.delete(f"/v1/assets/{asset_id}").status_code == 204
        assert api.http.delete(f"/v1/projects/{project_id}").status_code == 204
        all_of_it.wait_until(lambda seen: len(seen.of("asset.deleted")) == 2)
        assert all_of_it.types == STORY
        assert all_of_it.of("cut.completed")[0].data == all_of_it.of("cut.deleted")[0].data == as_listed
        assert all_of_it.of("render.deleted")[0].data == all_of_it.of("render.completed")[0].data
        assert all_of_it.of("project.deleted")[0].data["name"] == "Episode 13"
        assert [event.data["id"] for event in all_of_it.of("asset.deleted")] == [asset_id, failed]
        assert all_of_it.of("asset.deleted")[1].data["error_code"] == "unsupported_media"
        assert [event.data for event in all_of_it.of("balance.changed")] == [{"balance": 6}, {"balance": 4}]
        numbers = [event.id for event in all_of_it.events if event.id is not None]
        assert numbers == sorted({*numbers})
        few.wait_for("cut.deleted")
        assert few.types == ["asset.ready", "cut.deleted"]
        stranger.api.project("mine")
        foreign.wait_for("project.changed")
        assert [event.data["name"] for event in foreign.events] == ["mine"]


def test_stream_resumes_over_kill_without_loss(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    with Listener(box) as first:
        api.project("seen")
        first.wait_for("project.changed")
        last = first.events[-1].id
        for number in range(150):  # more than are read at once
            api.project(f"missed {number}")
        box.stop(signal.SIGKILL)
    rows = stored(box, "SELECT seq FROM stream_event WHERE seq > ? ORDER BY seq", last)
    assert len(rows) == 150
    box.start()
    api = Api(box)
    with Listener(box, last_id=last) as resumed, Listener(box) as from_now, Listener(box, last_id=first.start) as whole:
        assert (resumed.start, from_now.start) == (last, rows[-1][0])
        api.project("later")
        from_now.wait_for("project.changed")
        resumed.wait_until(lambda seen: len(seen.events) == 151)
        assert [event.data["name"] for event in from_now.events] == ["later"]
        names = [*(f"missed {number}" for number in range(150)), "later"]
        assert [event.data["name"] for event in resumed.events] == names
        whole.wait_until(lambda seen: [event.data["name"] for event in seen.events] == ["seen", *names])


def test_stream_unknown_or_old_number_begins_now(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    for name in ("old", "older than the window", "new"):
        api.project(name)
    numbers = [row[0] for row in stored(box, "SELECT seq FROM stream_event ORDER BY seq")][-3:]
    minutes = 60 * 1_000_000
    stored(box, "UPDATE stream_event SET created_at = created_at - ? WHERE seq < ?", 11 * minutes, numbers[2])
    missed = {
        numbers[0]: [],
        numbers[0] - 1: [],
        numbers[1]: ["new"],
        numbers[1] + 10**9: [],
        "x": [],
        "-1": [],
        "": [],
    }
    missed |= {"9" * 30: [], numbers[2]: []}
    with ExitStack() as stack:
        listeners = {last: stack.enter_context(Listener(box, last_id=last)) for last in missed}
        api.project("now")
        for last, names in missed.items():
            listeners[last].wait_until(lambda seen: seen.events and seen.events[-1].data["name"] == "now")
            assert [event.data["name"] for event in listeners[last].events] == [*names, "now"], last


def test_stream_slow_reader_is_cut_and_resumes(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    asset_id = api.upload(wav(1.0))["id"]
    with socket.socket() as reader, Listener(box, types="cut.created") as quick:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(PATIENCE)
        reader.connect(("127.0.0.1", box.port))
        head = f"GET {PATH}?types=cut.created HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {box.key}\r\n\r\n"
        reader.sendall(head.encode())
        assert reader.recv(100).startswith(b"HTTP/1.1 200")
        made = []

        def is_cut() -> bool:
            wish = {"asset_id": asset_id, "segments": SPANS, "script": f"{len(made)} ".ljust(100_000, "x")}
            made.append(api.http.post("/v1/cuts", json=wish).json()["id"])
            return "roughy_box_event_streams_cut_total 1.0" in httpx.get(f"{box.url}/metrics").text

        wait_until(is_cut)
        received = b""
        with suppress(ConnectionResetError):  # what it had not read is lost with the connection
            while data := reader.recv(1 << 20):
                received += data
        complete = [block for block in blocks(received.decode().split("\n")) if block[0].startswith("id: ")]
        quick.wait_until(lambda seen: [event.data["id"] for event in seen.events] == made)
    last = complete[-1][0].removeprefix("id: ") if len(complete) > 1 else quick.start
    with Listener(box, last_id=last, types="cut.created") as resumed:
        missed = [event.data["id"] for event in quick.events if event.id and event.id > int(last)]
        assert missed
        resumed.wait_until(lambda seen: [event.data["id"] for event in seen.events] == missed)


def test_streams_of_account_and_box_limited(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"SERVER_MAX_CONNECTIONS": str(2 * MOST_STREAMS + 2)})
    other = box.cli("account", "add", "other")["api_key"]
    with ExitStack() as stack, box.client() as client, box.client(other) as second:
        streams = [stack.enter_context(Listener(box)) for _ in range(MOST_STREAMS)]
        answer = client.get(PATH)
        refused(answer, "rate_limited")
        assert answer.headers["Retry-After"] == "15"
        assert client.head(PATH).status_code == 200
        stack.enter_context(Listener(box, other))
        answer = second.get(PATH)
        refused(answer, "unavailable")  # half of all connections are for other requests
        assert answer.headers["Retry-After"] == "15"
        assert client.get("/v1/projects").status_code == 200
        streams[0].close()  # its place is free at once
        stack.enter_context(wait_until(lambda: next((Listener(box) for _ in "x" if is_open(client, box)), None)))


def is_open(client: httpx.Client, box: LiveBox) -> bool:
    """Return whether a box has less than the most streams."""
    text = client.get("/metrics", headers={"Host": f"127.0.0.1:{box.port}"}).text
    return f"roughy_box_event_streams {MOST_STREAMS}.0" in text


def test_streams_end_with_drain_at_once(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    with Listener(box) as listener:
        began = time.monotonic()
        assert box.stop() == 0
        assert time.monotonic() - began < 5  # others have 10 s
        listener.wait_until(lambda seen: seen.ended)  # to the last chunk
    assert "cut 1 connections" not in box.log()


def test_stream_client_gone_at_once_is_no_error(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    head = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{box.port}\r\nAuthorization: Bearer {box.key}\r\n\r\n"
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", box.port), timeout=PATIENCE) as connection:
            connection.sendall(head.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1024):
                pass
    assert box.stop() == 0
    assert "unexpected error" not in box.log()
    assert "Traceback" not in box.log()


def test_stream_progress_at_most_twice_a_second(api: Api) -> None:
    content = wav(60.0)
    with Listener(api.box, types="asset.progress") as listener:
        asset_id, url = api.asset(len(content))

        def dribbled() -> Iterator[bytes]:
            yield content[:1000]
            for number in range(1000, len(content) - 1, 1000):
                if len(progress()) > 3:
                    return
                yield content[number : number + 1000]
                time.sleep(0.01)

        def progress() -> list[Any]:
            return [event for event in listener.of("asset.progress") if event.data["id"] == asset_id]

        api.patch(url, 0, dribbled())
        seen = progress()
        assert len(seen) > 3
        assert all(event.id is None for event in seen)
        assert {**seen[0].data, "progress": 0} == {**in_list(api, "asset", asset_id), "progress": 0}
        fractions = [event.data["progress"] for event in seen]
        assert fractions == sorted({*fractions})
        assert 0 < fractions[0] < fractions[-1] < 1
        # What was sent TICK apart may arrive a little closer.
        assert seen[-1].at - seen[0].at > (len(seen) - 1) * TICK * 0.9
        api.http.delete(f"/v1/assets/{asset_id}")


def test_stream_comments_and_ends_with_its_key(quick_box: LiveBox) -> None:
    made = quick_box.cli("key", "create")
    with Listener(quick_box, made["api_key"]) as revoked, Listener(quick_box) as other:
        revoked.wait_until(lambda seen: seen.comments > 4)
        quick_box.cli("key", "revoke", made["id"])
        revoked.wait_until(lambda seen: seen.ended)
        assert not other.ended
        assert {event.type for event in other.events} == set()


@pytest.mark.parametrize("types", ["asset.stolen", "", "asset.ready,", "asset.ready, cut.failed", "*"])
def test_stream_unknown_types_refused(api: Api, types: str) -> None:
    answer = api.http.get(PATH, params={"types": types})
    error = refused(answer, "validation_error", "query.types")
    assert all(each in error["message"] for each in TYPES)


def test_triggers_write_only_known_types() -> None:
    triggers = re.findall(r"CREATE TRIGGER \w+_stream_.*?END;", "".join(sql for _, sql in scripts()), re.DOTALL)
    named = {each for trigger in triggers for each in re.findall(r"'([a-z]+\.[a-z_]+)'", trigger)}
    assert named
    assert named <= {*TYPES}
    assert {each.partition(".")[0] for each in named} == {each.partition(".")[0] for each in TYPES}


async def test_prune_keeps_newest_old_event_of_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box.db"
    migrate(path)
    now, minute = clock.now(), 60 * clock.SECOND
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO account (id, name, created_at) VALUES ('a', 'studio', 1), ('b', 'other', 1)")
        ages = [("a", 40)] * 2500 + [("b", 30), ("a", 11), ("a", 9), ("b", 1)]
        database.executemany(
            "INSERT INTO stream_event (account_id, type, entity, created_at) VALUES (?, 'balance.changed', '{}', ?)",
            [(account, now - age * minute) for account, age in ages],
        )
    steady = SteadyClock()
    monkeypatch.setattr(steady, "is_steady_for", lambda seconds: seconds <= 60)
    async with open_database(path):
        await event_stream.prune(SimpleNamespace(clock=steady))  # type: ignore[arg-type]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT seq FROM stream_event").fetchall() == [(2501,), (2502,), (2503,), (2504,)]


def test_preflight_allows_resuming(api: Api) -> None:
    asked = {"Origin": "https://studio.example", "Access-Control-Request-Headers": "last-event-id"}
    answer = api.http.options(PATH, headers=asked)
    assert "Last-Event-ID" in answer.headers["Access-Control-Allow-Headers"]
    assert "Last-Event-ID" in answer.headers["Access-Control-Expose-Headers"]
