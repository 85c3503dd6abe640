"""A browser with pages, accounts, and files to upload."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.talks import LINES, talk
from tests.console.page import Browser, Page
from tests.harness import LiveBox
from tests.media.corpus import ffmpeg, picture, tone
from tests.media_bytes import wav

_names = itertools.count(1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run Chromium, shared by all tests of a worker."""
    chromium = Browser()
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a fresh page; an error in it fails the test."""
    fresh = Page(browser)
    yield fresh
    fresh.close()


@pytest.fixture
def account(shared_box: LiveBox) -> Callable[..., Any]:
    """Return a function: ``account(credits=3)`` adds one and returns ``{"account", "api_key", "balance"}``."""

    def make(credits: int = 100) -> Any:
        return shared_box.cli("account", "add", f"editor-{next(_names)}-{random.random()}", "--credits", str(credits))

    return make


@pytest.fixture(scope="session")
def editor(shared_box: LiveBox) -> str:
    """Return the key of an account shared by several tests."""
    return str(shared_box.cli("account", "add", f"editor-{random.random()}", "--credits", "1000")["api_key"])


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return six seconds of H.264 and AAC."""
    path = tmp_path_factory.mktemp("films") / "interview.mp4"
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    ffmpeg(*picture(6, "320x180", 25), *tone(6, 48_000), *codecs, "-movflags", "+faststart", path)
    return path


@pytest.fixture(scope="session")
def spoken_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of somebody who begins a sentence again."""
    folder = tmp_path_factory.mktemp("spoken")
    (folder / "talk.wav").write_bytes(talk(*LINES))
    film = folder / "workshop.mp4"
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"]
    ffmpeg(*picture(60, "320x180", 25), "-i", folder / "talk.wav", *codecs, "-movflags", "+faststart", film)
    return film


@pytest.fixture(scope="session")
def silent_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two seconds of picture."""
    path = tmp_path_factory.mktemp("silent") / "silent.mp4"
    ffmpeg(*picture(2, "160x90", 25), "-pix_fmt", "yuv420p", path)
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Return five seconds of noise."""
    path = tmp_path / "atmo.wav"
    path.write_bytes(wav(5, noise=random.Random(5)))
    return path


@pytest.fixture
def long_sound(tmp_path: Path) -> Path:
    """Return 90 seconds of noise, 9 MB: long enough to interrupt, at a price of two credits."""
    path = tmp_path / "long.wav"
    path.write_bytes(wav(90, rate=48_000, noise=random.Random(6)))
    return path


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Return a text file."""
    path = tmp_path / "notes.txt"
    path.write_text("Take two was better.\n" * 100)
    return path
