"""Tracks, fragments and key frames that come late, and screens that stand still."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from roughy_box.domain.asset import Failure
from roughy_box.media.worker import open as open_module
from roughy_box.media.worker.probe import measure
from tests.media import tracks
from tests.media.corpus import ffmpeg, make_wav, needs_ffmpeg, noise, picture, tone
from tests.media.probing import played, probed

pytestmark = needs_ffmpeg


@pytest.mark.parametrize("name", tracks.LATE_TRACKS)
def test_all_tracks_together_count(name: str, tmp_path: Path) -> None:
    make, seconds = tracks.LATE_TRACKS[name]
    assert played(make(tmp_path / name)) == pytest.approx(seconds * 1000, abs=120)


@pytest.mark.parametrize("name", tracks.JOINED_LATE)
def test_recording_joined_late_counts_from_its_start(name: str, tmp_path: Path) -> None:
    assert played(tracks.JOINED_LATE[name](tmp_path / name)) == pytest.approx(10_000, abs=300)


@pytest.mark.parametrize("extension", ["ts", "mkv", "flv", "mp4", "mov"])
def test_late_key_frame_decodes(extension: str, tmp_path: Path) -> None:
    assert played(tracks.late_key_frame(tmp_path / f"a.{extension}")) == pytest.approx(12_000, abs=120)


@pytest.mark.parametrize("name", ["mp4", "mov", "mkv", "flv"])
def test_still_screen_counts(name: str, tmp_path: Path) -> None:
    assert played(tracks.still_screen(tmp_path / f"a.{name}", "libx264")) == 1_200_000


def test_still_screen_webm_counts(tmp_path: Path) -> None:
    assert played(tracks.still_screen(tmp_path / "a.webm", "libvpx")) == 1_200_000


def test_still_screen_contradicted_by_header_not_believed(tmp_path: Path) -> None:
    path = tracks.still_screen(tmp_path / "a.mkv", "libx264")
    data = bytearray(path.read_bytes())
    struct.pack_into(">d", data, data.index(b"\x44\x89\x88") + 3, 300_000.0)
    path.write_bytes(data)
    assert played(path) == 300_000


def test_over_64_tracks_count(tmp_path: Path) -> None:
    ffmpeg("-i", make_wav(tmp_path / "a.wav", 3), *["-map", 0] * 66, "-c:a", "libopus", path := tmp_path / "a.mka")
    assert played(path) == pytest.approx(3000, abs=60)


def test_over_64_tracks_with_video_count(tmp_path: Path) -> None:
    maps = ["-map", 0, *["-map", 1] * 69]
    ffmpeg(*picture(2), *tone(2), *maps, "-c:v", "libx264", "-c:a", "aac", path := tmp_path / "a.mp4")
    assert played(path) == pytest.approx(2000, abs=60)


def test_35_programs_count(tmp_path: Path) -> None:
    maps = ["-map", 0, "-map", 1] * 35
    ffmpeg(*picture(2, rate=25), *tone(2), *maps, "-c:v", "mpeg2video", "-c:a", "mp2", path := tmp_path / "a.ts")
    assert played(path) == pytest.approx(2000, abs=120)


@pytest.mark.parametrize("extension", ["mka", "m4a", "ts"])
def test_too_many_tracks_fail_with_reason(extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (open_module, measure):
        monkeypatch.setattr(module, "MAX_STREAMS", 20)
    codec = ["-c:a", "libopus"] if extension == "mka" else ["-c:a", "aac"]
    ffmpeg(*tone(9), *["-map", 0] * 30, *codec, path := tmp_path / f"a.{extension}")
    outcome = probed(path)
    assert isinstance(outcome, Failure)
    assert "too many tracks" in outcome.message


def test_unreadable_middle_fails_with_reason(tmp_path: Path) -> None:
    ffmpeg(*tone(20), path := tmp_path / "a.wv")
    data = bytearray(path.read_bytes())
    middle = len(data) * 2 // 5
    data[middle : middle + 4000] = noise(4000)
    path.write_bytes(data)
    outcome = probed(path)
    assert isinstance(outcome, Failure)
    assert "in part" in outcome.message


@pytest.mark.parametrize("name", ["a.webm", "a.mkv"])
@pytest.mark.parametrize("piped", [False, True], ids=["with duration", "piped"])
def test_pasted_matroska_counts_once(name: str, piped: bool, tmp_path: Path) -> None:
    assert played(tracks.pasted(tmp_path / name, 8, 5, piped=piped)) == pytest.approx(8000, abs=60)


def test_pasted_sound_counts_once(tmp_path: Path) -> None:
    parts = []
    for seconds in (8, 5, 4, 3):
        ffmpeg(*tone(seconds, 48000), "-c:a", "aac", part := tmp_path / f"{seconds}.mka")
        parts.append(part.read_bytes())
    (path := tmp_path / "a.mka").write_bytes(b"".join(parts))
    assert played(path) == pytest.approx(8000, abs=60)


def test_late_single_track_of_m4a_counts_from_zero(tmp_path: Path) -> None:
    ffmpeg("-itsoffset", 8, *tone(10), "-c:a", "aac", path := tmp_path / "a.m4a")
    assert played(path) == pytest.approx(18_000, abs=60)


def test_still_screen_in_fragments_counts(tmp_path: Path) -> None:
    options = {"movflags": "frag_every_frame+empty_moov"}
    assert played(tracks.still_screen(tmp_path / "a.mp4", "libx264", **options)) == 1_200_000


def test_damaged_clock_of_fragment_not_believed(tmp_path: Path) -> None:
    flags = ["-movflags", "frag_keyframe+empty_moov+default_base_moof"]
    ffmpeg(*picture(6), "-c:v", "libx264", "-g", 10, "-bf", 0, *flags, path := tmp_path / "a.mp4")
    data = bytearray(path.read_bytes())
    at = data.rindex(b"tfdt")
    struct.pack_into(">Q" if data[at + 4] else ">I", data, at + 8, 2**31)
    path.write_bytes(data)
    assert played(path) == pytest.approx(6000, abs=120)
