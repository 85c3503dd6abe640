"""Pronunciations of words: from the dictionary, derived, spelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from roughy_box.speech.sphinx.dictionary import Dictionary
from roughy_box.speech.sphinx.spelling import sounds

ENTRIES = """\
don't D OW N T
were W ER
we're W IY R
record R AH K AO R D
record(2) R EH K ER D
web W EH B
hook HH UH K
stop S T AA P
bake B EY K
watch W AA CH
"""


@pytest.fixture
def dictionary(tmp_path: Path) -> Dictionary:
    path = tmp_path / "words.dict"
    path.write_text(ENTRIES)
    return Dictionary(path)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("record", ["R AH K AO R D", "R EH K ER D"]),
        ("dont", ["D OW N T"]),
        ("hooks", ["HH UH K S"]),
        ("watches", ["W AA CH IH Z"]),
        ("watched", ["W AA CH T"]),
        ("stopping", ["S T AA P IH NG"]),
        ("baker", ["B EY K ER"]),
        ("webhook", ["W EH B HH UH K"]),
        ("bbc", ["B IY B IY S IY"]),
        ("mp3", ["EH M P IY TH R IY"]),
        ("слово", []),
        ("日", []),
    ],
)
def test_pronunciations(dictionary, word, expected):
    assert dictionary.pronunciations(word) == expected


def test_written_apostrophe_restored(dictionary):
    assert dictionary.written("dont") == "don't"


def test_written_word_of_its_own_kept(dictionary):
    assert (dictionary.written("were"), dictionary.pronunciations("were")) == ("were", ["W ER", "W IY R"])


@pytest.mark.parametrize(
    ("word", "expected"),
    [("nation", "N AE SH AH N"), ("light", "L AY T"), ("phone", "F OW N"), ("queen", "K W IY N"), ("x", "EH K S")],
)
def test_sounds(word, expected):
    assert sounds(word) == expected


@pytest.mark.parametrize("word", ["", "né", "a b", "a-b", "ß"])
def test_sounds_other_letters_none(word):
    assert sounds(word) is None
