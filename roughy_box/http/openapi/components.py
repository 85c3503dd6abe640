"""What several places of the document share, collected while they refer to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from roughy_box.http.openapi import headers
from roughy_box.http.openapi.headers import Header
from roughy_box.http.openapi.operation import Content

Json = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """Fields without a title of their own: it would only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_of(model: type[BaseModel]) -> Json:
    """The JSON Schema of one model, complete in itself."""
    return model.model_json_schema(schema_generator=_Untitled)


class Components:
    """The ``components`` of a document."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, Json]] = defaultdict(dict)
        self._models: dict[str, type[BaseModel]] = {}

    def reference(self, kind: str, name: str, part: Json) -> Json:
        """A reference to a part, which is kept."""
        self._parts[kind][name] = part
        return {"$ref": f"#/components/{kind}/{name}"}

    def headers(self, names: Iterable[str]) -> Json:
        """The headers of an answer; ``?`` after a name: not always there."""
        found = {}
        for name in sorted(names):
            bare = name.removesuffix("?")
            component = name.replace("?", "-optional")
            found[bare] = self.reference("headers", component, _header(headers.RESPONSE, name))
        return found

    def request_header(self, name: str) -> Json:
        """A header of a request as a parameter; ``?`` after its name: may be left out."""
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
        """A body by its media types."""
        media: Json = {"schema": {"type": "string", "format": "binary"}}
        if content.model:
            media["schema"] = self.schema(content.model)
        if content.examples:
            media["examples"] = {name: {"value": value} for name, value in content.examples.items()}
        return dict.fromkeys(content.media_types, media)

    def schema(self, model: type[BaseModel]) -> Json:
        """A reference to the schema of a model."""
        self._models[model.__name__] = model
        return {"$ref": f"#/components/schemas/{model.__name__}"}

    def all(self) -> Json:
        """Every part by its kind and name."""
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
