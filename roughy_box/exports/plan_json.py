"""The plan as JSON, for programs; its seconds posted back give the same plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from roughy_box.domain.cut import Dropped, Plan, Segment, Suggestion, Word
from roughy_box.exports.text import json_lines, seconds
from roughy_box.exports.timeline import Export

Thing = dict[str, Any]


def write(export: Export) -> str:
    """Return the plan; where ``show`` is "only", the segments are the dropped spans."""
    plan = export.plan
    document = {
        "cut_id": export.cut_id,
        "asset_id": export.source.asset_id,
        "engine": export.engine,
        "frame_rate": str(plan.rate) if export.source.picture else None,
        "duration_seconds": seconds(plan.length / plan.rate),
        "kept_seconds": seconds(plan.kept / plan.rate),
        "segments": [_segment(plan, span) for span in export.spans],
        "dropped": [_dropped(plan, span) for span in plan.dropped],
        "suggestions": [_suggestion(plan, span) for span in plan.suggestions],
        "words": [word_fields(word) for word in plan.words],
        "warnings": [asdict(warning) for warning in plan.warnings],
        "source_offset": seconds(export.source.offset),
    }
    return json_lines(document)


def word_fields(word: Word) -> Thing:
    """Return a word as programs read it."""
    return {
        "text": word.text,
        "start": seconds(word.start),
        "end": seconds(word.end),
        "confidence": word.confidence,
        "kind": word.kind,
        "kept": word.kept,
    }


def _times(plan: Plan, span: Segment | Dropped | Suggestion) -> Thing:
    return {"start": seconds(span.start / plan.rate), "end": seconds(span.end / plan.rate)}


def _segment(plan: Plan, span: Segment | Dropped) -> Thing:
    frames = {"start_frame": span.start, "end_frame": span.end}
    return {**_times(plan, span), **frames, "text": span.text}


def _dropped(plan: Plan, span: Dropped) -> Thing:
    return {**_suggestion(plan, span), "kept_instead": span.kept_instead}


def _suggestion(plan: Plan, span: Dropped | Suggestion) -> Thing:
    return {**_times(plan, span), "reason": span.reason, "text": span.text}
