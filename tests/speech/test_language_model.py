"""The language model of a script: a proper distribution, which prefers the script and allows for asides."""

from __future__ import annotations

import math

import pytest

from roughy_box.speech.sphinx.language_model import arpa, mixture

COMMON = {"the": 0.05, "a": 0.03, "sorry": 0.001, "dog": 0.002}
CLAUSES = [["the", "old", "dog", "sleeps"], ["the", "old", "cat", "runs"], ["yes"]]


def read(text: str) -> list[dict[tuple[str, ...], tuple[float, float]]]:
    """Return probability and weight of each gram, by order."""
    tables: list[dict[tuple[str, ...], tuple[float, float]]] = [{}, {}, {}]
    for line in text.splitlines():
        if line[:1] in "-0123456789" and "\t" in line:
            probability, words, *weight = line.split("\t")
            gram = tuple(words.split())
            tables[len(gram) - 1][gram] = 10 ** float(probability), 10 ** float(weight[0]) if weight else 1.0
    return tables


def probability(tables, *gram: str) -> float:
    """Return what the model gives a word after a history, as readers of the format compute it."""
    if gram in tables[len(gram) - 1]:
        return tables[len(gram) - 1][gram][0]
    return tables[len(gram) - 2].get(gram[:-1], (0, 1.0))[1] * probability(tables, *gram[1:])


@pytest.fixture
def tables():
    return read(arpa(CLAUSES, mixture(COMMON, ["uh", "um"])))


@pytest.mark.parametrize("history", [(), ("the",), ("old",), ("the", "old"), ("<s>", "the"), ("<s>",), ("sorry",)])
def test_model_probabilities_sum_to_one(tables, history):
    words = [gram[0] for gram in tables[0] if gram != ("<s>",)]
    assert math.isclose(sum(probability(tables, *history, word) for word in words), 1.0, abs_tol=0.002)


def test_model_script_word_likelier_than_aside(tables):
    assert probability(tables, "the", "old", "dog") > 20 * probability(tables, "the", "old", "sorry") > 0


def test_model_clause_may_begin_and_end(tables):
    assert probability(tables, "<s>", "yes") > 0.1
    assert probability(tables, "cat", "runs", "</s>") > 0.3


def test_model_counts_match_header():
    text = arpa(CLAUSES, mixture(COMMON, ["uh"]))
    for order, table in enumerate(read(text), start=1):
        assert f"ngram {order}={len(table)}\n" in text


def test_model_same_script_same_bytes():
    made = {arpa(CLAUSES, mixture(dict(order), ["uh", "um"])) for order in (COMMON.items(), reversed(COMMON.items()))}
    assert len(made) == 1


def test_model_without_script_words_loads():
    assert "ngram 3=0" in arpa([], mixture(COMMON, ["uh"]))
