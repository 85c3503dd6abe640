"""The bodies and queries of ``/v1/cuts``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from roughy_box.domain.cut_states import CutFailureCode, CutState
from roughy_box.http.server.requests import Id, Page, Strict
from roughy_box.http.server.responses import Count, Moment, PageOf, Schema

_LONGEST_SCRIPT = 100_000
_MOST_SEGMENTS = 10_000

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
