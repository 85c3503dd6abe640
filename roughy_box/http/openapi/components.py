"""The shared parts of the document, collected while other parts refer to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from roughy_box.http.openapi import headers
from roughy_box.http.openapi.headers import Header
from roughy_box.http.openapi.operation import JSON, Content

Json = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """Schemas whose fields have no titles, which would only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(model: type[BaseModel]) -> Json:
    """Return the complete JSON Schema of one model."""
    return model.model_json_schema(schema_generator=_Untitled)


class Components:
    """The ``components`` of a document."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, Json]] = defaultdict(dict)
        self._models: dict[str, type[BaseModel]] = {}

    def reference(self, kind: str, name: str, part: Json) -> Json:
        """Keep a part and return a reference to it."""
        self._parts[kind][name] = part
        return {"$ref": f"#/components/{kind}/{name}"}

    def headers(self, names: Iterable[str]) -> Json:
        """Return the headers of an answer; a ``?`` behind a name marks one that is not always there."""
        found = {}
        for name in sorted(names):
            bare = name.removesuffix("?")
            component = name.replace("?", "-optional")
            found[bare] = self.reference("headers", component, _header(headers.RESPONSE, name))
        return found

    def request_header(self, name: str) -> Json:
        """Return a request header as a parameter; a ``?`` behind its name marks it as optional."""
        bare = name.removesuffix("?")
        component = name.replace("?", "-optional")
        part = {"name": bare, "in": "header"} | _header(headers.REQUEST, name)
        return self.reference("parameters", component, part)

    def links(self, links: Mapping[str, Json]) -> Json:
        """Return references to the operations that may follow an answer, by their ids."""
        return {
            name: self.reference("links", name, {"operationId": name, "parameters": parameters})
            for name, parameters in links.items()
        }

    def content(self, content: Content) -> Json:
        """Return a body by its media types."""
        media: Json = {"schema": {"type": "string", "format": "binary"}}
        if content.model:
            media["schema"] = self.schema(content.model)
        if content.examples:
            media["examples"] = {name: {"value": value} for name, value in content.examples.items()}
        # A range of a JSON file is not JSON: nothing can be said of it.
        anything: Json = {"schema": {}}
        bodies: Json = {each: anything if each == JSON and not content.model else media for each in content.media_types}
        for alternative in content.alternatives:
            bodies |= self.content(alternative)
        return bodies

    def schema(self, model: type[BaseModel]) -> Json:
        """Return a reference to the schema of a model."""
        self._models[model.__name__] = model
        return {"$ref": f"#/components/schemas/{model.__name__}"}

    def all(self) -> Json:
        """Return every part by its kind and name."""
        _, schemas = models_json_schema(
            [(model, "validation") for model in self._models.values()],
            ref_template="#/components/schemas/{model}",
            schema_generator=_Untitled,
        )
        parts: Json = {kind: dict(sorted(parts.items())) for kind, parts in self._parts.items()}
        return parts | {"schemas": schemas["$defs"]}


def _header(table: dict[str, Header], name: str) -> Json:
    header = table[name.removesuffix("?")]
    return {
        "description": header.description,
        "required": not name.endswith("?"),
        "schema": header.schema,
        "example": header.example,
    }
