"""The configuration: one option table, read from a TOML file and the environment.

The section classes below *are* the table: each field carries its parser, its default as it would
be written in the file, and its help. The file, the environment, the error messages and the check
of ``config.example.toml`` all go by :data:`OPTIONS`, which is read off those fields.
"""

# ruff: noqa: RUF009 - option() is how a field is declared here, as field() elsewhere

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_type_hints

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
Level = Literal["debug", "info", "warning", "error"]

FILE_NAME = "roughy-box.toml"
PREFIX = "ROUGHY_BOX_"
FILE_VARIABLE = "ROUGHY_BOX_CONFIG"

_NETWORKS = list_of(parse_network)
_MEMORY = size(256 * MIB, 2**20 * MIB)
_UPLOAD = size(MIN_SIZE, MAX_SIZE)
_HEAD = size(1024, 64 * 1024)
_JSON = size(1024, 64 * MIB)
_RESERVE = size(0, 2**30 * MIB)


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
    port: int = option(count(65_535), 8750, "The port to listen on.")
    public_url: str | None = option(
        parse_public_url, None, "The address clients use, when it is not the one they connect to."
    )
    trusted_proxies: tuple[Network, ...] = option(_NETWORKS, [], "Proxies whose X-Forwarded-* is believed.")
    cors_origins: tuple[str, ...] = option(list_of(parse_origin), ["*"], "Web origins whose pages may use the API.")
    tls_cert: Path | None = option(parse_path, None, "The certificate chain (PEM) to serve HTTPS with.")
    tls_key: Path | None = option(parse_path, None, "The private key (PEM) of the certificate.")
    max_connections: int = option(count(1_000_000), 16_384, "How many connections are held; idle ones make room.")
    max_head: int = option(_HEAD, "8KiB", "The largest head of a request, its address and headers.")
    max_json: int = option(_JSON, "1MiB", "The largest JSON body of a request.")
    failed_keys: int = option(count(1_000_000), 20, "Wrong keys a minute from one address before it is told to wait.")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where everything is kept."""

    data_dir: Path = option(parse_path, "roughy-box-data", "The one folder that holds everything.")
    reserve: int = option(_RESERVE, "1GiB", "Free space that uploads leave alone, for the database and the system.")


@dataclass(frozen=True, slots=True)
class Uploads:
    """The rules of uploads."""

    max_size: int = option(_UPLOAD, "50GiB", "The largest file accepted.")
    max_open: int = option(count(1_000_000), 1000, "How many unfinished uploads an account may have.")
    initial_expiry: float = option(duration(), "7d", "How long a new upload waits for its first bytes.")
    idle_expiry: float = option(duration(), "48h", "How long an upload waits for its next bytes.")
    sync: Sync = option(choice("always", "final"), "always", "Sync to disk before each answer, or before the last.")
    silence_timeout: float = option(duration(), "60s", "A body silent that long is ended; its bytes are kept.")


@dataclass(frozen=True, slots=True)
class Downloads:
    """The rules of file addresses."""

    url_ttl: float = option(duration(1, 7 * DAY), "900s", "How long a signed file address works.")


@dataclass(frozen=True, slots=True)
class Processing:
    """How uploaded media is prepared."""

    workers: int = option(parse_workers, "cores", "How many files are prepared at once.")
    timeout: float | None = option(duration(), None, "The longest of two tries to prepare a file; by size when unset.")
    memory_limit: int = option(_MEMORY, "2GiB", "The most memory the preparation of one file may take.")


@dataclass(frozen=True, slots=True)
class Billing:
    """How credits are settled."""

    pending_payment_retention: float = option(duration(), "30d", "How long an unpaid asset is kept.")


@dataclass(frozen=True, slots=True)
class Init:
    """What a first start makes; without a meaning once there is a box."""

    account: str = option(parse_text, "studio", "The name of the first account.")
    credits: int = option(within(parse_number, 0, 10**9, str), 0, "Credits it starts with.")
    key: str | None = option(parse_key, None, "Its API key; one is made and shown once when unset.", secret=True)
    key_file: Path | None = option(parse_path, None, "A file that holds its API key.")


@dataclass(frozen=True, slots=True)
class Log:
    """What the server tells about itself."""

    level: Level = option(choice("debug", "info", "warning", "error"), "info", "The least important lines to write.")
    format: Literal["text", "json"] = option(choice("text", "json"), "text", "Lines for people or for machines.")
    access: bool = option(parse_switch, True, "A line for each request; those answered with 5xx always have one.")


@dataclass(frozen=True, slots=True)
class Metrics:
    """What monitoring may read at ``/metrics``."""

    enabled: bool = option(parse_switch, True, "Whether the box tells its metrics at /metrics.")
    token: str = option(parse_token, "", "What other machines send to read them; this machine itself may.", secret=True)


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
    init: Init
    log: Log
    metrics: Metrics
    client: Client
    path: Path | None
    sources: Mapping[str, str]

    def box_url(self) -> str:
        """The address this machine reaches the box at: of the client, of the public, or of the server."""
        return self.client.url or self.server.public_url or self.local_url()

    def local_url(self) -> str:
        """Return the address of the server itself, on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.server.host, self.server.host)
        return self.url_at(host, self.server.port)

    def url_at(self, host: str, port: int) -> str:
        """Return the address of the server when it listens on ``host`` and ``port``."""
        scheme = "https" if self.server.tls_cert else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


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
