"""``/v1/assets``: pieces of source media."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field
from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.config.values import format_size
from roughy_box.domain.asset import FailureCode, MediaType, State
from roughy_box.domain.errors import invalid
from roughy_box.domain.upload import MIN_SIZE
from roughy_box.http.openapi.operation import NOTHING, Operation, PathParameter, json_answer, json_body
from roughy_box.http.resources import artifacts as artifact_files
from roughy_box.http.resources import examples, files
from roughy_box.http.server.call import Call
from roughy_box.http.server.endpoints import delete_one
from roughy_box.http.server.middleware import TUS_VERSION
from roughy_box.http.server.requests import (
    FileName,
    Id,
    Language,
    NamePart,
    Page,
    Strict,
    path_id,
    read_json,
    read_query,
)
from roughy_box.http.server.responses import Count, Moment, PageOf, Schema, Url, json_response, page_response
from roughy_box.http.server.urls import base_url
from roughy_box.services import artifacts, assets
from roughy_box.storage import models
from roughy_box.storage.artifacts import PEAKS, PROXY

PATH = {"asset_id": PathParameter("The id of the asset.", examples.ASSET_ID)}


class NewAsset(Strict):
    """The values of a new asset: a file to upload."""

    project_id: Id
    # The upper limit is configured, and checked by the endpoint.
    size_bytes: int = Field(ge=MIN_SIZE, description="The exact size of the file.")
    language: Language | None = Field(
        None, description="The spoken language (ISO 639-1), cannot be changed later; null if unknown."
    )
    name: FileName | None = Field(None, description="The file's own name, cannot be changed later; null if unknown.")


class AssetQuery(Page):
    """The query of the list of assets."""

    project_id: Id | None = Field(None, description="Only assets of this project.")
    state: State | None = Field(None, description="Only assets in this state.")
    q: NamePart | None = Field(None, description="Only assets with this part in their `name`, whatever its case.")


class Asset(Schema):
    """One piece of source media."""

    id: Id = Field(description="Also the id of its upload.")
    project_id: Id
    type: MediaType | None = Field(description="Detected from the first chunk; null before.")
    state: State
    extension: str | None = Field(description="Detected from the bytes, such as `mp4`.")
    size_bytes: Count | None = Field(description="Null until the upload is complete.")
    content_type: str | None = Field(description="Detected from the bytes, such as `video/mp4`.")
    duration_seconds: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{3}$")] | None = Field(
        description="Duration of the media, measured from the stored bytes; null before. Credits are charged for it."
    )
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = Field(
        description="The spoken language as given on creation (ISO 639-1)."
    )
    error_code: FailureCode | None = Field(description="Why the asset is `failed`; else null.")
    error_message: str | None = Field(description="The same as a sentence.")
    created_at: Moment
    name: str | None = Field(description="The file's own name as given on creation. Downloads are named after it.")


class ListedAsset(Asset):
    """An asset with its previews."""

    poster_url: Url | None = Field(description="Signed URL of the poster of a ready video; null until it is made.")
    waveform_url: Url | None = Field(description="Signed URL of the peaks of a ready sound; null until measured.")


class AssetDetail(ListedAsset):
    """An asset with its URLs."""

    upload_url: Url | None = Field(description="URL of the upload; null unless `pending_upload`.")
    download_url: Url | None = Field(description="Signed, short-lived URL of the file; null unless `ready`.")
    peaks_url: Url | None = Field(
        description="Signed URL of the detailed peaks of the sound, measured when first read; null unless `ready`."
    )
    proxy_url: Url | None = Field(
        description="Signed URL of a version that every browser plays, made when first read; null unless `ready`."
    )
    cuttable: bool = Field(description="Whether the asset is `ready`.")


class AssetPage(PageOf):
    """A page of the list of assets, newest first."""

    items: list[ListedAsset]


async def create(call: Call) -> HTTPResponse:
    """``POST /v1/assets``: the asset is the body, its upload URL the ``Location``."""
    wish = await read_json(call.request, NewAsset)
    largest = call.box.config.uploads.max_size
    if wish.size_bytes > largest:
        raise invalid("body.size_bytes", f"must be at most {largest} ({format_size(largest)})")
    base = base_url(call.request, call.box.config)
    asset = await assets.create(call.box, call.account_id, wish.project_id, wish.size_bytes, wish.language, wish.name)
    assert asset.expires_at is not None
    headers = {
        "Location": _upload_url(base, asset),
        "Upload-Expires": clock.http_date(asset.expires_at),
        "Tus-Resumable": TUS_VERSION,
    }
    return json_response(content(asset), 201, headers)


_UPLOAD = {"upload_id": "$response.body#/id", "header.Tus-Resumable": "1.0.0"}
CREATE = Operation(
    "create_asset",
    "Assets",
    "Create an asset and open its upload",
    {
        201: json_answer(
            "The asset, in `pending_upload`. Upload its bytes to the URL in `Location`.",
            Asset,
            headers=("Location", "Upload-Expires", "Tus-Resumable"),
            links={
                "read_asset": {"asset_id": "$response.body#/id"},
                "delete_asset": {"asset_id": "$response.body#/id"},
                "read_upload": _UPLOAD,
                "send_chunk": {**_UPLOAD, "header.Upload-Offset": "0"},
                "cancel_upload": _UPLOAD,
            },
            asset=examples.PENDING,
        )
    },
    "Needs a balance above zero. Type, extension and content type are detected from the bytes.",
    errors=("insufficient_credits", "not_found", "rate_limited", "insufficient_storage"),
    body=json_body(NewAsset, asset=examples.NEW_ASSET),
)


async def list_page(call: Call) -> HTTPResponse:
    """``GET /v1/assets``."""
    query = read_query(call.request, AssetQuery)
    base = base_url(call.request, call.box.config)
    rows, total = await assets.page(call.account_id, query.project_id, query.state, query.q, query.limit, query.offset)
    ready = await artifacts.ready_kinds(rows)
    return page_response(rows, total, query, lambda asset: _listed_asset(call, base, asset, ready.get(asset.id, ())))


LIST = Operation(
    "list_assets",
    "Assets",
    "List assets",
    {200: json_answer("Assets, newest first.", AssetPage, assets=examples.page(examples.WAITING, examples.PREPARED))},
    "Without a filter: all projects and all states. `q` searches the names.",
    query=AssetQuery,
)


async def read(call: Call, asset_id: str) -> HTTPResponse:
    """``GET /v1/assets/{id}``: the asset with its URLs."""
    asset = await assets.get(call.account_id, path_id("asset_id", asset_id))
    base = base_url(call.request, call.box.config)
    ready = asset.state == State.READY
    addresses = {
        "upload_url": _upload_url(base, asset) if asset.state == State.PENDING_UPLOAD else None,
        "download_url": files.signed_url(base, call.box, asset) if ready else None,
        "peaks_url": artifact_files.address(base, call.box, asset, PEAKS) if ready else None,
        "proxy_url": artifact_files.address(base, call.box, asset, PROXY) if ready else None,
        "cuttable": ready,
    }
    kinds = (await artifacts.ready_kinds([asset])).get(asset.id, ())
    return json_response(_listed_asset(call, base, asset, kinds) | addresses)


READ = Operation(
    "read_asset",
    "Assets",
    "Read an asset with its URLs",
    {
        200: json_answer(
            "The asset.",
            AssetDetail,
            pending_upload=examples.PENDING_DETAIL,
            ready=examples.PREPARED_DETAIL,
            failed=examples.REJECTED_DETAIL,
        )
    },
    "Poll this after the last chunk until `state` is no longer `processing`.",
    path=PATH,
)


delete = delete_one("asset_id", assets.delete)
DELETE = Operation(
    "delete_asset",
    "Assets",
    "Delete an asset in any state",
    {204: NOTHING},
    "Final: the file, cuts and renders are deleted, too, and work on them is stopped. Credits are not refunded.",
    path=PATH,
)


def _upload_url(base: str, asset: models.Asset) -> str:
    return f"{base}/v1/uploads/{asset.id}"


def content(asset: models.Asset) -> dict[str, Any]:
    """Return the members of an asset that do not depend on the request."""
    return {
        "id": asset.id,
        "project_id": asset.project_id,
        "type": asset.type,
        "state": asset.state,
        "extension": asset.extension,
        "size_bytes": asset.size_bytes,
        "content_type": asset.content_type,
        "duration_seconds": None if asset.duration_ms is None else f"{asset.duration_ms / 1000:.3f}",
        "language": asset.language,
        "error_code": asset.error_code,
        "error_message": asset.error_message,
        "created_at": clock.iso(asset.created_at),
        "name": asset.name,
    }


def _listed_asset(call: Call, base: str, asset: models.Asset, kinds: Collection[str]) -> dict[str, Any]:
    return content(asset) | artifact_files.addresses(base, call.box, asset, kinds)
