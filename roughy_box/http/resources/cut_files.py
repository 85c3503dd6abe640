"""``/v1/cuts/{id}/export`` and ``/v1/cuts/{id}/subtitle/export``: a cut as a file for editors and players."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, Field
from sanic import HTTPResponse

from roughy_box.domain.export_formats import CaptionFormat, TimelineFormat
from roughy_box.exports.formats import FORMATS
from roughy_box.exports.media import LONGEST
from roughy_box.exports.names import attachment
from roughy_box.exports.subtitles import CAPTIONS
from roughy_box.http.openapi.operation import Answer, Content, Operation
from roughy_box.http.resources.cuts import PATH
from roughy_box.http.server.call import Call
from roughy_box.http.server.requests import path_id, read_query
from roughy_box.http.transfer.ranges import is_known
from roughy_box.services import cut_exports
from roughy_box.services.cut_exports import ExportedFile, ExportWish


class ExportQuery(BaseModel):
    """The query of an export."""

    format: TimelineFormat = Field("json", description="The format of the file.")
    media: str | None = Field(
        None,
        max_length=LONGEST,
        description="What the file refers to the source as: a folder on the editor's machine, or the whole path.",
    )
    name: str | None = Field(None, max_length=255, description="The name of the sequence.")
    dropped: Literal["disabled", "only"] | None = Field(
        None,
        description="`disabled` keeps dropped spans in the timeline, switched off (`fcpxml`, `fcp7xml`, `otio`, "
        "`mlt`); `only` is the timeline of what was dropped.",
    )


class SubtitleQuery(BaseModel):
    """The query of captions."""

    format: CaptionFormat = Field("srt", description="The format of the captions.")
    timeline: Literal["cut", "source"] = Field("cut", description="Times in the cut, or in the source.")


async def export(call: Call, cut_id: str) -> HTTPResponse:
    """``GET`` and ``HEAD /v1/cuts/{id}/export``."""
    cut_id = path_id("cut_id", cut_id)
    query = read_query(call.request, ExportQuery)
    wish = ExportWish(query.format, query.media, query.name, query.dropped)
    return _answer(call, await cut_exports.timeline(call.box, call.account_id, cut_id, wish))


async def export_subtitles(call: Call, cut_id: str) -> HTTPResponse:
    """``GET`` and ``HEAD /v1/cuts/{id}/subtitle/export``."""
    cut_id = path_id("cut_id", cut_id)
    query = read_query(call.request, SubtitleQuery)
    return _answer(call, await cut_exports.captions(call.account_id, cut_id, query.format, query.timeline))


def _answer(call: Call, file: ExportedFile) -> HTTPResponse:
    etag = f'"{hashlib.sha256(file.content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_known(call.request, etag):
        return HTTPResponse(status=304, headers=headers)
    headers["Content-Disposition"] = attachment(file.name)
    return HTTPResponse(file.content, headers=headers, content_type=file.content_type)


_HEADERS = ("ETag", "Cache-Control")
_UNCHANGED = Answer("Unchanged: the `ETag` is among those of `If-None-Match`.", headers=_HEADERS)


def _types(content_types: list[str]) -> Content:
    return Content(media_types=tuple(dict.fromkeys(content_types)))


EXPORT = Operation(
    "export_cut",
    "Cuts",
    "Export a cut for an editor",
    {
        200: Answer(
            "The timeline, as an attachment named after project and asset.",
            _types([each.content_type for each in FORMATS.values()]),
            (*_HEADERS, "Content-Disposition"),
        ),
        304: _UNCHANGED,
    },
    "All formats have the same frames.",
    errors=("conflict",),
    path=PATH,
    query=ExportQuery,
    headers=("If-None-Match?",),
)
EXPORT_SUBTITLES = Operation(
    "export_subtitles",
    "Cuts",
    "Export the captions or the transcript of a cut",
    {
        200: Answer(
            "The captions, as an attachment.",
            _types([each.content_type for each in CAPTIONS.values()]),
            (*_HEADERS, "Content-Disposition"),
        ),
        304: _UNCHANGED,
    },
    "The words of the script where there is one, else those that were heard.",
    errors=("conflict",),
    path=PATH,
    query=SubtitleQuery,
    headers=("If-None-Match?",),
)
