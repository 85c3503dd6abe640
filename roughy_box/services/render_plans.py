"""The plans of renders, the spans they keep and what the box measured of their source; and what a file may take."""

from __future__ import annotations

import json
from dataclasses import dataclass

from roughy_box.domain.render import RenderFailure
from roughy_box.media.description import Description
from roughy_box.media.render_output import RenderOutput, picture_size, sound_rate, video_rate
from roughy_box.services import cut_plans, media_failures
from roughy_box.services.box import Box
from roughy_box.storage import renders
from roughy_box.storage.models import Asset, Cut

_MARGIN = 1.1  # an encoder overshoots, and a container has an index


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """The kept spans, half-open ranges of frames of the source's grid, in order."""

    segments: list[tuple[int, int]]
    source: Description

    @property
    def seconds(self) -> float:
        """Return the duration of what is kept."""
        return float(sum(end - start for start, end in self.segments) / self.source.rate)


async def make(box: Box, asset: Asset, cut: Cut | None) -> RenderPlan:
    """Return the plan of a completed cut, else of the whole asset.

    Errors: those of :func:`roughy_box.services.media_failures.describe`.
    """
    stored = await cut_plans.load(cut.id) if cut else None
    if stored:
        plan, source = stored
        return RenderPlan([(segment.start, segment.end) for segment in plan.segments], source)
    source = await media_failures.describe(box, asset, RenderFailure)
    return RenderPlan([(0, source.length)], source)


async def store(render_id: str, plan: RenderPlan) -> None:
    """Store the plan of a render that has none. Part of the transaction that has it wait."""
    await renders.add_plan(render_id, json.dumps(plan.segments), plan.source.to_json())


async def load(render_id: str) -> RenderPlan | None:
    """Return the plan of a render; None for one that never had any."""
    stored = await renders.read_plan(render_id)
    if stored is None:
        return None
    segments, source = stored
    return RenderPlan([(start, end) for start, end in json.loads(segments)], Description.from_json(source))


def estimate(output: RenderOutput, plan: RenderPlan, asset: Asset) -> int:
    """Return the bytes that a render may take."""
    source = plan.source
    bits = sound_rate(output) if source.tracks else 0
    if output.has_picture and source.picture:
        shorter_edge = min(picture_size(source.picture, output.resolution))
        bits += video_rate(output, shorter_edge, _bit_rate(asset))
    return round(bits * plan.seconds / 8 * _MARGIN)


def _bit_rate(asset: Asset) -> int | None:
    """Return the bits a second of an asset, which its pictures take at most."""
    if not asset.size_bytes or not asset.duration_ms:
        return None
    return int(asset.size_bytes * 8 * 1000 // asset.duration_ms)
