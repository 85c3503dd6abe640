"""Parsers of option values, from TOML or the environment, and formats to show them."""

from __future__ import annotations

import ipaddress
import math
import os
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
Text = TypeVar("Text", bound=str)
Number = TypeVar("Number", int, float)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Takes a value of TOML or the environment; raises ValueError with the rest of the sentence
# '<name> = <value> ...', which starts with a verb.
Parser = Callable[[object], T]

DAY = 86_400.0
MIB = 1024**2
SIZE_UNITS = {unit: 1024**power for power, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))}
_DECIMAL_UNITS = {unit: 1000**power for power, unit in enumerate(("", "KB", "MB", "GB", "TB"))}
_BYTES = {unit.lower(): count for unit, count in (SIZE_UNITS | _DECIMAL_UNITS).items()}
_SECONDS = {"d": DAY, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}

_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([kmgt]?i?b)?", re.IGNORECASE | re.ASCII)
_DURATION_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?) ?(ms|[dhms]) ?")


def parse_size(value: object) -> int:
    """Return the bytes of ``"50GiB"``, ``"10 MB"`` or a plain number. Errors: ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or (match[2] or "").lower() not in _BYTES:
        raise ValueError('is not a size; write e.g. "50GiB" or a number of bytes')
    return int(Decimal(match[1]) * _BYTES[(match[2] or "").lower()])


def parse_duration(value: object) -> float:
    """Return the seconds of ``"48h"``, ``"1h30m"``, ``"500ms"`` or a plain number. Errors: ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e15 else math.inf  # nan becomes inf, too
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", text, re.ASCII):
        return float(text)
    if not text or _DURATION_PART.sub("", text):
        raise ValueError('is not a duration; write e.g. "48h", "1h30m" or a number of seconds')
    return math.fsum(float(part[1]) * _SECONDS[part[2]] for part in _DURATION_PART.finditer(text))


def format_size(count: int) -> str:
    """Return a size in its largest unit, with at most one decimal: ``"1.5 GiB"``."""
    unit = max((unit for unit in SIZE_UNITS if SIZE_UNITS[unit] <= count), key=SIZE_UNITS.__getitem__, default="B")
    return f"{count / SIZE_UNITS[unit]:.1f}".removesuffix(".0") + f" {unit}"


def format_duration(seconds: float) -> str:
    """Return a duration that :func:`parse_duration` reads, to the millisecond: ``"1h30m"``."""
    left, parts = round(seconds * 1000), []
    for unit, length in _SECONDS.items():
        count, left = divmod(left, round(length * 1000))
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def within(parse: Parser[Number], low: Number, high: Number, show: Callable[[Number], str]) -> Parser[Number]:
    """Return a parser of numbers between two bounds, inclusive; ``show`` formats the bounds for the error."""

    def parser(value: object) -> Number:
        number = parse(value)
        if not low <= number <= high:
            raise ValueError(f"must be between {show(low)} and {show(high)}")
        return number

    return parser


def size(low: int, high: int) -> Parser[int]:
    """Return a parser of sizes between two bounds, in bytes."""
    return within(parse_size, low, high, format_size)


def duration(low: float = 0.001, high: float = 36_500 * DAY) -> Parser[float]:
    """Return a parser of durations between two bounds, in seconds."""
    return within(parse_duration, low, high, format_duration)


def parse_number(value: object) -> int:
    """Return a whole number, which the environment gives as text. Errors: ValueError."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,100}", value.strip(), re.ASCII):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is not a whole number")
    return value


def count(high: int) -> Parser[int]:
    """Return a parser of whole numbers from one to ``high``."""
    return within(parse_number, 1, high, str)


def parse_workers(value: object) -> int:
    """Return a number of workers; ``"cores"`` is one for each core. Errors: ValueError."""
    return min(os.cpu_count() or 1, 64) if value == "cores" else count(64)(value)


def matching(pattern: str, message: str, finish: Callable[[str], str] = str) -> Parser[str]:
    """Return a parser of text that matches a pattern in full, in either case; ``finish`` normalizes it."""

    def parser(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value.strip(), re.IGNORECASE | re.ASCII):
            raise ValueError(message)
        return finish(value.strip())

    return parser


def choice(*allowed: Text) -> Parser[Text]:
    """Return a parser of a fixed set of words."""

    def parser(value: object) -> Text:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parser


def list_of(parse: Parser[T]) -> Parser[tuple[T, ...]]:
    """Return a parser of lists, which the environment gives separated by commas."""

    def parser(value: object) -> tuple[T, ...]:
        items = [item for item in value.split(",") if item.strip()] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise ValueError("is not a list")
        return tuple(parse(item) for item in items)

    return parser


def parse_network(value: object) -> Network:
    """Return a range of IP addresses. Errors: ValueError."""
    try:
        return ipaddress.ip_network(parse_text(value), strict=False)
    except ValueError:
        raise ValueError('must hold IP addresses or ranges such as "10.0.0.0/8"') from None


def parse_path(value: object) -> Path:
    """Return a path, with ``~`` expanded. Errors: ValueError."""
    try:
        return Path(parse_text(value)).expanduser()
    except RuntimeError as error:  # "~name" of an unknown user
        raise ValueError(f"cannot be expanded: {error}") from None


def parse_switch(value: object) -> bool:
    """Return a boolean, written as in TOML. Errors: ValueError."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def parse_token(value: object) -> str:
    """Return a secret chosen by a person; empty for none. Errors: ValueError."""
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]{16,256}|", value.strip()):
        raise ValueError("must have 16 to 256 characters (letters, digits, punctuation; no spaces), or be empty")
    return value.strip()


parse_text = matching(r"[^\x00-\x1f\x7f\ud800-\udfff]+", "is not a line of text")
parse_word = matching(r"[!-~]+", "is not plain letters, digits and punctuation without spaces")
parse_url = matching(
    r"https?://([^\s/?#@:\[\]]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[^\s?#]*)?",
    'is not an absolute URL such as "https://box.example.com"',
    lambda text: text.rstrip("/"),
)


def parse_public_url(value: object) -> str:
    """Return the URL of the box for clients, valid in a header. Errors: ValueError."""
    url = parse_url(value)
    if int(urlsplit(url).netloc.rpartition("]")[2].partition(":")[2] or 0) > 65_535:
        raise ValueError("has a port above 65535")
    if not re.fullmatch("[!-~]+", url):
        raise ValueError("is sent in headers: write an international name as xn--... and other characters as %XX")
    return url


parse_key = matching(
    r"sk_[a-z0-9_-]{40,200}",
    'is not an API key: "sk_" and at least 40 random letters and digits, such as from "openssl rand -hex 32"',
)
parse_origin = matching(
    r"\*|[a-z][a-z0-9+.-]*://[^\s/?#@]+",
    'must hold "*" or origins such as "https://app.example.com", without a path',
    str.lower,
)
