"""Check answers against the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
# Headers of the connection, and the type, which is described with the body.
TRANSPORT = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-type"}
_MEDIA_TYPE = re.compile(r"\w+/[\w.+-]+(; [\w.=; -]+)?")


class Description:
    """One document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        schemas = {name: _closed(schema) for name, schema in document["components"]["schemas"].items()}
        self._root = {"components": document["components"] | {"schemas": schemas}}

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield method, path and description of each operation."""
        for path, item in self.document["paths"].items():
            yield from ((method.upper(), path, item[method]) for method in METHODS if method in item)

    def responses(self, operation: dict[str, Any]) -> dict[int, dict[str, Any]]:
        """Return the answers of an operation by status."""
        return {int(status): self.resolved(response) for status, response in operation["responses"].items()}

    def resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        """Return a part of the document, with its reference resolved."""
        if "$ref" not in part:
            return part
        found: Any = self.document
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return dict(found)

    def template(self, path: str) -> str:
        """Return the path of the document that a real one is an instance of."""
        if path in self.document["paths"]:
            return path
        (found,) = (each for each in self.document["paths"] if _pattern(each).fullmatch(path))
        return str(found)

    def conforms(self, value: Any, schema: dict[str, Any]) -> None:
        """Check a value against a schema of the document; unknown members are refused, too."""
        Draft202012Validator(self._root | schema, format_checker=FormatChecker()).validate(value)

    def check(self, answer: httpx.Response) -> tuple[str, str, int]:
        """Check an answer against its description: status, headers, body. Return its method, path, status."""
        answer.read()
        method, path = answer.request.method, self.template(answer.request.url.path)
        seen = method, path, answer.status_code
        responses = self.responses(self.document["paths"][path][method.lower()])
        assert answer.status_code in responses, f"{seen} is not documented: {answer.text}"
        response = responses[answer.status_code]
        self._check_headers(answer, response["headers"], seen)
        self._check_body(answer, response.get("content"), seen)
        return seen

    def _check_headers(self, answer: httpx.Response, described: dict[str, Any], seen: object) -> None:
        known = {name.lower() for name in described}
        assert set(answer.headers) <= known | TRANSPORT, f"{seen}: {set(answer.headers) - known - TRANSPORT}"
        for name, reference in described.items():
            header = self.resolved(reference)
            assert name in answer.headers or not header["required"], f"{seen}: {name} is missing"
            if name in answer.headers:
                value: str | int = answer.headers[name]
                self.conforms(int(value) if header["schema"]["type"] == "integer" else value, header["schema"])

    def _check_body(self, answer: httpx.Response, content: dict[str, Any] | None, seen: object) -> None:
        media_type = answer.headers.get("Content-Type")
        if content is None:
            assert answer.content == b"", f"{seen}: an undocumented body"
            assert media_type is None or re.fullmatch(r"\w+/[\w.+-]+(; [\w.=; -]+)?", media_type), (
                f"{seen}: {media_type}"
            )
            return
        (described,) = (media for each, media in content.items() if _matches(media_type, each))
        # A range of a JSON file may be anything.
        if media_type == "application/json" and described["schema"] != {}:
            self.conforms(answer.json(), described["schema"])
            if answer.is_error:
                assert answer.json()["error"]["code"] in described["examples"], f"{seen}: {answer.text}"


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))


def _matches(media_type: str | None, described: str) -> bool:
    return media_type is not None and bool(re.fullmatch(described.replace("*", r"[\w.+-]+"), media_type))


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that refuses unknown members, except that of a document, which names only some."""
    return (
        schema
        if schema.get("title") == "Document" or "properties" not in schema
        else schema | {"additionalProperties": False}
    )
