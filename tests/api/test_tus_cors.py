"""Uploads from pages of other origins: preflights, and the answers that a page may read, errors included."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.test_tus_protocol import CHUNK, NOBODY, VERSION
from tests.harness import Api, LiveBox, serving

PAGE = {"Origin": "https://studio.example"}
ROUTES = {
    "/v1/projects": {"GET", "POST"},
    f"/v1/projects/{NOBODY}": {"GET", "PATCH", "DELETE"},
    "/v1/assets": {"GET", "POST"},
    f"/v1/assets/{NOBODY}": {"GET", "DELETE"},
    "/v1/uploads": {"OPTIONS"},
    f"/v1/uploads/{NOBODY}": {"HEAD", "PATCH", "DELETE", "POST"},
    "/v1/credits/balance": {"GET"},
    "/v1/credits/history": {"GET"},
    f"/files/projects/{NOBODY}/{NOBODY}.wav": {"GET", "HEAD"},
}
SENT = {"authorization", "content-type", "tus-resumable", "upload-offset", "x-http-method-override", "x-request-id"}
READ = {
    "location",
    "upload-offset",
    "upload-length",
    "upload-expires",
    "tus-resumable",
    "tus-version",
    "tus-extension",
    "tus-max-size",
    "retry-after",
    "x-request-id",
}


def listed(answer: httpx.Response, header: str) -> set[str]:
    return {each.strip().lower() for each in answer.headers[header].split(",")}


# Row 33: the preflight of every route, which brings no key.


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", ROUTES)
def test_every_route_answers_the_preflight(api: Api, path: str, slash: str) -> None:
    for method in ROUTES[path]:
        asked = PAGE | {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": ", ".join(SENT)}
        answer = httpx.options(api.box.url + path + slash, headers=asked, verify=False)
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert method.lower() in listed(answer, "Access-Control-Allow-Methods")
        assert listed(answer, "Access-Control-Allow-Headers") >= SENT
        assert answer.headers["Access-Control-Max-Age"] == "86400"
        assert "Access-Control-Allow-Credentials" not in answer.headers


# Row 34: what a page may read; without it the page sees a network error instead of the reason.


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("HEAD", "{upload}", VERSION, 200),
        ("PATCH", "{upload}", CHUNK, 204),
        ("PATCH", "{upload}", VERSION | {"Content-Type": CHUNK["Content-Type"]}, 400),
        ("HEAD", "{upload}", VERSION | {"Authorization": "Bearer sk_x"}, 401),
        ("HEAD", f"/v1/uploads/{NOBODY}", VERSION, 404),
        ("GET", "/v1/nowhere", {}, 404),
        ("PUT", "{upload}", VERSION, 405),
        ("PATCH", "{upload}", CHUNK | {"Upload-Offset": "1"}, 409),
        ("HEAD", "{upload}", {}, 412),
        ("PATCH", "{upload}", VERSION | {"Upload-Offset": "0"}, 415),
        ("POST", "/v1/assets", {}, 400),
        ("GET", "/v1/assets/x", {}, 422),
    ],
)
def test_pages_may_read_every_answer(api: Api, method: str, path: str, headers: dict[str, str], status: int) -> None:
    _, upload = api.asset(1000)
    answer = api.http.request(method, path.format(upload=upload), headers=headers | PAGE)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")
    assert listed(answer, "Access-Control-Expose-Headers") >= READ


def test_pages_may_read_the_answers_that_end_a_body(api: Api) -> None:
    _, url = api.asset(10_000)
    too_long = api.patch(url, 0, bytes(10_001), **PAGE)
    no_media = api.patch(url, 0, b"plain text " * 900, **PAGE)
    assert [too_long.status_code, no_media.status_code] == [413, 409]
    for answer in (too_long, no_media):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert listed(answer, "Access-Control-Expose-Headers") >= READ


@pytest.fixture(scope="module")
def picky_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A box that lets the pages of one origin in."""
    with serving(tmp_path_factory.mktemp("picky"), {"SERVER_CORS_ORIGINS": PAGE["Origin"]}) as box:
        yield box


@pytest.mark.parametrize(
    ("origin", "allowed"), [(PAGE["Origin"], True), ("https://evil.example", False), (None, False)]
)
@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_only_configured_origins_are_allowed(
    picky_box: LiveBox, method: str, origin: str | None, allowed: bool
) -> None:
    headers = VERSION | ({} if origin is None else {"Origin": origin})
    with picky_box.client() as client:
        answer = client.request(method, f"/v1/uploads/{NOBODY}", headers=headers)
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert answer.headers["Vary"] == "Origin"
