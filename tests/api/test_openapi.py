"""The OpenAPI document: complete, valid, made from the routes, and as true as its examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import openapi_spec_validator
import pytest

import roughy_box
from roughy_box.domain.errors import CATALOG
from roughy_box.http.openapi import info
from roughy_box.http.routes import ROUTES
from roughy_box.http.server.urls import template
from tests.api.answers import ASSET, ASSET_LISTED, ASSET_READ, ENTRY, GHOST, PROJECT, refused
from tests.api.described import Description
from tests.harness import LiveBox

ADDRESS = "/v1/openapi.json"


@pytest.fixture
def anyone(shared_box: LiveBox) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=shared_box.url, verify=False) as client:
        yield client


@pytest.fixture
def description(anyone: httpx.Client) -> Description:
    return Description(anyone.get(ADDRESS).json())


def test_document_is_valid(description: Description) -> None:
    openapi_spec_validator.validate(description.document)
    assert description.document["openapi"].startswith("3.1.")
    assert description.document["info"]["version"] == roughy_box.__version__
    assert description.document["info"]["license"]["identifier"] == "MIT"


def test_document_is_public_to_any_origin(anyone: httpx.Client) -> None:
    answer = anyone.get(ADDRESS, headers={"Origin": "https://docs.example"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_document_unchanged_is_answered_304(anyone: httpx.Client) -> None:
    first = anyone.get(ADDRESS)
    assert first.headers["Cache-Control"] == "no-cache"
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = anyone.get(ADDRESS, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert anyone.get(ADDRESS, headers={"If-None-Match": '"other"'}).content == first.content
    head = anyone.head(ADDRESS)
    assert (head.headers["ETag"], head.headers["Content-Length"]) == (tag, str(len(first.content)))


def test_document_has_the_requested_base_url(anyone: httpx.Client, proxied_box: LiveBox) -> None:
    first = anyone.get(ADDRESS)
    assert first.json()["servers"] == [{"url": str(anyone.base_url).rstrip("/")}]
    assert "box.example.com" not in first.text
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "media.example.org"}
    with proxied_box.client() as client:
        other = client.get(ADDRESS, headers=forwarded)
    assert other.json()["servers"] == [{"url": "https://media.example.org"}]
    assert "https://media.example.org/v1/uploads/" in other.text
    assert other.headers["ETag"] != first.headers["ETag"]


def test_document_has_the_configured_upload_limit(proxied_box: LiveBox, description: Description) -> None:
    def largest(document: dict[str, Any]) -> int:
        return int(document["components"]["schemas"]["NewAsset"]["properties"]["size_bytes"]["maximum"])

    with proxied_box.client() as client:
        assert largest(client.get(ADDRESS).json()) == 1024**2
    assert largest(description.document) == 50 * 1024**3


def test_document_with_invalid_host_is_refused(anyone: httpx.Client) -> None:
    refused(anyone.get(ADDRESS, headers={"Host": 'a"b'}), "bad_request")


def test_document_and_routes_match(description: Description) -> None:
    routes = {(route.method, template(route.path)) for route in ROUTES}
    heads = {("HEAD", path) for method, path in routes if method == "GET"}
    preflights = {("OPTIONS", path) for _, path in routes}
    assert {(method, path) for method, path, _ in description.operations()} == routes | heads | preflights
    assert all(route.operation for route in ROUTES)


def test_document_matches_allowed_methods(anyone: httpx.Client, description: Description) -> None:
    documented: dict[str, set[str]] = {}
    for method, path, _ in description.operations():
        documented.setdefault(path, set()).add(method)
    for path, methods in documented.items():
        answer = anyone.put(re.sub(r"{\w+}", GHOST, path))
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == methods, path


def test_public_operations_have_no_security(description: Description) -> None:
    public = {(route.method, template(route.path)) for route in ROUTES if route.public}
    public |= {("HEAD", path) for method, path in public if method == "GET"}
    assert description.document["security"] == [{"key": []}]
    for method, path, operation in description.operations():
        is_public = (method, path) in public or method == "OPTIONS"
        assert operation.get("security") == ([] if is_public else None), f"{method} {path}"
        assert (401 in description.responses(operation)) is not is_public, f"{method} {path}"


def test_operations_have_unique_ids_and_tags(description: Description) -> None:
    operations = [operation for _, _, operation in description.operations()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    tags = [tag["name"] for tag in description.document["tags"]]
    assert {operation["tags"][0] for operation in operations} == set(tags)
    assert all(operation["summary"] and operation["description"] for operation in operations)


def test_examples_match_their_schemas(description: Description) -> None:
    count = 0
    for media in _each(description.document, "content"):
        for described in media.values():
            for example in described.get("examples", {}).values():
                description.conforms(example["value"], described["schema"])
                count += 1
    for kind in ("headers", "parameters"):
        for part in description.document["components"][kind].values():
            description.conforms(part["example"], part["schema"])
            count += 1
    for _, _, operation in description.operations():
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                description.conforms(parameter["example"], parameter["schema"])
                count += 1
    assert count > 50


def test_required_parameters_have_examples(description: Description) -> None:
    """A request can be made of the document alone."""
    for method, path, operation in description.operations():
        for each in map(description.resolved, operation.get("parameters", [])):
            assert "example" in each or not each["required"], f"{method} {path}: {each['name']}"


def test_json_bodies_have_examples(description: Description) -> None:
    for method, path, operation in description.operations():
        bodies = [operation.get("requestBody", {}), *description.responses(operation).values()]
        for body in bodies:
            media = body.get("content", {}).get("application/json")
            if media and media["schema"] != {}:  # as of a range of a JSON file
                assert media["examples"], f"{method} {path}"


def test_links_lead_to_operations(description: Description) -> None:
    operations = {operation["operationId"]: operation for _, _, operation in description.operations()}
    for link in description.document["components"]["links"].values():
        target = [description.resolved(each) for each in operations[link["operationId"]]["parameters"]]
        known = {each["name"] for each in target} | {f"{each['in']}.{each['name']}" for each in target}
        assert set(link["parameters"]) <= known
        assert {each["name"] for each in target if each["required"]} <= {
            name.rpartition(".")[2] for name in link["parameters"]
        }


def test_catalog_errors_are_documented_with_status(description: Description) -> None:
    documented = set()
    for _, _, operation in description.operations():
        for status, response in description.responses(operation).items():
            for code in response.get("content", {}).get("application/json", {}).get("examples", {}):
                if status >= 400:
                    assert CATALOG[code][0] == status
                    documented.add(code)
    assert documented == set(CATALOG)


def test_error_chapter_has_a_remedy_for_each(description: Description) -> None:
    _, _, chapter = description.document["info"]["description"].partition("\n## Errors\n")
    rows = [line.split(" | ") for line in chapter.splitlines() if line.startswith("| `")]
    assert {row[0].strip("|` "): int(row[1]) for row in rows} == {code: row[0] for code, row in CATALOG.items()}
    assert list(info.remedies()) == list(CATALOG)


def test_chapter_links_lead_to_operations(description: Description) -> None:
    known = {operation["operationId"] for _, _, operation in description.operations()}
    links = re.findall(r"\]\(#([^)]+)\)", description.document["info"]["description"])
    assert links
    assert set(links) <= known


@pytest.mark.parametrize(
    ("schema", "members"),
    [
        ("Project", PROJECT),
        ("Asset", ASSET),
        ("ListedAsset", ASSET_LISTED),
        ("AssetDetail", ASSET_READ),
        ("LedgerEntry", ENTRY),
    ],
)
def test_models_have_the_members_of_the_contract(description: Description, schema: str, members: list[str]) -> None:
    described = description.document["components"]["schemas"][schema]
    assert list(described["properties"]) == members
    assert described["required"] == members


def _each(part: Any, key: str) -> Iterator[dict[str, Any]]:
    """Every value of ``key`` below a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get(key), dict):
            yield part[key]
        for value in part.values():
            yield from _each(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from _each(value, key)
