"""Names of sequences and of attachments: safe in files, in headers and on every system."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal
from urllib.parse import quote

from roughy_box.domain.errors import invalid
from roughy_box.exports.text import has_control, one_line

_LONGEST_NAME = 255  # characters of a sequence's name
_LONGEST_STEM = 160  # bytes; with an extension and a number far below the 255 of file systems
# Among them the marks that turn the direction of writing: with one, "gpj.exe" can look like "exe.jpg".
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # reserved on Windows
_UNSAFE_IN_ASCII = re.compile(r'[\x00-\x1f\x7f"\\%/]')
_ATTR_SAFE = "!#$&+^`|"  # RFC 8187, attr-char beyond letters and digits


def sequence_name(name: str | None, default: str) -> str:
    """Return the name of the sequence: ``?name=``, else ``default``. Errors: ``validation_error`` of ``query.name``."""
    if not name or not name.strip():
        return one_line(default)
    if has_control(name):
        raise invalid("query.name", "A name has no control characters.")
    if len(name) > _LONGEST_NAME:
        raise invalid("query.name", f"At most {_LONGEST_NAME} characters.")
    return one_line(name)


def title(project: str, asset_name: str | None, asset_id: str, extension: str) -> str:
    """Return what exports of an asset are named after: its project and its own name, without the extension."""
    stem = asset_name or asset_id
    if stem.lower().endswith(f".{extension}".lower()):
        stem = stem[: -len(extension) - 1]
    stem = stem if stem.strip(" .") else asset_id
    return " - ".join(part for part in (one_line(project), one_line(stem)) if part)


def file_name(stem: str, extension: str) -> str:
    """Return a file name for every system: without reserved signs and names, at most 160 bytes before the extension."""
    clean = " ".join(_FORBIDDEN.sub("_", one_line(unicodedata.normalize("NFC", stem))).split())
    clean = clean.encode()[:_LONGEST_STEM].decode(errors="ignore").strip(" .")
    if not clean or _DEVICES.match(clean):
        clean = f"_{clean}"
    return f"{clean}.{extension}"


def attachment(filename: str) -> str:
    """Return the value of Content-Disposition for a file to save."""
    return disposition("attachment", filename, "export")


def disposition(kind: Literal["attachment", "inline"], filename: str, fallback: str) -> str:
    """Return the value of Content-Disposition: the name in ASCII for old clients, and whole (RFC 6266, RFC 8187).

    ``fallback`` is the stem in ASCII of a name without a single Latin letter or digit.
    """
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = _UNSAFE_IN_ASCII.sub("_", plain)  # after it: a wide "／" becomes "/"
    stem, dot, extension = plain.rpartition(".")
    stem = stem[:_LONGEST_STEM] if re.search(r"[A-Za-z0-9]", stem) else fallback
    plain = f"{stem}{dot}{extension}"
    if plain == filename:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe=_ATTR_SAFE)}"
