"""Plans from recordings of any kind."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.cutting.grid import Grid
from roughy_box.cutting.listening import Engine, HeardWord, Island, Listening, Sound
from roughy_box.cutting.options import Options
from roughy_box.cutting.plan import NothingToKeep, make_plan
from roughy_box.domain.cut import Plan
from tests.cutting.talk import codes, cut, kept_text, talk, video

TEXTS = [
    "um",
    "yes",
    "the old bridge",
    "the old bridge stands",
    "we start",
    "sorry again",
    "it costs $5, e.g. now",
    "我是",
]
RATES = ["24000/1001", "25", "30000/1001", "60", "1000"]


@st.composite
def listenings(draw: st.DrawFn) -> Listening:
    """Return recordings with times that a careless recognizer would give."""
    gaps = st.floats(0.001, 2.0)
    time, islands, words = draw(st.floats(0, 3)), [], []
    for text in draw(st.lists(st.sampled_from([*TEXTS, ""]), max_size=9)):
        end = time + draw(st.floats(0.01, 3.0))
        for word in text.split():
            start = draw(st.floats(max(0, time - 0.5), end + 0.5))
            kind = draw(st.sampled_from(["word", "word", "word", "filler", "noise"]))
            words.append(
                HeardWord(
                    word, start, start + draw(st.floats(0, 1)), len(islands), draw(st.none() | st.floats(0, 1)), kind
                )
            )
        islands.append(Island(time, end))
        time = end + draw(gaps)
    engine = draw(st.sampled_from([Engine("a"), Engine("b", guesses=True), Engine("none", recognizes=False)]))
    sound = draw(st.none() | st.just(noise(time)))
    heard = tuple(words) if engine.recognizes else ()
    language = draw(st.sampled_from([None, "en", "de"]))
    return Listening(time, tuple(islands), heard, sound, engine, language, draw(st.sampled_from([0.0, -1.5, 0.7])))


def noise(seconds: float) -> Sound:
    rng = np.random.default_rng(4)
    levels = rng.uniform(0, 80, int(seconds / 0.005)).astype(np.float32)
    return Sound(levels, rng.normal(size=(int(seconds / 0.02), 12)).astype(np.float32))


OPTIONS = st.builds(
    Options,
    retakes=st.sampled_from(["remove", "keep"]),
    fillers=st.sampled_from(["remove", "keep"]),
    off_script=st.sampled_from(["remove", "keep"]),
    max_pause=st.floats(0.1, 10),
    pad_before=st.floats(0, 1),
    pad_after=st.floats(0, 1),
)
SCRIPTS = st.none() | st.sampled_from([" ", "The old bridge stands. We start.", "😀", "It costs $5, e.g. now"])


def planned(listening: Listening, script: str | None, options: Options, grid: Grid) -> Plan | None:
    try:
        return make_plan(listening, script, options, grid)
    except NothingToKeep:
        return None


@settings(deadline=None, max_examples=150)
@given(listenings(), SCRIPTS, OPTIONS, st.sampled_from(RATES), st.integers(1, 2000))
def test_plan_covers_the_source_on_the_grid(
    listening: Listening, script: str | None, options: Options, rate: str, length: int
) -> None:
    grid = Grid(Fraction(rate), length)
    plan = planned(listening, script, options, grid)
    assert planned(listening, script, options, grid) == plan  # the same input, the same plan
    if plan is None:
        return
    spans = sorted([*plan.segments, *plan.dropped], key=lambda span: span.start)
    assert [span.start for span in spans] == [0, *(span.end for span in spans[:-1])]
    assert spans[-1].end == length == plan.length
    assert list(plan.segments) == sorted(plan.segments, key=lambda segment: segment.start)
    assert all(0 <= word.start <= word.end <= grid.duration for word in plan.words)
    assert all(any(s.start <= o.start < o.end <= s.end for s in plan.segments) for o in plan.suggestions)
    kept = " ".join(word.text for word in sorted(plan.words, key=lambda word: word.start + word.end) if word.kept)
    assert kept_text(plan).split() == kept.split()


@settings(deadline=None, max_examples=50)
@given(listenings())
def test_keeping_everything_loses_no_speech(listening: Listening) -> None:
    options = Options(retakes="keep", fillers="keep", off_script="keep")
    listening = replace(listening, offset=0.0)
    grid = Grid.of_sound(listening.duration)
    plan = planned(listening, None, options, grid)
    long = [island for island in listening.islands if island.duration > 0.12]
    assert plan is not None or not long
    for island in long if plan else ():
        start, end = grid.frame(island.start), grid.frame(island.end)
        assert any(segment.start <= start and end <= segment.end for segment in plan.segments)  # type: ignore[union-attr]


@pytest.mark.parametrize("islands", [(), ("um",), ("um", "uh")])
def test_nothing_to_keep_is_an_error(islands: tuple[str, ...]) -> None:
    with pytest.raises(NothingToKeep):
        cut(talk(*islands) if islands else Listening(5.0, ()))


def test_speech_outside_of_the_picture_is_nothing_to_keep() -> None:
    with pytest.raises(NothingToKeep):
        make_plan(replace(talk("hello there"), offset=-60.0), None, Options(), Grid(Fraction(25), 100))


def test_speech_before_the_picture_is_left_out_with_a_warning() -> None:
    listening = replace(talk("hello there friends", "we start now"), offset=-2.2)
    plan = make_plan(listening, None, Options(), Grid(Fraction(25), 50))
    assert kept_text(plan) == "we start now"
    assert codes(plan) == {"sound_outside_picture"}
    assert [word.text for word in plan.words] == ["we", "start", "now"]


@pytest.mark.parametrize(("offset", "warned"), [(-0.9, False), (-1.1, True), (0.9, False), (1.1, True)])
def test_second_of_sound_without_picture_is_warned_of(offset: float, warned: bool) -> None:
    listening = talk("the old bridge stands", "we start now")
    plan = make_plan(
        replace(listening, offset=offset), None, Options(), Grid(Fraction(25), round(listening.duration * 25))
    )
    assert ("sound_outside_picture" in codes(plan)) is warned


def test_sound_that_starts_late_is_in_its_place() -> None:
    listening = talk("the old bridge stands")
    grid = Grid(Fraction(25), 500)
    early, late = (make_plan(replace(listening, offset=offset), None, Options(), grid) for offset in (0.0, 5.0))
    assert late.segments[0].start - early.segments[0].start == 125
    assert late.words[0].start - early.words[0].start == pytest.approx(5)


def test_progress_tells_stages_in_order() -> None:
    heard: list[tuple[str, float]] = []
    listening = talk("the old bridge stands", "we start now")
    make_plan(listening, "The old bridge stands.", Options(), video(listening), lambda *step: heard.append(step))
    assert [stage for stage, _ in heard] == sorted(stage for stage, _ in heard)
    assert {stage for stage, _ in heard} == {"matching", "planning"}
    assert heard[-1] == ("planning", 1.0)
    assert all(0 <= share <= 1 for _, share in heard)


@pytest.mark.parametrize("stage", ["matching", "planning"])
def test_progress_that_raises_stops_the_plan(stage: str) -> None:
    class Stop(Exception):
        pass

    def stop(at: str, share: float) -> None:
        if at == stage:
            raise Stop

    with pytest.raises(Stop):
        make_plan(talk("hello there"), "Hello there.", Options(), Grid.of_sound(3), stop)


@pytest.mark.parametrize("wrong", [{"max_pause": 0.05}, {"max_pause": 11}, {"pad_before": -0.1}, {"pad_after": 1.1}])
def test_option_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="second"):
        Options(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("islands", "words"),
    [
        ((Island(1, 1),), ()),
        ((Island(1, 3), Island(2, 4)), ()),
        ((Island(1, 2),), (HeardWord("a", 1, 2, 1),)),
        ((Island(1, 2), Island(3, 4)), (HeardWord("a", 3, 4, 1), HeardWord("b", 1, 2, 0))),
    ],
)
def test_listening_that_cannot_be_is_refused(islands: tuple[Island, ...], words: tuple[HeardWord, ...]) -> None:
    with pytest.raises(ValueError, match="island"):
        Listening(9.0, islands, words)
