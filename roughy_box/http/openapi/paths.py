"""Describe one operation: parameters, body, and every answer with its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from roughy_box.http.openapi import errors
from roughy_box.http.openapi.components import Components, schema_of
from roughy_box.http.openapi.operation import ANY_TEXT, Answer, Content, Operation

Json = dict[str, Any]

_EVERYWHERE = (
    *("X-Request-ID", "X-Content-Type-Options"),
    *("Access-Control-Allow-Origin?", "Access-Control-Expose-Headers?", "Vary?"),
)
_PREFLIGHT = ("Access-Control-Allow-Methods?", "Access-Control-Allow-Headers?", "Access-Control-Max-Age?")
# When a head is refused its path is unknown.
_MAYBE_WITHOUT_PATH = {400, 413, 500, 503}


def describe(operation: Operation, method: str, path: str, parts: Components, *, public: bool) -> Json:
    """Return the operation object of one method of one path."""
    content: Json = {"operationId": operation.id, "tags": [operation.tag], "summary": operation.summary}
    if operation.description:
        content["description"] = operation.description
    parameters = [
        *_of_path(operation, method, path, parts),
        *_query(operation.query),
        *(parts.request_header(name) for name in operation.headers),
    ]
    if parameters:
        content["parameters"] = parameters
    if operation.body:
        content["requestBody"] = {"required": operation.body.is_required, "content": parts.content(operation.body)}
    if public:
        content["security"] = []
    answers = {
        status: _answer(answer, (*answer.headers, *_headers_by_rule(method, path, status)), parts)
        for status, answer in operation.answers.items()
    }
    for status, codes in errors.codes_of(operation, method, path, public=public).items():
        if status not in answers:
            answers[status] = _error(codes, method, path, status, parts)
    content["responses"] = {str(status): answers[status] for status in sorted(answers)}
    return content


def _answer(answer: Answer, headers: Sequence[str], parts: Components) -> Json:
    content: Json = {"description": answer.description, "headers": parts.headers(headers)}
    if answer.content:
        content["content"] = parts.content(answer.content)
    if answer.links:
        content["links"] = parts.links(answer.links)
    return content


def _error(codes: Sequence[str], method: str, path: str, status: int, parts: Components) -> Json:
    """Return a reference to the error, which operations share where it looks the same."""
    place = "Upload" if path.startswith("/v1/uploads") else ""
    name = place + "Or".join(code.title().replace("_", "") for code in codes) + ("Head" if method == "HEAD" else "")
    headers = (*errors.headers_of(codes), *_headers_by_rule("", path, status))
    content = (
        None if method == "HEAD" else Content(errors.ErrorEnvelope, {code: errors.example(code) for code in codes})
    )
    return parts.reference("responses", name, _answer(Answer(errors.description(codes), content), headers, parts))


def _headers_by_rule(method: str, path: str, status: int) -> Iterator[str]:
    yield from _EVERYWHERE
    if method == "OPTIONS":
        yield from _PREFLIGHT
    if path.startswith("/v1/uploads"):
        optional = "?" if status in _MAYBE_WITHOUT_PATH else ""
        yield from (f"Tus-Resumable{optional}", f"Cache-Control{optional}")


def _of_path(operation: Operation, method: str, path: str, parts: Components) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", path):
        described = operation.path[name]
        component, schema = described.component or name, described.schema
        if method == "OPTIONS":  # answered for any id
            component, schema = f"{component}_any", ANY_TEXT
        parameter = {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schema,
            "example": described.example,
            "description": described.description,
        }
        yield parts.reference("parameters", component, parameter)


def _query(model: type[BaseModel] | None) -> Iterator[Json]:
    """Yield the parameters of a query with complete schemas; an optional value cannot be null."""
    whole = schema_of(model) if model else {}
    for name, schema in whole.get("properties", {}).items():
        content = {key: value for key, value in schema.items() if key not in ("anyOf", "description", "examples")}
        for choice in schema.get("anyOf", ()):
            if choice.get("type") != "null":
                content |= choice
        if content.get("default", ...) is None:
            del content["default"]
        if reference := content.pop("$ref", None):
            content |= whole["$defs"][reference.rpartition("/")[2]]
        parameter = {"name": name, "in": "query", "required": name in whole.get("required", ()), "schema": content}
        if "description" in schema:
            parameter["description"] = schema["description"]
        if "examples" in schema:
            parameter["example"] = schema["examples"][0]
        yield parameter
