"""Reads the settings from a TOML file and the environment, and writes the short TOML file of a new box."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from roughy_box.config.options import FILE_NAME, FILE_VARIABLE, OPTIONS, PREFIX, SECTIONS, Config, Option
from roughy_box.domain.errors import SetupError

_LONGEST_SHOWN = 200  # characters


def find(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the configuration file: the given one, that of the environment, ``./roughy-box.toml``, or ``None``."""
    given = path or environ.get(FILE_VARIABLE)
    if given:
        return Path(given).expanduser()
    return Path(FILE_NAME) if Path(FILE_NAME).exists() else None


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings: the environment overrides the file, which overrides the defaults.

    Relative paths start at the folder of the file, or at the working folder without a file.
    Errors: SetupError, one sentence about the first option that is not valid.
    """
    found = find(path, environ)
    settings = (_from_file(found) if found else {}) | _from_environment(environ)
    base = found.absolute().parent if found else Path.cwd()
    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    sources = {}
    for row in OPTIONS:
        value, source = settings.get(row.name, (row.written, "default"))
        values[row.section][row.key] = _value(row, value, str(found) if source == "file" else source, base)
        sources[row.name] = source
    if (values["server"]["tls_cert"] is None) != (values["server"]["tls_key"] is None):
        raise SetupError("server.tls_cert and server.tls_key belong together; set both or neither")
    sections = {name: kind(**values[name]) for name, kind in SECTIONS.items()}
    return Config(**sections, path=found and found.absolute(), sources=sources)


def _from_file(path: Path) -> dict[str, tuple[object, str]]:
    names = [row.name for row in OPTIONS]
    settings: dict[str, tuple[object, str]] = {}
    for section, content in _read(path).items():
        if section not in SECTIONS or not isinstance(content, dict):
            raise SetupError(f"{path}: {_unknown(section, [*(f'[{name}]' for name in SECTIONS), *names])}")
        settings |= {f"{section}.{key}": (value, "file") for key, value in content.items()}
    for name in settings:
        if name not in names:
            raise SetupError(f"{path}: {_unknown(name, names)}")
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise SetupError(f"{path}: no such file; `roughy-box init` writes one") from None
    except OSError as error:
        raise SetupError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path}: is not UTF-8 text") from None
    except ValueError as error:  # TOMLDecodeError, or a number too long for Python
        last = f"line {text.count(chr(10)) + 1}, the end of the file"
        raise SetupError(f"{path}: {str(error).replace('end of document', last)}") from None
    except RecursionError:
        raise SetupError(f"{path}: its lists or tables are nested too deeply") from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    names = {row.variable: row.name for row in OPTIONS}
    prefixes = tuple(f"{PREFIX}{section}_".upper() for section in SECTIONS)
    given = {variable: value for variable, value in environ.items() if variable.startswith(prefixes) and value}
    for variable in given:
        if variable not in names:
            raise SetupError(_unknown(variable, list(names)))
    return {names[variable]: (value, variable) for variable, value in given.items()}


def _unknown(name: str, known: list[str]) -> str:
    same_key = [other for other in known if other.split(".")[-1] == name.split(".")[-1]]
    close = same_key or difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    advice = f"did you mean {close[0]}?" if close else "config.example.toml explains all options"
    return f"{name if name.isprintable() else json.dumps(name)} is not an option; {advice}"


def _value(row: Option, written: object, where: str, base: Path) -> object:
    try:
        value = None if written is None else row.parse(written)
    except ValueError as error:
        shown = "" if row.secret else f" = {_shown(written)}"
        raise SetupError(f"{where}: {row.name}{shown} {error}") from None
    # Not resolve(): a symbolic link that is changed later must stay effective.
    return Path(os.path.abspath(base / value)) if isinstance(value, Path) else value


def _shown(value: object) -> str:
    try:
        text = _toml(value)
    except ValueError:  # an integer of more digits than Python writes out
        return "a number too long to show"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def render(values: Mapping[str, object]) -> str:
    """Return the short TOML file that ``init`` writes: ``values`` by ``section.key``, each below its help."""
    text = "# Settings of Roughy Box. config.example.toml explains all others, with their defaults.\n"
    for section in SECTIONS:
        rows = [row for row in OPTIONS if row.section == section and row.name in values]
        lines = [f"# {row.help}\n{row.key} = {_toml(values[row.name])}\n" for row in rows]
        text += f"\n[{section}]\n{''.join(lines)}" if lines else ""
    return text


def _toml(value: object) -> str:
    # Text without control characters, numbers and lists look the same in JSON and TOML.
    return json.dumps(value, default=str, ensure_ascii=False)
