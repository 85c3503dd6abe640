"""Build the OpenAPI document from the routes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from roughy_box.http.openapi import webhooks
from roughy_box.http.openapi.components import Components
from roughy_box.http.openapi.info import KEY, TAGS, info
from roughy_box.http.openapi.operation import BASE, Answer, Event, Operation, PathParameter, Route
from roughy_box.http.openapi.paths import describe
from roughy_box.http.server.urls import template

Json = dict[str, Any]


def build(routes: Iterable[Route], events: Iterable[Event]) -> Json:
    """Return the document of ``routes``, and of the ``events`` that are sent to receivers of webhooks."""
    parts = Components()
    paths: Json = {}
    parameters: dict[str, Mapping[str, PathParameter]] = {}
    for route in routes:
        if route.operation is None:
            continue
        path = template(route.path)
        item = paths.setdefault(path, {})
        operation, parameters[path] = route.operation, route.operation.path
        item[route.method.lower()] = describe(operation, route.method, path, parts, public=route.public)
        if route.method == "GET":
            item["head"] = describe(_head_of(operation), "HEAD", path, parts, public=route.public)
    for path, item in paths.items():
        if "options" not in item:
            item["options"] = describe(_preflight_of(path, parameters[path]), "OPTIONS", path, parts, public=True)
    return {
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{"url": BASE}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "webhooks": {event.type: webhooks.describe(event, parts) for event in events},
        "components": parts.all() | {"securitySchemes": {"key": KEY}},
    }


def _head_of(operation: Operation) -> Operation:
    """Return the ``HEAD`` of a ``GET``: the same headers, no body, and no ranges (RFC 9110, section 14.2)."""
    return replace(
        operation,
        id=f"{operation.id}_head",
        summary=f"{operation.summary} (headers only)",
        description="As `GET`, without the body.",
        answers={
            status: replace(answer, content=None, links={})
            for status, answer in operation.answers.items()
            if status != 206
        },
        errors=tuple(code for code in operation.errors if code != "range_not_satisfiable"),
        headers=tuple(name for name in operation.headers if name not in ("Range?", "If-Range?")),
    )


def _preflight_of(path: str, parameters: Mapping[str, PathParameter]) -> Operation:
    words = re.findall(r"\w+", path.removeprefix("/v1"))
    return Operation(
        f"preflight_{'_'.join(words)}",
        "Preflight",
        f"Preflight of {path}",
        {204: Answer("The allowed methods.", headers=("Allow",))},
        "Answered without a key, for any id in the path.",
        path=parameters,
    )
