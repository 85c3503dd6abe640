"""A browser, pages in it, accounts of their own, and files to upload."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.page import Browser, Page
from tests.harness import LiveBox
from tests.media.corpus import ffmpeg, picture, tone
from tests.media_bytes import wav

_names = itertools.count(1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, shared by all tests of a worker."""
    chromium = Browser()
    yield chromium
    chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; whatever goes wrong in it fails the test."""
    fresh = Page(browser)
    yield fresh
    fresh.close()


@pytest.fixture
def account(shared_box: LiveBox) -> Callable[..., Any]:
    """Makes accounts on the shared box: ``account(credits=3)`` gives ``{"account", "api_key", "balance"}``."""

    def make(credits: int = 100) -> Any:
        return shared_box.cli("account", "add", f"editor-{next(_names)}-{random.random()}", "--credits", str(credits))

    return make


@pytest.fixture(scope="session")
def editor(shared_box: LiveBox) -> str:
    """The key of an account for tests that do not mind what else is in it."""
    return str(shared_box.cli("account", "add", f"editor-{random.random()}", "--credits", "1000")["api_key"])


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of H.264 and AAC."""
    path = tmp_path_factory.mktemp("films") / "interview.mp4"
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    ffmpeg(*picture(6, "320x180", 25), *tone(6, 48_000), *codecs, "-movflags", "+faststart", path)
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Five seconds of noise."""
    path = tmp_path / "atmo.wav"
    path.write_bytes(wav(5, noise=random.Random(5)))
    return path


@pytest.fixture
def long_sound(tmp_path: Path) -> Path:
    """A minute and a half, 9 MB: long enough to be interrupted, and worth two credits."""
    path = tmp_path / "long.wav"
    path.write_bytes(wav(90, rate=48_000, noise=random.Random(6)))
    return path


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """What is no media."""
    path = tmp_path / "notes.txt"
    path.write_text("Take two was better.\n" * 100)
    return path
