"""Resolving names beside the event loop: shared look-ups, and none that anything waits for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from roughy_box.outgoing import names
from roughy_box.outgoing.names import Names


async def test_resolve_same_name_at_once_one_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, asked = threading.Event(), []

    def look_up(host: str) -> object:
        asked.append(host)
        gate.wait(20)
        return OSError("no such name") if host == "bad" else [host]

    monkeypatch.setattr(names, "_look_up", look_up)
    resolver = Names()
    waiting = [asyncio.create_task(resolver.resolve(host)) for host in ("a", "a", "b", "bad", "bad")]
    given_up = asyncio.create_task(resolver.resolve("a"))
    await asyncio.sleep(0)
    given_up.cancel()
    gate.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert found[:3] == [["a"], ["a"], ["b"]]
    assert [str(each) for each in found[3:]] == ["no such name"] * 2
    assert sorted(asked) == ["a", "b", "bad"]
    await resolver.resolve("a")
    assert asked.count("a") == 2  # never cached


async def test_resolve_real_names() -> None:
    assert {str(address) for address in await Names().resolve("localhost")} <= {"127.0.0.1", "::1"}
    for wrong in ("nowhere.invalid", "a" * 300):
        with pytest.raises(OSError, match=r"\S"):
            await Names().resolve(wrong)
