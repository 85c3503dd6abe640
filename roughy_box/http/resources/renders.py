"""``/v1/renders``: finished files of assets and cuts."""

from __future__ import annotations

import json
from typing import Any

from sanic import HTTPResponse

from roughy_box.domain.render import RenderState
from roughy_box.http.openapi.operation import NOTHING, Operation, PathParameter, json_answer, json_body
from roughy_box.http.resources import examples, render_files
from roughy_box.http.resources.course import course
from roughy_box.http.resources.render_models import NewRender, RenderDetail, RenderPage, RenderQuery
from roughy_box.http.resources.render_models import Render as RenderSchema
from roughy_box.http.server.call import Call
from roughy_box.http.server.endpoints import delete_one
from roughy_box.http.server.requests import path_id, read_json, read_query
from roughy_box.http.server.responses import json_response, page_response
from roughy_box.http.server.urls import base_url
from roughy_box.media.render_output import RenderOutput
from roughy_box.services import renders
from roughy_box.services.box import Box
from roughy_box.services.renders import RenderRequest
from roughy_box.storage.models import Render

PATH = {"render_id": PathParameter("The id of the render.", examples.RENDER_ID)}
_KIND = "render"


async def create(call: Call) -> HTTPResponse:
    """``POST /v1/renders``."""
    wish = await read_json(call.request, NewRender)
    base = base_url(call.request, call.box.config)
    render, is_new = await renders.create(call.box, call.account_id, _request(wish))
    headers = {"Location": f"{base}/v1/renders/{render.id}"}
    return json_response(content(call.box, render), 201 if is_new else 200, headers)


def _request(wish: NewRender) -> RenderRequest:
    output = wish.output
    rate = None if output.frame_rate is None else str(output.frame_rate)
    return RenderRequest(
        wish.asset_id,
        wish.cut_id,
        RenderOutput(output.format, output.resolution, output.video_bitrate, output.audio_bitrate, rate),
    )


_ID_OF_ANSWER = {"render_id": "$response.body#/id"}
_LINKS = {"read_render": _ID_OF_ANSWER, "delete_render": _ID_OF_ANSWER}
CREATE = Operation(
    "create_render",
    "Renders",
    "Render a cut or an asset",
    {
        200: json_answer(
            "The render of the same request; a failed one is `pending` again.",
            RenderSchema,
            headers=("Location",),
            links=_LINKS,
            render=examples.COMPLETED_RENDER,
        ),
        201: json_answer(
            "The new render, `pending`.",
            RenderSchema,
            headers=("Location",),
            links=_LINKS,
            render=examples.PENDING_RENDER,
        ),
    },
    "Free, and safe to repeat: the same request gives the same render. It keeps the plan of its cut.",
    errors=(
        *("not_found", "modifier_not_ready", "asset_processing", "asset_payment_required", "asset_failed"),
        *("rate_limited", "insufficient_storage"),
    ),
    body=json_body(NewRender, cut=examples.NEW_RENDER, sound=examples.NEW_SOUND_RENDER),
)


async def list_page(call: Call) -> HTTPResponse:
    """``GET /v1/renders``."""
    query = read_query(call.request, RenderQuery)
    wanted = (query.asset_id, query.project_id, query.cut_id, query.state)
    rows, total = await renders.page(call.account_id, *wanted, query.limit, query.offset)
    return page_response(rows, total, query, lambda render: content(call.box, render))


LIST = Operation(
    "list_renders",
    "Renders",
    "List renders",
    {200: json_answer("Renders, newest first.", RenderPage, renders=examples.page(examples.COMPLETED_RENDER))},
    "Without a filter: all assets and all states.",
    query=RenderQuery,
)


async def read(call: Call, render_id: str) -> HTTPResponse:
    """``GET /v1/renders/{id}``: the render with its URL."""
    render = await renders.get(call.account_id, path_id("render_id", render_id))
    base = base_url(call.request, call.box.config)
    is_there = render.state == RenderState.COMPLETED
    url = render_files.signed_url(base, call.box, render) if is_there else None
    return json_response(content(call.box, render) | {"download_url": url})


READ = Operation(
    "read_render",
    "Renders",
    "Read a render with its URL",
    {
        200: json_answer(
            "The render.",
            RenderDetail,
            pending=examples.PENDING_RENDER | {"download_url": None},
            completed=examples.COMPLETED_RENDER | {"download_url": examples.RENDER_URL},
            failed=examples.FAILED_RENDER | {"download_url": None},
        )
    },
    "Poll this until `state` is `completed` or `failed`; then download its file.",
    path=PATH,
)


delete = delete_one("render_id", renders.delete)
DELETE = Operation(
    "delete_render",
    "Renders",
    "Delete a render in any state",
    {204: NOTHING},
    "Final: row and file are deleted. One that is not finished is cancelled.",
    path=PATH,
)


def content(box: Box, render: Render) -> dict[str, Any]:
    """Return a render as lists show it."""
    running = box.jobs.progress(_KIND, render.id) if render.state == RenderState.PROCESSING else None
    return {
        "id": render.id,
        "asset_id": render.asset_id,
        "cut_id": render.cut_id,
        "state": render.state,
        "output": _output(render),
        "size_bytes": render.size_bytes,
        **course(render, running),
        "warnings": json.loads(render.warnings),
        "duration_seconds": None if render.duration_ms is None else f"{render.duration_ms / 1000:.3f}",
    }


def _output(render: Render) -> dict[str, Any]:
    """Return the output as it was asked for: a whole frame rate is a number."""
    output = dict(json.loads(render.output))
    rate = output["frame_rate"]
    return output | {"frame_rate": int(rate) if rate and rate.isdigit() else rate}
