"""The table of timeline formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from roughy_box.domain.cut import Dropped, Plan, Segment
from roughy_box.domain.errors import invalid
from roughy_box.exports import audacity, edl, fcp7xml, fcpxml, ffconcat, llc, mlt, otio, plan_json, table_csv
from roughy_box.exports.timeline import Export, Show

_LARGEST = 96 * 1024**2  # characters; twelve times as much as 5,000 edits of a stereo video need
_SAMPLE = 8  # spans

_JSON, _XML, _TEXT = "application/json", "application/xml", "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how it is sent, who writes it, and what it can do.

    ``disables`` is true where a clip can be switched off, ``empty`` where a timeline may have no clip at all.
    """

    content_type: str
    extension: str
    write: Callable[[Export], str]
    disables: bool = False
    empty: bool = False


FORMATS: dict[str, Format] = {
    "json": Format(_JSON, "json", plan_json.write, empty=True),
    "fcpxml": Format(_XML, "fcpxml", fcpxml.write, disables=True),
    "fcp7xml": Format(_XML, "xml", fcp7xml.write, disables=True),
    "edl": Format(_TEXT, "edl", edl.write),
    "otio": Format(_JSON, "otio", otio.write, disables=True),
    "mlt": Format(_XML, "mlt", mlt.write, disables=True),
    "csv": Format("text/csv; charset=utf-8", "csv", table_csv.write, empty=True),
    "llc": Format(_JSON, "llc", llc.write, empty=True),
    "audacity": Format(_TEXT, "txt", audacity.write, empty=True),
    "ffconcat": Format(_TEXT, "ffconcat", ffconcat.write),
}
DROPPED: tuple[Show, ...] = ("disabled", "only")  # the values of ``?dropped=``


def find(name: str) -> Format:
    """Return a format by its name. Errors: ``validation_error`` of ``query.format``."""
    if name not in FORMATS:
        raise invalid("query.format", f"One of {', '.join(FORMATS)}.")
    return FORMATS[name]


def shown(dropped: str | None) -> Show:
    """Return what ``?dropped=`` asks for. Errors: ``validation_error`` of ``query.dropped``."""
    for value in DROPPED:
        if dropped == value:
            return value
    if dropped:
        raise invalid("query.dropped", f"One of {', '.join(DROPPED)}, or left out.")
    return "kept"


def write(name: str, export: Export) -> bytes:
    """Return the file of an export, in UTF-8. Errors: ``validation_error`` where the format cannot do what is asked."""
    chosen = find(name)
    if export.show == "disabled" and not chosen.disables:
        able = ", ".join(other for other, format_ in FORMATS.items() if format_.disables)
        raise invalid("query.dropped", f"Only {able} can switch clips off.")
    if not export.spans and not chosen.empty:
        raise invalid("query.dropped", "This cut drops nothing, and the format knows no empty timeline.")
    _check_size(chosen, export)
    return chosen.write(export).encode(errors="replace")


def _check_size(chosen: Format, export: Export) -> None:
    """Refuse a file of absurd size before it fills the memory: many edits, each with a long path or many channels."""
    count, length = len(export.spans), 2 * _SAMPLE
    if count <= _SAMPLE:
        return
    segments = tuple(Segment(start, start + 1) for start in range(0, length, 2))
    dropped = tuple(Dropped(start, start + 1, "pause") for start in range(1, length, 2))
    few = Plan(export.plan.rate, length, segments, dropped)
    sample = replace(export, plan=few, source=replace(export.source, length=length))
    if len(chosen.write(sample)) * count > _LARGEST * len(sample.spans):
        raise invalid(
            "query.format",
            f"With {count} edits, so many channels and this path, the file would be too large. "
            "Use json or mlt, or a shorter path in media.",
        )
