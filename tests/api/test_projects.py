"""Projects: the contract, section 2, row by row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.answers import GHOST, PROJECT, UUID7, ids, moment, refused
from tests.api.conftest import Member
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

URL = "/v1/projects"
RIGHT_TO_LEFT = "\u200fפרויקט\u200e \u061cx"


def create(api: Api, name: str = "Tests") -> dict[str, Any]:
    return dict(api.http.post(URL, json={"name": name}).json())


def test_create(api: Api, shared_box: LiveBox) -> None:
    answer = api.http.post(URL, json={"name": "Monday"})
    project = answer.json()
    assert answer.status_code == 201
    assert list(project) == PROJECT
    assert UUID7.fullmatch(project["id"])
    assert (project["name"], project["state"], project["archived_at"]) == ("Monday", "active", None)
    assert moment(project["created_at"]) == moment(project["updated_at"])
    assert answer.headers["Location"] == f"{shared_box.url}{URL}/{project['id']}"
    assert api.http.get(answer.headers["Location"]).json() == project


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x", "x"),
        ("x" * 256, "x" * 256),
        (" \t\n " + "x" * 256 + "\u2003", "x" * 256),
        ("  two  words  ", "two  words"),
        ("\U0001f3ac" * 256, "\U0001f3ac" * 256),
        (RIGHT_TO_LEFT, RIGHT_TO_LEFT),
        ("e\u0301 \u00e9", "e\u0301 \u00e9"),
        ("'; DROP TABLE project; --", "'; DROP TABLE project; --"),
        ("<script>", "<script>"),
    ],
)
def test_valid_names_are_kept(api: Api, given: str, kept: str) -> None:
    made = create(api, given)
    assert made["name"] == kept
    assert api.http.get(f"{URL}/{made['id']}").json()["name"] == kept
    assert api.http.patch(f"{URL}/{made['id']}", json={"name": given}).json()["name"] == kept


@pytest.mark.parametrize(
    "name",
    ['""', '"   "', f'"{"x" * 257}"', '"a\\u0000b"', '"\\ud800"', '"\\udc00x"', '"two\\nlines"', '"\\u007f"'],
)
@pytest.mark.parametrize("how", ["create", "rename"])
def test_invalid_names_are_refused(api: Api, how: str, name: str) -> None:
    body = f'{{"name": {name}}}'
    if how == "create":
        answer = api.http.post(URL, content=body)
    else:
        answer = api.http.patch(f"{URL}/{create(api)['id']}", content=body)
    refused(answer, "validation_error", "body.name")


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": 7}, {"name": ["x"]}, {"name": True}, {"nome": "x"}])
def test_name_of_another_type_or_missing(api: Api, body: dict[str, Any]) -> None:
    before = api.http.get(URL).json()["total"]
    refused(api.http.post(URL, json=body), "validation_error", "body.name")
    assert api.http.get(URL).json()["total"] == before


def test_unknown_members_are_ignored(api: Api) -> None:
    more = {"name": "x", "id": GHOST, "state": "archived", "created_at": "yesterday", "z": {"y": []}}
    made = api.http.post(URL, json=more).json()
    assert list(made) == PROJECT
    assert made["id"] != GHOST
    assert made["state"] == "active"
    changed = api.http.patch(f"{URL}/{made['id']}", json={"name": "y", "id": GHOST, "z": 1}).json()
    assert (changed["id"], changed["name"]) == (made["id"], "y")


def test_rename(api: Api) -> None:
    made = create(api, "before")
    changed = api.http.patch(f"{URL}/{made['id']}", json={"name": "after"}).json()
    assert changed == made | {"name": "after", "updated_at": changed["updated_at"]}
    assert moment(changed["updated_at"]) > moment(made["updated_at"])


def test_archive_and_reactivate(api: Api) -> None:
    made = create(api)
    url = f"{URL}/{made['id']}"
    archived = api.http.patch(url, json={"state": "archived"}).json()
    assert archived["state"] == "archived"
    assert moment(archived["archived_at"]) == moment(archived["updated_at"])
    again = api.http.patch(url, json={"state": "archived"}).json()
    assert again["archived_at"] == archived["archived_at"]
    back = api.http.patch(url, json={"state": "active"}).json()
    assert back == made | {"updated_at": back["updated_at"]}


@pytest.mark.parametrize("body", [{}, {"name": None}, {"state": None}, {"name": None, "state": None}, {"other": 1}])
def test_omitted_or_null_values_are_unchanged(api: Api, body: dict[str, Any]) -> None:
    url = f"{URL}/{create(api, 'kept')['id']}"
    before = api.http.patch(url, json={"state": "archived"}).json()
    after = api.http.patch(url, json=body)
    assert after.status_code == 200
    assert after.json() == before | {"updated_at": after.json()["updated_at"]}


@pytest.mark.parametrize("state", ["deleted", "ACTIVE", "", 1, True, ["active"]])
def test_unknown_state_changes_nothing(api: Api, state: object) -> None:
    made = create(api)
    answer = api.http.patch(f"{URL}/{made['id']}", json={"name": "new", "state": state})
    refused(answer, "validation_error", "body.state")
    assert api.http.get(f"{URL}/{made['id']}").json() == made


def test_every_failing_field_is_named(api: Api) -> None:
    answer = api.http.patch(f"{URL}/{create(api)['id']}", json={"name": "", "state": "x"})
    refused(answer, "validation_error", "body.name", "body.state")


def test_list_by_state(member: Any) -> None:
    api = member().api
    active, archived = create(api, "active"), create(api, "archived")
    api.http.patch(f"{URL}/{archived['id']}", json={"state": "archived"})
    assert ids(api.http.get(URL)) == ids(api.http.get(f"{URL}?state=active")) == [active["id"]]
    assert ids(api.http.get(f"{URL}?state=archived")) == [archived["id"]]


@pytest.mark.parametrize("state", ["deleted", "", "Active", "active,archived"])
def test_list_by_unknown_state(api: Api, state: str) -> None:
    refused(api.http.get(URL, params={"state": state}), "validation_error", "query.state")


def test_archived_project_keeps_its_assets(member: Any) -> None:
    api = member().api
    project_id = create(api)["id"]
    asset = api.upload(wav(1), project_id)
    api.http.patch(f"{URL}/{project_id}", json={"state": "archived"})
    assert api.http.get(f"{URL}/{project_id}").json()["state"] == "archived"
    assert ids(api.http.get("/v1/assets", params={"project_id": project_id})) == [asset["id"]]
    assert api.http.get(api.get(asset["id"])["download_url"]).status_code == 200


def test_delete_removes_every_asset(member: Any, accounts_box: LiveBox) -> None:
    owner: Member = member(credits=2)
    api = owner.api
    doomed, other = create(api)["id"], create(api)["id"]
    kept = api.upload(wav(1), other)
    ready = api.upload(wav(1), doomed)
    owner.book("topup", 1)
    unpaid = api.upload(wav(120, rate=1000), doomed)
    empty, _ = api.asset(1000, doomed)
    partial, url = api.asset(1000, doomed)
    api.patch(url, 0, wav(1)[:500])
    rejected, url = api.asset(1000, doomed)
    api.patch(url, 0, b"only words " * 50)
    gone = [ready["id"], unpaid["id"], empty, partial, rejected]
    states = ["ready", "pending_payment", "pending_upload", "pending_upload", "failed"]
    assert [api.get(asset_id)["state"] for asset_id in gone] == states

    assert api.http.delete(f"{URL}/{doomed}").status_code == 204
    refused(api.http.get(f"{URL}/{doomed}"), "not_found")
    for asset_id in gone:
        refused(api.http.get(f"/v1/assets/{asset_id}"), "not_found")
        assert list(accounts_box.data_dir.rglob(f"{asset_id}*")) == []
    assert not (accounts_box.data_dir / "media" / "projects" / doomed).exists()
    refused(api.head(url), "not_found")
    refused(api.http.get(ready["download_url"]), "not_found")
    refused(api.http.delete(f"{URL}/{doomed}"), "not_found")
    # Other projects stay, and so do charges.
    assert ids(api.http.get("/v1/assets")) == [kept["id"]]
    history = api.http.get("/v1/credits/history").json()["items"]
    assert [entry["asset_id"] for entry in history if entry["type"] == "consume_asset"] == [ready["id"], kept["id"]]
    # The deleted asset no longer waits for credits.
    assert owner.book("topup", 5)["activated"] == []


def test_delete_stops_a_running_upload(api: Api, shared_box: LiveBox) -> None:
    project_id = create(api)["id"]
    asset_id, url = api.asset(100_000, project_id)
    head = (
        f"PATCH {url.removeprefix(shared_box.url)} HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {shared_box.key}\r\n"
        "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        "Content-Length: 100000\r\n\r\n"
    )
    with shared_box.connect() as connection:
        connection.sendall(head.encode() + wav(2)[:20_000])
        wait_until(lambda: api.offset(url) == 20_000)
        assert api.http.delete(f"{URL}/{project_id}").status_code == 204
        assert connection.recv(12) == b"HTTP/1.1 410"
    refused(api.http.get(f"/v1/assets/{asset_id}"), "not_found")
    assert list(shared_box.data_dir.rglob(f"{asset_id}*")) == []


def test_unknown_project(api: Api) -> None:
    for answer in (
        api.http.get(f"{URL}/{GHOST}"),
        api.http.patch(f"{URL}/{GHOST}", json={"name": "x"}),
        api.http.delete(f"{URL}/{GHOST}"),
    ):
        refused(answer, "not_found")


def test_control_characters_are_refused_everywhere(api: Api) -> None:
    """Names are printed to terminals and in sentences: what moves the cursor or turns text round is refused."""
    for char in map(chr, [*range(1, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]):
        answer = api.http.post(URL, content=json.dumps({"name": f"a{char}b"}))
        refused(answer, "validation_error", "body.name")
