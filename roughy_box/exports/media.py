"""References to the source as an editor finds it: paths and ``file:`` URLs of Windows, macOS, Linux and network drives.

Editors on other machines see the source below another path than the box does; ``?media=`` says which.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from roughy_box.domain.errors import BoxError, invalid
from roughy_box.exports.text import has_control

LONGEST = 4096  # characters
_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/]|$)")
_LONG = re.compile(r"^[\\/]{2}[?.][\\/](?:(UNC[\\/])|(?=[A-Za-z]:))", re.IGNORECASE)  # of Windows, for long paths
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.,-]+:")  # that of a drive has one letter; ffmpeg and MLT have their own
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL_SAFE = "/!$'()*,;=:@+"  # RFC 3986 lets them stand in a path; "&" is left out for those who paste into XML

Kind = Literal["posix", "drive", "share", "relative"]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole path of the source, as its editor's machine writes it."""

    path: str

    @property
    def kind(self) -> Kind:
        """Return the kind of path: of a Unix, of a Windows drive, of a network share, or relative."""
        if _DRIVE.match(self.path):
            return "drive"
        if self.path.startswith((r"\\", "//")):
            return "share"
        return "posix" if self.path.startswith("/") else "relative"

    @property
    def slashed(self) -> str:
        """Return the path with slashes; a Unix keeps its backslashes, which are letters there."""
        return self.path if self.kind == "posix" else self.path.replace("\\", "/")

    @property
    def file_name(self) -> str:
        """Return the last part of the path."""
        return self.slashed.rpartition("/")[2]

    def url(self, host: str = "", colon: str = ":") -> str:
        """Return a ``file:`` URL, percent-encoded; a relative path stays relative.

        ``host`` stands where a path of this machine has none, ``colon`` after the letter of a drive.
        """
        encoded = quote(self.slashed, safe=_URL_SAFE)
        if self.kind == "relative":
            return quote(self.slashed, safe=_URL_SAFE.replace(":", ""))
        if self.kind == "share":
            return f"file:{encoded}"
        if self.kind == "drive":
            return f"file://{host}/{encoded[0]}{colon}{encoded[2:]}"
        return f"file://{host}{encoded}"


def refer(media: str | None, default: str, name: str | None, asset_id: str, extension: str) -> Reference:
    """Return what a file refers to the source as.

    ``media`` is a prefix, or the whole path if it ends in the extension or the name of the asset; ``default``
    is the path on the box. Errors: ``validation_error`` of ``query.media``.
    """
    if not media:
        return Reference(default)
    path = _checked(media)
    if _is_whole(path, name, extension):
        return Reference(path)
    return Reference(_joined(path, name or f"{asset_id}.{extension}"))


def _checked(media: str) -> str:
    if len(media) > LONGEST:
        raise _wrong(f"At most {LONGEST} characters.")
    path = _from_url(media) if media[:5].lower() == "file:" else media
    if has_control(path):
        raise _wrong("A path has no control characters.")
    path = _LONG.sub(lambda match: r"\\" if match[1] else "", path)
    if _SCHEME.match(path):
        raise _wrong("Send a path or a 'file:' URL: editors open no other address.")
    return path


def _from_url(url: str) -> str:
    """Return the path that a ``file:`` URL means (RFC 8089): its host is a network share, unless it is this machine."""
    if _BROKEN_PERCENT.search(url):
        raise _wrong("A '%' in a 'file:' URL is written '%25'.")
    try:
        path = unquote_to_bytes(url[5:]).decode()
    except UnicodeDecodeError:
        raise _wrong("The URL is not percent-encoded UTF-8.") from None
    if path.startswith("//"):
        host, _, rest = path[2:].partition("/")
        path = f"/{rest}" if host.lower() in ("", "localhost") else path
    drive = path.lstrip("/")
    return drive if _DRIVE.match(drive) else path


def _is_whole(path: str, name: str | None, extension: str) -> bool:
    """Return True for a path that ends in the file itself, case and way of composing letters aside."""
    last = _folded(Reference(path).file_name)
    return last.endswith(_folded(f".{extension}")) or (bool(name) and last == _folded(name or ""))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _joined(prefix: str, name: str) -> str:
    if prefix.endswith("/") or (prefix.endswith("\\") and Reference(prefix).kind != "posix"):
        return prefix + name
    windows = "\\" in prefix and Reference(prefix).kind != "posix"
    bare_drive = bool(_DRIVE.fullmatch(prefix))
    return prefix + ("\\" if windows or bare_drive else "/") + name


def _wrong(message: str) -> BoxError:
    return invalid("query.media", message)
