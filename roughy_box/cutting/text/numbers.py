"""English numbers as the words that are said."""

from __future__ import annotations

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_BY_TEN = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL, _TENS = _BELOW_TWENTY.split(), _BY_TEN.split()
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_LONGEST = 15  # digits; a longer number is read digit by digit


def cardinal(number: int) -> list[str]:
    """Return the words of a number from 0 to 10**15 - 1: ``105`` is ``one hundred five``."""
    if number < 20:
        return [_SMALL[number]]
    if number < 100:
        return [_TENS[number // 10], *(cardinal(number % 10) if number % 10 else [])]
    scale, name = next(pair for pair in _SCALES if number >= pair[0])
    rest = number % scale
    return [*cardinal(number // scale), name, *(cardinal(rest) if rest else [])]


def ordinal(number: int) -> list[str]:
    """Return ``twenty first`` for 21."""
    *head, last = cardinal(number)
    if last in _ORDINALS:
        return [*head, _ORDINALS[last]]
    return [*head, last.removesuffix("y") + "ieth" if last.endswith("y") else last + "th"]


def year(number: int) -> list[str]:
    """Return a number of four digits as years are said: ``nineteen oh five``, ``two thousand nine``."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    if rest == 0:
        return [*cardinal(century), "hundred"]
    return [*cardinal(century), *(["oh"] if rest < 10 else []), *cardinal(rest)]


def plural(words: list[str]) -> list[str]:
    """Return the last word in the plural: ``nineteen nineties``."""
    *head, last = words
    return [*head, last.removesuffix("y") + "ies" if last.endswith("y") else last + "s"]


def digits(text: str) -> list[str]:
    """Return a word for each digit."""
    return [_SMALL[int(digit)] for digit in text]


def integer(text: str) -> list[str]:
    """Return the words of digits with or without thousands commas; codes are read digit by digit."""
    plain = text.replace(",", "")
    if len(plain) > _LONGEST or (len(plain) > 1 and plain.startswith("0")):
        return digits(plain)
    return cardinal(int(plain))


def number(text: str) -> list[str]:
    """Return the words of an integer or a decimal number."""
    whole, _, fraction = text.partition(".")
    return [*integer(whole), *(["point", *digits(fraction)] if fraction else [])]
