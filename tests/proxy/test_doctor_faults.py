"""``doctor --url`` and faults that nginx cannot have."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roughy_box.client.connectivity import chunks, uploads
from tests.cli.shell import Shell
from tests.harness import LiveBox
from tests.proxy.doctor import Doctor
from tests.proxy.faulty import Change, answering, as_it_is, faulty

# All of these visit from an address that the box trusts, and through something that sets no headers.
USUAL = "forwarded"


def swallowed(words: bytes) -> Change:
    return lambda data: b"" if words in data else data


def turned(old: bytes, new: bytes) -> Change:
    assert len(old) == len(new)
    return lambda data: data.replace(old, new)


def refusing(words: bytes, status: bytes) -> Callable[[], tuple[Change, Change]]:
    """Return changes that turn requests with these words into a bad one, and its answer into ``status``."""

    def make() -> tuple[Change, Change]:
        met: list[bool] = []

        def request(data: bytes) -> bytes:
            if words in data:
                met.append(True)
                return b"GET /nowhere HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n"
            return data

        def answer(data: bytes) -> bytes | None:
            if met and b" 404 " in data:
                met.clear()
                return b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status
            return data

        return request, answer

    return make


def changes(request: Change = as_it_is, answer: Change = as_it_is) -> Callable[[], tuple[Change, Change]]:
    return lambda: (request, answer)


def cutting(data: bytes) -> bytes | None:
    return None if b"Content-Length: 268" in data else data


FAULTS = {
    "early answers": (changes(answer=swallowed(b" 409 ")), "early answers", "while a chunk is still coming"),
    "expect": (refusing(b"Expect: 100", b"417 Expectation Failed"), "expect", "answers 417"),
    "no length": (refusing(b"Expect: 100", b"411 Length Required"), "body limit", "length"),
    "time-out": (refusing(b"Expect: 100", b"408 Request Timeout"), "time-outs", "client_body_timeout"),
    "gateway": (refusing(b"PATCH", b"504 Gateway Timeout"), "time-outs", "proxy_read_timeout"),
    "lost": (refusing(b"PATCH", b"502 Bad Gateway"), "upstream", "proxy_http_version"),
    "head": (refusing(b"HEAD /", b"405 Method Not Allowed"), "methods", "HEAD is answered with 405"),
    "options": (refusing(b"OPTIONS", b"403 Forbidden"), "methods", "OPTIONS is answered with 403"),
    "post": (refusing(b"POST", b"403 Forbidden"), "methods", "POST"),
    "cut": (changes(request=cutting), "chunks", "closed when a chunk begins"),
    "clock": (changes(answer=turned(b'"created_at": "20', b'"created_at": "19')), "clock", "behind the one"),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", FAULTS)
def test_check_faulty_proxy_names_fault(doctor: Doctor, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "ARRIVAL", 2.0)
    make, check, words = FAULTS[fault]
    request, answer = make()
    with faulty(doctor.box.port, request, answer) as url:
        found = doctor.found(url)
    assert found.keys() - {USUAL} == {check}, found
    assert words in found[check]


@pytest.mark.usefixtures("quick")
def test_check_expect_unanswered_is_a_note(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CONTINUE", 0.5)
    with faulty(doctor.box.port, answer=lambda data: data.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")) as url:
        report = doctor.report(url)
    assert any("100-continue" in note for note in report["facts"]["notes"])
    assert {finding["check"] for finding in report["findings"]} == {USUAL}


PAGES = {
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello": "box",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}": "box",
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n": "upstream",
    b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n': "authorization",
    b"\x15\x03\x01\x00\x02\x02\x16": "connection",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: \x1b[31m\r\n\r\n{}": "box",
    b"": "connection",
    b"HTTP/1.1 302 Found\r\nLocation: http://box/\x9b31m\r\nContent-Length: 0\r\n\r\n": "address",
    b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n": "address",
    b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"status": "draining"}': "box",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b'{"status":' * 9999 + b"123456789": "box",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n\x1b[31m": "box",
}


@pytest.mark.parametrize("page", PAGES)
def test_check_not_a_box_is_named(tmp_path: Path, page: bytes) -> None:
    shell = Shell(tmp_path, {"ROUGHY_BOX_CLIENT_KEY": "sk_key"})
    with answering(page) as url:
        outcome = shell.run("doctor", "--url", url, "--json")
        assert [each["check"] for each in json.loads(outcome.out)["findings"]] == [PAGES[page]]
        shown = shell.run("doctor", "--url", url)
    assert (shown.status, shown.err) == (1, "")
    assert all(char.isprintable() or char == "\n" for char in shown.out + outcome.out)


def test_check_wrong_key_or_no_credits(doctor: Doctor, hidden_box: LiveBox) -> None:
    wrong = doctor.found(doctor.box.url, key="sk_wrong")
    assert wrong == {
        "key": "This API key is unknown or was revoked. -> Give a valid one with --key; "
        "'roughy-box key create' on the box makes one."
    }
    poor = hidden_box.cli("account", "add", "poor")["api_key"]
    assert doctor.found(doctor.box.url, key=poor).keys() == {"credits"}


def test_check_nothing_listening(tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"ROUGHY_BOX_CLIENT_KEY": "sk_key"})

    def check(url: str) -> dict[str, Any]:
        (finding,) = json.loads(shell.run("doctor", "--url", url, "--json").out)["findings"]
        return dict(finding)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "nothing listens" in check(f"http://127.0.0.1:{port}")["problem"]
    assert "not known" in check("http://box.invalid")["problem"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--url", "box.example.com", "--key", "sk_key"], "not an absolute URL"),
        (["--url", "http://box.example.com", "--key", "a b"], "The address or the API key"),
        (["--url", "http://box.example.com"], "No API key"),
        (["--url", "http://box.example.com", "--repair"], "leave them out with --url"),
        (["--slow"], "belong to --url"),
    ],
)
def test_check_bad_arguments_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    Shell(tmp_path).run("doctor", *arguments).refused(words)
