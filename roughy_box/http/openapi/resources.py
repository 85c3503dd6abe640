"""What the document says of projects, assets, credits and the box itself."""

from __future__ import annotations

from collections.abc import Mapping

from roughy_box.http.openapi import examples as given
from roughy_box.http.openapi import models
from roughy_box.http.openapi.operation import NOTHING, Answer, Content, Operation, json_answer, json_body
from roughy_box.http.server import schemas

PROJECTS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/v1/projects"): Operation(
        "create_project",
        "Projects",
        "Create a project",
        {
            201: json_answer(
                "The project.",
                models.Project,
                headers=("Location",),
                links=("read_project", "change_project", "delete_project", "list_assets"),
                project=given.PROJECT,
            )
        },
        "Names need not be unique.",
        body=json_body(schemas.NewProject, project=given.NEW_PROJECT),
    ),
    ("GET", "/v1/projects"): Operation(
        "list_projects",
        "Projects",
        "List projects",
        {200: json_answer("Projects, newest first.", models.ProjectPage, projects=given.page(given.PROJECT))},
        "The active ones, unless `state` says otherwise.",
        query=schemas.ProjectQuery,
    ),
    ("GET", "/v1/projects/{project_id}"): Operation(
        "read_project",
        "Projects",
        "Read a project",
        {200: json_answer("The project.", models.Project, active=given.PROJECT, archived=given.ARCHIVED)},
        "Active or archived.",
    ),
    ("PATCH", "/v1/projects/{project_id}"): Operation(
        "change_project",
        "Projects",
        "Rename, archive or bring back a project",
        {200: json_answer("The project as it is now.", models.Project, archived=given.ARCHIVED)},
        "A value left out, or null, stays as it is. Archiving leaves the assets alone.",
        body=json_body(schemas.ProjectChange, rename={"name": "Episode 12, final"}, archive={"state": "archived"}),
    ),
    ("DELETE", "/v1/projects/{project_id}"): Operation(
        "delete_project",
        "Projects",
        "Delete a project and every asset in it",
        {204: NOTHING},
        "Rows and bytes are gone for good. Uploads and preparations that are under way are stopped.",
    ),
}

ASSETS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/v1/assets"): Operation(
        "create_asset",
        "Assets",
        "Announce a file and open its upload",
        {
            201: json_answer(
                "The asset, in `pending_upload`. Its bytes go to the address in `Location`.",
                models.Asset,
                headers=("Location", "Upload-Expires", "Tus-Resumable"),
                links=("read_asset", "delete_asset", "read_upload", "send_chunk", "cancel_upload"),
                asset=given.PENDING,
            )
        },
        "Needs a balance above zero. Type, extension and content type are told from the bytes, not given.",
        errors=("insufficient_credits", "not_found", "rate_limited", "insufficient_storage"),
        body=json_body(schemas.NewAsset, asset=given.NEW_ASSET),
    ),
    ("GET", "/v1/assets"): Operation(
        "list_assets",
        "Assets",
        "List assets",
        {200: json_answer("Assets, newest first.", models.AssetPage, assets=given.page(given.WAITING, given.PREPARED))},
        "Without a filter: of every project and in every state.",
        query=schemas.AssetQuery,
    ),
    ("GET", "/v1/assets/{asset_id}"): Operation(
        "read_asset",
        "Assets",
        "Read an asset with its addresses",
        {
            200: json_answer(
                "The asset.",
                models.AssetDetail,
                pending_upload=given.PENDING_DETAIL,
                ready=given.PREPARED_DETAIL,
                failed=given.REJECTED_DETAIL,
            )
        },
        "Poll this after the last chunk until `state` is no longer `processing`.",
    ),
    ("DELETE", "/v1/assets/{asset_id}"): Operation(
        "delete_asset",
        "Assets",
        "Delete an asset in any state",
        {204: NOTHING},
        "Row and bytes are gone for good; a running upload or preparation of it is stopped. Credits are not returned.",
    ),
}

CREDITS: Mapping[tuple[str, str], Operation] = {
    ("GET", "/v1/credits/balance"): Operation(
        "read_balance",
        "Credits",
        "Read the balance",
        {200: json_answer("The balance.", models.Balance, balance={"balance": 36})},
        "What the account can spend. An upload needs a balance above zero.",
    ),
    ("GET", "/v1/credits/history"): Operation(
        "list_ledger",
        "Credits",
        "List the ledger",
        {200: json_answer("Entries, newest first.", models.LedgerPage, entries=given.page(given.CHARGE, given.TOPUP))},
        "One credit per started minute, taken once, when an asset has been prepared; never for `failed`.",
        query=schemas.Page,
    ),
}

METRICS_TEXT = Content(media_types=("text/plain; version=0.0.4; charset=utf-8",))

SERVICE: Mapping[tuple[str, str], Operation] = {
    ("GET", "/healthz"): Operation(
        "check_health",
        "Service",
        "Ask whether the box is up",
        {
            200: json_answer(
                "The box answers.",
                models.Health,
                headers=("Cache-Control",),
                up={"status": "ok"},
                stopping={"status": "draining"},
            )
        },
        "For proxies and supervisors.",
    ),
    ("GET", "/readyz"): Operation(
        "check_readiness",
        "Service",
        "Ask whether the box can do its work",
        {
            200: json_answer("Every check passed.", models.Readiness, headers=("Cache-Control",), ready=given.READY),
            503: json_answer(
                "A check failed, or the box holds as many connections as it may.",
                models.Unreadiness,
                headers=("Cache-Control?", "Retry-After"),
                unavailable=given.NOT_READY,
            ),
        },
        "For load balancers and monitors. All who ask within a second are answered by one look at the box.",
    ),
    ("GET", "/metrics"): Operation(
        "read_metrics",
        "Service",
        "Read the metrics",
        {200: Answer("The metrics in the text format of Prometheus.", METRICS_TEXT, headers=("Cache-Control",))},
        "For programs on this machine that ask for themselves, and with `Authorization: Bearer` and `metrics.token` "
        "for others; without a token in the configuration nobody else may. 404 where the metrics are switched off.",
        errors=("forbidden", "not_found"),
    ),
    ("GET", "/v1/openapi.json"): Operation(
        "read_document",
        "Service",
        "Read this document",
        {
            200: json_answer(
                "The document.",
                models.Document,
                headers=("ETag", "Cache-Control"),
                document={"openapi": "3.1.0", "info": {"title": "Roughy Box"}, "paths": {}},
            ),
            304: Answer("Unchanged: the `ETag` is among those of `If-None-Match`.", headers=("ETag", "Cache-Control")),
        },
        "Made from the routes of this very box, with its address and its limits.",
        headers=("If-None-Match?",),
    ),
}
