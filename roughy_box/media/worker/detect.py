"""What the head of an upload is. Runs in the child: hostile bytes meet libmagic and ffmpeg here."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Sequence

import av

# The wheel brings its own libmagic, the same one everywhere; without it python-magic looks
# for one of the system.
with contextlib.suppress(ImportError):
    import pylibmagic  # noqa: F401
import magic

from roughy_box.media import formats, signature
from roughy_box.media.formats import Family
from roughy_box.media.verdict import HEAD_MAX, HEAD_MIN, Verdict
from roughy_box.media.worker.open import open_untrusted
from roughy_box.media.worker.streams import kind_of, media_streams

_MAGIC_SAMPLE = 65536
# Shorter heads can make libmagic err, and can hide the picture of a film whose sound comes first.
_ENOUGH_FOR_MAGIC = 4096
_ENOUGH_FOR_STREAMS = 65536
_UNSURE = ("application/octet-stream", "text/plain", "data")


def detect(head: bytes) -> Verdict:
    """The verdict on the first bytes of a file; only the first :data:`HEAD_MAX` are looked at."""
    if len(head) < HEAD_MIN:
        return _reject("is too short to be", settled=False)
    rest = signature.skip_id3(head[:HEAD_MAX])
    if rest is None or len(rest) < HEAD_MIN:
        return Verdict(formats.BY_NAME["mp3"].kind("audio"), settled=False)
    return _judge(rest)


def _judge(rest: bytes) -> Verdict:
    mime = _mime(rest)
    flavour = signature.flavour(rest)
    if signature.is_text(rest):
        return _reject(f"looks like a text file{_named(mime, 'text/', 'application/')}, not")
    if flavour == signature.IMAGE or (mime.startswith("image/") and not flavour):
        return _reject(f"looks like an image{_named(mime, 'image/')}, not")
    families = [formats.BY_NAME[flavour]] if flavour else formats.by_mime(mime)
    if not families and mime not in _UNSURE:
        return _reject(f"looks like a file of another kind ({mime}), not", settled=len(rest) >= _ENOUGH_FOR_MAGIC)
    return _seen(rest, families) or _unseen(rest, families)


def _seen(rest: bytes, families: Sequence[Family]) -> Verdict | None:
    """The verdict by the streams that ffmpeg finds, or ``None`` if it finds none."""
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


def _unseen(rest: bytes, families: Sequence[Family]) -> Verdict:
    """The verdict by the signature alone: strong ones are believed, weak ones only in a short head."""
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
