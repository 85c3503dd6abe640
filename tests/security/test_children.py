"""A child that hostile media took over: what it says is checked, and it has no network to say it to."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import textwrap

import pytest

from roughy_box.media.formats import FAMILIES
from roughy_box.media.verdict import Verdict, kind_from_json

WAV = {"type": "audio", "content_type": "audio/wav", "extension": "wav"}


def test_child_known_kinds_accepted() -> None:
    for family in FAMILIES:
        for type_ in ("audio", "video"):
            kind = family.kind(type_)  # type: ignore[arg-type]
            told = {"type": kind.type, "content_type": kind.content_type, "extension": kind.extension}
            assert kind_from_json(told) == kind


@pytest.mark.parametrize(
    "lie",
    [
        {"extension": "../../../secret"},
        {"extension": "wav/x"},
        {"extension": ""},
        {"extension": "html"},
        {"content_type": "text/html"},
        {"content_type": "audio/wav\r\nSet-Cookie: x=y"},
        {"content_type": "image/svg+xml"},
        {"type": "text"},
        {"type": "video"},
    ],
)
def test_child_unknown_kinds_refused(lie: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="kind"):
        kind_from_json(WAV | lie)


@pytest.mark.parametrize("reason", ["two\nlines", "\x1b[31m", "\u202e", "x" * 301])
def test_child_reason_longer_than_sentence_refused(reason: str) -> None:
    with pytest.raises(ValueError, match="verdict"):
        Verdict.from_json(json.dumps({"kind": None, "settled": True, "reason": reason}))


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's own")
def test_children_no_network() -> None:
    """They leave it if the system allows; otherwise they work as before."""
    script = """
        import os, socket
        from roughy_box.media.worker import confine
        before = os.readlink("/proc/self/ns/net")
        confine.leave_the_network()
        print(int(os.readlink("/proc/self/ns/net") != before))
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=5)
        except OSError as error:
            print(error.errno)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    has_left, refusal = map(int, done.stdout.split())
    assert refusal == (errno.ENETUNREACH if has_left else errno.ECONNREFUSED)
