"""``doctor --url`` and servers that are hostile or not a box: it ends, and does not send its key."""

from __future__ import annotations

import json
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from roughy_box.client import connectivity
from roughy_box.client.connectivity import chunks, visit, wire
from roughy_box.client.connectivity.visit import ANSWER_LIMIT, PROJECT
from roughy_box.client.connectivity.wire import Deadline
from tests.cli.shell import Shell
from tests.harness import LiveBox
from tests.media_bytes import wav
from tests.proxy.doctor import Doctor
from tests.proxy.faulty import faulty, speaking

pytestmark = pytest.mark.usefixtures("quick")

OK = b"HTTP/1.1 200 OK\r\n"
BLOCK = 64 * 1024
# A check that waited for the end would get it after so many drops, and report something else.
DROPS = 100


def found(folder: Path, url: str) -> dict[str, str]:
    """Return the problems found with the key ``sk_key``, by check."""
    outcome = Shell(folder, {"ROUGHY_BOX_CLIENT_KEY": "sk_key"}).run("doctor", "--url", url, "--json")
    assert (outcome.status, outcome.err) == (1, "")
    return {each["check"]: each["problem"] for each in json.loads(outcome.out)["findings"]}


def test_check_endless_answer_stops(tmp_path: Path) -> None:
    sent: list[int] = []

    def flood(_request: bytes) -> Iterator[bytes]:
        yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
        while len(sent) < 5000:
            yield b"%x\r\n%s\r\n" % (BLOCK, bytes(BLOCK))
            sent.append(BLOCK)

    with speaking(flood) as url:
        problems = found(tmp_path, url)
    assert problems.keys() == {"answers without end"}
    assert "GET /healthz" in problems["answers without end"]
    # The rest is in the buffers of sockets.
    assert sum(sent) < ANSWER_LIMIT + 32 * 1024**2


@pytest.mark.parametrize(
    "began", [OK, OK + b"Content-Length: 9999\r\n\r\n", OK + b"\r\n", b"HTTP/1.1 100 Continue\r\n"]
)
def test_check_dripping_answer_stops(tmp_path: Path, began: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "CALL", 0.4)

    def drip(_request: bytes) -> Iterator[bytes]:
        yield began
        for _ in range(DROPS):
            time.sleep(0.05)
            yield b"X-A: b\r\n"

    with speaking(drip) as url:
        assert found(tmp_path, url).keys() == {"too slow"}


def test_check_total_time_is_bounded(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectivity, "VISIT", 0.0)
    assert "the time for all checks was up" in doctor.found(doctor.box.url)["too slow"]


def test_wire_deadline_bounds_send_and_answer() -> None:
    over = threading.Event()

    def silence(_request: bytes) -> Iterator[bytes]:
        over.wait(5)
        yield b""

    with speaking(silence) as url:
        try:
            with wire.Wire(url, ssl.create_default_context(), Deadline(0.3)) as connection:
                connection.send(b"anybody there?")
                assert connection.answer(60.0) is None
                with pytest.raises(TimeoutError):
                    connection.send(b"too late")
            with pytest.raises(TimeoutError):
                wire.Wire(url, ssl.create_default_context(), Deadline(0))
        finally:
            over.set()


NOT_BOXES = {
    "a word in color": lambda request: b'{"status":"\\u001b[31mRED\\u0007"}',
    "ok and more": lambda request: b'{"status": "ok", "version": 3}',
    "ok in a page": lambda request: b'<p>{"status": "ok"}',
    "ok to everything": lambda request: b'{"status": "ok"}',
    "a balance for everybody": lambda request: b'{"status": "ok"}' if b"/healthz" in request else b'{"balance": 5}',
}


@pytest.mark.parametrize("server", NOT_BOXES)
def test_check_not_a_box_never_gets_key(tmp_path: Path, server: str) -> None:
    heard: list[bytes] = []

    def answer(request: bytes) -> Iterator[bytes]:
        heard.append(request)
        body = NOT_BOXES[server](request)
        yield OK + b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    with speaking(answer) as url:
        problems = found(tmp_path, url)
    assert problems.keys() == {"box"}
    # After an answer that no box gives, there is no second call.
    assert len(heard) == (2 if "everybody" in server or "everything" in server else 1)
    assert not any(b"sk_key" in request or b"uthorization" in request for request in heard)
    assert problems["box"].isprintable()


def test_check_deletes_leftovers_of_earlier(
    hidden_box: LiveBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = hidden_box.cli("account", "add", "left over", "--credits", "5")
    doctor = Doctor(hidden_box, tmp_path, account["api_key"])
    with doctor.api.http as http:

        def project(name: str) -> str:
            return str(http.post("/v1/projects", json={"name": name}).json()["id"])

        def there() -> set[str]:
            return {each["id"] for each in http.get("/v1/projects").json()["items"]}

        left, begun, other, used = project(PROJECT), project(PROJECT), project("wedding"), project(PROJECT)
        http.post("/v1/assets", json={"project_id": begun, "size_bytes": 5000})
        ready = doctor.api.asset(len(wav(1)), used)
        assert doctor.api.patch(ready[1], 0, wav(1)).status_code == 204
        doctor.api.settled(ready[0])
        # They may belong to checks that are running now.
        doctor.report(hidden_box.url)
        assert there() == {left, begun, other, used}
        monkeypatch.setattr(visit, "EMPTY", 0.0)
        doctor.report(hidden_box.url)
        assert there() == {begun, other, used}
        monkeypatch.setattr(visit, "BEGUN", 0.0)
        doctor.report(hidden_box.url)
        assert there() == {other, used}


def test_check_interrupted_leaves_nothing(doctor: Doctor) -> None:
    def interrupt(request: bytes) -> bytes:
        if request.startswith(b"PATCH"):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            return b""
        return request

    with faulty(doctor.box.port, interrupt) as url:
        outcome = doctor.visit(url)
    assert (outcome.status, outcome.err) == (130, "\nError: interrupted\n")


def test_check_failed_leaves_nothing(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> Iterator[None]:
        raise RuntimeError("on purpose")
        yield

    monkeypatch.setattr(chunks, "_check_small_chunk", fail)
    doctor.visit(doctor.box.url).refused("on purpose")
