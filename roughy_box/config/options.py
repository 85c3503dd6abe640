"""The configuration: one option table, read from a TOML file and the environment.

The section classes below *are* the table: each field holds its parser, its default as written in the
file, and its help. The file, the environment, the error messages and the check of
``config.example.toml`` use :data:`OPTIONS`, which is derived from those fields.
"""

# ruff: noqa: RUF009 - option() is how a field is declared here, as field() elsewhere

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_type_hints

from roughy_box.config.values import (
    DAY,
    MIB,
    Network,
    Parser,
    T,
    choice,
    count,
    duration,
    list_of,
    parse_key,
    parse_network,
    parse_number,
    parse_origin,
    parse_path,
    parse_public_url,
    parse_switch,
    parse_text,
    parse_token,
    parse_url,
    parse_word,
    parse_workers,
    size,
    within,
)
from roughy_box.domain.upload import MAX_SIZE, MIN_SIZE

Sync = Literal["always", "final"]
Engine = Literal["auto", "pocketsphinx", "faster-whisper", "none"]
Encoder = Literal["x264", "auto", "nvenc", "vaapi", "videotoolbox"]
Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]  # of x264
Level = Literal["debug", "info", "warning", "error"]

FILE_NAME = "roughy-box.toml"
PREFIX = "ROUGHY_BOX_"
FILE_VARIABLE = "ROUGHY_BOX_CONFIG"

_NETWORKS = list_of(parse_network)
_MEMORY = size(256 * MIB, 2**20 * MIB)
_UPLOAD = size(MIN_SIZE, MAX_SIZE)
_HEAD = size(1024, 64 * 1024)
_JSON = size(64 * 1024, 64 * MIB)  # the longest values that are allowed, each letter escaped, take 40 KiB
_RESERVE = size(0, 2**30 * MIB)


def option(parse: Parser[T], written: object, help: str, *, secret: bool = False) -> T:
    """Declare an option; its default is ``written``, parsed, or unset for None."""
    default = None if written is None else parse(written)
    metadata = {"parse": parse, "written": written, "help": help, "secret": secret}
    # Typed as the value it stands for, like dataclasses.field.
    return cast(T, field(default=default, repr=not secret, metadata=metadata))


@dataclass(frozen=True, slots=True)
class Server:
    """The address the box listens on, and how clients reach it."""

    host: str = option(parse_word, "127.0.0.1", "The address to listen on; 0.0.0.0 for all networks of this machine.")
    port: int = option(count(65_535), 8750, "The port to listen on.")
    public_url: str | None = option(
        parse_public_url, None, "The URL clients use, if it differs from the one they connect to."
    )
    trusted_proxies: tuple[Network, ...] = option(_NETWORKS, [], "Proxies whose X-Forwarded-* headers are trusted.")
    cors_origins: tuple[str, ...] = option(list_of(parse_origin), ["*"], "Web origins whose pages may use the API.")
    tls_cert: Path | None = option(parse_path, None, "The certificate chain (PEM) to serve HTTPS with.")
    tls_key: Path | None = option(parse_path, None, "The private key (PEM) of the certificate.")
    max_connections: int = option(count(1_000_000), 16_384, "The most open connections; idle ones are closed first.")
    max_head: int = option(_HEAD, "8KiB", "The largest request head: request line and headers.")
    max_json: int = option(_JSON, "1MiB", "The largest JSON request body.")
    failed_keys: int = option(count(1_000_000), 20, "Wrong keys per minute from one address before 429.")


@dataclass(frozen=True, slots=True)
class Storage:
    """The data folder."""

    data_dir: Path = option(parse_path, "roughy-box-data", "The one folder that holds everything.")
    reserve: int = option(_RESERVE, "1GiB", "Free space that uploads do not use, for the database and the system.")


@dataclass(frozen=True, slots=True)
class Uploads:
    """The rules of uploads."""

    max_size: int = option(_UPLOAD, "50GiB", "The largest file accepted.")
    max_open: int = option(count(1_000_000), 1000, "The most unfinished uploads of an account.")
    initial_expiry: float = option(duration(), "7d", "How long a new upload may wait for its first bytes.")
    idle_expiry: float = option(duration(), "48h", "How long an upload may wait for its next bytes.")
    sync: Sync = option(choice("always", "final"), "always", "Sync to disk after each chunk, or only after the last.")
    silence_timeout: float = option(duration(), "60s", "How long a body may be silent; its bytes are kept.")


@dataclass(frozen=True, slots=True)
class Downloads:
    """The rules of signed file URLs."""

    url_ttl: float = option(duration(1, 7 * DAY), "900s", "How long a signed file URL is valid.")


@dataclass(frozen=True, slots=True)
class Processing:
    """The limits of preparation."""

    workers: int = option(parse_workers, "cores", "How many files are prepared at the same time.")
    timeout: float | None = option(duration(), None, "The limit of each of two attempts; by file size if unset.")
    memory_limit: int = option(_MEMORY, "2GiB", "The memory limit for preparing one file.")


@dataclass(frozen=True, slots=True)
class Speech:
    """The recognizer of cuts."""

    engine: Engine = option(
        choice("auto", "pocketsphinx", "faster-whisper", "none"), "auto", "The recognizer that hears recordings."
    )
    model: Path | None = option(parse_path, None, "The model folder of faster-whisper; if unset, those in models.")
    threads: int = option(within(parse_number, 0, 64, str), 0, "Threads of a recognizer; 0 is one for each CPU slot.")


@dataclass(frozen=True, slots=True)
class Cutting:
    """The limits of cuts."""

    timeout: float | None = option(duration(), None, "The limit of each step of a cut; by duration if unset.")
    memory_limit: int = option(_MEMORY, "2GiB", "The memory limit for one cut.")


@dataclass(frozen=True, slots=True)
class Rendering:
    """The encoder and the limits of renders."""

    encoder: Encoder = option(choice(*get_args(Encoder)), "x264", "The encoder of pictures.")
    preset: Preset = option(choice(*get_args(Preset)), "veryfast", "How much time x264 takes for a smaller file.")
    crf: int = option(
        within(parse_number, 1, 51, str), 20, "The quality x264 aims at without a bit rate; less is better."
    )
    timeout: float | None = option(duration(), None, "The limit of each of two attempts; by duration if unset.")
    memory_limit: int = option(_MEMORY, "4GiB", "The memory limit for one render.")


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The rules of webhooks."""

    allow_http_private: bool = option(parse_switch, True, "Allow http to loopback and private addresses too.")


@dataclass(frozen=True, slots=True)
class Billing:
    """The rules of payment."""

    pending_payment_retention: float = option(duration(), "30d", "How long an unpaid asset is kept.")


@dataclass(frozen=True, slots=True)
class Init:
    """The account a first start creates; ignored once there is a box."""

    account: str = option(parse_text, "studio", "The name of the first account.")
    credits: int = option(within(parse_number, 0, 10**9, str), 0, "Its initial credits.")
    key: str | None = option(parse_key, None, "Its API key; if unset, one is made and shown once.", secret=True)
    key_file: Path | None = option(parse_path, None, "A file with its API key.")


@dataclass(frozen=True, slots=True)
class Log:
    """The log of the server."""

    level: Level = option(choice("debug", "info", "warning", "error"), "info", "The lowest level that is logged.")
    format: Literal["text", "json"] = option(choice("text", "json"), "text", "Lines for people or for programs.")
    access: bool = option(parse_switch, True, "A line for each request; requests answered with 5xx are always logged.")


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics at ``/metrics``."""

    enabled: bool = option(parse_switch, True, "Serve metrics at /metrics.")
    token: str = option(parse_token, "", "What other machines must send to read them; empty: not allowed.", secret=True)


@dataclass(frozen=True, slots=True)
class Client:
    """The box that ``roughy-box upload`` sends to."""

    url: str | None = option(parse_url, None, "The box to send to; if unset, the one this file configures.")
    key: str | None = option(parse_word, None, "The API key to send with.", secret=True)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings; ``sources`` maps each ``section.key`` to the source of its value."""

    server: Server
    storage: Storage
    uploads: Uploads
    downloads: Downloads
    processing: Processing
    speech: Speech
    cutting: Cutting
    rendering: Rendering
    webhooks: Webhooks
    billing: Billing
    init: Init
    log: Log
    metrics: Metrics
    client: Client
    path: Path | None
    sources: Mapping[str, str]

    def box_url(self) -> str:
        """Return the URL this machine reaches the box at: ``client.url``, ``server.public_url``, or the local one."""
        return self.client.url or self.server.public_url or self.local_url()

    def local_url(self) -> str:
        """Return the URL of the server itself, on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.server.host, self.server.host)
        return self.url_at(host, self.server.port)

    def url_at(self, host: str, port: int) -> str:
        """Return the URL of the server at an IP address or host name."""
        scheme = "https" if self.server.tls_cert else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table; ``written`` is the default as written in the file, None for unset."""

    section: str
    key: str
    parse: Parser[object]
    written: object
    help: str
    secret: bool

    @property
    def name(self) -> str:
        """The name of the option in messages: ``server.port``."""
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{PREFIX}{self.section}_{self.key}".upper()


SECTIONS: dict[str, Any] = {name: kind for name, kind in get_type_hints(Config).items() if is_dataclass(kind)}
OPTIONS = tuple(Option(name, row.name, **row.metadata) for name in SECTIONS for row in fields(SECTIONS[name]))
