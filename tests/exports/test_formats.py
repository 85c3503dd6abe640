from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roughy_box.domain.cut import AUDIO_GRID, Plan, Segment
from roughy_box.domain.errors import BoxError
from roughy_box.exports import formats, subtitles
from roughy_box.exports.source import AudioTrack
from tests.exports.plans import NTSC, export, plan, source

DISABLING = {"fcpxml", "fcp7xml", "otio", "mlt"}
GUIDE = Path(__file__).parents[2] / "docs" / "editors.md"
EMPTY = {"json", "csv", "llc", "audacity"}


def field_of(refused: pytest.ExceptionInfo[BoxError]) -> str:
    assert refused.value.status == 422
    return refused.value.fields[0].field


def test_formats_are_those_of_the_contract() -> None:
    names = ["json", "fcpxml", "fcp7xml", "edl", "otio", "mlt", "csv", "llc", "audacity", "ffconcat"]
    assert list(formats.FORMATS) == names


@pytest.mark.parametrize("name", [*formats.FORMATS, *subtitles.CAPTIONS])
def test_every_format_is_in_the_guide_for_editors(name: str) -> None:
    assert f"`{name}`" in GUIDE.read_text() or f"format={name}" in GUIDE.read_text()


def test_extensions_are_those_that_editors_look_for() -> None:
    extensions = [made.extension for made in formats.FORMATS.values()]
    assert extensions == ["json", "fcpxml", "xml", "edl", "otio", "mlt", "csv", "llc", "txt", "ffconcat"]


@pytest.mark.parametrize("name", ["", "xml", "JSON", "aaf"])
def test_unknown_format_is_refused(name: str) -> None:
    with pytest.raises(BoxError) as refused:
        formats.find(name)
    assert field_of(refused) == "query.format"


@pytest.mark.parametrize("dropped", ["kept", "yes", "ONLY"])
def test_unknown_value_of_dropped_is_refused(dropped: str) -> None:
    with pytest.raises(BoxError) as refused:
        formats.shown(dropped)
    assert field_of(refused) == "query.dropped"


def test_dropped_left_out_is_the_kept_spans() -> None:
    assert [formats.shown(value) for value in (None, "", "disabled", "only")] == ["kept", "kept", "disabled", "only"]


@pytest.mark.parametrize("name", formats.FORMATS)
def test_only_some_formats_switch_clips_off(name: str) -> None:
    of = export(plan(NTSC, [5, 5, 5]), "disabled")
    if name in DISABLING:
        assert formats.write(name, of)
        return
    with pytest.raises(BoxError) as refused:
        formats.write(name, of)
    assert field_of(refused) == "query.dropped"


@pytest.mark.parametrize("name", formats.FORMATS)
def test_nothing_dropped_is_an_empty_list_or_refused(name: str) -> None:
    of = export(plan(NTSC, [5]), "only")
    if name in EMPTY:
        formats.write(name, of)
        return
    with pytest.raises(BoxError) as refused:
        formats.write(name, of)
    assert field_of(refused) == "query.dropped"


@pytest.mark.parametrize("name", formats.FORMATS)
def test_same_export_twice_is_the_same_file(name: str) -> None:
    of = export(plan(NTSC, [5, 5, 5]))
    assert formats.write(name, of) == formats.write(name, of)


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text(st.characters(exclude_characters="/\\")))
def test_any_text_makes_a_file_that_can_be_read(said: str, name: str) -> None:
    of = export(Plan(NTSC, 9, (Segment(0, 9, said),)), path=f"/f/{name}.mov", name=said)
    for format_, made in formats.FORMATS.items():
        written = formats.write(format_, of)
        written.decode()
        if made.content_type == "application/xml":
            ET.fromstring(written)


def test_plan_of_another_source_is_refused() -> None:
    of = export(plan(NTSC, [5]))
    with pytest.raises(ValueError, match="another grid"):
        replace(of, plan=plan(Fraction(25), [5]))


@pytest.mark.parametrize(
    "changes",
    [{"picture": None, "tracks": ()}, {"default_track": 1}, {"default_track": -1}, {"offset": Fraction(-1)}],
)
def test_source_that_no_file_can_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        source(plan(NTSC, [5]), **changes)


def test_silent_source_has_no_track() -> None:
    assert source(plan(NTSC, [5]), tracks=()).track is None
    assert source(plan(AUDIO_GRID, [5])).track == AudioTrack(2, 48000)


@pytest.mark.parametrize(
    ("name", "channels", "path"),
    [("otio", 2, "/" + "😀" * 4000), ("fcp7xml", 64, "/a"), ("edl", 2, "x" * 16_000)],
)
def test_file_that_would_fill_the_memory_is_refused(name: str, channels: int, path: str) -> None:
    of = export(plan(NTSC, [1] * 20_000), path=path, tracks=(AudioTrack(channels, 48000),))
    with pytest.raises(BoxError) as refused:
        formats.write(name, of)
    assert field_of(refused) == "query.format"


def test_file_of_many_edits_and_channels_is_written() -> None:
    of = export(plan(NTSC, [1] * 600), tracks=(AudioTrack(8, 48000),))
    assert formats.write("fcp7xml", of).count(b"<clipitem ") == 9 * 300
