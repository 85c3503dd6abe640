"""Conventions of every call: one envelope for every error, request ids. Contract, section 1."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest

from roughy_box.domain.errors import CATALOG
from roughy_box.http.routes import ROUTES
from tests.api.answers import CODES, GHOST, MALFORMED, UUID7, refused
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

MIB = 1024**2
TUS = {"Tus-Resumable": "1.0.0"}
# Every URL of the contract with its methods; {id} is an id.
ADDRESSES = {
    "/v1/projects": "GET, HEAD, POST, OPTIONS",
    "/v1/projects/{id}": "GET, HEAD, PATCH, DELETE, OPTIONS",
    "/v1/assets": "GET, HEAD, POST, OPTIONS",
    "/v1/events": "GET, HEAD, OPTIONS",
    "/v1/assets/{id}": "GET, HEAD, DELETE, OPTIONS",
    "/v1/cuts": "GET, HEAD, POST, OPTIONS",
    "/v1/cuts/{id}": "GET, HEAD, DELETE, OPTIONS",
    "/v1/cuts/{id}/export": "GET, HEAD, OPTIONS",
    "/v1/cuts/{id}/subtitle/export": "GET, HEAD, OPTIONS",
    "/v1/renders": "GET, HEAD, POST, OPTIONS",
    "/v1/renders/{id}": "GET, HEAD, DELETE, OPTIONS",
    "/v1/webhook-endpoints": "GET, HEAD, POST, OPTIONS",
    "/v1/webhook-endpoints/{id}": "GET, HEAD, PATCH, DELETE, OPTIONS",
    "/v1/webhook-endpoints/{id}/rotate": "POST, OPTIONS",
    "/v1/webhook-endpoints/{id}/test": "POST, OPTIONS",
    "/v1/webhook-endpoints/{id}/deliveries": "GET, HEAD, OPTIONS",
    "/v1/webhook-endpoints/{id}/deliveries/{id}/retry": "POST, OPTIONS",
    "/v1/uploads": "OPTIONS",
    "/v1/uploads/{id}": "HEAD, POST, PATCH, DELETE, OPTIONS",
    "/v1/credits/balance": "GET, HEAD, OPTIONS",
    "/v1/credits/history": "GET, HEAD, OPTIONS",
}
FILES = {
    f"/files/projects/{GHOST}/{GHOST}.mp4": "GET, HEAD, OPTIONS",
    f"/files/artifacts/{GHOST}.jpg": "GET, HEAD, OPTIONS",
    f"/files/renders/{GHOST}.mp4": "GET, HEAD, OPTIONS",
}
KEYLESS = {**dict.fromkeys(("/healthz", "/v1/openapi.json"), "GET, HEAD, OPTIONS"), **FILES}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CALLS = [
    (method, path.replace("{id}", GHOST))
    for path, allow in ADDRESSES.items()
    for method in allow.split(", ")
    if method != "OPTIONS"
]


@pytest.fixture
def anyone(shared_box: LiveBox) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=shared_box.url, verify=False) as client:
        yield client


def test_catalog_matches_the_contract() -> None:
    assert {code: status for code, (status, _) in CATALOG.items()} == CODES


def test_every_route_is_covered_here() -> None:
    known = {path.replace("{id}", "x") for path in ADDRESSES} | {
        re.sub(rf"{GHOST}[.a-z0-9]*", "x", path) for path in KEYLESS
    }
    built = {"/".join("x" if part.startswith("<") else part for part in route.path.split("/")) for route in ROUTES}
    assert {path for path in built if path.startswith(("/v1", "/files", "/healthz"))} <= known


@pytest.mark.parametrize(("path", "allow"), [*ADDRESSES.items(), *KEYLESS.items()])
def test_wrong_methods(api: Api, path: str, allow: str) -> None:
    for method in METHODS:
        if method not in allow:
            answer = api.http.request(method, path.replace("{id}", GHOST), json={})
            refused(answer, "method_not_allowed")
            assert answer.headers["Allow"] == allow


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1", "/v1/", "/v1/nothing", "/v2/projects", "/v1/projects/x/y", "/projects"]
)
@pytest.mark.parametrize("method", METHODS)
def test_unknown_routes(api: Api, method: str, path: str) -> None:
    refused(api.http.request(method, path), "not_found")


@pytest.mark.parametrize("malformed", MALFORMED)
@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "/v1/projects/", "path.project_id"),
        ("PATCH", "/v1/projects/", "path.project_id"),
        ("DELETE", "/v1/projects/", "path.project_id"),
        ("GET", "/v1/assets/", "path.asset_id"),
        ("DELETE", "/v1/assets/", "path.asset_id"),
    ],
)
def test_malformed_ids(api: Api, method: str, path: str, field: str, malformed: str) -> None:
    answer = api.http.request(method, path + malformed, json={"name": "x"})
    refused(answer, "validation_error", field)


@pytest.mark.parametrize("malformed", MALFORMED)
def test_malformed_upload_ids(api: Api, malformed: str) -> None:
    url = f"/v1/uploads/{malformed}"
    refused(api.http.head(url, headers=TUS), "not_found")
    refused(api.patch(url, 0, wav(1)), "not_found")
    assert api.http.delete(url, headers=TUS).status_code == 204


def test_ids_in_capitals_are_accepted(api: Api) -> None:
    project_id = api.project()
    assert api.http.get(f"/v1/projects/{project_id.upper()}").json()["id"] == project_id


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_request"),
        (b"   ", "bad_request"),
        (b"{", "bad_request"),
        (b'{"name": "x"} {}', "bad_request"),
        (b"{'name': 'x'}", "bad_request"),
        (b'{"name": "\xff"}', "bad_request"),
        (b'{"name": "x", "n": NaN}', "bad_request"),
        (b'{"name": "x", "n": Infinity}', "bad_request"),
        (b'{"name": "x", "n": -Infinity}', "bad_request"),
        (b"[" * 100_000, "bad_request"),
        (b'{"name": ' * 50_000, "bad_request"),
        (b'{"name": "x", "n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "bad_request"),
        (b'{"n": ' + b"9" * 5000 + b"}", "bad_request"),
        (b"[]", "validation_error"),
        (b'"name"', "validation_error"),
        (b"7", "validation_error"),
        (b"true", "validation_error"),
        (b"null", "validation_error"),
        (b'{"name": "' + b"x" * MIB + b'"}', "payload_too_large"),
        (b'{"name": 1}' + b" " * MIB, "payload_too_large"),
    ],
    ids=lambda value: str(value)[:20],
)
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_bodies_not_an_object_are_refused(api: Api, body: bytes, code: str, coding: str) -> None:
    calls = [("POST", "/v1/projects"), ("POST", "/v1/assets"), ("PATCH", f"/v1/projects/{api.project()}")]
    for method, path in calls:
        content = body if coding == "length" else iter([body[:1000], body[1000:]])
        refused(api.http.request(method, path, content=content), code)
        # The connection is still usable after a refusal.
        assert api.http.get("/v1/credits/balance").status_code == 200


@pytest.mark.parametrize("body", [b"null", b"[]", b'"name"'])
def test_every_call_says_that_its_body_is_an_object(api: Api, body: bytes) -> None:
    taking = [route for route in ROUTES if route.operation and route.operation.body and route.operation.body.model]
    assert len(taking) == 8
    for route in taking:
        path = re.sub("<[^>]*>", GHOST, route.path)
        error = refused(api.http.request(route.method, path, content=body), "validation_error")
        assert error["message"] == "The request body must be a JSON object."


def test_body_of_exactly_one_mebibyte(api: Api) -> None:
    body = b'{"name": "big"}'
    assert api.http.post("/v1/projects", content=body + b" " * (MIB - len(body))).status_code == 201


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json; charset=utf-8", "nonsense"])
def test_content_type_of_json_is_ignored(api: Api, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert api.http.post("/v1/projects", content=b'{"name": "x"}', headers=headers).status_code == 201


@pytest.mark.parametrize("target", ["/v1/projects?limit=%ff", "/v1/projects?%00=%00", "/v1/assets?state=%F0%9F%8E%AC"])
def test_strange_queries_do_not_crash(api: Api, target: str) -> None:
    assert api.http.get(target).status_code in (200, 422)


@pytest.mark.parametrize(
    "head",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nbroken\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 10_000 + b"\r\n\r\n",
        b"GET /" + b"z" * 10_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /v1/projects HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/projects HTTP/1.1\r\nHost: a\r\nContent-Length: ten\r\n\r\n",
        b"TRACE /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"BREW /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n",
        b"get /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=lambda head: str(head)[:40],
)
def test_invalid_requests_get_the_envelope(shared_box: LiveBox, head: bytes) -> None:
    with shared_box.connect() as connection:
        connection.sendall(head)
        connection.shutdown(1)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    lines, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = lines.decode().split("\r\n")
    parsed = httpx.Response(
        int(status.split()[1]),
        headers=[tuple(line.split(": ", 1)) for line in headers],
        content=body,
        request=httpx.Request("GET", shared_box.url),
    )
    code = parsed.json()["error"]["code"]
    assert parsed.status_code in (400, 404, 405, 413)
    refused(parsed, code)


def test_unexpected_error_is_enveloped_and_logged(fresh_box: Callable[..., LiveBox]) -> None:
    """A row that no code expects: it was made in the year 200,000."""
    box = fresh_box()
    api = Api(box)
    with api.http:
        project_id = api.project()
        with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database, database:
            database.execute("UPDATE project SET updated_at = 6249188640000000000")
        answer = api.http.get(f"/v1/projects/{project_id}", headers={"X-Request-ID": "find-me"})
        error = refused(answer, "internal_error")
        assert "year" not in error["message"]
        assert str(box.data_dir) not in answer.text
        logged = next(line for line in box.log().splitlines() if "unexpected" in line)
        assert "[find-me]" in logged
        assert "out of range" in box.log()
        assert api.http.get("/healthz").status_code == 200


@pytest.mark.parametrize(("method", "path"), [*CALLS, ("GET", "/nothing"), ("OPTIONS", "/v1/projects")])
def test_every_answer_has_a_request_id(anyone: httpx.Client, method: str, path: str) -> None:
    own = anyone.request(method, path)
    assert UUID7.fullmatch(own.headers["X-Request-ID"])
    assert anyone.request(method, path, headers={"X-Request-ID": "mine-1"}).headers["X-Request-ID"] == "mine-1"


@pytest.mark.parametrize("sane", ["a", "A.b_c:d-9", "x" * 128, GHOST])
def test_sane_request_id_is_kept_and_logged(api: Api, shared_box: LiveBox, sane: str) -> None:
    answer = api.http.get("/v1/credits/balance", headers={"X-Request-ID": sane})
    assert answer.headers["X-Request-ID"] == sane
    assert f"[{sane}] GET /v1/credits/balance 200" in shared_box.log()


@pytest.mark.parametrize("insane", ["", "x" * 129, "two words", "a\tb", "<script>", "a,b", "é", "a;b", "%0d%0a"])
def test_insane_request_id_is_replaced(api: Api, shared_box: LiveBox, insane: str) -> None:
    answer = api.http.get("/v1/credits/balance", headers={"X-Request-ID": insane.encode()})
    assert UUID7.fullmatch(answer.headers["X-Request-ID"])
    assert f"[{insane}]" not in shared_box.log()


def test_log_holds_no_secrets(api: Api, shared_box: LiveBox) -> None:
    asset = api.upload(wav(1))
    signature = asset["download_url"].rpartition("=")[2]
    api.http.get(asset["download_url"])
    # Written after the last byte.
    wait_until(lambda: f"{asset['id']}.wav 200" in shared_box.log())
    log = shared_box.log()
    assert signature not in log
    assert shared_box.key not in log


def test_health_needs_no_key(anyone: httpx.Client) -> None:
    answer = anyone.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
