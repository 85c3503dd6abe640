"""Every route, and how one is dispatched.

Each path is one Sanic route for all methods, so that ``OPTIONS``, ``405`` with ``Allow`` and the order of checks (key
first, then the body) are the same everywhere.
"""

from __future__ import annotations

import time
from collections import defaultdict

from sanic import HTTPResponse, Request

from roughy_box.base import logs
from roughy_box.base.tasks import run_to_completion
from roughy_box.domain.errors import BoxError
from roughy_box.http.openapi.operation import Route
from roughy_box.http.resources import (
    artifacts,
    assets,
    credits,
    cut_files,
    cuts,
    deliveries,
    document,
    events,
    files,
    health,
    metrics,
    pages,
    projects,
    render_files,
    renders,
    uploads,
    webhooks,
)
from roughy_box.http.server import middleware
from roughy_box.http.server.call import App, Call, authenticate
from roughy_box.http.server.traffic import METHODS
from roughy_box.http.server.urls import template
from roughy_box.services.box import Box

_UPLOAD = "/v1/uploads/<upload_id:str>"
_CUT = "/v1/cuts/<cut_id:str>"
_RENDER = "/v1/renders/<render_id:str>"
_ENDPOINT = "/v1/webhook-endpoints/<endpoint_id:str>"
_DELIVERIES = f"{_ENDPOINT}/deliveries"
_FILE = "/files/projects/<project_id:str>/<name:str>"


async def read_document(call: Call) -> HTTPResponse:
    """Answer ``GET /v1/openapi.json`` from this list."""
    return await document.read(call, ROUTES)


ROUTES = (
    Route("POST", "/v1/projects", projects.create, projects.CREATE),
    Route("GET", "/v1/projects", projects.list_page, projects.LIST),
    Route("GET", "/v1/projects/<project_id:str>", projects.read, projects.READ),
    Route("PATCH", "/v1/projects/<project_id:str>", projects.change, projects.CHANGE),
    Route("DELETE", "/v1/projects/<project_id:str>", projects.delete, projects.DELETE),
    Route("POST", "/v1/assets", assets.create, assets.CREATE),
    Route("GET", "/v1/assets", assets.list_page, assets.LIST),
    Route("GET", "/v1/assets/<asset_id:str>", assets.read, assets.READ),
    Route("DELETE", "/v1/assets/<asset_id:str>", assets.delete, assets.DELETE),
    Route("POST", "/v1/cuts", cuts.create, cuts.CREATE),
    Route("GET", "/v1/cuts", cuts.list_page, cuts.LIST),
    Route("GET", _CUT, cuts.read, cuts.READ),
    Route("DELETE", _CUT, cuts.delete, cuts.DELETE),
    Route("GET", f"{_CUT}/export", cut_files.export, cut_files.EXPORT),
    Route("GET", f"{_CUT}/subtitle/export", cut_files.export_subtitles, cut_files.EXPORT_SUBTITLES),
    Route("POST", "/v1/renders", renders.create, renders.CREATE),
    Route("GET", "/v1/renders", renders.list_page, renders.LIST),
    Route("GET", _RENDER, renders.read, renders.READ),
    Route("DELETE", _RENDER, renders.delete, renders.DELETE),
    Route("POST", "/v1/webhook-endpoints", webhooks.create, webhooks.CREATE),
    Route("GET", "/v1/webhook-endpoints", webhooks.list_page, webhooks.LIST),
    Route("GET", _ENDPOINT, webhooks.read, webhooks.READ),
    Route("PATCH", _ENDPOINT, webhooks.change, webhooks.CHANGE),
    Route("DELETE", _ENDPOINT, webhooks.delete, webhooks.DELETE),
    Route("POST", f"{_ENDPOINT}/rotate", webhooks.rotate, webhooks.ROTATE),
    Route("POST", f"{_ENDPOINT}/test", deliveries.send_test, deliveries.TEST),
    Route("GET", _DELIVERIES, deliveries.list_page, deliveries.LIST),
    Route("POST", f"{_DELIVERIES}/<delivery_id:str>/retry", deliveries.retry, deliveries.RETRY),
    Route("OPTIONS", "/v1/uploads", uploads.capabilities, uploads.DISCOVER, public=True),
    Route("OPTIONS", _UPLOAD, uploads.capabilities, uploads.DISCOVER_AT_UPLOAD, public=True),
    Route("HEAD", _UPLOAD, uploads.head, uploads.HEAD),
    Route("PATCH", _UPLOAD, uploads.patch, uploads.PATCH, streams=True),
    Route("DELETE", _UPLOAD, uploads.delete, uploads.DELETE),
    Route("POST", _UPLOAD, uploads.overridden, uploads.OVERRIDDEN, streams=True),
    Route("GET", "/v1/credits/balance", credits.read_balance, credits.READ_BALANCE),
    Route("GET", "/v1/credits/history", credits.list_ledger, credits.LIST_LEDGER),
    Route("GET", "/v1/events", events.stream, events.STREAM, streams=True),
    Route("GET", "/v1/openapi.json", read_document, document.READ, public=True),
    Route("GET", _FILE, files.download, files.DOWNLOAD, public=True, streams=True),
    Route(
        "GET",
        f"{render_files.PATH}/<name:str>",
        render_files.download,
        render_files.DOWNLOAD,
        public=True,
        streams=True,
    ),
    Route("GET", f"{artifacts.PATH}/<name:str>", artifacts.read, artifacts.READ, public=True, streams=True),
    Route("GET", "/healthz", health.live, health.LIVE, public=True),
    Route("GET", "/readyz", health.ready, health.READY, public=True),
    Route("GET", "/metrics", metrics.read, metrics.READ, public=True),
)


def install(app: App, box: Box) -> None:
    """Register every route with ``app``."""
    by_path: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in ROUTES:
        by_path[route.path][route.method] = route
    # The files of the console are not part of the API.
    for path, endpoint in pages.endpoints().items():
        by_path[path]["GET"] = Route("GET", path, endpoint, operation=None, public=True)
    for path, routes in by_path.items():
        _register(app, box, path, routes)


def _register(app: App, box: Box, path: str, routes: dict[str, Route]) -> None:
    if "GET" in routes:
        routes.setdefault("HEAD", routes["GET"])
    allow = ", ".join(method for method in METHODS if method in routes or method == "OPTIONS")

    async def dispatch(request: Request, **path_values: str) -> HTTPResponse | None:
        request.ctx.started = time.perf_counter()
        logs.request_id.set(middleware.request_id(request))
        route = routes.get(request.method)
        if route is None:
            if request.method == "OPTIONS":
                return HTTPResponse(status=204, headers={"Allow": allow})
            raise BoxError("method_not_allowed", headers={"Allow": allow})
        call = Call(request, box, "" if route.public else await authenticate(request, box))
        work = route.endpoint(call, **path_values)
        try:
            return await work if route.streams else await run_to_completion(work)
        finally:
            if (status := getattr(request.ctx, "status", None)) is not None:
                middleware.conclude(request, box.config, status, request.ctx.sent.count)

    kind = "console" if all(route.operation is None for route in routes.values()) else path
    name = path.translate(str.maketrans("/<>:", "____"))
    # A streaming route leaves the body unread until the endpoint asks for it.
    # With a format of errors given, Sanic does not guess it from our source at every start.
    app.add_route(
        dispatch,
        path,
        methods=METHODS,
        name=name,
        stream=True,
        error_format="json",
        ctx_allow=allow,
        ctx_template=template(kind),
    )
