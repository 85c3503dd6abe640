"""Detection of the type and container of an upload from its head. Runs in the child, because libmagic and ffmpeg
read hostile bytes here.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Sequence

import av

# The wheel contains libmagic, the same version everywhere; without it python-magic loads the system's.
with contextlib.suppress(ImportError):
    import pylibmagic  # noqa: F401
import magic

from roughy_box.media import formats, signature
from roughy_box.media.formats import Family
from roughy_box.media.verdict import HEAD_MAX, HEAD_MIN, Verdict
from roughy_box.media.worker.open import open_untrusted
from roughy_box.media.worker.streams import kind_of, media_streams

_MAGIC_SAMPLE = 65536
# Shorter heads can mislead libmagic, and can hide the video of a file whose sound comes first.
_ENOUGH_FOR_MAGIC = 4096
_ENOUGH_FOR_STREAMS = 65536
_UNSURE = ("application/octet-stream", "text/plain", "data")


def detect(head: bytes) -> Verdict:
    """Return the verdict on the first bytes of a file; only the first :data:`HEAD_MAX` are read."""
    if len(head) < HEAD_MIN:
        return _reject("is too short to be", settled=False)
    rest = signature.skip_id3(head[:HEAD_MAX])
    if rest is None or len(rest) < HEAD_MIN:
        return Verdict(formats.BY_NAME["mp3"].kind("audio"), settled=False)
    return _judge(rest)


def _judge(rest: bytes) -> Verdict:
    mime = _mime(rest)
    claimed = signature.claimed_family(rest)
    if signature.is_text(rest):
        return _reject(f"looks like a text file{_named(mime, 'text/', 'application/')}, not")
    if claimed == signature.IMAGE or (mime.startswith("image/") and not claimed):
        return _reject(f"looks like an image{_named(mime, 'image/')}, not")
    families = [formats.BY_NAME[claimed]] if claimed else formats.by_mime(mime)
    if not families and mime not in _UNSURE:
        return _reject(f"looks like another kind of file ({mime}), not", settled=len(rest) >= _ENOUGH_FOR_MAGIC)
    return _by_streams(rest, families) or _by_signature(rest, families)


def _by_streams(rest: bytes, families: Sequence[Family]) -> Verdict | None:
    """Return the verdict from the streams that ffmpeg finds, or ``None`` if it finds none."""
    try:
        with open_untrusted(io.BytesIO(rest), formats.demuxers(families or formats.FAMILIES)) as container:
            streams = media_streams(container)
            family = formats.family_of(container.format.name, rest)
            kind = kind_of(family, streams) if streams else None
    except av.FFmpegError:
        return None
    if not kind:
        return None
    return Verdict(kind, kind.type == "video" or not family.video or len(rest) >= _ENOUGH_FOR_STREAMS)


def _by_signature(rest: bytes, families: Sequence[Family]) -> Verdict:
    """Return the verdict from the signature alone: a weak one is believed only in a short head."""
    if families and (families[0].strong or len(rest) < _ENOUGH_FOR_MAGIC):
        return Verdict(families[0].kind(families[0].default), settled=False)
    return _reject("is not", settled=False)


def _mime(rest: bytes) -> str:
    mime = str(magic.from_buffer(rest[:_MAGIC_SAMPLE], mime=True)).lower()
    return mime if re.fullmatch(r"[a-z0-9.+/-]{3,80}", mime) else "application/octet-stream"


def _named(mime: str, *prefixes: str) -> str:
    return f" ({mime})" if mime.startswith(prefixes) and mime not in _UNSURE else ""


def _reject(what: str, settled: bool = True) -> Verdict:
    return Verdict(None, settled, f"This {what} audio or video.")
