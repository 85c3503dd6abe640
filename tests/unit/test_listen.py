"""Listening on a name with several addresses."""

from __future__ import annotations

import socket

import pytest

from roughy_box.domain.errors import SetupError
from roughy_box.http.serve import listen


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_rest, **_more: found)


def test_listen_first_address_foreign_takes_next(monkeypatch):
    answers(monkeypatch, "198.51.100.7", "127.0.0.1")  # the first is of no machine (RFC 5737)
    with listen("studio.example", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_listen_no_address_of_ours_refused(monkeypatch):
    answers(monkeypatch, "198.51.100.7", "203.0.113.7")
    with pytest.raises(SetupError, match=r"studio\.example"):
        listen("studio.example", 0)
