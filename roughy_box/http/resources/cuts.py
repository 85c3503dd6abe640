"""``/v1/cuts``: rough cuts of assets."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.cutting.options import Options
from roughy_box.domain.cut_states import CutFailureCode, CutState
from roughy_box.domain.errors import invalid
from roughy_box.http.openapi.operation import NOTHING, Operation, PathParameter, json_answer, json_body
from roughy_box.http.resources import examples
from roughy_box.http.server.call import Call
from roughy_box.http.server.requests import Id, Page, Strict, path_id, read_json, read_query
from roughy_box.http.server.responses import Count, Moment, PageOf, Schema, json_response, page_response
from roughy_box.http.server.urls import base_url
from roughy_box.services import cuts, cuts_by_hand
from roughy_box.services.box import Box
from roughy_box.services.cuts import CutRequest
from roughy_box.storage import models

PATH = {"cut_id": PathParameter("The id of the cut.", examples.CUT_ID)}

LARGEST_BODY = 4 * 1024**2  # bytes: 100,000 characters of a script, escaped, or 10,000 segments
_LONGEST_SCRIPT = 100_000
_MOST_SEGMENTS = 10_000
_KIND = "cut"

Choice = Literal["remove", "keep"]
Seconds = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{3}$")]
Time = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _script(value: str) -> str:
    if len(value) > _LONGEST_SCRIPT:
        raise ValueError(f"must have at most {_LONGEST_SCRIPT} characters")
    if any(char == "\0" or 0xD800 <= ord(char) < 0xE000 for char in value):
        raise ValueError("must not contain NUL or half a surrogate pair")
    return value


Script = Annotated[
    str,
    AfterValidator(_script),
    WithJsonSchema({"type": "string", "maxLength": _LONGEST_SCRIPT, "pattern": r"^[^\x00]*$"}),
]


class CutOptions(Strict):
    """What a cut drops, and how much quiet it leaves; null is the default."""

    retakes: Choice | None = Field(None, description="Repeated takes and false starts. Default: `remove`.")
    fillers: Choice | None = Field(None, description="Hesitations that stand alone. Default: `remove`.")
    off_script: Choice | None = Field(None, description="What is not in the script. Default: `remove`.")
    max_pause: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)] | None = Field(
        None, description="Longer pauses are shortened to this, in seconds. Default: 0.6."
    )
    pad_before: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        None, description="Seconds kept before speech where something was dropped. Default: 0.08."
    )
    pad_after: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        None, description="The same after speech. Default: 0.12."
    )


class NewSegment(Strict):
    """A span to keep, in seconds of the source."""

    start: Time
    end: Time


class NewCut(Strict):
    """The values of a new cut."""

    asset_id: Id
    script: Script | None = Field(
        None, description="The text that was read aloud. Null, empty and only white space are the same."
    )
    options: CutOptions | None = Field(None, description="Null: the defaults.")
    segments: Annotated[list[NewSegment], Field(min_length=1, max_length=_MOST_SEGMENTS)] | None = Field(
        None, description="Makes a cut by hand, completed at once: sorted spans that do not overlap."
    )
    based_on: Id | None = Field(
        None, description="With `segments`: the cut whose words, reasons and script it has. Null: the newest other one."
    )


class CutQuery(Page):
    """The query of the list of cuts."""

    asset_id: Id | None = Field(None, description="Only cuts of this asset.")
    project_id: Id | None = Field(None, description="Only cuts of assets in this project.")
    state: CutState | None = Field(None, description="Only cuts in this state.")


class UsedOptions(Schema):
    """The options of a cut, defaults written out."""

    retakes: Choice
    fillers: Choice
    off_script: Choice
    max_pause: float
    pad_before: float
    pad_after: float


class Warning(Schema):
    """What a person should look at."""

    code: str = Field(description="For programs, such as `script_mismatch`.")
    message: str


class CutSummary(Schema):
    """A plan in numbers."""

    duration_seconds: Seconds = Field(description="The duration of the plan's source.")
    kept_seconds: Seconds
    segments: Count = Field(description="The number of kept spans.")
    dropped: dict[str, Count] = Field(description="The number of dropped spans by reason.")
    warnings: list[Warning]


class Cut(Schema):
    """The rough cut of an asset: the spans worth keeping."""

    id: Id
    asset_id: Id
    state: CutState
    script: str | None
    error_code: CutFailureCode | None = Field(description="Why the cut is `failed`; else null.")
    error_message: str | None = Field(description="The same as a sentence.")
    created_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    progress: Annotated[float, Field(ge=0, le=1)]
    stage: Literal["listening", "recognizing", "matching", "planning"] | None = Field(
        description="What is being done; null unless `processing`."
    )
    by_hand: bool = Field(description="Whether it was made of `segments`.")
    based_on: Id | None = Field(description="The cut that one by hand corrects; null once that was deleted.")
    options: UsedOptions
    summary: CutSummary | None = Field(description="Null until `completed`.")


class CutPage(PageOf):
    """A page of the list of cuts, newest first."""

    items: list[Cut]


async def create(call: Call) -> HTTPResponse:
    """``POST /v1/cuts``."""
    wish = await read_json(call.request, NewCut, LARGEST_BODY)
    if wish.based_on is not None and wish.segments is None:
        raise invalid("body.based_on", "needs segments: it is for cuts by hand")
    base = base_url(call.request, call.box.config)
    make = cuts.create if wish.segments is None else cuts_by_hand.create
    cut, is_new = await make(call.box, call.account_id, _request(wish))
    headers = {"Location": f"{base}/v1/cuts/{cut.id}"}
    return json_response(_cut(call.box, cut), 201 if is_new else 200, headers)


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
    return page_response(rows, total, query, lambda cut: _cut(call.box, cut))


LIST = Operation(
    "list_cuts",
    "Cuts",
    "List cuts",
    {200: json_answer("Cuts, newest first.", CutPage, cuts=examples.page(examples.COMPLETED_CUT))},
    "Without a filter: all assets and all states.",
    query=CutQuery,
)


async def read(call: Call, cut_id: str) -> HTTPResponse:
    """``GET /v1/cuts/{id}``."""
    return json_response(_cut(call.box, await cuts.get(call.account_id, path_id("cut_id", cut_id))))


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


async def delete(call: Call, cut_id: str) -> HTTPResponse:
    """``DELETE /v1/cuts/{id}``."""
    await cuts.delete(call.box, call.account_id, path_id("cut_id", cut_id))
    return HTTPResponse(status=204)


DELETE = Operation(
    "delete_cut",
    "Cuts",
    "Delete a cut in any state",
    {204: NOTHING},
    "Final. The work on it is stopped.",
    path=PATH,
)


def _cut(box: Box, cut: models.Cut) -> dict[str, Any]:
    running = box.jobs.progress(_KIND, cut.id) if cut.state == CutState.PROCESSING else None
    return {
        "id": cut.id,
        "asset_id": cut.asset_id,
        "state": cut.state,
        "script": cut.script,
        "error_code": cut.error_code,
        "error_message": cut.error_message,
        "created_at": clock.iso(cut.created_at),
        "started_at": None if cut.started_at is None else clock.iso(cut.started_at),
        "completed_at": None if cut.completed_at is None else clock.iso(cut.completed_at),
        "progress": 1.0 if cut.state == CutState.COMPLETED else round(running.fraction, 4) if running else 0.0,
        "stage": running.stage if running else None,
        "by_hand": bool(cut.by_hand),
        "based_on": cut.based_on,
        "options": json.loads(cut.options),
        "summary": None if cut.summary is None else json.loads(cut.summary),
    }
