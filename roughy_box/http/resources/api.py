"""The REST resources: projects, assets, credits."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.config.values import format_size
from roughy_box.domain.asset import State
from roughy_box.domain.errors import invalid
from roughy_box.http.resources import files, previews
from roughy_box.http.server import schemas
from roughy_box.http.server.call import Call
from roughy_box.http.server.middleware import TUS_VERSION
from roughy_box.http.server.urls import base_url
from roughy_box.services import artifacts, assets, credits, projects
from roughy_box.storage.models import Asset, Entry, Project

Row = TypeVar("Row")


async def create_project(call: Call) -> HTTPResponse:
    """``POST /v1/projects``."""
    wish = await schemas.read_json(call.request, schemas.NewProject)
    base = base_url(call.request, call.box.config)
    project = await projects.create(call.account_id, wish.name)
    return _json(_project(project), 201, {"Location": f"{base}/v1/projects/{project.id}"})


async def list_projects(call: Call) -> HTTPResponse:
    """``GET /v1/projects``."""
    query = schemas.read_query(call.request, schemas.ProjectQuery)
    rows, total = await projects.page(call.account_id, query.state, query.limit, query.offset)
    return _page(rows, total, query, _project)


async def read_project(call: Call, project_id: str) -> HTTPResponse:
    """``GET /v1/projects/{id}``."""
    project_id = schemas.path_id("project_id", project_id)
    return _json(_project(await projects.get(call.account_id, project_id)))


async def change_project(call: Call, project_id: str) -> HTTPResponse:
    """``PATCH /v1/projects/{id}``."""
    project_id = schemas.path_id("project_id", project_id)
    wish = await schemas.read_json(call.request, schemas.ProjectChange)
    return _json(_project(await projects.change(call.account_id, project_id, wish.name, wish.state)))


async def delete_project(call: Call, project_id: str) -> HTTPResponse:
    """``DELETE /v1/projects/{id}``."""
    await projects.delete(call.box, call.account_id, schemas.path_id("project_id", project_id))
    return HTTPResponse(status=204)


async def create_asset(call: Call) -> HTTPResponse:
    """``POST /v1/assets``: the asset is the body, its transfer URL the ``Location``."""
    wish = await schemas.read_json(call.request, schemas.NewAsset)
    largest = call.box.config.uploads.max_size
    if wish.size_bytes > largest:
        raise invalid("body.size_bytes", f"must be at most {largest} ({format_size(largest)})")
    base = base_url(call.request, call.box.config)
    asset = await assets.create(call.box, call.account_id, wish.project_id, wish.size_bytes, wish.language)
    assert asset.expires_at is not None
    headers = {
        "Location": _upload_url(base, asset),
        "Upload-Expires": clock.http_date(asset.expires_at),
        "Tus-Resumable": TUS_VERSION,
    }
    return _json(_asset(asset), 201, headers)


async def list_assets(call: Call) -> HTTPResponse:
    """``GET /v1/assets``."""
    query = schemas.read_query(call.request, schemas.AssetQuery)
    base = base_url(call.request, call.box.config)
    rows, total = await assets.page(call.account_id, query.project_id, query.state, query.limit, query.offset)
    ready = await artifacts.ready_kinds(rows)
    return _page(rows, total, query, lambda asset: _listed_asset(call, base, asset, ready.get(asset.id, ())))


async def read_asset(call: Call, asset_id: str) -> HTTPResponse:
    """``GET /v1/assets/{id}``: the asset with its addresses."""
    asset = await assets.get(call.account_id, schemas.path_id("asset_id", asset_id))
    base = base_url(call.request, call.box.config)
    ready = asset.state == State.READY
    addresses = {
        "upload_url": _upload_url(base, asset) if asset.state == State.PENDING_UPLOAD else None,
        "download_url": files.signed_url(base, call.box, asset) if ready else None,
        "cuttable": ready,
    }
    kinds = (await artifacts.ready_kinds([asset])).get(asset.id, ())
    return _json(_listed_asset(call, base, asset, kinds) | addresses)


async def delete_asset(call: Call, asset_id: str) -> HTTPResponse:
    """``DELETE /v1/assets/{id}``."""
    await assets.delete(call.box, call.account_id, schemas.path_id("asset_id", asset_id))
    return HTTPResponse(status=204)


async def read_balance(call: Call) -> HTTPResponse:
    """``GET /v1/credits/balance``."""
    return _json({"balance": await credits.balance(call.account_id)})


async def list_history(call: Call) -> HTTPResponse:
    """``GET /v1/credits/history``."""
    query = schemas.read_query(call.request, schemas.Page)
    rows, total = await credits.history(call.account_id, query.limit, query.offset)
    return _page(rows, total, query, _entry)


def _json(content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    return HTTPResponse(json.dumps(content), status, headers=dict(headers or {}), content_type="application/json")


def _page(rows: Sequence[Row], total: int, query: schemas.Page, show: Callable[[Row], dict[str, Any]]) -> HTTPResponse:
    items = [show(row) for row in rows]
    return _json({"items": items, "total": total, "limit": query.limit, "offset": query.offset})


def _upload_url(base: str, asset: Asset) -> str:
    return f"{base}/v1/uploads/{asset.id}"


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "state": project.state,
        "archived_at": None if project.archived_at is None else clock.iso(project.archived_at),
        "created_at": clock.iso(project.created_at),
        "updated_at": clock.iso(project.updated_at),
    }


def _asset(asset: Asset) -> dict[str, Any]:
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
    }


def _listed_asset(call: Call, base: str, asset: Asset, kinds: Collection[str]) -> dict[str, Any]:
    return _asset(asset) | previews.addresses(base, call.box, asset, kinds)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "type": entry.type,
        "delta": entry.delta,
        "asset_id": entry.asset_id,
        # The hosted service's own references; a box has neither grants nor invoices.
        "grant_id": None,
        "stripe_invoice_id": None,
        "created_at": clock.iso(entry.created_at),
    }
