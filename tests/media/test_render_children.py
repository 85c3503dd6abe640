"""Renders in children of the server: progress, limits, outcomes that a child may send."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest

from roughy_box.media import rendering
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobError
from roughy_box.media.protocol import json_payload
from roughy_box.media.render_output import DAMAGED_MEDIA, RenderOutput
from roughy_box.media.rendering import CorruptMedia, RenderRequest, UnsupportedOutput, render
from tests.harness import descendants, title
from tests.media.numbered import Source, described, noise

MEMORY = 2 * 1024**3


@pytest.fixture
async def children() -> AsyncIterator[ForkServer]:
    async with ForkServer() as server:
        yield server


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Source(count=250, size=(320, 180), sound=noise(10, 48000, 2))
    return source.make(tmp_path_factory.mktemp("film") / "a.mp4")


def request(path: Path, **output: object) -> RenderRequest:
    description = described(path)
    return RenderRequest(path, description, [(0, description.length)], RenderOutput(**output), threads=2)  # type: ignore[arg-type]


async def test_progress_grows_to_the_end(children: ForkServer, film: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    wanted = request(film, format="mp4")
    with (tmp_path / "out.mp4").open("w+b") as file:
        file.write(b"left by an earlier try" * 100_000)
        file.flush()
        made = await render(
            children, wanted, file, timeout=None, memory_limit=MEMORY, on_progress=lambda share, _: seen.append(share)
        )
    assert made.duration == Fraction(10)
    assert made.size == (tmp_path / "out.mp4").stat().st_size < 2_000_000
    assert made.warnings == ()
    assert seen
    assert seen == sorted(seen)


async def test_cancelled_child_is_gone(children: ForkServer, film: Path, tmp_path: Path) -> None:
    started = asyncio.Event()
    await children.start()
    with (tmp_path / "out.mp4").open("w+b") as file:
        work = asyncio.create_task(
            render(
                children,
                request(film, format="mov", frame_rate="120"),
                file,
                timeout=None,
                memory_limit=MEMORY,
                on_progress=lambda *_: started.set(),
            )
        )
        await started.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert "media-render" not in map(title, descendants(os.getpid()))


async def test_mp3_needs_no_more_than_a_child_may(children: ForkServer, film: Path, tmp_path: Path) -> None:
    with (tmp_path / "out.mp3").open("w+b") as file:
        made = await render(children, request(film, format="mp3"), file, timeout=None, memory_limit=MEMORY)
    assert (made.duration, made.warnings) == (Fraction(10), ())


async def test_wrong_track_unsupported(children: ForkServer, tmp_path: Path) -> None:
    path = Source(count=5).make(tmp_path / "a.mp4")
    with (tmp_path / "out.mp3").open("w+b") as file, pytest.raises(UnsupportedOutput, match="has no sound"):
        await render(children, request(path, format="mp3"), file, timeout=None, memory_limit=MEMORY)


async def test_too_large_file_is_an_os_error(
    children: ForkServer, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "_LARGEST_REST", 10_000)
    monkeypatch.setattr(rendering, "_LARGEST_SECOND", 0)
    with (tmp_path / "out.mp4").open("w+b") as file, pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
        await render(children, request(film, format="mp4"), file, timeout=None, memory_limit=MEMORY)


async def test_too_little_memory_is_a_job_error(children: ForkServer, film: Path, tmp_path: Path) -> None:
    with (tmp_path / "out.mp4").open("w+b") as file, pytest.raises(JobError):
        await render(children, request(film, format="mp4"), file, timeout=None, memory_limit=200 * 1024**2)


GOOD = {"duration": "10", "size": 7, "warnings": [[DAMAGED_MEDIA, "One place."]]}


def test_outcomes_of_good_children() -> None:
    made = rendering._checked(json_payload(GOOD), 7)
    assert made == rendering.Rendered(Fraction(10), 7, ((DAMAGED_MEDIA, "One place."),))
    corrupt = rendering._checked(b'{"corrupt_at":1.5}', 0)
    assert isinstance(corrupt, CorruptMedia)
    assert corrupt.seconds == 1.5
    full = rendering._checked(json_payload({"errno": errno.ENOSPC}), 0)
    assert isinstance(full, OSError)
    assert full.errno == errno.ENOSPC


@pytest.mark.parametrize(
    "outcome",
    [
        {},
        [],
        GOOD | {"size": 8},
        GOOD | {"duration": "-1"},
        GOOD | {"duration": "1" * 200},
        GOOD | {"warnings": [["unknown", "A sentence."]]},
        GOOD | {"warnings": [[DAMAGED_MEDIA, "Two\nlines."]]},
        {"corrupt_at": -1},
        {"corrupt_at": float("nan")},
        {"errno": 0},
        {"corrupt_at": float("inf")},
        {"unsupported": "\x1b[31m"},
    ],
    ids=repr,
)
def test_outcomes_of_bad_children_refused(outcome: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        rendering._checked(json_payload(outcome), 7)
