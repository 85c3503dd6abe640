"""How long files play and what they are, from their bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media.worker.open import Descriptor
from roughy_box.media.worker.probe.decode import Decoding
from roughy_box.media.worker.probe.duration import reconcile
from roughy_box.media.worker.probe.measure import probe
from roughy_box.media.worker.probe.timeline import Extent
from tests.media import broken
from tests.media.broken import BROKEN, CUT, Broken
from tests.media.corpus import SAMPLES, Sample, cover, ffmpeg, id3, make_mp4, make_wav, needs_ffmpeg, picture, tone
from tests.media.liars import LIARS, Liar

pytestmark = needs_ffmpeg

# A frame of video at ten a second; what an encoder of sound adds is less.
TOLERANCE_MS = 120


def probed(path: Path) -> Preparation | Failure:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return probe(Descriptor(descriptor))
    finally:
        os.close(descriptor)


def played(path: Path) -> int:
    outcome = probed(path)
    assert isinstance(outcome, Preparation), outcome
    return outcome.duration_ms


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_samples(sample: Sample, sample_path: Callable[[Sample], Path]) -> None:
    outcome = probed(sample_path(sample))
    assert isinstance(outcome, Preparation), outcome
    assert outcome.kind == sample.kind
    # ffmpeg 5.1 lets the picture of a fragmented file without edit list start two frames late.
    late = 100 if sample.name == "fragmented.mp4" else 0
    assert outcome.duration_ms == pytest.approx(2000, abs=TOLERANCE_MS + late)


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.name)
def test_headers_are_not_believed(liar: Liar, tmp_path: Path) -> None:
    tolerance = round(liar.tolerance * 1000)
    assert played(liar.create(tmp_path)) == pytest.approx(liar.seconds * 1000, abs=tolerance)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_broken(case: Broken, tmp_path: Path) -> None:
    outcome = probed(case.create(tmp_path))
    assert isinstance(outcome, Failure), outcome
    assert outcome.code == case.code
    assert outcome.message.endswith(".")


def test_what_is_encrypted_counts_for_undecodable_though_it_decodes(tmp_path: Path) -> None:
    """Encrypted bytes are as good as random, so that some of them are frames."""
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
def test_half_a_file_plays_half_as_long(make: Callable[[Path], Path], extension: str, tmp_path: Path) -> None:
    path = broken.cut(make(tmp_path / f"half.{extension}"))
    assert 2500 < played(path) < 5500


@pytest.mark.parametrize("milliseconds", [1, 999, 1000, 59_999, 60_000, 60_001])
def test_pcm_is_measured_to_the_millisecond(milliseconds: int, tmp_path: Path) -> None:
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
def test_pcm_is_measured_to_the_millisecond_in_any_container(name: str, codec: str, tmp_path: Path) -> None:
    """Half a minute, as what is rounded once a packet adds up."""
    rate = 44100 if name == "a.flv" else 48000
    ffmpeg(*tone(30.005, rate), "-ac", 2, "-c:a", codec, tmp_path / name)
    assert played(tmp_path / name) == pytest.approx(30_005, abs=1)


def test_pcm_before_the_cut_of_an_edit_list_does_not_count(tmp_path: Path) -> None:
    ffmpeg(*tone(10), "-c:a", "pcm_s16le", whole := tmp_path / "whole.mov")
    ffmpeg("-ss", 4, "-i", whole, "-c", "copy", tmp_path / "cut.mov")
    assert played(tmp_path / "cut.mov") == pytest.approx(6000, abs=60)


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
def test_slides_last_as_long_as_they_are_shown(extension: str, tmp_path: Path) -> None:
    slides = ["-f", "lavfi", "-t", "240", "-i", "testsrc=size=64x48:rate=1/60"]
    ffmpeg(*slides, "-c:v", "libx264", path := tmp_path / f"a.{extension}")
    assert played(path) == pytest.approx(240_000, abs=60)


def test_one_picture_lasts_as_long_as_it_is_shown(tmp_path: Path) -> None:
    ffmpeg(
        "-f", "lavfi", "-t", 300, "-i", "testsrc=size=64x48:rate=1/300", "-c:v", "libx264", path := tmp_path / "a.mp4"
    )
    assert played(path) == 300_000


def test_the_first_stream_may_be_neither_picture_nor_sound(tmp_path: Path) -> None:
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:01,000 --> 00:00:02,000\nhere\n")
    ffmpeg("-i", text, *picture(3), *tone(3), "-map", 0, "-map", 1, "-map", 2, "-c:v", "mpeg4", tmp_path / "a.mkv")
    assert played(tmp_path / "a.mkv") == pytest.approx(3000, abs=TOLERANCE_MS)


def test_stuffing_and_a_steady_rate_add_nothing(tmp_path: Path) -> None:
    ffmpeg(*picture(5), *tone(5), "-c:v", "libx264", "-c:a", "aac", "-muxrate", "20M", tmp_path / "a.ts")
    assert played(tmp_path / "a.ts") == pytest.approx(5000, abs=TOLERANCE_MS)


@pytest.mark.parametrize("codec", ["libmp3lame", "flac", "libopus", "libvorbis"])
def test_what_an_encoder_adds_is_cut_off_again(codec: str, tmp_path: Path) -> None:
    ffmpeg(*tone(20, 48000), "-c:a", codec, path := tmp_path / ("a.mp3" if codec == "libmp3lame" else "a.mkv"))
    assert played(path) == pytest.approx(20_000, abs=21)


def test_mp3_with_its_lame_header_is_exact(tmp_path: Path) -> None:
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
def test_header_and_packets_are_reconciled(demuxer: str, header: str, believed: str) -> None:
    sound = Extent(Fraction(0), Fraction("4.07"), Fraction("4.094"))
    film = Extent(Fraction("0.04"), Fraction(4), Fraction("4.04"))
    assert reconcile(demuxer, Fraction(header), [film, sound]) == Fraction(believed)


def test_an_edit_list_that_ends_within_a_long_last_packet_counts() -> None:
    slide = Extent(Fraction(0), Fraction(10), Fraction(70))
    assert reconcile("mov", Fraction(12), [slide]) == 12
    assert reconcile("matroska", Fraction(12), [slide]) == 70


def test_a_cover_makes_no_video(tmp_path: Path) -> None:
    image = cover(tmp_path / "cover.png")
    for name, content_type in (("a.mp3", "audio/mpeg"), ("a.m4a", "audio/mp4"), ("a.flac", "audio/flac")):
        attached = ["-i", image, "-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v", "attached_pic"]
        ffmpeg(*tone(2), *attached, tmp_path / name)
        outcome = probed(tmp_path / name)
        assert isinstance(outcome, Preparation)
        assert outcome.kind == MediaKind("audio", content_type, name[2:])
        assert outcome.duration_ms == pytest.approx(2000, abs=TOLERANCE_MS)


def test_a_big_tag_is_no_sound(tmp_path: Path) -> None:
    ffmpeg(*tone(2), path := tmp_path / "a.mp3")
    path.write_bytes(id3(2_000_000) + path.read_bytes())
    assert played(path) == pytest.approx(2000, abs=TOLERANCE_MS)


def test_the_longer_of_two_sounds_counts(tmp_path: Path) -> None:
    ffmpeg(*tone(2), *tone(4), "-map", 0, "-map", 1, "-c:a", "flac", tmp_path / "a.mka")
    assert played(tmp_path / "a.mka") == pytest.approx(4000, abs=TOLERANCE_MS)


def test_sound_after_the_end_of_the_picture_counts(tmp_path: Path) -> None:
    ffmpeg(*picture(2), *tone(5), "-c:v", "mpeg4", tmp_path / "a.mkv")
    assert played(tmp_path / "a.mkv") == pytest.approx(5000, abs=TOLERANCE_MS)


def test_a_pause_in_a_film_counts(tmp_path: Path) -> None:
    slow = "setpts='if(lt(N,10),N,N+300)*0.1/TB'"
    ffmpeg(*picture(2), "-vf", slow, "-fps_mode", "vfr", "-c:v", "mpeg4", tmp_path / "a.mkv")
    assert played(tmp_path / "a.mkv") == pytest.approx(32_000, abs=TOLERANCE_MS)


def test_a_film_whose_picture_is_broken_is_corrupt_although_its_sound_plays(tmp_path: Path) -> None:
    ffmpeg(*picture(2), *tone(2), "-c:v", "mpeg4", "-c:a", "flac", path := tmp_path / "a.mkv")
    data = path.read_bytes()
    assert b"V_MPEG4/ISO/ASP" in data
    path.write_bytes(data.replace(b"V_MPEG4/ISO/ASP", b"V_MPEGH/ISO/HEV"))
    outcome = probed(path)
    assert isinstance(outcome, Failure)
    assert outcome.code == FailureCode.CORRUPT_MEDIA


def test_a_failing_disk_says_nothing_about_the_media(tmp_path: Path) -> None:
    class Failing(Descriptor):
        def read(self, size: int = -1, /) -> bytes:
            if self.tell() > 4096:
                raise OSError("disk")
            return super().read(min(size, 8192))

    path = make_wav(tmp_path / "a.wav", 5)
    with path.open("rb") as file, pytest.raises(OSError, match="disk"):
        probe(Failing(file.fileno()))
