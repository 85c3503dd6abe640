"""Listening on a name with several addresses."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from roughy_box.domain.errors import SetupError
from roughy_box.http.listeners import listen
from tests.harness import serving

FOREIGN = ("198.51.100.7", "203.0.113.7")  # of no machine (RFC 5737)
# Serves with a name that has two addresses.
TWO_ADDRESSES = """
import socket
from roughy_box.__main__ import main
asked = socket.getaddrinfo
def answer(host, port, *rest, **more):
    each = ("127.0.0.1", "127.0.0.2") if host == "studio.example" else (host,)
    return [found for address in each for found in asked(address, port, *rest, **more)]
socket.getaddrinfo = answer
main()
"""


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def found(_host: str, port: int, **_more: object) -> list[object]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, port, 0, 0))
            if ":" in each
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def bound(host: str, port: int, stack: ExitStack) -> list[tuple[str, int]]:
    """Return the addresses of all listeners."""
    return [stack.enter_context(listener).getsockname()[:2] for listener in listen(host, port)]


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="needs ::1")
def test_listen_every_address_at_one_port(monkeypatch):
    answers(monkeypatch, FOREIGN[0], "127.0.0.1", "::1", "127.0.0.1")
    with ExitStack() as stack:
        first, second = bound("studio.example", 0, stack)
    assert (first[0], second[0]) == ("127.0.0.1", "::1")
    assert first[1] == second[1] > 0


def test_listen_no_address_of_ours_refused(monkeypatch):
    answers(monkeypatch, *FOREIGN)
    with pytest.raises(SetupError, match=r"studio\.example"):
        listen("studio.example", 0)


def test_listen_one_address_taken_refused(monkeypatch):
    """Else some clients would reach the other program by the same name."""
    answers(monkeypatch, "127.0.0.1", "127.0.0.2")
    with socket.create_server(("127.0.0.2", 0)) as other, pytest.raises(SetupError, match="Another program uses it"):
        listen("studio.example", other.getsockname()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address")
def test_serve_answers_at_every_address(tmp_path: Path) -> None:
    program = [sys.executable, "-c", TWO_ADDRESSES]
    with serving(tmp_path, {"SERVER_HOST": "studio.example"}, program=program) as box:
        for address in ("127.0.0.1", "127.0.0.2"):
            answer = httpx.get(f"http://{address}:{box.port}/v1/credits/balance", headers=dict(box.client().headers))
            assert answer.status_code == 200
        assert box.stop() == 0
