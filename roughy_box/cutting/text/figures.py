"""English figures and signs as the words that are said: amounts, dates, times, years, units, per cent.

One table of patterns; at each place the first that fits wins. Other languages keep their figures as
written, in the script and in the recognizer's words alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from roughy_box.cutting.text.numbers import cardinal, integer, number, ordinal, plural, year

Reader = Callable[[re.Match[str]], list[str]]

_INTEGER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_NUMBER = rf"{_INTEGER}(?:\.[0-9]+)?"
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "(?:" + "|".join((*_MONTHS, *(rf"{name[:3]}\." for name in _MONTHS), r"sept\.")) + ")"
_CURRENCIES = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", "sen")}
_UNITS = {
    "km": "kilometers",
    "cm": "centimeters",
    "mm": "millimeters",
    "kg": "kilograms",
    "mg": "milligrams",
    "ml": "milliliters",
    "mph": "miles per hour",
    "ft": "feet",
    "lbs": "pounds",
    "gb": "gigabytes",
    "mb": "megabytes",
    "hz": "hertz",
    "khz": "kilohertz",
    "°c": "degrees celsius",
    "°f": "degrees fahrenheit",
    "°": "degrees",
}
_PARTS = {"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters"}
_GLYPHS = {"½": "one half", "⅓": "one third", "⅔": "two thirds", "¼": "one quarter", "¾": "three quarters"}
_SIGNS = {"&": "and", "%": "percent", "@": "at", "+": "plus", "=": "equals"}


class Figure(NamedTuple):
    """The words of a figure, and the half-open range of characters it was written as."""

    words: list[str]
    start: int
    end: int


def _money(match: re.Match[str]) -> list[str]:
    one, hundredth = _CURRENCIES[match[1] or match[5]]
    whole, cents, scale = match[2] or match[4], match[3], match[6]
    if scale:
        return [*number(whole), scale.lower(), plural([one])[0]]
    units, _, rest = (whole + (cents or "")).partition(".")
    said = [*integer(units), one if units == "1" else _several(one)]
    if rest:
        said += [*cardinal(int(rest[:2])), hundredth if rest == "01" else _several(hundredth)]
    return said


def _several(unit: str) -> str:
    return {"penny": "pence", "yen": "yen", "sen": "sen"}.get(unit, unit + "s")


def _time(match: re.Match[str]) -> list[str]:
    hour, minute = int(match[1]), int(match[2])
    if minute == 0:
        return cardinal(hour)
    return [*cardinal(hour), *(["oh"] if minute < 10 else []), *cardinal(minute)]


def _iso_date(match: re.Match[str]) -> list[str]:
    return [_MONTHS[int(match[2]) - 1], *ordinal(int(match[3])), *year(int(match[1]))]


def _month_day(match: re.Match[str]) -> list[str]:
    month = next(name for name in _MONTHS if name.startswith(match[1].lower()[:3]))
    return [month, *ordinal(int(match[2]))]


def _range(match: re.Match[str]) -> list[str]:
    return [*_plain(match[1]), "to", *_plain(match[2])]


def _plain(text: str) -> list[str]:
    """Return an integer as it is read: four digits from 1100 to 2099 are a year."""
    is_year = len(text) == 4 and text.isdecimal() and 1100 <= int(text) < 2100
    return year(int(text)) if is_year else number(text)


_ABOVE = r"(?: ?(thousand|million|billion|trillion)\b)?"
_TABLE: tuple[tuple[str, Reader], ...] = (
    (r"([12][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?![0-9])", _iso_date),
    (rf"({_MONTH}) (0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?(?![0-9]|[:.,][0-9])", _month_day),
    (rf"(?:([$€£¥]) ?({_INTEGER})(\.[0-9]+)?|({_NUMBER}) ?([€£]))" + _ABOVE, _money),
    (r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?![0-9:])", _time),
    (r"([0-9]+)(?:st|nd|rd|th)\b", lambda match: ordinal(int(match[1][:15]))),
    (r"([12][0-9]{2}0)'?s\b", lambda match: plural(year(int(match[1])))),
    (r"([2-9]0)'?s\b", lambda match: plural(cardinal(int(match[1])))),
    (r"[1-3]/[2-4](?![0-9/])", lambda match: _PARTS.get(match[0], " ".join(_plain(match[0][0]))).split()),
    (rf"({_NUMBER}) ?%", lambda match: [*number(match[1]), "percent"]),
    (rf"({_NUMBER}) ?({'|'.join(_UNITS)})(?![a-z])", lambda match: [*number(match[1]), *_unit(match[2])]),
    (rf"({_INTEGER}) ?[–—-] ?({_INTEGER})(?![-–0-9])", _range),
    (rf"# ?({_INTEGER})", lambda match: ["number", *integer(match[1])]),
    (r"([0-9]{4})(?![0-9]|[.,][0-9])", lambda match: _plain(match[1])),
    (rf"({_NUMBER})", lambda match: number(match[1])),
    (r"[½⅓⅔¼¾]", lambda match: _GLYPHS[match[0]].split()),
    (r"[&%@+=]", lambda match: [_SIGNS[match[0]]]),
)


def _unit(text: str) -> list[str]:
    return _UNITS[text.lower()].split()


# A figure inside a word (mp3, B2B) belongs to the word.
_START = r"(?<![0-9a-z])(?<![0-9][.,])"
_READERS = tuple((re.compile(_START + pattern, re.IGNORECASE), reader) for pattern, reader in _TABLE)
_HINT = re.compile(rf"[0-9$€£¥½⅓⅔¼¾&%@+=#]|\b{_MONTH} [0-9]", re.IGNORECASE)


def figures(text: str) -> Iterator[Figure]:
    """Yield the figures of ``text`` in order, without overlaps."""
    reached = 0
    while hint := _HINT.search(text, reached):
        matches = ((pattern.match(text, hint.start()), reader) for pattern, reader in _READERS)
        match, reader = next(((match, reader) for match, reader in matches if match), (None, None))
        reached = hint.start() + 1
        if match and reader:
            yield Figure(reader(match), match.start(), match.end())
            reached = match.end()
