from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.domain.errors import BoxError
from roughy_box.exports.names import attachment, file_name, sequence_name, title


@pytest.mark.parametrize(
    ("project", "asset", "expected"),
    [
        ("Spring", "Interview 1.mov", "Spring - Interview 1"),
        ("Spring", "v1.2 final.mov", "Spring - v1.2 final"),
        ("Spring", "TAKE.MOV", "Spring - TAKE"),
        ("Spring", "Dr. Who", "Spring - Dr. Who"),
        ("Spring", ".mov", "Spring - 0193"),
        ("Spring", None, "Spring - 0193"),
        ("Spring", "...", "Spring - 0193"),
        ("", "a.mov", "a"),
    ],
)
def test_title_is_that_of_project_and_asset(project: str, asset: str | None, expected: str) -> None:
    assert title(project, asset, "0193", "mov") == expected


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("Spring - Interview 1", "Spring - Interview 1.edl"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j.edl"),
        ("Übung", "Übung.edl"),
        ("  dots. . ", "dots.edl"),
        ("con", "_con.edl"),
        ("COM1.x", "_COM1.x.edl"),
        ("...", "_.edl"),
        ("", "_.edl"),
        ("a\r\nb", "a b.edl"),
        ("\u202egpj.exe", "_gpj.exe.edl"),
    ],
)
def test_file_name_suits_every_system(stem: str, expected: str) -> None:
    assert file_name(stem, "edl") == expected


@pytest.mark.parametrize("letter", ["x", "ü", "日"])
def test_file_name_of_a_long_stem_is_cut_at_a_letter(letter: str) -> None:
    name = file_name(letter * 300, "edl").removesuffix(".edl")
    assert 157 < len(name.encode()) <= 160
    assert set(name) == {letter}


@given(st.text())
def test_any_file_name_is_short_and_has_no_reserved_sign(stem: str) -> None:
    name = file_name(stem, "fcpxml")
    assert len(name.encode()) <= 170
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', name)
    assert name[0] not in " ."


@given(st.text())
def test_attachment_of_any_name_is_one_ascii_header(stem: str) -> None:
    name = file_name(stem, "srt")
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    whole = re.search(r"filename\*=UTF-8''(\S+)$", header)
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    assert name == (unquote(whole[1]) if whole else message.get_filename())


def test_attachment_of_umlauts_has_a_plain_name_for_old_clients() -> None:
    assert attachment("Übung 1.edl") == "attachment; filename=\"Ubung 1.edl\"; filename*=UTF-8''%C3%9Cbung%201.edl"


def test_attachment_without_latin_letters_stays_visible() -> None:
    assert attachment("日本.edl").startswith('attachment; filename="export.edl"; filename*=')


@pytest.mark.parametrize("name", [None, "", "  "])
def test_sequence_without_a_name_has_the_default(name: str | None) -> None:
    assert sequence_name(name, "Spring - Interview") == "Spring - Interview"


def test_sequence_name_is_kept_as_it_is() -> None:
    assert sequence_name("Tag 1 & <Übung>", "x") == "Tag 1 & <Übung>"


@pytest.mark.parametrize("name", ["a\nb", "a\0", "a\x7fb", "a\u2028b", "x" * 256])
def test_sequence_name_that_no_file_can_hold_is_refused(name: str) -> None:
    with pytest.raises(BoxError) as refused:
        sequence_name(name, "x")
    assert refused.value.fields[0].field == "query.name"
