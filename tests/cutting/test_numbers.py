"""Numbers and figures as they are said."""

from __future__ import annotations

import pytest

from roughy_box.cutting.text.abbreviations import abbreviations
from roughy_box.cutting.text.figures import figures
from roughy_box.cutting.text.numbers import cardinal, integer, ordinal, year


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (105, "one hundred five"),
        (1_000_021, "one million twenty one"),
        (999_999_999_999_999, "nine hundred ninety nine trillion " + " ".join(
            f"nine hundred ninety nine {scale}".strip() for scale in ("billion", "million", "thousand", "")
        )),
    ],
)  # fmt: skip
def test_cardinal_number_is_said(number: int, words: str) -> None:
    assert " ".join(cardinal(number)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (12, "twelfth"), (20, "twentieth"), (21, "twenty first"), (104, "one hundred fourth")],
)
def test_ordinal_number_is_said(number: int, words: str) -> None:
    assert " ".join(ordinal(number)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1905, "nineteen oh five"),
        (1900, "nineteen hundred"),
        (2009, "two thousand nine"),
        (2024, "twenty twenty four"),
        (1000, "one thousand"),
    ],
)
def test_year_is_said_in_pairs(number: int, words: str) -> None:
    assert " ".join(year(number)) == words


def test_long_number_is_read_digit_by_digit() -> None:
    assert integer("1" * 16) == ["one"] * 16
    assert integer("007") == ["zero", "zero", "seven"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$5", "five dollars"),
        ("$1", "one dollar"),
        ("£1.01", "one pound one penny"),
        ("$1,250.50", "one thousand two hundred fifty dollars fifty cents"),
        ("€3 million", "three million euros"),
        ("20 €", "twenty euros"),
        ("25%", "twenty five percent"),
        ("3.05", "three point zero five"),
        ("10:30", "ten thirty"),
        ("9:05", "nine oh five"),
        ("2024-05-03", "may third twenty twenty four"),
        ("May 3", "may third"),
        ("Sept. 21st", "september twenty first"),
        ("21st", "twenty first"),
        ("1990s", "nineteen nineties"),
        ("90s", "nineties"),
        ("1/2", "one half"),
        ("¾", "three quarters"),
        ("5 km", "five kilometers"),
        ("20°C", "twenty degrees celsius"),
        ("10-20", "ten to twenty"),
        ("#7", "number seven"),
        ("1999", "nineteen ninety nine"),
        ("100,000", "one hundred thousand"),
        ("&", "and"),
    ],
)
def test_figure_is_said(written: str, said: str) -> None:
    assert [" ".join(figure.words) for figure in figures(f"so {written}, then")] == [said]


def test_figure_knows_where_it_was_written() -> None:
    (figure,) = figures("about $5 more")
    assert "about $5 more"[figure.start : figure.end] == "$5"


@pytest.mark.parametrize("word", ["mp3", "B2B", "x86"])
def test_figure_inside_a_word_belongs_to_the_word(word: str) -> None:
    assert list(figures(word)) == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Mr. Ames", "mister"),
        ("Dr. Ames", "doctor"),
        ("St. Ives", "saint"),
        ("Main St. is", "street"),
        ("e.g. now", "for example"),
        ("the U.S.A. now", "usa"),
        ("No. 5", "number"),
    ],
)
def test_abbreviation_is_said(written: str, said: str) -> None:
    assert " ".join(next(abbreviations(written)).words) == said
