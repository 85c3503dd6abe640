"""Audacity: a label track of the dropped spans, in seconds of the file as players show it."""

from __future__ import annotations

from roughy_box.domain.cut import Dropped
from roughy_box.exports.text import one_line
from roughy_box.exports.timeline import Export


def write(export: Export) -> str:
    """Return a line for each dropped span: begin, end, and the reason with what was said."""
    return "".join(_line(export, span) for span in export.plan.dropped)


def _line(export: Export, span: Dropped) -> str:
    rate, offset = export.plan.rate, export.source.offset
    start, end = float(offset + span.start / rate), float(offset + span.end / rate)
    note = f"{span.reason}: {one_line(span.text)}" if span.text.strip() else span.reason
    return f"{start:.6f}\t{end:.6f}\t{note}\n"
