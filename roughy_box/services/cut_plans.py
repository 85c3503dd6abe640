"""The plans of cuts as they are stored, with what the box measured of their source."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import asdict, replace

from roughy_box.cutting.notes import sound_outside_picture
from roughy_box.cutting.plan_document import pack, unpack
from roughy_box.domain.cut import CutWarning, Plan
from roughy_box.media.describer import describe
from roughy_box.media.description import Description
from roughy_box.services.box import Box
from roughy_box.storage import cuts
from roughy_box.storage.models import Asset
from roughy_box.storage.sources import read_source

_MOST_EVENTS = 999  # of an EDL, whose numbers have three digits


async def load(cut_id: str) -> tuple[Plan, Description] | None:
    """Return the plan of a cut and the description of its source; None for a cut without a plan."""
    stored = await cuts.read_plan(cut_id)
    return await asyncio.to_thread(_unpacked, *stored) if stored else None


def _unpacked(document: bytes, source: str) -> tuple[Plan, Description]:
    return unpack(document), Description.from_json(source)


async def describe_source(box: Box, asset: Asset) -> Description:
    """Return the description of a ready asset: that of an earlier cut or render, else it is measured now.

    Errors: those of :func:`roughy_box.media.describer.describe`.
    """
    known = await read_source(asset.id)
    if known is not None:
        return Description.from_json(known)
    assert asset.extension is not None
    assert asset.duration_ms is not None
    options = box.config.cutting
    return await describe(
        box.children,
        box.blobs.media(asset.project_id, asset.id, asset.extension),
        "video" if asset.type == "video" else "audio",
        asset.duration_ms,
        timeout=options.timeout,
        memory_limit=options.memory_limit,
    )


def finished(plan: Plan, source: Description, notes: tuple[CutWarning, ...] = ()) -> tuple[bytes, str]:
    """Return the packed plan with all its warnings, and the summary of the cut as JSON. Takes long for long plans."""
    known = {warning.code for warning in plan.warnings}
    more = (warning for warning in (*notes, *_warnings(plan, source)) if warning.code not in known)
    plan = replace(plan, warnings=(*plan.warnings, *more))
    summary = {
        "duration_seconds": f"{float(plan.length / plan.rate):.3f}",
        "kept_seconds": f"{float(plan.kept / plan.rate):.3f}",
        "segments": len(plan.segments),
        "dropped": dict(sorted(Counter(span.reason for span in plan.dropped).items())),
        "warnings": [asdict(warning) for warning in plan.warnings],
    }
    return pack(plan), json.dumps(summary)


def _warnings(plan: Plan, source: Description) -> list[CutWarning]:
    found = []
    if outside := sound_outside_picture(*source.outside):
        found.append(outside)
    if source.variable_rate:
        found.append(
            CutWarning(
                "variable_frame_rate",
                f"The frame rate varies; times are on a grid of {float(source.rate):.3f} frames a second. Editors work "
                "best with a constant rate: a render has one.",
            )
        )
    if len(source.tracks) > 1:
        found.append(
            CutWarning(
                "several_audio_tracks",
                f"All {len(source.tracks)} sound tracks were heard; exports and renders take the default track, "
                f"number {source.default_track + 1}.",
            )
        )
    if len(plan.segments) > _MOST_EVENTS:
        found.append(
            CutWarning(
                "edl_too_long",
                f"An EDL of this cut has {len(plan.segments)} events; many editors read {_MOST_EVENTS} at most.",
            )
        )
    return found
