"""JSON bodies of all sorts, and bytes that are none: what is taken is what was sent, what is not is explained."""

from __future__ import annotations

import json
from typing import Any
from unicodedata import combining, is_normalized

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roughy_box.domain.errors import CATALOG
from tests.fuzz.effort import effort
from tests.harness import Api

PROJECT = "01a1fe5b-0000-7000-8000-000000000000"  # stands for a real one
# Lone surrogates can be written in JSON, and only there.
TEXT = st.text(st.characters(codec=None), max_size=10)
ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, -1, 63, 64, 2**63, 10**30, 1e308, 0.5, "", " ", "x" * 257, "en", "zz", "EN", [], {}]
)
LEAVES = st.one_of(ODD, TEXT, st.integers(), st.floats())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=5,
)
MEMBERS: dict[str, st.SearchStrategy[object]] = {
    "name": TEXT.map(lambda text: f" {text}x"),  # of a project or of an asset
    "state": st.sampled_from(["active", "archived"]),
    "project_id": st.just(PROJECT),
    "size_bytes": st.integers(64, 10_000),
    "language": st.sampled_from([None, "en", "De"]),
}
CRUMBS = st.sampled_from(
    [b"{", b"}", b'"', b"\\", b"\\u", b"\xff", b"\x00", b",", b"NaN", b"1e999", b"\xef\xbb\xbf", b"//"]
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Mostly an object with members of our requests; now and then its text is changed in places."""
    made: dict[str, object] = {}
    for name, usual in MEMBERS.items():
        chance = draw(st.integers(0, 9))
        if chance:
            made[name] = draw(VALUES if chance == 1 else usual)
    made |= draw(st.dictionaries(TEXT, VALUES, max_size=1)) if draw(st.booleans()) else {}
    text = bytearray(json.dumps(made if draw(st.integers(0, 5)) else draw(VALUES)).encode())
    for _ in range(max(0, draw(st.integers(-3, 2)))):
        at = draw(st.integers(0, len(text)))
        text[at : at + draw(st.integers(0, 2))] = draw(st.one_of(CRUMBS, st.binary(max_size=3)))
    return bytes(text)


@pytest.fixture(scope="module")
def project(shared_box: Any) -> str:
    client = Api(shared_box)
    with client.http:
        return client.project()


def check_refusal(answer: httpx.Response) -> None:
    """An error that says which field, if it is one."""
    assert answer.status_code in (400, 422), answer.text
    error = answer.json()["error"]
    assert CATALOG[error["code"]][0] == answer.status_code
    # What is not fit to show was sent by the client itself, in the name of a member.
    assert "\n" not in error["message"]
    fields = error.get("fields", [])
    assert all(field["field"].startswith("body.") and field["message"] for field in fields)


def read(body: bytes) -> Any:
    """Return the value sent, or nothing."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


@given(body=bodies())
@example(body=b'{"name": "\\ud800"}')
@example(body=b'{"name": "a", "name": "b"}')
@example(body=b'{"name": ' + b"[" * 100_000)
@example(body=b'{"name": ' + b"9" * 5000 + b"}")
@example(body=b"\xef\xbb\xbf{}")
@effort(120)
def test_project_named_as_sent(api: Api, project: str, body: bytes) -> None:
    sent = read(body)
    for method, path in (("POST", "/v1/projects"), ("PATCH", f"/v1/projects/{project}")):
        answer = api.http.request(method, path, content=body)
        if answer.is_error:
            check_refusal(answer)
            continue
        assert answer.status_code == (201 if method == "POST" else 200)
        if sent.get("name") is not None:
            assert answer.json()["name"] == sent["name"].strip()
        if method == "PATCH" and sent.get("state") is not None:
            assert answer.json()["state"] == sent["state"]


@given(body=bodies())
@example(body=b'{"project_id": "%s", "size_bytes": 64.0}' % PROJECT.encode())
@example(body=b'{"project_id": "%s", "size_bytes": 1e3}' % PROJECT.encode())
@example(body=b'{"project_id": "%s", "size_bytes": 64, "name": "a\\ud800"}' % PROJECT.encode())
@example(body=b'{"project_id": "%s", "size_bytes": 64, "name": "\\ud83d\\ude00 \\u200f"}' % PROJECT.encode())
@effort(120)
def test_asset_created_as_sent(api: Api, project: str, body: bytes) -> None:
    body = body.replace(PROJECT.encode(), project.encode())
    answer = api.http.post("/v1/assets", content=body)
    if answer.status_code == 404:
        assert read(body)["project_id"] != project
    elif answer.is_error:
        check_refusal(answer)
    else:
        sent, made = read(body), answer.json()
        assert made["project_id"] == sent["project_id"].lower() == project
        assert made["language"] == (sent["language"].lower() if sent.get("language") else None)
        assert made["name"] == (sent["name"].strip() if sent.get("name") is not None else None)
        assert type(sent["size_bytes"]) is int
        assert api.head(answer.headers["Location"]).headers["Upload-Length"] == str(sent["size_bytes"])
        assert api.http.delete(f"/v1/assets/{made['id']}").status_code == 204


@given(name=st.text(min_size=1, max_size=30), cut=st.tuples(st.integers(0, 29), st.integers(1, 30)))
@example(name="100%_\\", cut=(3, 5))
@example(name="İß", cut=(0, 1))
@effort(60)
def test_named_asset_found_by_any_part(api: Api, project: str, name: str, cut: tuple[int, int]) -> None:
    wish = {"project_id": project, "size_bytes": 64, "name": name}
    answer = api.http.post("/v1/assets", json=wish)
    if answer.is_error:
        check_refusal(answer)
        return
    made = answer.json()
    start = min(cut[0], len(made["name"]) - 1)
    part = made["name"][start : start + cut[1]]
    # Cut between a letter and its accent, the part is another letter.
    if is_normalized("NFC", made["name"]) and not any(map(combining, made["name"])):
        for wanted in (part, part.casefold()):
            found = api.http.get("/v1/assets", params={"q": wanted, "project_id": project}).json()["items"]
            assert made["id"] in [item["id"] for item in found]
    assert api.http.delete(f"/v1/assets/{made['id']}").status_code == 204
