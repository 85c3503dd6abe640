"""Names of assets: what is accepted, what a file's own name becomes, and how names are compared."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.domain.asset_name import folded, name_of_file, parse_name

ANY = st.text(st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("Take 1.mov", "Take 1.mov"),
        (" a\tb\nc.mov ", "a_b_c.mov"),
        ("a\\b/c.mov", "a_b_c.mov"),
        (os.fsdecode(b"caf\xe9.mov"), "caf_.mov"),
        ("\u202egpj.\u2066exe\u2069.mp4", "_gpj._exe_.mp4"),
        ("\u200f\u061cx\u200e", "\u200f\u061cx\u200e"),
        ("x" * 300, "x" * 255),
        ("x" * 254 + " y", "x" * 254),
        ("\x01", "_"),
        ("", None),
        (" \n", None),
    ],
)
def test_name_of_file(file_name: str, name: str | None) -> None:
    assert name_of_file(file_name) == name


@given(ANY)
def test_name_of_any_file_valid(file_name: str) -> None:
    name = name_of_file(file_name)
    assert name is None or parse_name(name) == name
    with suppress(ValueError):
        assert name == parse_name(file_name)


@pytest.mark.parametrize(
    ("name", "part"),
    [("Übung.mov", "übung"), ("STRASSE", "straße"), ("U\u0308bung", "Übung"), ("ΣΟΦΟΣ", "σοφος"), ("İstanbul", "i")],
)
def test_folded_names_match(name: str, part: str) -> None:
    assert folded(part) in folded(name)
    assert folded(name) == folded(folded(name))


@pytest.mark.parametrize(("name", "part"), [("Übung", "ub"), ("take 10", "take1"), ("a_b", "a%b")])
def test_folded_names_differ(name: str, part: str) -> None:
    assert folded(part) not in folded(name)
