"""Durations and kinds of files, measured from their bytes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.probe.decode import Decoding
from roughy_box.media.worker.probe.duration import reconcile
from roughy_box.media.worker.probe.extent import Extent
from roughy_box.media.worker.probe.measure import probe
from tests.media import broken
from tests.media.broken import BROKEN, CUT, Broken
from tests.media.corpus import SAMPLES, Sample, cover, ffmpeg, id3, make_mp4, make_wav, needs_ffmpeg, picture, tone
from tests.media.misleading import MISLEADING, Misleading
from tests.media.probing import played, probed

pytestmark = needs_ffmpeg

# A frame of video at ten a second; what an encoder of sound adds is less.
TOLERANCE_MS = 120


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_duration_samples_correct(sample: Sample, sample_path: Callable[[Sample], Path]) -> None:
    outcome = probed(sample_path(sample))
    assert isinstance(outcome, Preparation), outcome
    assert outcome.kind == sample.kind
    # ffmpeg 5.1 lets the picture of a fragmented file without edit list start two frames late.
    late = 100 if sample.name == "fragmented.mp4" else 0
    assert outcome.duration_ms == pytest.approx(2000, abs=TOLERANCE_MS + late)


@pytest.mark.parametrize("case", MISLEADING, ids=lambda case: case.name)
def test_duration_misleading_header_correct(case: Misleading, tmp_path: Path) -> None:
    tolerance = round(case.tolerance * 1000)
    assert played(case.create(tmp_path)) == pytest.approx(case.seconds * 1000, abs=tolerance)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_broken_file_fails_with_code(case: Broken, tmp_path: Path) -> None:
    outcome = probed(case.create(tmp_path))
    assert isinstance(outcome, Failure), outcome
    assert outcome.code == case.code
    assert outcome.message.endswith(".")


def test_encrypted_packets_count_as_failures(tmp_path: Path) -> None:
    """Encrypted bytes look random, so some of them decode as frames."""
    with (
        av.open(broken.mp4_encrypted(tmp_path / "encrypted.mp4")) as encrypted,
        av.open(make_mp4(tmp_path / "clear.mp4", 1, faststart=True)) as clear,
    ):
        mark = next(encrypted.demux(video=0)).get_sidedata("encryption_info")
        decoding = Decoding(clear.streams.video[0])
        for packet in clear.demux(video=0):
            if packet.size:
                packet.set_sidedata(mark)
            decoding.feed(packet)
    assert not decoding.frames


@pytest.mark.parametrize(("make", "extension"), CUT, ids=[extension for _, extension in CUT])
def test_duration_cut_stream_format_half(make: Callable[[Path], Path], extension: str, tmp_path: Path) -> None:
    path = broken.cut(make(tmp_path / f"half.{extension}"))
    assert 2500 < played(path) < 5500


@pytest.mark.parametrize("milliseconds", [1, 999, 1000, 59_999, 60_000, 60_001])
def test_pcm_wav_exact(milliseconds: int, tmp_path: Path) -> None:
    assert played(make_wav(tmp_path / "a.wav", milliseconds / 1000)) == milliseconds


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mkv", "pcm_s16le"),
        ("a.mkv", "pcm_s24le"),
        ("a.mkv", "pcm_f32le"),
        ("a.flv", "pcm_s16le"),
        ("a.wma", "pcm_s16le"),
        ("a.mov", "pcm_s24be"),
        ("a.mov", "pcm_alaw"),
        ("a.avi", "pcm_u8"),
        ("a.vob", "pcm_dvd"),
        ("a.aiff", "pcm_s24be"),
    ],
)
def test_pcm_in_container_exact(name: str, codec: str, tmp_path: Path) -> None:
    """Use half a minute, because rounding once per packet adds up."""
    rate = 44100 if name == "a.flv" else 48000
    ffmpeg(*tone(30.005, rate), "-ac", 2, "-c:a", codec, tmp_path / name)
    assert played(tmp_path / name) == pytest.approx(30_005, abs=1)


def test_pcm_edit_list_start_cut(tmp_path: Path) -> None:
    ffmpeg(*tone(10), "-c:a", "pcm_s16le", whole := tmp_path / "whole.mov")
    ffmpeg("-ss", 4, "-i", whole, "-c", "copy", tmp_path / "cut.mov")
    assert played(tmp_path / "cut.mov") == pytest.approx(6000, abs=60)


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_slides_last_frame_counts(extension: str, tmp_path: Path) -> None:
    slides = ["-f", "lavfi", "-t", "240", "-i", "testsrc=size=64x48:rate=1/60"]
    ffmpeg(*slides, "-c:v", "libx264", path := tmp_path / f"a.{extension}")
    assert played(path) == pytest.approx(240_000, abs=60)


def test_single_picture_counts(tmp_path: Path) -> None:
    ffmpeg(
        "-f", "lavfi", "-t", 300, "-i", "testsrc=size=64x48:rate=1/300", "-c:v", "libx264", path := tmp_path / "a.mp4"
    )
    assert played(path) == 300_000


def test_subtitles_first_stream_ignored(tmp_path: Path) -> None:
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nhere\n")
    ffmpeg("-i", text, *picture(3), *tone(3), "-map", 0, "-map", 1, "-map", 2, "-c:v", "mpeg4", tmp_path / "a.mkv")
    assert played(tmp_path / "a.mkv") == pytest.approx(3000, abs=TOLERANCE_MS)


def test_transport_stream_stuffing_adds_nothing(tmp_path: Path) -> None:
    ffmpeg(*picture(5), *tone(5), "-c:v", "libx264", "-c:a", "aac", "-muxrate", "20M", tmp_path / "a.ts")
    assert played(tmp_path / "a.ts") == pytest.approx(5000, abs=TOLERANCE_MS)


@pytest.mark.parametrize("codec", ["libmp3lame", "flac", "libopus", "libvorbis"])
def test_encoder_padding_removed(codec: str, tmp_path: Path) -> None:
    ffmpeg(*tone(20, 48000), "-c:a", codec, path := tmp_path / ("a.mp3" if codec == "libmp3lame" else "a.mkv"))
    assert played(path) == pytest.approx(20_000, abs=21)


def test_mp3_lame_header_exact(tmp_path: Path) -> None:
    ffmpeg(*tone(20), "-c:a", "libmp3lame", tmp_path / "a.mp3")
    assert played(tmp_path / "a.mp3") == 20_000


@pytest.mark.parametrize(
    ("demuxer", "header", "believed"),
    [
        ("mov", "4.08", "4.08"),  # an edit list cuts the last packet
        ("mov", "4.1", "4.094"),
        ("mov", "0", "4.094"),
        ("mov", "9", "4.094"),
        ("matroska", "4.08", "4.08"),
        ("matroska", "3.6", "4.094"),  # not close enough to be about the same thing
        ("matroska", "-5", "4.094"),
        ("mpegts", "4.08", "4.094"),  # a guess
    ],
)
def test_reconcile_header_and_packets(demuxer: str, header: str, believed: str) -> None:
    sound = Extent(Fraction(0), Fraction("4.07"), Fraction("4.094"))
    film = Extent(Fraction("0.04"), Fraction(4), Fraction("4.04"))
    assert reconcile(demuxer, Fraction(header), [film, sound]) == Fraction(believed)


@pytest.mark.parametrize(
    ("demuxer", "header", "believed"),
    [
        ("matroska", "1020", 1020),  # one clock, and the header agrees
        ("matroska", "0", 1020),
        ("matroska", "60", 60),  # a damaged clock
        ("mpegts", "60", 1020),
    ],
)
def test_reconcile_tracks_far_apart(demuxer: str, header: str, believed: int) -> None:
    host = Extent(Fraction(0), Fraction(59), Fraction(60))
    camera = Extent(Fraction(1000), Fraction(1019), Fraction(1020))
    assert reconcile(demuxer, Fraction(header), [host, camera]) == believed


@pytest.mark.parametrize(("header", "believed"), [("1200", 1200), ("0", 300), ("300", 300)])
def test_reconcile_long_pause_needs_header(header: str, believed: int) -> None:
    screen = Extent(Fraction(0), Fraction(299), Fraction(300), claimed=Fraction(1200))
    assert reconcile("matroska", Fraction(header), [screen]) == believed


@pytest.mark.parametrize("header", ["120", "20"])
def test_reconcile_joined_late(header: str) -> None:
    late = Extent(Fraction(100), Fraction(119), Fraction(120))
    assert reconcile("mov", Fraction(header), [late]) == 20


def test_reconcile_edit_list_cuts_last_packet() -> None:
    slide = Extent(Fraction(0), Fraction(10), Fraction(70))
    assert reconcile("mov", Fraction(12), [slide]) == 12
    assert reconcile("matroska", Fraction(12), [slide]) == 70


def test_cover_kind_is_audio(tmp_path: Path) -> None:
    image = cover(tmp_path / "cover.png")
    for name, content_type in (("a.mp3", "audio/mpeg"), ("a.m4a", "audio/mp4"), ("a.flac", "audio/flac")):
        attached = ["-i", image, "-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v", "attached_pic"]
        ffmpeg(*tone(2), *attached, tmp_path / name)
        outcome = probed(tmp_path / name)
        assert isinstance(outcome, Preparation)
        assert outcome.kind == MediaKind("audio", content_type, name[2:])
        assert outcome.duration_ms == pytest.approx(2000, abs=TOLERANCE_MS)


def test_big_tag_adds_nothing(tmp_path: Path) -> None:
    ffmpeg(*tone(2), path := tmp_path / "a.mp3")
    path.write_bytes(id3(2_000_000) + path.read_bytes())
    assert played(path) == pytest.approx(2000, abs=TOLERANCE_MS)


def test_two_sounds_longer_counts(tmp_path: Path) -> None:
    ffmpeg(*tone(2), *tone(4), "-map", 0, "-map", 1, "-c:a", "flac", tmp_path / "a.mka")
    assert played(tmp_path / "a.mka") == pytest.approx(4000, abs=TOLERANCE_MS)


def test_sound_after_video_end_counts(tmp_path: Path) -> None:
    ffmpeg(*picture(2), *tone(5), "-c:v", "mpeg4", tmp_path / "a.mkv")
    assert played(tmp_path / "a.mkv") == pytest.approx(5000, abs=TOLERANCE_MS)


def test_video_pause_counts(tmp_path: Path) -> None:
    slow = "setpts='if(lt(N,10),N,N+300)*0.1/TB'"
    ffmpeg(*picture(2), "-vf", slow, "-fps_mode", "vfr", "-c:v", "mpeg4", tmp_path / "a.mkv")
    assert played(tmp_path / "a.mkv") == pytest.approx(32_000, abs=TOLERANCE_MS)


def test_video_undecodable_sound_plays_corrupt(tmp_path: Path) -> None:
    ffmpeg(*picture(2), *tone(2), "-c:v", "mpeg4", "-c:a", "flac", path := tmp_path / "a.mkv")
    data = path.read_bytes()
    assert b"V_MPEG4/ISO/ASP" in data
    path.write_bytes(data.replace(b"V_MPEG4/ISO/ASP", b"V_MPEGH/ISO/HEV"))
    outcome = probed(path)
    assert isinstance(outcome, Failure)
    assert outcome.code == FailureCode.CORRUPT_MEDIA


def test_disk_error_raised(tmp_path: Path) -> None:
    class Failing(Descriptor):
        def read(self, size: int = -1, /) -> bytes:
            if self.tell() > 4096:
                raise OSError("disk")
            return super().read(min(size, 8192))

    path = make_wav(tmp_path / "a.wav", 5)
    with path.open("rb") as file, pytest.raises(OSError, match="disk"):
        probe(Failing(file.fileno()))
