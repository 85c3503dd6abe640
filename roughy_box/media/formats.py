"""The table of the accepted formats.

Detection and preparation both find the media kind in it, so that they cannot disagree. Left out on
purpose: pictures and animations, raw elementary video (no timestamps, weak signatures), MIDI,
playlists, subtitles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from roughy_box.domain.asset import MediaKind, MediaType
from roughy_box.media import signature


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of container or raw audio.

    ``demuxers`` are ffmpeg's names, ``mimes`` libmagic's answers in lower case, ``video`` and ``audio``
    (content type, extension) pairs, ``default`` the type before a stream is seen. ``strong``: the signature
    is long enough to be believed without seeing a stream.
    """

    name: str
    demuxers: tuple[str, ...]
    mimes: tuple[str, ...]
    video: tuple[str, str] | None
    audio: tuple[str, str]
    default: MediaType
    strong: bool

    def kind(self, type_: MediaType, audio_codec: str = "") -> MediaKind:
        """Return the media kind of this family for a type; a family without video is always audio."""
        if type_ == "video" and self.video:
            return MediaKind("video", *self.video)
        content_type, extension = self.audio
        if self.name == "ogg":
            extension = OGG_EXTENSIONS.get(audio_codec, extension)
        return MediaKind("audio", content_type, extension)


OGG_EXTENSIONS = {"opus": "opus", "speex": "spx", "flac": "oga"}


def _container(
    name: str,
    demuxer: str,
    mimes: str,
    video: tuple[str, str],
    audio: tuple[str, str] | None = None,
    default: MediaType = "video",
    strong: bool = True,
) -> Family:
    return Family(name, (demuxer,), tuple(mimes.split()), video, audio or video, default, strong)


def _sound(name: str, demuxers: str, mimes: str, kind: tuple[str, str], strong: bool = True) -> Family:
    return Family(name, tuple(demuxers.split()), tuple(mimes.split()), None, kind, "audio", strong)


_MP4, _M4A = ("video/mp4", "mp4"), ("audio/mp4", "m4a")
_MPEGTS = "video/mp2t"

FAMILIES = (
    _container("mp4", "mov", "video/mp4", _MP4, _M4A),
    _container("m4a", "mov", "audio/mp4 audio/x-m4a", _MP4, _M4A, "audio"),
    _container("m4v", "mov", "video/x-m4v", ("video/x-m4v", "m4v"), _M4A),
    _container("mov", "mov", "video/quicktime", ("video/quicktime", "mov")),
    _container("3gp", "mov", "video/3gpp audio/3gpp", ("video/3gpp", "3gp"), ("audio/3gpp", "3gp")),
    _container("3g2", "mov", "video/3gpp2 audio/3gpp2", ("video/3gpp2", "3g2"), ("audio/3gpp2", "3g2")),
    _container("mkv", "matroska", "video/x-matroska", ("video/x-matroska", "mkv"), ("audio/x-matroska", "mka")),
    _container("webm", "matroska", "video/webm", ("video/webm", "webm"), ("audio/webm", "webm")),
    _container("avi", "avi", "video/x-msvideo", ("video/x-msvideo", "avi")),
    _container("ts", "mpegts", _MPEGTS, (_MPEGTS, "ts"), strong=False),
    _container("m2ts", "mpegts", _MPEGTS, (_MPEGTS, "m2ts"), strong=False),
    _container("ps", "mpeg", "video/mpeg", ("video/mpeg", "mpg"), strong=False),
    _container("flv", "flv", "video/x-flv", ("video/x-flv", "flv")),
    _container("asf", "asf", "video/x-ms-asf", ("video/x-ms-wmv", "wmv"), ("audio/x-ms-wma", "wma")),
    _container("mxf", "mxf", "application/mxf", ("application/mxf", "mxf")),
    _container("ogg", "ogg", "audio/ogg application/ogg", ("video/ogg", "ogv"), ("audio/ogg", "ogg"), "audio"),
    _container("ogv", "ogg", "video/ogg", ("video/ogg", "ogv"), ("audio/ogg", "ogg")),
    _sound("mp3", "mp3", "audio/mpeg", ("audio/mpeg", "mp3"), strong=False),
    _sound("aac", "aac", "audio/x-hx-aac-adts audio/aac", ("audio/aac", "aac"), strong=False),
    _sound("flac", "flac", "audio/flac audio/x-flac", ("audio/flac", "flac")),
    _sound("wav", "wav", "audio/x-wav audio/wav audio/vnd.wave", ("audio/wav", "wav")),
    _sound("w64", "w64", "audio/x-w64", ("audio/x-w64", "w64")),
    _sound("aiff", "aiff", "audio/x-aiff audio/aiff", ("audio/aiff", "aiff")),
    _sound("caf", "caf", "audio/x-caf", ("audio/x-caf", "caf")),
    _sound("au", "au", "audio/basic", ("audio/basic", "au")),
    _sound("amr", "amr", "audio/amr audio/amr-wb", ("audio/amr", "amr")),
    _sound("ac3", "ac3", "audio/vnd.dolby.dd-raw", ("audio/ac3", "ac3"), strong=False),
    _sound("eac3", "eac3", "audio/vnd.dolby.dd-raw", ("audio/eac3", "eac3"), strong=False),
    _sound("ape", "ape", "audio/x-ape", ("audio/x-ape", "ape")),
    _sound("dsf", "dsf", "audio/x-dsf", ("audio/x-dsf", "dsf")),
    _sound("tta", "tta", "audio/x-tta", ("audio/x-tta", "tta")),
    _sound("wv", "wv", "audio/x-wavpack", ("audio/x-wavpack", "wv")),
    _sound("dts", "dts dtshd", "audio/vnd.dts", ("audio/vnd.dts", "dts")),
)

BY_NAME = {family.name: family for family in FAMILIES}
KINDS = frozenset(
    family.kind(type_, codec) for family in FAMILIES for type_ in get_args(MediaType) for codec in ("", *OGG_EXTENSIONS)
)
# Names of files have these, too: an MPEG-4 file may well be called ".m4v".
_OTHER_EXTENSIONS = frozenset(["aif", "bwf", "m2v", "m4b", "m4r", "mp2", "mpeg", "mts", "qt", "vob"])
EXTENSIONS = _OTHER_EXTENSIONS | {kind.extension for kind in KINDS}


def by_mime(mime: str) -> list[Family]:
    """Return the families for which libmagic answers ``mime``."""
    return [family for family in FAMILIES if mime in family.mimes]


def demuxers(families: Sequence[Family] = FAMILIES) -> list[str]:
    """Return the demuxers that ffmpeg may try for ``families``."""
    return sorted({name for family in families for name in family.demuxers})


def family_of(format_name: str, head: bytes) -> Family:
    """Return the family of a file that ffmpeg opened as ``format_name`` (aliases follow a comma)."""
    demuxer = format_name.split(",")[0]
    families = [family for family in FAMILIES if demuxer in family.demuxers]
    claimed = signature.claimed_family(head)
    return next((family for family in families if family.name == claimed), families[0])
