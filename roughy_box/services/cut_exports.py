"""Exports of completed cuts: timeline files and captions, named after project and asset."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from fractions import Fraction

from roughy_box.domain.cut import Plan
from roughy_box.domain.cut_states import CutState
from roughy_box.domain.errors import BoxError
from roughy_box.exports import formats, subtitles
from roughy_box.exports.media import refer
from roughy_box.exports.names import file_name, sequence_name
from roughy_box.exports.source import AudioTrack, Picture, Source
from roughy_box.exports.timecode import Timecode, parse
from roughy_box.exports.timeline import Export
from roughy_box.media.description import Description
from roughy_box.services import assets, cut_plans, cuts
from roughy_box.services.box import Box
from roughy_box.services.titles import title_of
from roughy_box.storage.models import Asset, Cut


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file made of a cut."""

    content: bytes
    content_type: str
    name: str


@dataclass(frozen=True, slots=True)
class ExportWish:
    """The timeline file that is asked for; see :mod:`roughy_box.exports`."""

    format: str
    media: str | None = None
    name: str | None = None
    dropped: str | None = None


async def timeline(box: Box, account_id: str, cut_id: str, wish: ExportWish) -> ExportedFile:
    """Return the plan of a cut as a file.

    Errors: ``not_found``; ``conflict`` while it is not completed; ``validation_error``.
    """
    cut, plan, description = await _completed(account_id, cut_id)
    asset = await assets.get(account_id, cut.asset_id)
    heading = await title_of(asset)
    return await asyncio.to_thread(_timeline, box, cut, asset, plan, description, wish, heading)


async def captions(account_id: str, cut_id: str, format: str, timeline: str) -> ExportedFile:
    """Return the captions of a cut. Errors as of :func:`timeline`, and ``conflict`` for a cut without words."""
    cut, plan, description = await _completed(account_id, cut_id)
    heading = await title_of(await assets.get(account_id, cut.asset_id))
    return await asyncio.to_thread(_captions, plan, description, format, timeline, heading)


async def _completed(account_id: str, cut_id: str) -> tuple[Cut, Plan, Description]:
    cut = await cuts.get(account_id, cut_id)
    stored = await cut_plans.load(cut.id) if cut.state == CutState.COMPLETED else None
    if stored is None:
        again = " Post it again." if cut.state == CutState.FAILED else ""
        raise BoxError("conflict", f"This cut is {cut.state}; only a completed one has a plan.{again}")
    return cut, *stored


def _timeline(
    box: Box, cut: Cut, asset: Asset, plan: Plan, description: Description, wish: ExportWish, heading: str
) -> ExportedFile:
    chosen = formats.find(wish.format)
    source = _source(box, asset, description, wish.media)
    export = Export(
        plan,
        source,
        sequence_name(wish.name, heading),
        formats.shown(wish.dropped),
        cut_id=cut.id,
        engine=cut.engine or "",
    )
    content = formats.write(wish.format, export)
    return ExportedFile(content, chosen.content_type, file_name(heading, chosen.extension))


def _captions(plan: Plan, description: Description, format: str, timeline: str, heading: str) -> ExportedFile:
    chosen = subtitles.find(format)
    if not subtitles.has_words(plan):
        raise BoxError("conflict", f"This cut has no words. {_why_no_words(plan)}")
    content = subtitles.write(format, plan, timeline, description.offset)
    return ExportedFile(content, chosen.content_type, file_name(heading, chosen.extension))


def _why_no_words(plan: Plan) -> str:
    reasons = [warning.message for warning in plan.warnings if warning.code == "no_recognizer"]
    if reasons:
        return f"{reasons[0]} 'roughy-box speech' says what is missing."
    if plan.words:
        return "All that were heard are dropped."
    return "None were heard; a cut by hand has those of the automatic cut that was made before it, if there is one."


def _source(box: Box, asset: Asset, description: Description, media: str | None) -> Source:
    assert asset.extension is not None
    path = box.blobs.media(asset.project_id, asset.id, asset.extension).absolute()
    picture = description.picture
    return Source(
        asset_id=asset.id,
        extension=asset.extension,
        media=refer(media, str(path), asset.name, asset.id, asset.extension),
        rate=description.rate,
        length=description.length,
        duration=description.duration,
        name=asset.name,
        picture=Picture(picture.width, picture.height, picture.pixel_aspect, picture.rotation) if picture else None,
        tracks=tuple(AudioTrack(each.channels, each.sample_rate, each.stream) for each in description.tracks),
        default_track=description.default_track,
        timecode=_timecode(description),
        variable_rate=description.variable_rate,
        offset=description.offset,
        file_start=description.file_start,
    )


def _timecode(description: Description) -> Timecode | None:
    if description.timecode:
        label, rate = description.timecode
        return parse(label, rate)
    if description.samples and description.tracks:
        return Timecode(description.samples, Fraction(description.tracks[description.default_track].sample_rate))
    return None
