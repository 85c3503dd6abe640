"""Configuration files and environments of all sorts: settings that can be written again, or a line about an option."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roughy_box.config import loading
from roughy_box.config.loading import load
from roughy_box.config.options import OPTIONS, SECTIONS, Config
from roughy_box.config.values import format_duration, format_size, parse_duration, parse_size
from roughy_box.domain.errors import SetupError
from tests.fuzz.effort import effort

Document = dict[str, dict[str, object]]

# Sizes, durations, addresses, words of choices, and what comes close to them.
WORDS = st.sampled_from(
    [
        "50GiB",
        "1.5",
        "64B",
        "1TiB",
        "2kb",
        "0.1KB",
        "10ZB",
        "48h",
        "1h30m",
        "500ms",
        "1d2d",
        "90",
        "1h30",
        "0s",
        "cores",
        "always",
        "final",
        "debug",
        "json",
        "text",
        "127.0.0.1",
        "::",
        "10.0.0.0/8",
        "10.0.0.1/8",
        "fe80::%eth0",
        "*",
        "https://box.example",
        "https://box.example/a/",
        "HTTP://X:99",
        "https://[::1]:8",
        "https://a:b@c",
        "null",
        "~",
        "~root",
        "~nobody/x",
        "./data",
        "../x",
        "/srv/box",
        "sk_abc",
    ]
)
NUMBERS = st.one_of(st.integers(-5, 100_000), st.integers(-(2**70), 2**70), st.floats(), st.booleans())
HUGE = 16**4000
MOMENTS = st.one_of(st.datetimes(), st.dates(), st.times())
SCALARS = st.one_of(WORDS, NUMBERS, st.text(max_size=8), MOMENTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
ROWS = st.sampled_from(OPTIONS)
NAMES = st.one_of(st.text(max_size=4), st.sampled_from(["prot", "Port", "port ", "PORT", "a\nb", "", "\x1b[2J"]))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A few options, most of them known, some with values that may do."""
    document: Document = {}
    for row in draw(st.lists(ROWS, max_size=4)):
        value = draw(st.one_of(VALUES, WORDS, st.just(row.written)))
        if value is not None:
            document.setdefault(row.section, {})[row.key] = value
    if draw(st.integers(0, 4)) == 0:
        section = draw(st.one_of(NAMES, st.sampled_from(sorted(SECTIONS))))
        document.setdefault(section, {})[draw(NAMES)] = draw(VALUES)
    return document


def toml(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool():
            return str(value).lower()
        case int():
            return hex(value) if value > 0 else str(value)  # Python writes no number of thousands of digits
        case float() | datetime() | date() | time():
            return repr(value) if isinstance(value, float) else value.isoformat()
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{toml(key)} = {toml(item)}' for key, item in value.items())}}}"
    raise TypeError(value)


def write(path: Path, document: Document) -> Path:
    lines = []
    for section, options in document.items():
        lines += [f"[{toml(section)}]", *(f"{toml(key)} = {toml(value)}" for key, value in options.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def values(settings: Config) -> dict[str, object]:
    """Every option that is set."""
    found = {row.name: getattr(getattr(settings, row.section), row.key) for row in OPTIONS}
    return {name: value for name, value in found.items() if value is not None}


def check(path: Path, environ: dict[str, str], names: set[str]) -> None:
    """The one promise of :func:`load`."""
    try:
        settings = load(path, environ)
    except SetupError as refusal:
        said = str(refusal)
        assert not re.search(r"[\x00-\x1f]", said), said
        assert len(said) < 2000
        assert any(name in said for name in names | {str(path)}), said
        return
    again = path.with_name("again.toml")
    again.write_text(loading.render(values(settings)), encoding="utf-8")
    assert values(load(again, {})) == values(settings)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("configurations")


@given(document=documents())
@example(document={"server": {"port": HUGE}})
@example(document={"uploads": {"idle_expiry": HUGE}})
@example(document={"server": {"a\nb": 1}})
@example(document={"a\x1b[2J": {"b": 1}})
@effort(250)
def test_config_file_settings_or_error_naming_option(folder: Path, document: Document) -> None:
    path = write(folder / "box.toml", document)
    given_names = {json.dumps(key)[1:-1] for options in document.values() for key in options} | {"tls"}
    sections = {json.dumps(section)[1:-1] for section in document}
    check(path, {}, given_names | sections)


@given(data=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
@example(data=b"[server]\nport = " + b"[" * 5000)
@example(data=b"[server]\nport = " + b"{a = " * 5000)
@example(data=b"[server]\nport = " + b"9" * 5000)
@example(data=b"a" + b".a" * 5000 + b" = 1")
@effort(100)
def test_config_file_not_toml_refused_with_place(folder: Path, data: bytes) -> None:
    path = folder / "box.toml"
    path.write_bytes(data)
    check(path, {}, {str(path)})


VARIABLES = st.one_of(
    ROWS.map(lambda row: row.variable),
    st.sampled_from(["ROUGHY_BOX_SERVER_PROT", "ROUGHY_BOX_SERVER_", "ROUGHY_BOX_CONFIGURATION", "ROUGHY_BOX_X_Y"]),
)
# Bytes that are not UTF-8 arrive as surrogates.
SHELL_TEXT = st.text(st.characters(codec=None, exclude_characters="\0"), max_size=8)


@given(environ=st.dictionaries(VARIABLES, st.one_of(WORDS, SHELL_TEXT, st.integers(-5, 10**6).map(str)), max_size=4))
@example(environ={"ROUGHY_BOX_STORAGE_DATA_DIR": "a\udcff"})
@effort(200)
def test_environment_settings_or_error_naming_variable(folder: Path, environ: dict[str, str]) -> None:
    path = folder / "empty.toml"
    path.write_text("")
    check(path, environ, set(environ) | {"tls"})


@given(count=st.integers(0, 10**18 - 1))
@effort(100)
def test_size_formatted_close_to_value(count: int) -> None:
    shown = format_size(count)
    assert math.isclose(parse_size(shown), count, rel_tol=0.05)
    assert parse_size(str(count)) == parse_size(count) == parse_size(f"{count} B") == count


@given(seconds=st.one_of(st.floats(0, 1e9), st.integers(0, 10**9)))
@effort(100)
def test_duration_formatted_equals_value(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=0.00051)


@given(text=st.one_of(st.text("0123456789.kKmMgGtTiIbBdhs ", max_size=8), st.text(max_size=8), VALUES))
@effort(200)
def test_text_arbitrary_not_size_or_duration(text: Any) -> None:
    for parse, word in ((parse_size, "a size"), (parse_duration, "a duration")):
        try:
            number: float | None = parse(text)
        except ValueError as refusal:
            number, said = None, str(refusal)
        is_number = isinstance(text, int | float) and not isinstance(text, bool)
        assert f"is not {word}" in said if number is None else is_number or number >= 0
