"""``/v1/cuts``: rough cuts of assets."""

from __future__ import annotations

import json
from typing import Any

from sanic import HTTPResponse

from roughy_box.cutting.options import Options
from roughy_box.domain.cut_states import CutState
from roughy_box.domain.errors import invalid
from roughy_box.http.openapi.operation import NOTHING, Operation, PathParameter, json_answer, json_body
from roughy_box.http.resources import examples
from roughy_box.http.resources.course import course
from roughy_box.http.resources.cut_models import Cut, CutPage, CutQuery, NewCut
from roughy_box.http.server.call import Call
from roughy_box.http.server.endpoints import delete_one, read_one
from roughy_box.http.server.requests import read_json, read_query
from roughy_box.http.server.responses import json_response, page_response
from roughy_box.http.server.urls import base_url
from roughy_box.services import cuts, cuts_by_hand
from roughy_box.services.box import Box
from roughy_box.services.cuts import CutRequest
from roughy_box.storage import models

PATH = {"cut_id": PathParameter("The id of the cut.", examples.CUT_ID)}

LARGEST_BODY = 4 * 1024**2  # bytes: 100,000 characters of a script, escaped, or 10,000 segments
_KIND = "cut"


def content(box: Box, cut: models.Cut) -> dict[str, Any]:
    """Return a cut as lists show it."""
    running = box.jobs.progress(_KIND, cut.id) if cut.state == CutState.PROCESSING else None
    return {
        "id": cut.id,
        "asset_id": cut.asset_id,
        "state": cut.state,
        "script": cut.script,
        **course(cut, running),
        "stage": running.stage if running else None,
        "by_hand": bool(cut.by_hand),
        "based_on": cut.based_on,
        "options": json.loads(cut.options),
        "summary": None if cut.summary is None else json.loads(cut.summary),
    }


async def create(call: Call) -> HTTPResponse:
    """``POST /v1/cuts``."""
    wish = await read_json(call.request, NewCut, LARGEST_BODY)
    if wish.based_on is not None and wish.segments is None:
        raise invalid("body.based_on", "needs segments: it is for cuts by hand")
    base = base_url(call.request, call.box.config)
    make = cuts.create if wish.segments is None else cuts_by_hand.create
    cut, is_new = await make(call.box, call.account_id, _request(wish))
    headers = {"Location": f"{base}/v1/cuts/{cut.id}"}
    return json_response(content(call.box, cut), 201 if is_new else 200, headers)


def _request(wish: NewCut) -> CutRequest:
    chosen = wish.options.model_dump(exclude_none=True) if wish.options else {}
    return CutRequest(
        wish.asset_id,
        wish.script if wish.script and wish.script.strip() else None,
        Options(**chosen),
        None if wish.segments is None else [(each.start, each.end) for each in wish.segments],
        wish.based_on,
    )


_ID_OF_ANSWER = {"cut_id": "$response.body#/id"}
_LINKS = {
    "read_cut": _ID_OF_ANSWER,
    "delete_cut": _ID_OF_ANSWER,
    "export_cut": _ID_OF_ANSWER,
    "export_subtitles": _ID_OF_ANSWER,
}
CREATE = Operation(
    "create_cut",
    "Cuts",
    "Cut an asset",
    {
        200: json_answer(
            "The cut of the same request; a failed one is `pending` again.",
            Cut,
            headers=("Location",),
            links=_LINKS,
            cut=examples.COMPLETED_CUT,
        ),
        201: json_answer(
            "The new cut, `pending`; one by hand is `completed`.",
            Cut,
            headers=("Location",),
            links=_LINKS,
            automatic=examples.PENDING_CUT,
            by_hand=examples.CUT_BY_HAND,
        ),
    },
    "Free, and safe to repeat: the same request gives the same cut.",
    errors=("not_found", "conflict", "asset_processing", "asset_payment_required", "asset_failed"),
    body=json_body(NewCut, automatic=examples.NEW_CUT, by_hand=examples.NEW_CUT_BY_HAND),
)


async def list_page(call: Call) -> HTTPResponse:
    """``GET /v1/cuts``."""
    query = read_query(call.request, CutQuery)
    rows, total = await cuts.page(
        call.account_id, query.asset_id, query.project_id, query.state, query.limit, query.offset
    )
    return page_response(rows, total, query, lambda cut: content(call.box, cut))


LIST = Operation(
    "list_cuts",
    "Cuts",
    "List cuts",
    {200: json_answer("Cuts, newest first.", CutPage, cuts=examples.page(examples.COMPLETED_CUT))},
    "Without a filter: all assets and all states.",
    query=CutQuery,
)


read = read_one("cut_id", cuts.get, content)
READ = Operation(
    "read_cut",
    "Cuts",
    "Read a cut",
    {
        200: json_answer(
            "The cut.",
            Cut,
            pending=examples.PENDING_CUT,
            completed=examples.COMPLETED_CUT,
            failed=examples.FAILED_CUT,
        )
    },
    "Poll this until `state` is `completed` or `failed`; then read its export.",
    path=PATH,
)


delete = delete_one("cut_id", cuts.delete)
DELETE = Operation(
    "delete_cut",
    "Cuts",
    "Delete a cut in any state",
    {204: NOTHING},
    "Final. The work on it is stopped; renders of it stay.",
    path=PATH,
)
