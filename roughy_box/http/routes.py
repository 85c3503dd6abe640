"""The list: method, path, endpoint. And the frame that runs them.

Every path is one Sanic route for all methods, so that ``OPTIONS``, ``405`` with ``Allow`` and the
order of checks (key first, then the body) are the same everywhere.
"""

from __future__ import annotations

import time
from collections import defaultdict

from sanic import HTTPResponse, Request

from roughy_box.base import logs
from roughy_box.base.tasks import run_to_completion
from roughy_box.domain.errors import BoxError
from roughy_box.http.resources import api, document, files, health, metrics, pages, previews, uploads
from roughy_box.http.server import middleware
from roughy_box.http.server.call import App, Call, Route, authenticate
from roughy_box.http.server.traffic import METHODS
from roughy_box.http.server.urls import template
from roughy_box.services.box import Box


async def read_document(call: Call) -> HTTPResponse:
    """``GET /v1/openapi.json``: this list, told to machines."""
    return await document.respond(call, ROUTES)


ROUTES = (
    Route("POST", "/v1/projects", api.create_project),
    Route("GET", "/v1/projects", api.list_projects),
    Route("GET", "/v1/projects/<project_id:str>", api.read_project),
    Route("PATCH", "/v1/projects/<project_id:str>", api.change_project),
    Route("DELETE", "/v1/projects/<project_id:str>", api.delete_project),
    Route("POST", "/v1/assets", api.create_asset),
    Route("GET", "/v1/assets", api.list_assets),
    Route("GET", "/v1/assets/<asset_id:str>", api.read_asset),
    Route("DELETE", "/v1/assets/<asset_id:str>", api.delete_asset),
    Route("OPTIONS", "/v1/uploads", uploads.capabilities, public=True),
    Route("OPTIONS", "/v1/uploads/<upload_id:str>", uploads.capabilities, public=True),
    Route("HEAD", "/v1/uploads/<upload_id:str>", uploads.head),
    Route("PATCH", "/v1/uploads/<upload_id:str>", uploads.patch, streams=True),
    Route("DELETE", "/v1/uploads/<upload_id:str>", uploads.delete),
    Route("POST", "/v1/uploads/<upload_id:str>", uploads.overridden, streams=True),
    Route("GET", "/v1/credits/balance", api.read_balance),
    Route("GET", "/v1/credits/history", api.list_history),
    Route("GET", "/v1/openapi.json", read_document, public=True),
    Route("GET", "/files/projects/<project_id:str>/<name:str>", files.download, public=True, streams=True),
    Route("GET", "/files/posters/<name:str>", previews.poster, public=True),
    Route("GET", "/files/waveforms/<name:str>", previews.waveform, public=True),
    Route("GET", "/healthz", health.live, public=True),
    Route("GET", "/readyz", health.ready, public=True),
    Route("GET", "/metrics", metrics.metrics, public=True),
)


def install(app: App, box: Box) -> None:
    """Register every route with ``app``."""
    by_path: dict[str, dict[str, Route]] = defaultdict(dict)
    for route in ROUTES:
        by_path[route.path][route.method] = route
    # The files of the console are no part of the API.
    for path, endpoint in pages.endpoints().items():
        by_path[path]["GET"] = Route("GET", path, endpoint, public=True)
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

    kind = "console" if all(route.endpoint.__module__ == pages.__name__ for route in routes.values()) else path
    name = path.translate(str.maketrans("/<>:", "____"))
    # A streaming route leaves the body alone until the endpoint wants it.
    # Told the format of errors, Sanic need not guess it from our source at every start.
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
