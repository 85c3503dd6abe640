"""The installed media libraries and the formats they can open. Opens no media itself."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from roughy_box.media import formats

# The codecs of cameras, recorders and editors; much footage cannot be prepared without one of them.
_DECODERS = (
    *("h264", "hevc", "vp8", "vp9", "av1", "mpeg2video", "mpeg4", "prores", "dnxhd", "mjpeg", "dvvideo"),
    *("aac", "mp3", "ac3", "opus", "vorbis", "flac", "alac", "pcm_s16le", "pcm_s24le"),
)

_ENCODERS = ("libx264", "aac", "libmp3lame")  # of renders


@dataclass
class Libraries:
    """Versions, the extensions of the formats that can be opened, and problems as sentences."""

    libmagic: str | None = None
    pyav: str | None = None
    ffmpeg: str | None = None
    ffmpeg_libraries: dict[str, str] = field(default_factory=dict)
    ffmpeg_license: str | None = None
    formats: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def inspect() -> Libraries:
    """Return the libraries of this installation."""
    found = Libraries()
    _inspect_libmagic(found)
    _inspect_ffmpeg(found)
    _inspect_lame(found)
    return found


def _inspect_libmagic(found: Libraries) -> None:
    try:
        with contextlib.suppress(ImportError):
            import pylibmagic  # noqa: F401
        import magic

        number = int(magic.version())  # type: ignore[no-untyped-call]
    except (ImportError, OSError, AttributeError, NotImplementedError) as error:
        found.problems.append(f"libmagic cannot be loaded: {error}")
        return
    found.libmagic = f"{number // 100}.{number % 100:02}"


def _inspect_ffmpeg(found: Libraries) -> None:
    try:
        import av
        from av.codec import Codec
        from av.format import ContainerFormat
    except (ImportError, OSError, AttributeError) as error:
        found.problems.append(f"PyAV cannot be loaded: {error}")
        return
    found.pyav, found.ffmpeg = av.__version__, av.ffmpeg_version_info
    found.ffmpeg_libraries = {name: ".".join(map(str, number)) for name, number in av.library_versions.items()}
    found.ffmpeg_license = _ffmpeg_license()
    missing = [name for name in formats.demuxers() if not _opens(ContainerFormat, name)]
    if missing:
        found.problems.append(f"PyAV's FFmpeg cannot open these formats: {', '.join(missing)}")
    undecodable = [name for name in _DECODERS if not _opens(Codec, name)]
    if undecodable:
        found.problems.append(f"PyAV's FFmpeg cannot decode: {', '.join(undecodable)}")
    unencodable = [name for name in _ENCODERS if not _opens(Codec, name, "w")]
    if unencodable:
        found.problems.append(f"PyAV's FFmpeg cannot encode: {', '.join(unencodable)}")
    openable = [family for family in formats.FAMILIES if set(family.demuxers) - set(missing)]
    kinds = [kind for family in openable for kind in (family.video, family.audio) if kind]
    found.formats = sorted({extension for _, extension in kinds})


def _inspect_lame(found: Libraries) -> None:
    try:
        import lameenc  # noqa: F401
    except (ImportError, OSError) as error:
        found.problems.append(f"lameenc, which encodes MP3, cannot be loaded: {error}")


def _ffmpeg_license() -> str | None:
    """Return the license as the libraries state it (avcodec_license); PyAV has it in an undocumented place."""
    from av import _core

    meta: dict[str, dict[str, str]] = getattr(_core, "library_meta", {})
    return meta.get("libavcodec", {}).get("license")


def _opens(kind: type, name: str, mode: str = "r") -> bool:
    try:
        kind(name, mode)
    except ValueError:
        return False
    return True
