"""Media as cameras, phones and recorders write it: detected and measured right."""

from __future__ import annotations

from pathlib import Path

import pytest

from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media.verdict import HEAD_MAX, STAGES
from roughy_box.media.worker.detect import detect
from roughy_box.media.worker.probe import listen
from tests.media import recorders
from tests.media.corpus import needs_ffmpeg
from tests.media.probing import played, probed

pytestmark = needs_ffmpeg

QUICKTIME = MediaKind("video", "video/quicktime", "mov")


@pytest.mark.parametrize("long_size", [False, True], ids=["32 bits", "64 bits"])
@pytest.mark.parametrize("first", recorders.FIRST_ATOMS)
def test_quicktime_without_ftyp_stays_mov(first: str, long_size: bool, tmp_path: Path) -> None:
    before = recorders.FIRST_ATOMS[first]
    path = recorders.quicktime_without_ftyp(tmp_path / "a.mov", before, long_size=long_size)
    data = path.read_bytes()
    assert len(data) > HEAD_MAX, "the index lies beyond the head"
    assert [detect(data[:size]).kind for size in STAGES] == [QUICKTIME] * len(STAGES)
    assert probed(path) == Preparation(QUICKTIME, 4000)


@pytest.fixture(params=["decoded whole", "sampled"])
def sampling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure short sounds in both ways, as if some were long."""
    if request.param == "sampled":
        monkeypatch.setattr(listen, "_START", 40)
        monkeypatch.setattr(listen, "_BETWEEN", 200)


@pytest.mark.usefixtures("sampling")
@pytest.mark.parametrize("name", recorders.SOUND_WITH_GAP)
def test_gap_in_sound_counts(name: str, tmp_path: Path) -> None:
    assert played(recorders.SOUND_WITH_GAP[name](tmp_path / name)) == pytest.approx(30_000, abs=60)


@pytest.mark.usefixtures("sampling")
def test_muted_speaker_counts(tmp_path: Path) -> None:
    assert played(recorders.muted_by_dtx(tmp_path / "a.webm")) == pytest.approx(60_000, abs=60)


@pytest.mark.usefixtures("sampling")
@pytest.mark.parametrize("extension", ["mka", "flv"])
def test_slow_clock_not_believed(extension: str, tmp_path: Path) -> None:
    assert played(recorders.slowed_down(tmp_path / f"a.{extension}")) == pytest.approx(20_000, abs=60)


def test_slow_clock_of_indexed_sound_corrupt(tmp_path: Path) -> None:
    outcome = probed(recorders.slowed_down(tmp_path / "a.m4a"))
    assert isinstance(outcome, Failure)
    assert outcome.code == FailureCode.CORRUPT_MEDIA
