"""Pages of other origins: ``*`` never with credentials, and a restricted list holds on every route and every error."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from roughy_box.http.routes import ROUTES
from tests.api.answers import GHOST
from tests.harness import Api, LiveBox, serving
from tests.media_bytes import wav

STUDIO = "https://studio.example"
LOCAL = "http://localhost:3000"
OTHERS = [
    *("null", "", "*", "https://evil.example", "https://studio.example.evil.example", "https://evilstudio.example"),
    *("http://studio.example", "https://studio.example:8443", "https://sub.studio.example", "https://studio.example/"),
    *("https://studio.example@evil.example", "https://studio.example, https://evil.example", "studio.example"),
    *("HTTPS://studio.example", "http://localhost:3001", "http://localhost", "file://", "https://stud\u0456o.example"),
]
STREAM = "/v1/events"
# Every route once, answered as it comes: found, refused, malformed.
TARGETS = sorted({"/".join(GHOST if part[:1] == "<" else part for part in route.path.split("/")) for route in ROUTES})
TARGETS.remove(STREAM)  # its answer does not end
TARGETS += [
    f"{STREAM}?types=none",
    "/v1/nothing",
    "/v1/assets/x",
    "/v1/assets?limit=x",
    "/files/projects/x/y?expires=1&signature=x",
]


@pytest.fixture(scope="module")
def picky_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A box that lets the pages of two origins in."""
    with serving(tmp_path_factory.mktemp("picky"), {"SERVER_CORS_ORIGINS": f"{STUDIO}, {LOCAL}"}) as box:
        yield box


@pytest.fixture
def picky(picky_box: LiveBox) -> Iterator[Api]:
    api = Api(picky_box)
    with api.http:
        yield api


def allowed(answer: httpx.Response) -> set[str]:
    """The names of the headers that let a page in."""
    return {name for name in answer.headers if name.startswith("access-control-")}


def ask(api: Api, method: str, target: str, origin: str, **headers: str) -> httpx.Response:
    preflight = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    more = preflight if method == "OPTIONS" else {"Tus-Resumable": "1.0.0"}
    named = {name.encode(): value.encode() for name, value in (more | headers | {"Origin": origin}).items()}
    return api.http.request(method, target, headers=named)


@pytest.mark.parametrize("target", TARGETS)
def test_cors_only_listed_origins_allowed_everywhere(picky: Api, target: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for origin in (STUDIO, LOCAL):
            answer = ask(picky, method, target, origin)
            assert answer.headers["Access-Control-Allow-Origin"] == origin, method
            assert "Origin" in answer.headers["Vary"]
        for origin in OTHERS[:3] if method != "GET" else OTHERS:
            answer = ask(picky, method, target, origin)
            assert not allowed(answer), (method, origin)
            assert "Origin" in answer.headers["Vary"], "a cache must not give this answer to the others"


@pytest.mark.parametrize("key", ["", "Bearer sk_wrong", "Basic c2tfOg=="])
def test_cors_refused_key_same_origins(picky: Api, key: str) -> None:
    assert not allowed(ask(picky, "GET", "/v1/assets", "https://evil.example", Authorization=key))
    refused = ask(picky, "GET", "/v1/assets", STUDIO, Authorization=key)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, STUDIO)


def test_cors_two_origins_refused(picky: Api) -> None:
    headers = [("Origin", "https://evil.example"), ("Origin", STUDIO)]
    assert not allowed(picky.http.get("/v1/assets", headers=headers))


def test_cors_files_only_listed_origins(picky: Api) -> None:
    url = picky.upload(wav(1))["download_url"]
    for part in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=999999-"}, {"If-None-Match": "*"}):
        assert not allowed(ask(picky, "GET", url, "https://evil.example", **part))
        assert ask(picky, "GET", url, STUDIO, **part).headers["Access-Control-Allow-Origin"] == STUDIO


@pytest.mark.parametrize("target", TARGETS)
def test_cors_credentials_never_allowed(api: Api, picky: Api, target: str) -> None:
    """With ``*``, a page sends only what it knows itself, and no cookie of the box exists to be sent along."""
    for box in (api, picky):
        for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS"):
            answer = ask(box, method, target, STUDIO, Cookie="session=x")
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Set-Cookie" not in answer.headers
            if box is api:
                assert answer.headers["Access-Control-Allow-Origin"] == "*"
