"""A language model of a script, as an ARPA file: trigrams, mixed with common words and fillers.

The counts of the script are discounted by a constant and given on to the shorter history (Ney, Essen, Kneser 1994);
every history leaves the same share to words that are not in the script, so that asides are heard as such.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

BEGIN, END = "<s>", "</s>"
COMMON_SHARE, FILLER_SHARE = 0.25, 0.04
_DISCOUNT = 0.25
_NEVER = -99.0  # log10 of what does not happen
_ORDER = 3

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mixture:
    """What is said besides the script: shares that add up to one, by word."""

    others: Mapping[str, float]
    share: float = COMMON_SHARE + FILLER_SHARE


def mixture(common: Mapping[str, float], fillers: Sequence[str]) -> Mixture:
    """Return the mixture of common words, by their probability, and fillers, which are all as likely."""
    share = COMMON_SHARE + FILLER_SHARE
    total = sum(common.values())
    others: dict[str, float] = defaultdict(float)
    for word, probability in common.items():
        others[word] += COMMON_SHARE / share * probability / total
    for word in fillers:
        others[word] += FILLER_SHARE / share / len(fillers)
    return Mixture(dict(others), share)


def arpa(clauses: Iterable[Sequence[str]], mixed: Mixture) -> str:
    """Return the model of a script that is read as ``clauses``; speech may begin and end with each of them."""
    tables = _tables(_counts(clauses), mixed)
    lines = ["\\data\\", *(f"ngram {order}={len(table)}" for order, table in enumerate(tables, start=1))]
    for order, table in enumerate(tables, start=1):
        lines += ["", f"\\{order}-grams:", *_entries(table, tables[order] if order < _ORDER else {})]
    return "\n".join([*lines, "", "\\end\\", ""])


def _counts(clauses: Iterable[Sequence[str]]) -> list[Counter[Gram]]:
    """Return how often the script has each gram, from one word to three.

    Clauses are counted as they follow each other, and each once more as the begin and the end of speech.
    """
    counts: list[Counter[Gram]] = [Counter() for _ in range(_ORDER)]
    before: list[str] = []
    for clause in clauses:
        running = [*before, *clause]
        for order in range(1, _ORDER + 1):
            first = max(0, len(before) - order + 1)
            counts[order - 1].update(tuple(running[at : at + order]) for at in range(first, len(running) - order + 1))
        for order in range(2, _ORDER + 1):
            if len(clause) >= order - 1:
                counts[order - 1].update([(BEGIN, *clause[: order - 1]), (*clause[1 - order :], END)])
        counts[0][(END,)] += 1
        before = running[1 - _ORDER :]
    return counts


def _tables(counts: Sequence[Counter[Gram]], mixed: Mixture) -> list[dict[Gram, float]]:
    """Return the probability of each gram that is written down."""
    total = sum(counts[0].values())
    ours = 1 - mixed.share
    words = {word for (word,) in counts[0]} | mixed.others.keys()
    first: dict[Gram, float] = {
        (word,): ours * counts[0][(word,)] / max(1, total) + mixed.share * mixed.others.get(word, 0.0)
        for word in sorted(words)
    }
    scale = sum(first.values())
    tables: list[dict[Gram, float]] = [{gram: probability / scale for gram, probability in first.items()}]
    for order in range(2, _ORDER + 1):
        tables.append(_longer(counts[order - 1], tables[-1], mixed))
    tables[0][(BEGIN,)] = 0.0
    return tables


def _longer(counts: Counter[Gram], shorter: Mapping[Gram, float], mixed: Mixture) -> dict[Gram, float]:
    totals: Counter[Gram] = Counter()
    kinds: Counter[Gram] = Counter()
    for gram, count in counts.items():
        totals[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    ours, found = 1 - mixed.share, {}
    for gram in sorted(counts):
        history = gram[:-1]
        seen = (counts[gram] - _DISCOUNT) / totals[history]
        given_on = _DISCOUNT * kinds[history] / totals[history] * shorter.get(gram[1:], 0.0)
        found[gram] = ours * (seen + given_on) + mixed.share * mixed.others.get(gram[-1], 0.0)
    return found


def _entries(table: Mapping[Gram, float], longer: Mapping[Gram, float]) -> Iterator[str]:
    """Yield the lines of one order: probability, words, weight of the shorter history."""
    written: dict[Gram, float] = defaultdict(float)
    covered: dict[Gram, float] = defaultdict(float)
    for gram, probability in longer.items():
        written[gram[:-1]] += probability
        covered[gram[:-1]] += table.get(gram[1:], 0.0)
    for gram, probability in sorted(table.items()):
        line = f"{math.log10(probability) if probability > 0 else _NEVER:.4f}\t{' '.join(gram)}"
        if longer:
            line += f"\t{_weight(written[gram], covered[gram]):.4f}"
        yield line


def _weight(written: float, covered: float) -> float:
    """Return log10 of what a history leaves to words that do not follow it in the script."""
    left, open_ = 1 - written, 1 - covered
    return math.log10(left / open_) if left > 1e-9 and open_ > 1e-9 else 0.0 if written == 0 else _NEVER
