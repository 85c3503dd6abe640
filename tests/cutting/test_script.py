"""Scripts as words to be read, with their own text for captions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.cutting.text.script import Script, read_script
from roughy_box.cutting.text.tokens import fold, tokens


def words(source: str, language: str | None = "en", *, optional: bool = False) -> str:
    return " ".join(word.text for word in read_script(source, language).words if word.optional is optional)


@pytest.mark.parametrize(
    ("source", "spoken"),
    [
        ("Hello, World!", "hello world"),
        ("“It’s” a well-known fact…", "its a well known fact"),
        ("ANNA: Good morning.", "good morning"),
        ("Bob: hi.\nEve: hello.\nBob: bye.", "hi eve hello bye"),
        ("[door slams] Come in.", "come in"),
        ("- one thing\n* another\n2. third", "one thing another third"),
        ("**Bold** and _soft_ `code`", "bold and soft code"),
        ("See [our site](https://example.com/a) now", "see our site now"),
        ("Go to https://example.com/x now", "go to now"),
        ("<b>Hello</b> <!-- later --> there", "hello there"),
        ("00:01:02,500 --> 00:01:04,000\nHello", "hello"),
        ("Note: this is read.", "note this is read"),
        ("On May 3, 2024 we paid $5.", "on may third twenty twenty four we paid five dollars"),
        ("我是中国人。", "我 是 中 国 人"),
        ("नमस्ते दुनिया", fold("नमस्ते") + " " + fold("दुनिया")),
        ("שלום עולם", "שלום עולם"),
        ("😀 👩‍💻", ""),
    ],
)
def test_script_is_read_as_it_is_spoken(source: str, spoken: str) -> None:
    assert words(source) == spoken


def test_heading_and_parentheses_may_be_left_out() -> None:
    source = "# The plan\nWe start now (if all goes well)."
    assert words(source) == "we start now"
    assert words(source, optional=True) == "the plan if all goes well"


@pytest.mark.parametrize("source", ["# Only a heading", "[only a direction]", "(only a remark)"])
def test_script_of_unspoken_parts_alone_is_read(source: str) -> None:
    assert words(source).startswith(("only", "a"))


@pytest.mark.parametrize(
    ("language", "spoken"), [("es", "25 casas"), ("fr-CA", "25 casas"), (None, "twenty five casas")]
)
def test_figures_of_other_languages_stay(language: str | None, spoken: str) -> None:
    assert words("25 casas", language) == spoken


def test_own_text_has_case_and_punctuation() -> None:
    script = read_script('He said: "A well-known $1,250 (net), Dr. Ames!"\nBye.', "en")
    texts = [word.text for word in script.words]
    assert script.own_text(0, len(texts) - 1) == 'He said: "A well-known $1,250 (net), Dr. Ames!" Bye.'
    first = texts.index("well")
    assert script.own_text(first, first + 1) == "well-known"
    assert script.own_text(texts.index("one"), texts.index("one")) == "$1,250"


def test_own_text_of_a_long_stretch_is_quoted_short() -> None:
    script = read_script("word " * 200, "en")
    assert len(script.quote(0, 199)) < 70
    assert script.quote(0, 3) == "word word word word"


def test_clause_ends_at_punctuation_and_lines() -> None:
    script = read_script("One two, three\nfour (five) six", "en")
    assert [word.text for word in script.words if word.ends_clause] == ["two", "three", "six"]


@given(st.text(max_size=300))
def test_words_lie_in_the_script_in_order(source: str) -> None:
    script: Script = read_script(source, "en")
    places = [(word.start, word.end) for word in script.words]
    assert all(0 <= start < end <= len(source) for start, end in places)
    assert places == sorted(places, key=lambda place: place[1])
    assert all(word.text == fold(word.text) and word.text for word in script.words)


@given(st.text(max_size=200))
def test_tokens_never_overlap(text: str) -> None:
    reached = 0
    for token in tokens(text):
        assert reached <= token.start < token.end
        reached = token.end


@pytest.mark.parametrize(
    ("word", "folded"), [("É", "e"), ("𝕊traße", "strasse"), ("ＡＢＣ", "abc"), ("don’t", "dont"), ("Ω", "ω")]
)
def test_word_folds_to_plain_letters(word: str, folded: str) -> None:
    assert fold(word) == folded == fold(folded)
