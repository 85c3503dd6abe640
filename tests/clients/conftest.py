"""Files to send."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.footage import Footage, make_film, make_recording
from tests.tools import needs


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """Return a WAV of 12 MB."""
    return make_recording(tmp_path_factory.mktemp("footage") / "recording.wav")


@pytest.fixture(scope="session", params=["recording", pytest.param("film", marks=needs("ffmpeg"))])
def footage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """Return a WAV, and an MP4 that the first chunk does not suffice for."""
    if request.param == "film":
        return make_film(tmp_path_factory.mktemp("footage") / "film.mp4")
    recording: Footage = request.getfixturevalue("recording")
    return recording


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 12 MB of text under the name of a film."""
    path = tmp_path_factory.mktemp("footage") / "film.mp4"
    path.write_text("This is only what the camera man said.\n" * 300_000)
    return path
