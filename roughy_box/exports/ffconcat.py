"""A list for ffmpeg's concat demuxer; a comment in it has the command."""

from __future__ import annotations

from fractions import Fraction

from roughy_box.exports.text import one_line
from roughy_box.exports.timeline import Export, Span

# A point exactly on a frame falls to one side or the other as the container rounds; this much before it
# never does (measured, MKV at 24 frames a second).
_BEFORE = Fraction(1, 4)
# Sound is selected by packets; filling and trimming from a thousandth of a second on keeps it with its pictures
# (measured: a picture late after thirty joints without that, and growing).
_SOUND = "-af aselect=concatdec_select,aresample=async=1:min_hard_comp=0.001"
_STREAMS = ("ts", "m2ts", "mts")
_OPTIONS = "-copyts -safe 0 -segment_time_metadata 1"


def write(export: Export) -> str:
    """Return the list of an export, in seconds of the file's own timestamps."""
    path = "'" + export.source.media.path.replace("'", r"'\''") + "'"
    lines = ["ffconcat version 1.0", f"# {one_line(export.name)}", f"# {_command(export)}"]
    if export.source.extension in _STREAMS:
        lines.append("# ffmpeg cannot seek exactly in transport streams: copy the file to MKV first (-c copy).")
    for span in export.spans:
        lines += [f"file {path}", *_points(export, span)]
    return "\n".join(lines) + "\n"


def _points(export: Export, span: Span) -> list[str]:
    source, rate = export.source, export.plan.rate
    early = _BEFORE if source.picture else Fraction(0)
    zero = source.file_start + source.offset
    start, end = (float(zero + (frame - early) / rate) for frame in (span.start, span.end))
    return [f"inpoint {start:.6f}", f"outpoint {end:.6f}"]


def _command(export: Export) -> str:
    """Return the command that cuts exactly: the points alone cut at key frames and packets."""
    source = export.source
    maps, filters = [], []
    if source.picture:
        maps.append("-map 0:v:0")
        filters.append("-vf select=concatdec_select")
    if source.tracks:
        maps.append(f"-map 0:a:{source.default_track}")
        filters.append(_SOUND)
    output = "out.mp4" if source.picture else "out.m4a"
    return " ".join(["ffmpeg", _OPTIONS, "-i", "cut.ffconcat", *maps, *filters, output])
