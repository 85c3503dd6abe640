from __future__ import annotations

import json
import os
import re
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from roughy_box.client import api, files
from roughy_box.client import upload as module
from roughy_box.client.api import BoxClient
from roughy_box.client.errors import ClientError, TemporaryError
from roughy_box.client.files import FileChangedError, UploadState
from roughy_box.client.upload import upload_file, wait_until_prepared
from tests.unit.client_stand_in import KEY, Handler, StandIn, answering, broken_after, serving


@pytest.fixture
def box() -> Iterator[StandIn]:
    with serving() as stand_in:
        yield stand_in


class Run:
    """One run of the command: its own client, and a state file shared with earlier runs."""

    def __init__(self, box: StandIn, folder: Path) -> None:
        self.box = box
        self.state_file = folder / "state" / "uploads.json"
        self.sleeps: list[float] = []
        self.progress: list[int] = []

    def client(self) -> BoxClient:
        return BoxClient(self.box.url, KEY, sleep=self.sleeps.append)

    def upload(self, path: Path, project_id: str = "p") -> dict[str, Any]:
        with self.client() as client:
            state = UploadState(self.state_file)
            return upload_file(client, path, project_id, on_progress=self.progress.append, state=state)

    def remembered(self) -> dict[str, str]:
        return json.loads(self.state_file.read_text()) if self.state_file.exists() else {}


@pytest.fixture
def run(box: StandIn, tmp_path: Path) -> Run:
    return Run(box, tmp_path)


@pytest.fixture
def movie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """10,000 bytes, sent as chunks of 4,000 in blocks of 1,000."""
    monkeypatch.setattr(module, "CHUNK", 4000)
    monkeypatch.setattr(files, "BLOCK", 1000)
    path = tmp_path / "movie.mp4"
    path.write_bytes(os.urandom(10_000))
    return path


def test_upload_in_chunks_returns_prepared_asset(box, run, movie):
    box.polls = 3
    asset = run.upload(movie)
    assert (asset["id"], asset["state"], asset["project_id"]) == ("asset-1", "ready", "p")
    assert box.stored["asset-1"] == movie.read_bytes()
    assert box.count("PATCH") == 3
    assert run.progress == sorted(run.progress)
    assert set(range(0, 10_001, 1000)) == set(run.progress)
    assert list(run.remembered().values()) == ["asset-1"]  # so that it is not sent again


def test_upload_large_chunk_streams_from_disk(box, run, tmp_path):
    box.discard = True
    with (tmp_path / "large.mp4").open("wb") as file:
        file.truncate(40 * 1024**2)
    tracemalloc.start()
    try:
        run.upload(tmp_path / "large.mp4")
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024**2
    finally:
        tracemalloc.stop()
    assert box.count("PATCH") == 1


def test_upload_broken_chunk_resumes(box, run, movie):
    box.faults = [broken_after(1500), broken_after(0), broken_after(64)]
    assert run.upload(movie)["state"] == "ready"
    assert box.stored["asset-1"] == movie.read_bytes()
    assert box.count("POST") == 1
    assert len(run.sleeps) >= 3


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (answering(423, "locked", Retry_After=7), 7.0),
        (answering(423, "locked", Retry_After=86_400), 60.0),
        (answering(503, "unavailable", Retry_After="Fri, 31 Dec 2200 23:59:59 GMT"), 60.0),
        (answering(503, "unavailable", Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"), 0.0),
        (answering(503, "unavailable", Retry_After="soon"), 0.5),
        (answering(507, "insufficient_storage", Retry_After=9), 9.0),
        (answering(507, "insufficient_storage"), 0.5),
        (answering(500, "internal_error"), 0.5),
        (answering(429, "rate_limited"), 0.5),
        (answering(409, "offset_mismatch"), 0.5),
        (lambda handler, _: (handler.body(), handler.answer(204, Upload_Offset=0)), 0.5),
    ],
)
def test_upload_temporary_failure_waits_then_head(box, run, movie, fault, pause):
    box.faults = [fault]
    assert run.upload(movie)["state"] == "ready"
    assert box.stored["asset-1"] == movie.read_bytes()
    assert run.sleeps[0] == pause
    assert box.count("HEAD") == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "unsupported_media"), (409, "conflict"), (413, "payload_too_large"),
     (401, "unauthenticated"), (402, "insufficient_credits"), (404, "not_found"), (400, "bad_request")],
)  # fmt: skip
def test_upload_final_refusal_ends_at_once(box, run, movie, status, code):
    box.faults = [answering(status, code)]
    with pytest.raises(ClientError, match=rf"^The box says {code}\.$") as caught:
        run.upload(movie)
    assert (caught.value.code, box.count("PATCH"), run.sleeps) == (code, 1, [])
    assert not isinstance(caught.value, TemporaryError)
    assert list(run.remembered().values()) == ["asset-1"]  # the asset is still open


def rejected(handler: Handler, asset_id: str, *, answer: bool) -> None:
    handler.rfile.read(64)
    sentence = "These bytes are no audio or video."
    handler.box.assets[asset_id] |= {"state": "failed", "error_code": "unsupported_media", "error_message": sentence}
    if answer:
        handler.refuse(409, "unsupported_media", sentence, Connection="close")
    handler.hang_up()


@pytest.mark.parametrize("answer", [True, False], ids=["answered early", "answer lost to a reset"])
def test_upload_early_refusal_reason_is_kept(box, run, tmp_path, answer):
    with (tmp_path / "no.bin").open("wb") as file:
        file.truncate(40 * 1024**2)
    box.faults = [lambda handler, asset_id: rejected(handler, asset_id, answer=answer)]
    with pytest.raises(ClientError, match="no audio or video") as caught:
        run.upload(tmp_path / "no.bin")
    assert (caught.value.code, box.count("PATCH")) == ("unsupported_media", 1)
    assert run.remembered() == {}


def test_upload_early_answer_is_read(box, run, tmp_path):
    """The answer itself, not the state of the asset afterwards."""

    def fault(handler: Handler, _: str) -> None:
        handler.rfile.read1(64)
        handler.refuse(413, "payload_too_large", "Too much.", Connection="close")
        # Closed without a linger of zero, but with bytes unread: the answer travels, then the reset.
        handler.close_connection = True

    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(40 * 1024**2)
    box.faults = [fault]
    with pytest.raises(ClientError, match=r"^Too much\.$"):
        run.upload(path)
    assert run.sleeps == []


def test_upload_vanished_is_gone(box, run, movie):
    def fault(handler: Handler, asset_id: str) -> None:
        del handler.box.assets[asset_id]
        handler.hang_up()

    box.faults = [fault]
    with pytest.raises(ClientError, match="expired or was deleted") as caught:
        run.upload(movie)
    assert (caught.value.code, run.remembered()) == ("gone", {})


def test_upload_failing_for_long_gives_up(box, run, movie):
    box.faults = [broken_after(0)] * 100
    with pytest.raises(TemporaryError, match="No answer from http"):
        run.upload(movie)
    assert run.sleeps == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert list(run.remembered().values()) == ["asset-1"]


def test_upload_progress_resets_attempts(box, run, movie):
    box.faults = [broken_after(100)] * 50
    assert run.upload(movie)["state"] == "ready"
    assert set(run.sleeps[:50]) == {0.5}


def test_second_run_resumes(box, run, movie, tmp_path):
    box.faults = [broken_after(700), *[broken_after(0)] * 11]
    with pytest.raises(TemporaryError):
        run.upload(movie)
    later = Run(box, tmp_path)
    assert later.upload(movie)["id"] == "asset-1"
    assert later.progress[0] == 700
    assert box.stored["asset-1"] == movie.read_bytes()
    assert box.count("POST") == 1


@pytest.mark.parametrize("state", ["processing", "ready", "pending_payment"])
def test_second_run_complete_file_sends_nothing(box, run, movie, state):
    box.faults = [answering(401, "unauthenticated")]
    with pytest.raises(ClientError):
        run.upload(movie)
    box.assets["asset-1"]["state"] = state
    assert run.upload(movie)["state"] == ("ready" if state == "processing" else state)
    assert (box.count("PATCH"), box.count("POST")) == (1, 1)


@pytest.mark.parametrize("reason", ["newer file", "other project", "deleted", "failed"])
def test_second_run_changed_conditions_starts_over(box, run, movie, reason):
    box.faults = [answering(401, "unauthenticated")]
    with pytest.raises(ClientError):
        run.upload(movie)
    if reason == "newer file":
        os.utime(movie, (1, 1))
    elif reason == "deleted":
        del box.assets["asset-1"]
        box.assets["other"] = {}
    elif reason == "failed":
        box.assets["asset-1"]["state"] = "failed"
    asset = run.upload(movie, "q" if reason == "other project" else "p")
    assert (asset["id"], asset["state"]) == ("asset-2", "ready")
    assert box.stored["asset-2"] == movie.read_bytes()


@pytest.mark.parametrize("change", ["longer", "shorter", "rewritten"])
@pytest.mark.parametrize("chunk", [4000, 10_000], ids=["between chunks", "in the only chunk"])
def test_changing_file_is_never_completed(box, run, movie, monkeypatch, change, chunk):
    monkeypatch.setattr(module, "CHUNK", chunk)

    def on_progress(position: int) -> None:
        if position == 3000:
            if change == "rewritten":
                os.utime(movie, (1, 1))
            else:
                os.truncate(movie, 10_001 if change == "longer" else 3500)

    with run.client() as client, pytest.raises(FileChangedError, match=re.escape(str(movie))) as caught:
        upload_file(client, movie, "p", on_progress=on_progress, state=UploadState(run.state_file))
    assert (caught.value.code, box.assets, run.remembered()) == ("file_changed", {}, {})
    assert len(box.stored["asset-1"]) < 10_000


@pytest.mark.parametrize("kind", ["missing", "empty", "tiny", "folder", "pipe"])
def test_unsendable_file_creates_nothing(box, run, tmp_path, kind):
    path = tmp_path / "thing"
    if kind in ("empty", "tiny"):
        path.write_bytes(b"x" * (63 if kind == "tiny" else 0))
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(ClientError, match=re.escape(str(path))) as caught:
        run.upload(path)
    assert (caught.value.code, box.log) == ("file", [])


def test_wait_box_restarts_continues(box, run):
    box.assets["a"] = {"id": "a", "state": "ready"}
    box.refusals["GET", "assets"] = (503, {"Retry-After": "3"}, b"")
    sleeps: list[float] = []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 4:
            box.refusals.clear()

    with BoxClient(box.url, KEY, sleep=sleep) as client:
        assert wait_until_prepared(client, "a")["state"] == "ready"
    assert sleeps == [3.0] * 4


def test_wait_long_preparation_is_announced_once(box, run, movie):
    waits = []
    for polls, expected in ((3, 0), (20, 1)):
        movie.write_bytes(os.urandom(5000 + polls))
        box.polls, before = polls, len(waits)
        with run.client() as client:
            state = UploadState(run.state_file)
            upload_file(client, movie, "p", on_progress=lambda _: None, on_wait=lambda: waits.append(1), state=state)
        assert len(waits) - before == expected
    assert sum(run.sleeps) > 5


def test_project_found_on_later_page_or_created(box, run):
    box.projects = [{"id": f"p{n}", "name": f"Project {n % 120}"} for n in range(250)]
    with run.client() as client:
        assert client.find_or_create_project(" Project 119 ") == "p119"
        assert box.count("POST") == 0
        assert client.find_or_create_project("Fresh") == "made"
        assert client.find_or_create_project("Fresh") == "made"
    assert box.projects[-1] == {"id": "made", "name": "Fresh"}
    assert box.count("POST") == 1


def test_create_asset_language_and_balance(box, run):
    with run.client() as client:
        asset = client.create_asset("p", 64, "de", "a.mov")
        assert (asset["language"], asset["name"]) == ("de", "a.mov")
        assert asset["upload_url"] == f"{box.url}/v1/uploads/asset-1"
        assert client.balance() == 41


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, {}, b"<html>"), "127.0.0.1 does not answer like a Roughy Box"),
        ((200, {}, b"[1]"), "127.0.0.1 does not answer like a Roughy Box"),
        ((200, {}, b'{"state": 1}'), "127.0.0.1 does not answer like a Roughy Box"),
        ((301, {"Location": "https://elsewhere.example/"}, b""), "127.0.0.1 answered 301 Moved Permanently"),
        ((502, {}, b"<h1>Bad Gateway</h1>"), "127.0.0.1 answered 502 Bad Gateway"),
        ((400, {}, b'{"error": "no"}'), "127.0.0.1 answered 400 Bad Request"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "No answer from"),
    ],
)
def test_answers_not_of_a_box_refused(box, run, answer, sentence):
    box.refusals["GET", "assets"] = answer
    with run.client() as client, pytest.raises(ClientError, match=sentence):
        client.asset("a")


def elsewhere(url: str, change: str) -> str:
    """Return an upload URL whose origin differs from ``url`` in one part."""
    changed = {
        "scheme": url.replace("http:", "https:"),
        "host": url.replace("127.0.0.1", "localhost"),
        "port": url.rpartition(":")[0],
        "user": url.replace("//", "//box@localhost:80/"),
        "suffix": f"{url}0",
    }
    return f"{changed[change]}/v1/uploads/asset-1"


@pytest.mark.parametrize("change", ["scheme", "host", "port", "user", "suffix"])
@pytest.mark.parametrize("source", ["created", "resumed"])
def test_upload_url_of_other_origin_gets_no_key(box, run, movie, change, source):
    other = elsewhere(box.url, change)
    if source == "resumed":
        box.faults = [answering(401, "unauthenticated")]
        with pytest.raises(ClientError, match="unauthenticated"):
            run.upload(movie)
        box.upload_url = other
    else:
        asset = b'{"id": "asset-1", "state": "pending_upload"}'
        box.refusals["POST", "assets"] = (201, {"Location": other}, asset)
    before = len(box.log)
    with pytest.raises(ClientError, match="the API key is sent to") as caught:
        run.upload(movie)
    assert caught.value.code == "url"
    assert f"{box.url};" in caught.value.message.replace(" only", ";")
    named = {"scheme": "https://127.0.0.1:", "port": "http://127.0.0.1:80;", "suffix": f"{box.url}0"}
    assert named.get(change, "http://localhost:") in caught.value.message
    assert all("uploads" not in path for _, path in box.log[before:])


@pytest.mark.parametrize("location", ["/v1/uploads/asset-1", "HTTP://127.0.0.1:{port}/v1/uploads/asset-1"])
def test_upload_url_same_origin_accepted(box, run, location):
    asset = b'{"id": "asset-1", "state": "pending_upload"}'
    box.assets["asset-1"] = {"state": "pending_upload"}
    box.stored["asset-1"], box.lengths["asset-1"] = bytearray(b"abc"), 64
    location = location.format(port=box.url.rpartition(":")[2])
    box.refusals["POST", "assets"] = (201, {"Location": location}, asset)
    with run.client() as client:
        assert client.offset(client.create_asset("p", 64)["upload_url"]) == 3


@pytest.mark.parametrize("headers", [{}, {"Location": "http://a:b/"}])
def test_create_asset_bad_location_not_a_box(box, run, headers):
    box.refusals["POST", "assets"] = (201, headers, b'{"id": "a", "state": "pending_upload"}')
    with run.client() as client, pytest.raises(ClientError, match="does not answer like a Roughy Box"):
        client.create_asset("p", 64)


def test_head_without_offset_not_a_box(box, run):
    box.refusals["HEAD", "uploads"] = (200, {"Upload-Offset": "-1"}, b"")
    with run.client() as client, pytest.raises(ClientError, match="does not answer like a Roughy Box"):
        client.offset(f"{box.url}/v1/uploads/a")


@pytest.mark.parametrize(
    ("status", "code"), [(404, "not_found"), (409, "conflict"), (410, "gone"), (418, "internal_error")]
)
def test_answer_without_envelope_has_code(box, run, status, code):
    box.refusals["HEAD", "uploads"] = (status, {}, b"")
    with run.client() as client, pytest.raises(ClientError) as caught:
        client.offset(f"{box.url}/v1/uploads/a")
    assert caught.value.code == code


def test_first_connection_refused_fails_at_once(box):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    sleeps: list[float] = []
    with (
        BoxClient(url, KEY, sleep=sleeps.append) as client,
        pytest.raises(ClientError, match=f"^No answer from {url}: "),
    ):
        client.find_or_create_project("x")
    assert sleeps == []


def refused(status: int, **headers: object) -> Callable[[Handler], None]:
    """Return one temporary refusal of any call."""

    def hiccup(handler: Handler) -> None:
        handler.body()
        handler.answer(status, None, **headers)

    return hiccup


CALLS: dict[tuple[str, str], Callable[[BoxClient], object]] = {
    ("GET", "projects"): lambda client: client.find_or_create_project("Fresh"),
    ("POST", "projects"): lambda client: client.find_or_create_project("Fresh"),
    ("POST", "assets"): lambda client: client.create_asset("p", 64),
    ("GET", "assets"): lambda client: client.asset("a"),
    ("GET", "credits"): lambda client: client.balance(),
    ("DELETE", "assets"): lambda client: client.delete_asset("a"),
}


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
@pytest.mark.parametrize(
    ("hiccup", "pause"),
    [
        (refused(503, Retry_After=7), 7.0),
        (refused(429, Retry_After=3), 3.0),
        (refused(507), 0.5),
        (refused(502), 0.5),
        (Handler.hang_up, 0.5),
    ],
    ids=["503", "429", "507", "502", "lost"],
)
def test_call_temporary_failure_is_retried(box, run, call, hiccup, pause):
    box.assets["a"] = {"id": "a", "state": "ready"}
    with run.client() as client:
        client.balance()
        box.hiccups[call] = [hiccup, hiccup]
        CALLS[call](client)
    assert run.sleeps == ([pause, pause] if pause != 0.5 else [0.5, 1.0])


def test_call_failing_for_long_then_gives_up_sooner(box, run):
    box.refusals["GET", "credits"] = (503, {}, b"")
    with run.client() as client:
        for attempts in (11, 4, 4):
            before = box.count("GET")
            with pytest.raises(TemporaryError, match="503"):
                client.balance()
            assert box.count("GET") - before == attempts
        assert client.find_or_create_project("Fresh") == "made"
        before = box.count("GET")
        with pytest.raises(TemporaryError):
            client.balance()
        assert box.count("GET") - before == 11


def test_project_created_answer_lost_is_not_repeated(box, run):
    def created(handler: Handler) -> None:
        box.projects.append({"id": "made", "name": json.loads(handler.body())["name"]})
        handler.hang_up()

    box.hiccups["POST", "projects"] = [created]
    with run.client() as client:
        assert client.find_or_create_project("Fresh") == "made"
    assert len(box.projects) == 1


def limiting(limit: int, body: bytes = b"<h1>413 Request Entity Too Large</h1>") -> Callable[[Handler, str], bool]:
    """Return a proxy that refuses bodies of more than ``limit`` bytes."""

    def refuse(handler: Handler, _: str) -> bool:
        if int(handler.headers["Content-Length"]) <= limit:
            return False
        handler.body()
        handler.send_response(413)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return True

    return refuse


@pytest.mark.parametrize("body", [b"<h1>413</h1>", b"", b'{"error": {"code": 413, "message": "no"}}'])
def test_chunk_over_limit_of_proxy_is_halved(box, movie, tmp_path, monkeypatch, body):
    monkeypatch.setattr(module, "CHUNK", 8000)
    monkeypatch.setattr(api, "SMALLEST_CHUNK", 100)
    box.limit = limiting(1100, body)
    other = tmp_path / "other.mp4"
    other.write_bytes(movie.read_bytes()[::-1])
    sleeps, warnings = [], []
    state = UploadState(tmp_path / "state.json")
    with BoxClient(box.url, KEY, sleep=sleeps.append, on_warning=warnings.append) as client:
        for path in (movie, other):
            upload_file(client, path, "p", on_progress=lambda position: None, state=state)
            if path == movie:
                # 8000, 4000, 2000 are refused; then ten chunks of 1000.
                assert box.count("PATCH") == 3 + 10
    assert box.count("PATCH") == 3 + 10 + 10
    assert (box.stored["asset-1"], box.stored["asset-2"]) == (movie.read_bytes(), other.read_bytes())
    assert all(pause < 1 for pause in sleeps)
    (warning,) = warnings
    assert "127.0.0.1 refuses large requests (413)" in warning
    assert "client_max_body_size" in warning


def test_smallest_chunk_over_limit_of_proxy_fails(box, run, movie, monkeypatch):
    monkeypatch.setattr(api, "SMALLEST_CHUNK", 1000)
    box.limit = limiting(0)
    with pytest.raises(ClientError, match="client_max_body_size") as caught:
        run.upload(movie)
    assert (caught.value.code, box.count("PATCH"), run.sleeps) == ("payload_too_large", 3, [])
    assert list(run.remembered().values()) == ["asset-1"]


def test_second_file_sent_after_first_gave_up(box, run, movie, tmp_path):
    other = tmp_path / "other.mp4"
    other.write_bytes(movie.read_bytes()[::-1])
    box.faults = [broken_after(0)] * 11
    with run.client() as client:
        state = UploadState(run.state_file)
        with pytest.raises(TemporaryError):
            upload_file(client, movie, "p", on_progress=run.progress.append, state=state)
        assert upload_file(client, other, "p", on_progress=run.progress.append, state=state)["state"] == "ready"
    assert box.stored["asset-2"] == other.read_bytes()


@pytest.mark.parametrize("url", ["box.example.com", "ftp://x", "http://", "http://me:word@x", "http://x/?q"])
def test_client_bad_address_refused(url):
    with pytest.raises(ClientError, match=r"^The address of the box is not an absolute URL") as caught:
        BoxClient(url, KEY)
    assert caught.value.code == "url"


@pytest.mark.parametrize("key", ["", "sk_secret\n x", "sk_secret x", "sk_sécret"])
def test_client_bad_key_refused_not_shown(key):
    with pytest.raises(ClientError, match=r"^The API key is not") as caught:
        BoxClient("http://x", key)
    assert caught.value.code == "unauthenticated"
    assert "cret" not in str(caught.value)


def test_upload_unwritable_state_succeeds(run, movie):
    run.state_file.parent.write_text("a file where the folder should be")
    assert run.upload(movie)["state"] == "ready"
