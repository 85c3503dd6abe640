"""The pictures that melt and ffmpeg show of a cut, by the numbers drawn into them."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import pytest
from lxml import etree

from roughy_box.domain.cut import AUDIO_GRID
from roughy_box.exports import formats
from roughy_box.exports.source import AudioTrack, Picture
from roughy_box.exports.timeline import Export, Show
from tests.exports.footage import HEIGHT, WIDTH, film, level, levels, numbers
from tests.exports.plans import FILM, NTSC, NTSC_60, export, frames, plan
from tests.tools import lack, needs

LENGTHS = [7, 5, 20, 7, 30, 4, 1, 6, 11]
QUIET, LOUD = 500, 8000
PARTS = 10  # of a picture's time
MLT_RULES = Path("/usr/share/mlt-7/xml/mlt-xml.dtd")
Clip = Callable[..., Path]

melt_needed = needs("melt")
ffmpeg_needed = needs("ffmpeg")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("clips")

    @cache
    def make(
        rate: Fraction, ending: str = "mp4", delay: Fraction = Fraction(0), tones: tuple[int, ...] = (QUIET,)
    ) -> Path:
        path = folder / f"it's {rate.numerator} {delay.numerator} {len(tones)}.{ending}"
        return film(path, sum(LENGTHS), rate, delay=delay, tones=tones)

    return make


def of_file(path: Path, rate: Fraction, show: Show = "kept", lengths: list[int] = LENGTHS, default: int = 0) -> Export:
    """The export of a clip, described by what the file says of itself."""
    with av.open(str(path)) as file:
        picture = file.streams.video[0] if file.streams.video else None
        zero, duration = Fraction(file.start_time, av.time_base), Fraction(file.duration, av.time_base)
        first = picture.start_time * picture.time_base if picture else zero
        tracks = tuple(AudioTrack(2, 48000, stream.index) for stream in file.streams.audio)
    return export(
        plan(rate, lengths),
        show,
        path=str(path),
        picture=Picture(WIDTH, HEIGHT) if picture else None,
        tracks=tracks,
        default_track=default,
        duration=duration,
        offset=first - zero,
        file_start=zero,
    )


def wanted(of: Export) -> list[int]:
    return [number for start, end in frames(of.plan, of.show) for number in range(start, end)]


def melted(of: Export, folder: Path, *more: str) -> Path:
    project, result = folder / "cut.mlt", folder / "melted.mkv"
    project.write_bytes(formats.write("mlt", of))
    consumer = ["-consumer", f"avformat:{result}", "vcodec=ffv1", "pix_fmt=yuv420p", "acodec=pcm_s16le"]
    _run(["melt", str(project), *consumer, "real_time=-1", *more], folder)
    return result


def concatenated(of: Export, folder: Path) -> Path:
    """Run the command that the list itself tells, with codecs that lose nothing."""
    text = formats.write("ffconcat", of).decode()
    (folder / "cut.ffconcat").write_text(text)
    *command, _ = shlex.split(text.splitlines()[2].removeprefix("# "))
    result = folder / "joined.mkv"
    _run([*command, "-c:v", "ffv1", "-c:a", "pcm_s16le", "-y", str(result)], folder)
    return result


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=60)


RATES = [FILM, Fraction(24), Fraction(25), NTSC, NTSC_60, Fraction(25, 2), Fraction(15)]
DELAY = Fraction(1, 2)


@melt_needed
@pytest.mark.parametrize("rate", RATES)
def test_melt_shows_the_frames_of_the_plan(clip: Clip, rate: Fraction, tmp_path: Path) -> None:
    of = of_file(clip(rate), rate)
    assert numbers(melted(of, tmp_path)) == wanted(of)


@melt_needed
@pytest.mark.parametrize(("ending", "delay"), [("mkv", DELAY), ("mp4", DELAY), ("ts", Fraction(0)), ("ts", DELAY)])
def test_melt_counts_from_the_first_picture(clip: Clip, ending: str, delay: Fraction, tmp_path: Path) -> None:
    of = of_file(clip(Fraction(25), ending, delay), Fraction(25))
    assert numbers(melted(of, tmp_path)) == wanted(of)


@melt_needed
def test_melt_of_dropped_spans_shows_them_alone(clip: Clip, tmp_path: Path) -> None:
    of = of_file(clip(NTSC), NTSC, "only")
    assert numbers(melted(of, tmp_path)) == wanted(of)


@melt_needed
def test_melt_of_disabled_spans_shows_black_there(clip: Clip, tmp_path: Path) -> None:
    of = of_file(clip(NTSC), NTSC, "disabled")
    kept = set(wanted(of_file(clip(NTSC), NTSC)))
    assert numbers(melted(of, tmp_path)) == [number if number in kept else 0 for number in range(of.plan.length)]


@melt_needed
@pytest.mark.parametrize("lengths", [[sum(LENGTHS)], [40, 1, sum(LENGTHS) - 41]])
def test_melt_of_all_and_of_one_frame_is_exact(clip: Clip, lengths: list[int], tmp_path: Path) -> None:
    of = of_file(clip(NTSC), NTSC, "only" if len(lengths) > 1 else "kept", lengths)
    assert numbers(melted(of, tmp_path)) == wanted(of)


@melt_needed
@pytest.mark.parametrize(("default", "loudness"), [(0, QUIET), (1, LOUD)])
def test_melt_plays_the_default_track(clip: Clip, default: int, loudness: int, tmp_path: Path) -> None:
    of = of_file(clip(Fraction(25), "mkv", tones=(QUIET, LOUD)), Fraction(25), default=default)
    assert level(melted(of, tmp_path)) == pytest.approx(loudness, rel=0.25)


def lag(result: Path, of: Export) -> float:
    """The pictures by which the sound is late at the end, where it fits best those shown: loud in every other ten."""
    loud = [number // 10 % 2 == 0 for number in wanted(of)]
    with av.open(str(result)) as file:
        zero = next(file.decode(video=0)).time
    heard = levels(result, of.plan.rate * PARTS, zero)
    places = range(len(loud) * PARTS * 2 // 3, (len(loud) - 3) * PARTS)

    def misfit(late: int) -> float:
        return sum(abs(heard[place + late] / LOUD - loud[place // PARTS]) for place in places)

    return min(range(-2 * PARTS, 2 * PARTS + 1), key=misfit) / PARTS


@pytest.fixture(scope="module")
def blinking(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Half a minute with thirty spans to keep."""
    lengths = [8 + 37 * at % 23 for at in range(60)]
    path = tmp_path_factory.mktemp("blinking") / "clip.mp4"
    return of_file(film(path, sum(lengths), NTSC, tones=(LOUD,), blink=10), NTSC, lengths=lengths)


@melt_needed
def test_melt_keeps_sound_with_its_picture(blinking: Export, tmp_path: Path) -> None:
    assert abs(lag(melted(blinking, tmp_path), blinking)) < 0.25


@ffmpeg_needed
def test_ffmpeg_keeps_sound_with_its_picture(blinking: Export, tmp_path: Path) -> None:
    """A packet of 21 ms may be more or less at a joint, but the sound does not drift."""
    assert abs(lag(concatenated(blinking, tmp_path), blinking)) < 0.5


@melt_needed
def test_melt_of_sound_alone_is_as_long_as_the_timeline(tmp_path: Path) -> None:
    talk = film(tmp_path / "talk.mka", 0, Fraction(25), tones=(LOUD,), sound=Fraction(4))
    of = of_file(talk, AUDIO_GRID, lengths=[1000, 500, 2000, 500])
    result = melted(of, tmp_path, "video_off=1", "vn=1")
    with av.open(str(result)) as file:
        assert file.duration / av.time_base == pytest.approx(3, abs=0.05)
    assert level(result) == pytest.approx(LOUD, rel=0.25)


@melt_needed
@pytest.mark.parametrize("show", ["kept", "only", "disabled"])
def test_mlt_keeps_to_the_rules(show: Show) -> None:
    if not MLT_RULES.exists():
        lack("the rules of MLT are not where Debian has them")
    rules = MLT_RULES.read_text().replace("properties property", "properties (property)")  # a slip of theirs
    dtd = etree.DTD(io.StringIO(rules.partition("?>")[2]))
    assert dtd.validate(etree.fromstring(formats.write("mlt", export(plan(NTSC, LENGTHS), show)))), dtd.error_log


def test_mlt_is_laid_out_like_shotcuts_own() -> None:
    tractor = etree.fromstring(formats.write("mlt", export(plan(NTSC, LENGTHS)))).find("tractor")
    assert [track.get("producer") for track in tractor.iterfind("track")] == ["background", "playlist0"]
    assert tractor.findtext("property[@name='shotcut']") == "1"
    assert tractor.findtext("transition/property[@name='mlt_service']") == "mix"


def test_mlt_of_sound_alone_never_shows_a_cover() -> None:
    root = etree.fromstring(formats.write("mlt", export(plan(AUDIO_GRID, LENGTHS))))
    assert root.findtext("producer[@id='source']/property[@name='video_index']") == "-1"


@ffmpeg_needed
@pytest.mark.parametrize(("ending", "rate"), [*(("mkv", rate) for rate in RATES), ("mp4", NTSC), ("mp4", Fraction(24))])
def test_ffmpeg_shows_the_frames_of_the_plan(clip: Clip, ending: str, rate: Fraction, tmp_path: Path) -> None:
    of = of_file(clip(rate, ending), rate)
    assert numbers(concatenated(of, tmp_path)) == wanted(of)


@ffmpeg_needed
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_ffmpeg_counts_from_the_first_picture(clip: Clip, ending: str, tmp_path: Path) -> None:
    of = of_file(clip(NTSC, ending, DELAY), NTSC)
    assert of.source.offset > Fraction(2, 5)
    assert numbers(concatenated(of, tmp_path)) == wanted(of)


@ffmpeg_needed
def test_ffmpeg_of_a_variable_rate_shows_the_pictures_there(tmp_path: Path) -> None:
    """Pictures on every third to fifth frame of the grid: those that begin in a kept span are shown."""
    rate, places = Fraction(30), [0, 3, 8, 11, 12, 13, 20, 24, 30, 40, 41, 45, 50, 60, 61, 62, 70, 75, 80, 85]
    path = film(tmp_path / "vfr.mkv", len(places), rate, times=[place / rate for place in places])
    of = of_file(path, rate)
    kept = set(wanted(of))
    assert numbers(concatenated(of, tmp_path)) == [number for number, place in enumerate(places) if place in kept]


@ffmpeg_needed
@pytest.mark.parametrize("lengths", [[sum(LENGTHS)], [40, 1, sum(LENGTHS) - 41]])
def test_ffmpeg_of_all_and_of_one_frame_is_exact(clip: Clip, lengths: list[int], tmp_path: Path) -> None:
    of = of_file(clip(Fraction(24), "mkv"), Fraction(24), "only" if len(lengths) > 1 else "kept", lengths)
    assert numbers(concatenated(of, tmp_path)) == wanted(of)


@ffmpeg_needed
@pytest.mark.parametrize(("default", "loudness"), [(0, QUIET), (1, LOUD)])
def test_ffmpeg_plays_the_default_track(clip: Clip, default: int, loudness: int, tmp_path: Path) -> None:
    of = of_file(clip(Fraction(25), "mkv", tones=(QUIET, LOUD)), Fraction(25), default=default)
    assert level(concatenated(of, tmp_path)) == pytest.approx(loudness, rel=0.25)


@ffmpeg_needed
def test_ffmpeg_of_sound_alone_is_as_long_as_the_plan(tmp_path: Path) -> None:
    talk = film(tmp_path / "talk.mka", 0, Fraction(25), tones=(LOUD,), sound=Fraction(4))
    of = of_file(talk, AUDIO_GRID, lengths=[1000, 500, 2000, 500])
    with av.open(str(concatenated(of, tmp_path))) as file:
        assert file.duration / av.time_base == pytest.approx(3, abs=0.05)


def test_ffconcat_of_a_transport_stream_says_what_to_do() -> None:
    text = formats.write("ffconcat", export(plan(NTSC, [5]), path="/f/a.ts")).decode()
    assert "# ffmpeg cannot seek exactly in transport streams" in text
