"""A source in, a finished file out: sends what the box lacks, has it rendered, saves the file.

Every step finds what an earlier run has done: the record of uploads, the render of the same request, the file that is
there. So a run that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roughy_box.client import renders
from roughy_box.client.api import Asset, BoxClient
from roughy_box.client.cut_files import stem_of
from roughy_box.client.downloads import download_into
from roughy_box.client.errors import ClientError
from roughy_box.client.files import UploadState
from roughy_box.client.outputs import Outputs
from roughy_box.client.ready import check_ready, read_prepared, send_recording
from roughy_box.client.renders import Render
from roughy_box.client.sources import RENDERED, Source
from roughy_box.client.waiting import wait_for
from roughy_box.client.watch import Result, Watch
from roughy_box.exports.names import file_name

# The fields that the box may refuse, in the words of the command.
_FIELDS = {f"body.output.{name}": f"--{name.replace('_', '-')}" for name in ("format", "resolution", "frame_rate")}
_FIELDS |= {
    "body.output.video_bitrate": "--video-bitrate",
    "body.output.audio_bitrate": "--audio-bitrate",
    "body.cut_id": "--cut",
}


@dataclass(frozen=True, slots=True)
class RenderWish:
    """The file to make of a source; ``output`` as in the API, ``path`` where to save it, beside the source if None."""

    project: str
    language: str | None = None
    cut_id: str | None = None
    output: Mapping[str, Any] = field(default_factory=dict)
    path: Path | None = None


def render_source(
    client: BoxClient, source: Source, wish: RenderWish, outputs: Outputs, uploads: UploadState, watch: Watch
) -> tuple[Render, Path]:
    """Return the completed render of a source and its file. Errors: ClientError."""
    result = Result(source)
    if wish.path:
        outputs.check(wish.path, source.identity)
    result.asset = check_ready(_prepared(client, result, wish, uploads, watch))
    path = wish.path or _path(source, result.asset, wish)
    outputs.check(path, source.identity)
    render = begin_render(client, result.asset["id"], wish.cut_id, wish.output, _FIELDS)
    return save_render(client, result, render, path, outputs, watch), path


def _prepared(client: BoxClient, result: Result, wish: RenderWish, uploads: UploadState, watch: Watch) -> Asset:
    if result.source.path is None:
        return read_prepared(client, result.source)
    project_id = client.find_or_create_project(wish.project)
    return send_recording(client, result, project_id, wish.language, uploads, watch)


def _path(source: Source, asset: Asset, wish: RenderWish) -> Path:
    """Return where a file is saved that was not given a place: beside the source, an asset's in the working folder."""
    ending = f"{RENDERED[1:]}.{wish.output['format']}"
    if source.path:
        return source.path.with_name(f"{source.path.stem}.{ending}")
    return Path(file_name(stem_of(str(asset.get("name") or asset["id"])), ending))


def begin_render(
    client: BoxClient, asset_id: str, cut_id: str | None, output: Mapping[str, Any], fields: Mapping[str, str]
) -> Render:
    """Return the render of an asset or of a cut of it. Errors: ClientError, in the words of ``fields``."""
    try:
        return renders.create_render(client, asset_id, cut_id, output)
    except ClientError as error:
        raise error.naming(fields) from None


def save_render(
    client: BoxClient, result: Result, render: Render, path: Path, outputs: Outputs, watch: Watch
) -> Render:
    """Return a render once it is completed and its file is there. Errors: ClientError."""
    outputs.check(path, result.source.identity)
    with watch.working(result, "render") as on_progress:
        made = wait_for(
            client,
            lambda: renders.read_render(client, render["id"]),
            renders.UNFINISHED,
            lambda entity, _: on_progress(entity["progress"], entity["state"]),
        )
    if made["state"] != "completed":
        raise ClientError(str(made["error_message"]), "render_failed")
    if not outputs.has(path, result.source.identity, made["id"]):
        _save(client, result, made, path, outputs, watch)
    return made


def _save(client: BoxClient, result: Result, render: Render, path: Path, outputs: Outputs, watch: Watch) -> None:
    def sign() -> str:
        return str(renders.read_render(client, render["id"])["download_url"])

    with (
        watch.working(result, "save") as on_progress,
        outputs.replacing(path, result.source.identity, render["id"]) as file,
    ):
        download_into(client, sign, file, lambda received, total: on_progress(received / max(1, total), "saving"))
