"""Uploads that point to other files and hosts, through a served box: no file is opened, no host is called.

tests/media/test_untrusted.py shows the same of the functions that open media; here the whole way is walked.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from tests.harness import Api, wait_until
from tests.security import pointing
from tests.security.watching import FileWatch, Host, host, watched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches files by inotify")

PLAYABLE = {"quicktime", "avi", "sound and a playlist"}


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pointing.bait(tmp_path_factory.mktemp("bait"))


@pytest.fixture
def watch(bait: Path) -> Iterator[FileWatch]:
    with watched(bait) as watch:
        yield watch


@pytest.fixture
def called() -> Iterator[Host]:
    with host() as called:
        yield called


class Named(io.BytesIO):
    """Bytes with a name, by which ffmpeg trusts them more."""

    name = "list.m3u8"


def open_carelessly(content: bytes, **options: str) -> None:
    """As a program would that has no guards; what comes of it does not matter."""
    try:
        av.open(Named(content), container_options=options, timeout=2).close()
    except av.FFmpegError:
        return


def test_unconfined_reader_opens_bait(bait: Path, watch: FileWatch) -> None:
    """Were this to fail, the tests below would prove nothing."""
    for content, options in (
        (
            pointing.hls(str(bait)),
            {"allowed_extensions": "ALL", "allowed_segment_extensions": "ALL", "extension_picky": "0"},
        ),
        (pointing.concat(str(bait)), {"safe": "0"}),
        (pointing.quicktime(str(bait)), {"enable_drefs": "1", "use_absolute_path": "1"}),
    ):
        open_carelessly(content, **options)
        assert watch.was_opened(), content[:40]
        assert not watch.was_opened()


def test_unconfined_reader_calls_host(called: Host) -> None:
    open_carelessly(pointing.hls(f"http://127.0.0.1:{called.port}/a.ts"))
    assert called.was_called()


def prepare(api: Api, files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return the outcome of each file, sent as one first chunk."""
    project_id, ids = api.project(), {}
    for name, content in files.items():
        ids[name], url = api.asset(len(content), project_id)
        assert api.patch(url, 0, content).status_code in (204, 409), name
    outcomes = {name: api.settled(asset_id) for name, asset_id in ids.items()}
    playing = [asset["id"] for asset in outcomes.values() if asset["state"] == "ready"]
    # What plays is opened once more, to be drawn.
    wait_until(lambda: all(api.get(each).get("waveform_url", "") is not None for each in playing))
    return outcomes


def from_the_root(path: Path) -> str:
    """A name without a slash before it, which ffmpeg thinks is safe: children work in the root folder."""
    return str(path.relative_to("/"))


@pytest.mark.parametrize("spelling", [str, from_the_root])
def test_uploads_pointing_to_file_open_none(
    api: Api, bait: Path, watch: FileWatch, spelling: Callable[[Path], str]
) -> None:
    outcomes = prepare(api, pointing.everything(spelling(bait)))
    assert not watch.was_opened()
    check(outcomes)


def test_uploads_pointing_to_host_make_no_call(api: Api, called: Host) -> None:
    outcomes = prepare(api, pointing.everything(f"http://127.0.0.1:{called.port}/a.wav"))
    assert not called.was_called()
    check(outcomes)


def check(outcomes: dict[str, dict[str, Any]]) -> None:
    """A mere pointer is not media; a file that also plays has its own duration, never the bait's seven seconds."""
    assert len(outcomes) > 15
    for name, asset in outcomes.items():
        if name not in PLAYABLE:
            assert asset["error_code"] in ("unsupported_media", "unreadable_media"), (name, asset)
        elif asset["state"] == "ready":
            assert 0 < float(asset["duration_seconds"]) < 2, name
    late = [asset for asset in outcomes.values() if asset["error_code"] == "unreadable_media"]
    assert len(late) > 2, "some came past the first look and met the second"
