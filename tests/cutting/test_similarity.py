"""How alike words are: against the plain table of Wagner and Fischer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.cutting.text.phones import phones
from roughy_box.cutting.text.similarity import Similarities

WORDS = st.text(alphabet="abcdé我", min_size=1, max_size=32)


def distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for number, sign in enumerate(one, start=1):
        before, row[0] = row[0], number
        for column, against in enumerate(other, start=1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (sign != against))
    return row[-1]


def plain(one: str, other: str) -> float:
    letters = 1 - distance(one, other) / max(len(one), len(other))
    sounds = 1 - distance(phones(one), phones(other)) / max(len(phones(one)), len(phones(other)))
    return max(letters, sounds)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=12))
def test_row_equals_plain_edit_distance(word: str, vocabulary: list[str]) -> None:
    expected = [plain(word, other) for other in vocabulary]
    assert Similarities(vocabulary).row(word) == pytest.approx(expected, abs=0.003)


def test_words_longer_than_a_bit_set_compare_by_their_beginning() -> None:
    row = Similarities(["a" * 40, "b" * 40]).row("a" * 50)
    assert row[0] == 1
    assert row[1] == 0


@pytest.mark.parametrize(
    ("one", "other"), [("write", "right"), ("knight", "night"), ("phone", "fone"), ("quick", "kwik")]
)
def test_words_that_sound_alike_are_alike(one: str, other: str) -> None:
    assert plain(one, other) > 1 - distance(one, other) / max(len(one), len(other))


def test_phones_of_other_alphabets_are_the_word() -> None:
    assert phones("שלום") == "שלום"
    assert phones("e") == "e"


def test_rows_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roughy_box.cutting.text.similarity._CACHE_BYTES", 6)
    similarities = Similarities(["one", "two", "three"])
    rows = {word: similarities.row(word) for word in ("one", "two", "three", "four")}
    assert all(np.array_equal(similarities.row(word), row) for word, row in rows.items())
    assert len(similarities._rows) <= 2
