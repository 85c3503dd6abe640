"""The configuration: one option table, read from a TOML file and the environment.

The section classes below *are* the table: each field carries its parser, its default as it would
be written in the file, and its help. The file, the environment, the error messages and the check
of ``config.example.toml`` all go by :data:`OPTIONS`, which is read off those fields.
"""

# ruff: noqa: RUF009 - option() is how a field is declared here, as field() elsewhere

from __future__ import annotations

import difflib
import ipaddress
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_type_hints
from urllib.parse import urlsplit

from roughy_box.domain.errors import SetupError
from roughy_box.domain.upload import MAX_SIZE, MIN_SIZE

Sync = Literal["always", "final"]
Level = Literal["debug", "info", "warning", "error"]

T = TypeVar("T")
Text = TypeVar("Text", bound=str)
Number = TypeVar("Number", int, float)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Takes what TOML or the environment gave; raises ValueError with the end of the sentence
# '<name> = <value> ...', so it starts with a verb.
Parser = Callable[[object], T]

FILE_NAME = "roughy-box.toml"
PREFIX = "ROUGHY_BOX_"
FILE_VARIABLE = "ROUGHY_BOX_CONFIG"

DAY = 86_400.0
_LONGEST_SHOWN = 200  # characters
MIB = 1024**2
SIZE_UNITS = {unit: 1024**power for power, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))}
_DECIMAL_UNITS = {unit: 1000**power for power, unit in enumerate(("", "KB", "MB", "GB", "TB"))}
_BYTES = {unit.lower(): count for unit, count in (SIZE_UNITS | _DECIMAL_UNITS).items()}
_SECONDS = {"d": DAY, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}

_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([kmgt]?i?b)?", re.IGNORECASE | re.ASCII)
_DURATION_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?) ?(ms|[dhms]) ?")


def parse_size(value: object) -> int:
    """Bytes of ``"50GiB"``, ``"10 MB"`` or a plain number. Errors: ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or (match[2] or "").lower() not in _BYTES:
        raise ValueError('is not a size; write e.g. "50GiB" or a number of bytes')
    return int(Decimal(match[1]) * _BYTES[(match[2] or "").lower()])


def parse_duration(value: object) -> float:
    """Seconds of ``"48h"``, ``"1h30m"``, ``"500ms"`` or a plain number. Errors: ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e15 else math.inf  # nan becomes inf, too
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", text, re.ASCII):
        return float(text)
    if not text or _DURATION_PART.sub("", text):
        raise ValueError('is not a duration; write e.g. "48h", "1h30m" or a number of seconds')
    return math.fsum(float(part[1]) * _SECONDS[part[2]] for part in _DURATION_PART.finditer(text))


def format_size(count: int) -> str:
    """A size for people, in the largest fitting unit with at most one decimal: ``"1.5 GiB"``."""
    unit = max((unit for unit in SIZE_UNITS if SIZE_UNITS[unit] <= count), key=SIZE_UNITS.__getitem__, default="B")
    return f"{count / SIZE_UNITS[unit]:.1f}".removesuffix(".0") + f" {unit}"


def format_duration(seconds: float) -> str:
    """A duration as :func:`parse_duration` reads it, to the millisecond: ``"1h30m"``."""
    left, parts = round(seconds * 1000), []
    for unit, length in _SECONDS.items():
        count, left = divmod(left, round(length * 1000))
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def _within(parse: Parser[Number], low: Number, high: Number, show: Callable[[Number], str]) -> Parser[Number]:
    def parser(value: object) -> Number:
        number = parse(value)
        if not low <= number <= high:
            raise ValueError(f"must be between {show(low)} and {show(high)}")
        return number

    return parser


def _duration(low: float = 0.001, high: float = 36_500 * DAY) -> Parser[float]:
    return _within(parse_duration, low, high, format_duration)


def _number(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value.strip(), re.ASCII):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is not a whole number")
    return value


def _workers(value: object) -> int:
    return min(os.cpu_count() or 1, 64) if value == "cores" else _within(_number, 1, 64, str)(value)


def _matching(pattern: str, complaint: str, finish: Callable[[str], str] = str) -> Parser[str]:
    def parser(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value.strip(), re.IGNORECASE | re.ASCII):
            raise ValueError(complaint)
        return finish(value.strip())

    return parser


def _choice(*allowed: Text) -> Parser[Text]:
    def parser(value: object) -> Text:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parser


def _list_of(parse: Parser[T]) -> Parser[tuple[T, ...]]:
    def parser(value: object) -> tuple[T, ...]:
        items = [item for item in value.split(",") if item.strip()] if isinstance(value, str) else value
        if not isinstance(items, list):
            raise ValueError("is not a list")
        return tuple(parse(item) for item in items)

    return parser


def _network(value: object) -> Network:
    try:
        return ipaddress.ip_network(_text(value), strict=False)
    except ValueError:
        raise ValueError('must hold IP addresses or ranges such as "10.0.0.0/8"') from None


def _path(value: object) -> Path:
    try:
        return Path(_text(value)).expanduser()
    except RuntimeError as error:  # "~name" of nobody
        raise ValueError(f"cannot be expanded: {error}") from None


_text = _matching(r"[^\x00-\x1f\x7f\ud800-\udfff]+", "is not a line of text")
parse_word = _matching(r"[!-~]+", "is not plain letters, digits and signs without spaces")
parse_url = _matching(
    r"https?://([^\s/?#@:\[\]]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[^\s?#]*)?",
    'is not an absolute address such as "https://box.example.com"',
    lambda text: text.rstrip("/"),
)


def _public_url(value: object) -> str:
    url = parse_url(value)
    if int(urlsplit(url).netloc.rpartition("]")[2].partition(":")[2] or 0) > 65_535:
        raise ValueError("has a port beyond 65535")
    if not re.fullmatch("[!-~]+", url):
        raise ValueError("goes into headers, so write an international name as xn--... and other signs as %XX")
    return url


_origin = _matching(
    r"\*|[a-z][a-z0-9+.-]*://[^\s/?#@]+",
    'must hold "*" or origins such as "https://app.example.com", without a path',
    str.lower,
)
_MEMORY = _within(parse_size, 256 * MIB, 2**20 * MIB, format_size)
_UPLOAD = _within(parse_size, MIN_SIZE, MAX_SIZE, format_size)
_PORT = _within(_number, 1, 65_535, str)
_HEAD = _within(parse_size, 1024, 64 * 1024, format_size)
_JSON = _within(parse_size, 1024, 64 * MIB, format_size)
_RESERVE = _within(parse_size, 0, 2**30 * MIB, format_size)


def _count(high: int) -> Parser[int]:
    return _within(_number, 1, high, str)


def option(parse: Parser[T], written: object, help: str, *, secret: bool = False) -> T:
    """Declare an option whose default is what ``written`` parses to; None leaves it unset."""
    default = None if written is None else parse(written)
    metadata = {"parse": parse, "written": written, "help": help, "secret": secret}
    # Typed as the value it stands for, as dataclasses.field is.
    return cast(T, field(default=default, repr=not secret, metadata=metadata))


@dataclass(frozen=True, slots=True)
class Server:
    """Where the box listens and how the world addresses it."""

    host: str = option(parse_word, "127.0.0.1", "The address to listen on; 0.0.0.0 for every network of this machine.")
    port: int = option(_PORT, 8750, "The port to listen on.")
    public_url: str | None = option(
        _public_url, None, "The address clients use, when it is not the one they connect to."
    )
    trusted_proxies: tuple[Network, ...] = option(_list_of(_network), [], "Proxies whose X-Forwarded-* is believed.")
    cors_origins: tuple[str, ...] = option(_list_of(_origin), ["*"], "Web origins whose pages may use the API.")
    tls_cert: Path | None = option(_path, None, "The certificate chain (PEM) to serve HTTPS with.")
    tls_key: Path | None = option(_path, None, "The private key (PEM) of the certificate.")
    max_connections: int = option(_count(1_000_000), 16_384, "How many connections are held; idle ones make room.")
    max_head: int = option(_HEAD, "8KiB", "The largest head of a request, its address and headers.")
    max_json: int = option(_JSON, "1MiB", "The largest JSON body of a request.")
    failed_keys: int = option(_count(1_000_000), 20, "Wrong keys a minute from one address before it is told to wait.")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where everything is kept."""

    data_dir: Path = option(_path, "roughy-box-data", "The one folder that holds everything.")
    reserve: int = option(_RESERVE, "1GiB", "Free space that uploads leave alone, for the database and the system.")


@dataclass(frozen=True, slots=True)
class Uploads:
    """The rules of uploads."""

    max_size: int = option(_UPLOAD, "50GiB", "The largest file accepted.")
    max_open: int = option(_count(1_000_000), 1000, "How many unfinished uploads an account may have.")
    initial_expiry: float = option(_duration(), "7d", "How long a new upload waits for its first bytes.")
    idle_expiry: float = option(_duration(), "48h", "How long an upload waits for its next bytes.")
    sync: Sync = option(_choice("always", "final"), "always", "Sync to disk before each answer, or before the last.")
    silence_timeout: float = option(_duration(), "60s", "A body silent that long is ended; its bytes are kept.")


@dataclass(frozen=True, slots=True)
class Downloads:
    """The rules of file addresses."""

    url_ttl: float = option(_duration(1, 7 * DAY), "900s", "How long a signed file address works.")


@dataclass(frozen=True, slots=True)
class Processing:
    """How uploaded media is prepared."""

    workers: int = option(_workers, "cores", "How many files are prepared at once.")
    timeout: float | None = option(_duration(), None, "The longest of two tries to prepare a file; by size when unset.")
    memory_limit: int = option(_MEMORY, "2GiB", "The most memory the preparation of one file may take.")


@dataclass(frozen=True, slots=True)
class Billing:
    """How credits are settled."""

    pending_payment_retention: float = option(_duration(), "30d", "How long an unpaid asset is kept.")


@dataclass(frozen=True, slots=True)
class Log:
    """What the server tells about itself."""

    level: Level = option(_choice("debug", "info", "warning", "error"), "info", "The least important lines to write.")
    format: Literal["text", "json"] = option(_choice("text", "json"), "text", "Lines for people or for machines.")


@dataclass(frozen=True, slots=True)
class Client:
    """Which box ``roughy-box upload`` sends to."""

    url: str | None = option(parse_url, None, "The box to send to; the one of this file when unset.")
    key: str | None = option(parse_word, None, "The API key to send with.", secret=True)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; ``sources`` says of each ``section.key`` where its value came from."""

    server: Server
    storage: Storage
    uploads: Uploads
    downloads: Downloads
    processing: Processing
    billing: Billing
    log: Log
    client: Client
    path: Path | None
    sources: Mapping[str, str]

    def box_url(self) -> str:
        """The address this machine reaches the box at: of the client, of the public, or of the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.server.host, self.server.host)
        scheme = "https" if self.server.tls_cert else "http"
        local = f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.server.port}"
        return self.client.url or self.server.public_url or local


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table; ``written`` is the default as the file would say it, None for unset."""

    section: str
    key: str
    parse: Parser[object]
    written: object
    help: str
    secret: bool

    @property
    def name(self) -> str:
        """How the option is called in messages: ``server.port``."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{PREFIX}{self.section}_{self.key}".upper()


SECTIONS: dict[str, Any] = {name: kind for name, kind in get_type_hints(Config).items() if is_dataclass(kind)}
OPTIONS = tuple(Option(name, row.name, **row.metadata) for name in SECTIONS for row in fields(SECTIONS[name]))


def find(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The configuration file to use: the given one, the environment's, ``./roughy-box.toml`` if there, or none."""
    given = path or environ.get(FILE_VARIABLE)
    if given:
        return Path(given).expanduser()
    return Path(FILE_NAME) if Path(FILE_NAME).exists() else None


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in force: the environment over the file over the defaults.

    Relative paths are taken from the folder of the file, without one from the working folder.
    Errors: SetupError, one sentence about the first option that cannot be used.
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
        raise SetupError(f"{path}: there is no such file; `roughy-box init` writes one") from None
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
    advice = f"did you mean {close[0]}?" if close else "config.example.toml explains all there are"
    return f"{name if name.isprintable() else json.dumps(name)} is not an option; {advice}"


def _value(row: Option, written: object, where: str, base: Path) -> object:
    try:
        value = None if written is None else row.parse(written)
    except ValueError as error:
        shown = "" if row.secret else f" = {_shown(written)}"
        raise SetupError(f"{where}: {row.name}{shown} {error}") from None
    # Not resolve(): a link that is moved later must keep its meaning.
    return Path(os.path.abspath(base / value)) if isinstance(value, Path) else value


def _shown(value: object) -> str:
    try:
        text = _toml(value)
    except ValueError:  # an integer of more digits than Python writes out
        return "a number too long to show"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def render(values: Mapping[str, object]) -> str:
    """The short TOML file that ``init`` writes: ``values`` by ``section.key``, each under its help."""
    text = "# Settings of Roughy Box. All others, with their defaults, are explained in config.example.toml.\n"
    for section in SECTIONS:
        rows = [row for row in OPTIONS if row.section == section and row.name in values]
        lines = [f"# {row.help}\n{row.key} = {_toml(values[row.name])}\n" for row in rows]
        text += f"\n[{section}]\n{''.join(lines)}" if lines else ""
    return text


def _toml(value: object) -> str:
    # Text without control characters, numbers and lists are written alike in JSON and TOML.
    return json.dumps(value, default=str, ensure_ascii=False)
