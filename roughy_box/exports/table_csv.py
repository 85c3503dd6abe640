"""A table of all spans, for spreadsheets."""

from __future__ import annotations

import csv
from types import SimpleNamespace

from roughy_box.domain.cut import Segment
from roughy_box.exports.text import one_line
from roughy_box.exports.timeline import Export, Span

HEADER = ("start", "end", "start_frame", "end_frame", "kept", "reason", "text")
_FORMULA = ("=", "+", "-", "@")


def write(export: Export) -> str:
    """Return the table in RFC 4180: kept and dropped spans in order, or the dropped ones alone."""
    lines: list[str] = []
    table = csv.writer(SimpleNamespace(write=lines.append))
    table.writerow(HEADER)
    spans = export.plan.dropped if export.show == "only" else _all(export)
    table.writerows(_row(export, span) for span in spans)
    return "".join(lines)


def _all(export: Export) -> list[Span]:
    return sorted((*export.plan.segments, *export.plan.dropped), key=lambda span: span.start)


def _row(export: Export, span: Span) -> tuple[str, ...]:
    rate, kept = export.plan.rate, isinstance(span, Segment)
    start, end = float(span.start / rate), float(span.end / rate)
    reason = "" if isinstance(span, Segment) else span.reason
    frames = (str(span.start), str(span.end))
    return (f"{start:.6f}", f"{end:.6f}", *frames, str(kept).lower(), reason, _cell(span.text))


def _cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
