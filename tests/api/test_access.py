"""Access: keys, and accounts that do not see each other. Contract, section 1."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.answers import GHOST, ids, page, refused
from tests.api.conftest import Member
from tests.api.test_conventions import CALLS
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

TUS = {"Tus-Resumable": "1.0.0"}
PROTECTED = [(method, path) for method, path in CALLS if path.startswith("/v1")]


def without_key(box: LiveBox, method: str, path: str, *headers: tuple[str, bytes]) -> httpx.Response:
    named = [(name.encode(), value) for name, value in headers]
    return httpx.request(method, box.url + path, headers=named, verify=False)


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_no_key(shared_box: LiveBox, method: str, path: str) -> None:
    answer = without_key(shared_box, method, path)
    refused(answer, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_bad_keys(shared_box: LiveBox) -> None:
    key = shared_box.key.encode()
    for value in (
        b"",
        b"Bearer",
        b"Bearer sk_",
        b"Bearer sk_wrong",
        b"Bearer " + key[:-1],
        b"Bearer " + key + b"x",
        b"Bearer " + key.upper(),
        b"Bearer " + key.removeprefix(b"sk_"),
        b"Bearer  " + key,
        b"Bearer " + key + b" " + key,
        b"Bearer " + key + b",",
        b'Bearer "' + key + b'"',
        b"Basic " + key,
        b"Token " + key,
        key,
        b"Bearer sk_\xc3\xa9\xff",
        b"Bearer sk_" + b"x" * 5000,
    ):
        answer = without_key(shared_box, "GET", "/v1/credits/balance", ("Authorization", value))
        refused(answer, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer", value


def test_key_elsewhere_or_twice_is_refused(shared_box: LiveBox) -> None:
    key = ("Authorization", f"Bearer {shared_box.key}".encode())
    path = "/v1/credits/balance"
    refused(without_key(shared_box, "GET", path, key, key), "unauthenticated")
    refused(without_key(shared_box, "GET", f"{path}?key={shared_box.key}"), "unauthenticated")
    refused(without_key(shared_box, "GET", path, ("X-API-Key", shared_box.key.encode())), "unauthenticated")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_case_is_ignored(shared_box: LiveBox, scheme: str) -> None:
    key = ("Authorization", f"{scheme} {shared_box.key}".encode())
    assert without_key(shared_box, "GET", "/v1/credits/balance", key).status_code == 200


def test_key_comes_before_everything_else(shared_box: LiveBox) -> None:
    """An answer without a key reveals neither what exists nor what is wrong with the request."""
    for method, path, body in (
        ("POST", "/v1/projects", b"{"),
        ("GET", "/v1/projects/nonsense", b""),
        ("GET", "/v1/assets?limit=nonsense", b""),
        ("PATCH", f"/v1/uploads/{GHOST}", b"x"),
    ):
        refused(httpx.request(method, shared_box.url + path, content=body, verify=False), "unauthenticated")


@pytest.fixture
def owner(member: Any) -> Member:
    return member(credits=5)  # type: ignore[no-any-return]


@pytest.fixture
def stranger(member: Any) -> Api:
    return member(credits=5).api  # type: ignore[no-any-return]


def facts(answer: httpx.Response, real_id: str) -> tuple[int, str, list[tuple[str, str]]]:
    """Return all of an answer by which a client could distinguish two cases."""
    own = ("date", "x-request-id")
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in own)
    return answer.status_code, answer.text.replace(real_id, GHOST), headers


def test_foreign_resource_is_not_found(owner: Member, stranger: Api) -> None:
    project_id = owner.api.project("secret plans")
    ready = owner.api.upload(wav(1), project_id)["id"]
    asset_id, upload_url = owner.api.asset(1000, project_id)
    failed, url = owner.api.asset(1000, project_id)
    owner.api.patch(url, 0, b"only words " * 50)
    before = [owner.api.get(each) for each in (asset_id, failed)]
    chunk = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}

    calls: list[tuple[str, str, str, dict[str, Any]]] = [
        ("GET", "/v1/projects/{}", project_id, {}),
        ("PATCH", "/v1/projects/{}", project_id, {"json": {"name": "mine"}}),
        ("PATCH", "/v1/projects/{}", project_id, {"json": {"state": "archived"}}),
        ("DELETE", "/v1/projects/{}", project_id, {}),
        ("GET", "/v1/assets?project_id={}", project_id, {}),
    ]
    for each in (ready, asset_id, failed):
        calls += [
            ("GET", "/v1/assets/{}", each, {}),
            ("DELETE", "/v1/assets/{}", each, {}),
            ("HEAD", "/v1/uploads/{}", each, {"headers": TUS}),
            ("PATCH", "/v1/uploads/{}", each, {"headers": chunk, "content": wav(1)[:1000]}),
            ("DELETE", "/v1/uploads/{}", each, {"headers": TUS}),
        ]
    for method, path, real_id, more in calls:
        foreign = stranger.http.request(method, path.format(real_id), **more)
        unknown = stranger.http.request(method, path.format(GHOST), **more)
        assert facts(foreign, real_id) == facts(unknown, real_id), (method, path)
        assert foreign.status_code == (204 if method == "DELETE" and "uploads" in path else foreign.status_code)
        assert foreign.status_code in (404, 204) or path.startswith("/v1/assets?")

    wish = {"size_bytes": 1000}
    foreign = stranger.http.post("/v1/assets", json={**wish, "project_id": project_id})
    unknown = stranger.http.post("/v1/assets", json={**wish, "project_id": GHOST})
    assert foreign.status_code == 404
    assert facts(foreign, project_id) == facts(unknown, project_id)

    # None of these had an effect.
    assert owner.api.http.get(f"/v1/projects/{project_id}").json()["name"] == "secret plans"
    assert [owner.api.get(each) for each in (asset_id, failed)] == before
    assert owner.api.get(ready)["state"] == "ready"
    assert owner.api.offset(upload_url) == 0


def test_lists_show_only_own_items(owner: Member, stranger: Api) -> None:
    project_id = owner.api.project()
    asset = owner.api.upload(wav(1), project_id)
    mine = stranger.project()
    assert ids(stranger.http.get("/v1/projects")) == [mine]
    assert ids(owner.api.http.get("/v1/projects")) == [project_id]
    assert page(stranger.http.get("/v1/assets"))["total"] == 0
    assert ids(owner.api.http.get("/v1/assets")) == [asset["id"]]
    assert page(stranger.http.get("/v1/credits/history"))["total"] == 1
    assert page(owner.api.http.get("/v1/credits/history"))["total"] == 2
    assert (owner.api.balance(), stranger.balance()) == (4, 5)


def test_balances_are_separate(member: Any) -> None:
    """A top-up pays for assets of its own account only."""
    poor, rich = member(credits=1), member(credits=1)
    waiting = poor.api.upload(wav(120, rate=1000))["id"]
    assert rich.book("topup", 50)["activated"] == []
    assert poor.api.get(waiting)["state"] == "pending_payment"


def test_account_with_several_keys(owner: Member, accounts_box: LiveBox) -> None:
    made = owner.shell.json("key", "create", "--account", owner.name)
    project_id = owner.api.project()
    second = Api(accounts_box, made["api_key"])
    with second.http:
        assert ids(second.http.get("/v1/projects")) == [project_id]
