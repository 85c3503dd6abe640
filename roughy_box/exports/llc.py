"""LosslessCut: a project file of version 1, which is JSON5; plain JSON is a part of that."""

from __future__ import annotations

from roughy_box.exports.text import json_lines, seconds, shortened
from roughy_box.exports.timeline import Export, Span

_LABEL = 80  # characters; LosslessCut can put labels into file names


def write(export: Export) -> str:
    """Return the project: the spans in seconds of the file as players show it, whose name has no folder."""
    project = {
        "version": 1,
        "mediaFileName": export.source.media.file_name,
        "cutSegments": [_segment(export, span) for span in export.spans],
    }
    return json_lines(project)


def _segment(export: Export, span: Span) -> dict[str, object]:
    rate, offset = export.plan.rate, export.source.offset
    return {
        "start": seconds(offset + span.start / rate),
        "end": seconds(offset + span.end / rate),
        "name": shortened(span.text or getattr(span, "reason", ""), _LABEL),
    }
