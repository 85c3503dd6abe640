"""The bodies and queries of ``/v1/renders``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from roughy_box.domain.render import Format, RenderFailureCode, RenderState, Resolution
from roughy_box.http.resources.cut_models import Seconds, Warning
from roughy_box.http.server.requests import Id, Page, Strict
from roughy_box.http.server.responses import Count, Moment, PageOf, Schema, Url

Fraction = Literal["24000/1001", "30000/1001", "60000/1001"]

_FRACTIONS = get_args(Fraction)
_FASTEST = 120  # frames a second


def _one_of(*allowed: int) -> BeforeValidator:
    # Not by a Literal of numbers, which takes 5.0 and True for equal ones.
    def check(value: Any) -> Any:
        if type(value) is not int or value not in allowed:
            raise ValueError(f"must be one of {', '.join(map(str, allowed))}")
        return value

    return BeforeValidator(check)


def _frame_rate(value: Any) -> Any:
    if value in _FRACTIONS or (type(value) is int and 1 <= value <= _FASTEST):
        return value
    quoted = ", ".join(f'"{each}"' for each in _FRACTIONS)
    raise ValueError(f"must be a whole number from 1 to {_FASTEST}, or one of {quoted}")


VideoBitrate = Annotated[int, _one_of(5, 10, 20, 50), WithJsonSchema({"type": "integer", "enum": [5, 10, 20, 50]})]
AudioBitrate = Annotated[
    int, _one_of(128, 192, 256, 320), WithJsonSchema({"type": "integer", "enum": [128, 192, 256, 320]})
]
FrameRate = Annotated[
    int | str,
    BeforeValidator(_frame_rate),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "integer", "minimum": 1, "maximum": _FASTEST},
                {"type": "string", "enum": [*_FRACTIONS]},
            ]
        }
    ),
]


class NewOutput(Strict):
    """The wanted file; null leaves the choice to the box."""

    format: Format
    resolution: Resolution | None = Field(
        None, description="The shorter edge; never larger than the source. `mp4` and `mov` alone."
    )
    video_bitrate: VideoBitrate | None = Field(
        None, description="Mbit/s, never above the source's. Null: by quality. `mp4` and `mov` alone."
    )
    audio_bitrate: AudioBitrate | None = Field(None, description="kbit/s.")
    frame_rate: FrameRate | None = Field(
        None, description="Frames a second. Null: those of the source. `mp4` and `mov` alone."
    )


class NewRender(Strict):
    """The values of a new render."""

    asset_id: Id
    cut_id: Id | None = Field(None, description="A completed cut of the asset. Null: all of the asset.")
    output: NewOutput


class RenderQuery(Page):
    """The query of the list of renders."""

    asset_id: Id | None = Field(None, description="Only renders of this asset.")
    project_id: Id | None = Field(None, description="Only renders of assets in this project.")
    cut_id: Id | None = Field(None, description="Only renders of this cut.")
    state: RenderState | None = Field(None, description="Only renders in this state.")


class RenderOutput(Schema):
    """The file that was asked for."""

    format: Format
    resolution: Resolution | None
    video_bitrate: VideoBitrate | None
    audio_bitrate: AudioBitrate | None
    frame_rate: FrameRate | None


class Render(Schema):
    """A file made of an asset, or of a cut of it."""

    id: Id
    asset_id: Id
    cut_id: Id | None = Field(description="Null for the whole asset, and once the cut was deleted.")
    state: RenderState
    output: RenderOutput
    size_bytes: Count | None = Field(description="Null until `completed`.")
    error_code: RenderFailureCode | None = Field(description="Why the render is `failed`; else null.")
    error_message: str | None = Field(description="The same as a sentence.")
    created_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    progress: Annotated[float, Field(ge=0, le=1)]
    warnings: list[Warning]
    duration_seconds: Seconds | None = Field(description="Null until `completed`.")


class RenderDetail(Render):
    """A render with its URL."""

    download_url: Url | None = Field(description="Signed, short-lived URL of the file; null until `completed`.")


class RenderPage(PageOf):
    """A page of the list of renders, newest first."""

    items: list[Render]
