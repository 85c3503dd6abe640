"""Two accounts on every route: what is foreign answers as what does not exist, and nothing happens to it.

The calls are made from the table of routes, so a new route is tested before anybody thinks of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from roughy_box.domain.asset import State
from roughy_box.http.openapi.operation import Route
from roughy_box.http.routes import ROUTES
from tests.api.answers import GHOST
from tests.api.conftest import Member
from tests.harness import CHUNK_TYPE, Api, wait_until
from tests.media_bytes import wav

CONTENT = wav(1)
KEYED = [route for route in ROUTES if not route.public]
# Fields that change over time: URLs contain a time, and some appear only with an artifact.
ADDRESS = re.compile(r'("\w+_url": )(null|"[^"]*")')
TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": CHUNK_TYPE}
SPANS = [{"start": 0, "end": 0.5}]
# What a route is sent that wants something, once for each thing it can do.
SENT: dict[str, list[dict[str, Any]]] = {
    "PATCH /v1/projects/<project_id:str>": [{"json": {"name": "mine"}}, {"json": {"state": "archived"}}, {"json": {}}],
    "PATCH /v1/uploads/<upload_id:str>": [
        {"headers": TUS, "content": CONTENT},
        {"headers": TUS | {"Upload-Offset": "100"}, "content": CONTENT[100:]},
        {"headers": TUS, "content": b""},
        {"headers": TUS, "content": bytes(300_000)},
    ],
    "HEAD /v1/uploads/<upload_id:str>": [{"headers": TUS}],
    "DELETE /v1/uploads/<upload_id:str>": [{"headers": TUS}],
    "POST /v1/uploads/<upload_id:str>": [
        {"headers": TUS | {"X-HTTP-Method-Override": method}, "content": content}
        for method, content in (("PATCH", CONTENT), ("HEAD", b""), ("DELETE", b""), ("GET", b""))
    ],
    "POST /v1/projects": [],  # names nothing that is there
    "POST /v1/assets": [{"json": {"size_bytes": 1000, "project_id": "{project_id}"}}],
    "POST /v1/webhook-endpoints": [],
    "PATCH /v1/webhook-endpoints/<endpoint_id:str>": [
        {"json": {"url": "https://stranger.invalid/"}},
        {"json": {"state": "disabled"}},
        {"json": {}},
    ],
    "POST /v1/webhook-endpoints/<endpoint_id:str>/rotate": [{"json": {"expire_old": True}}, {}],
    "POST /v1/webhook-endpoints/<endpoint_id:str>/test": [{}],
    "POST /v1/webhook-endpoints/<endpoint_id:str>/deliveries/<delivery_id:str>/retry": [{}],
    "POST /v1/renders": [
        {"json": {"asset_id": "{asset_id}", "output": {"format": "mp3"}}},
        {"json": {"asset_id": "{asset_id}", "cut_id": "{cut_id}", "output": {"format": "mp3"}}},
    ],
    "POST /v1/cuts": [{"json": {"asset_id": "{asset_id}"}}, {"json": {"asset_id": "{asset_id}", "segments": SPANS}}],
}


@dataclass(frozen=True)
class World:
    """The resources of an account: a project, an asset in every state, a cut, a render, and a webhook endpoint."""

    member: Member
    project_id: str
    assets: dict[str, str]
    cut_id: str = GHOST
    render_id: str = GHOST
    endpoint_id: str = GHOST
    delivery_id: str = GHOST

    def names(self) -> dict[str, list[str]]:
        """Return the values for each kind of name in a path."""
        assets = list(self.assets.values())
        return {
            "project_id": [self.project_id],
            "asset_id": assets,
            "upload_id": assets,
            "cut_id": [self.cut_id],
            "render_id": [self.render_id],
            "endpoint_id": [self.endpoint_id],
            "delivery_id": [self.delivery_id],
        }

    def seen(self) -> list[Any]:
        """All that its owner can see of it."""
        api = self.member.api
        lists = (
            "projects",
            "projects?state=archived",
            "assets",
            "cuts",
            "renders",
            "credits/history",
            "credits/balance",
        )
        lists += ("webhook-endpoints", f"webhook-endpoints/{self.endpoint_id}/deliveries")
        answers = [
            api.http.get(f"/v1/{name}") for name in (*lists, *(f"assets/{each}" for each in self.assets.values()))
        ]
        offsets = [api.head(f"/v1/uploads/{each}").headers.get("Upload-Offset") for each in self.assets.values()]
        return [ADDRESS.sub(r"\1-", answer.text) for answer in answers] + offsets


@pytest.fixture
def world(owner: Member) -> World:
    api = owner.api
    project_id = api.project("secret plans")
    assets = {"ready": api.upload(CONTENT, project_id)["id"]}
    assets["pending_payment"] = api.upload(wav(600, rate=100), project_id)["id"]
    assets["failed"], url = api.asset(1000, project_id)
    api.patch(url, 0, b"only words " * 50)
    assets["pending_upload"], _ = api.asset(len(CONTENT), project_id)
    assets["begun"], url = api.asset(len(CONTENT), project_id)
    api.patch(url, 0, CONTENT[:100])
    states = {api.get(each)["state"] for each in assets.values()}
    assert states == set(State) - {State.PROCESSING}
    cut = api.http.post("/v1/cuts", json={"asset_id": assets["ready"], "segments": SPANS}).json()
    wish = {"url": "https://owner.invalid/", "event_types": ["cut.completed"]}
    endpoint = api.http.post("/v1/webhook-endpoints", json=wish).json()
    root = f"/v1/webhook-endpoints/{endpoint['id']}"
    delivery = api.http.post(f"{root}/test").json()
    wait_until(lambda: api.http.get(f"{root}/deliveries").json()["items"][0]["attempts"])
    api.http.patch(root, json={"state": "disabled"})  # so that nothing more happens to it
    wish = {"asset_id": assets["ready"], "cut_id": cut["id"], "output": {"format": "mp3"}}
    render_id = api.http.post("/v1/renders", json=wish).json()["id"]
    wait_until(lambda: api.http.get(f"/v1/renders/{render_id}").json()["state"] == "completed")
    return World(owner, project_id, assets, cut["id"], render_id, endpoint["id"], delivery["id"])


def names_in(path: str) -> list[str]:
    return [part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("<")]


def methods(route: Route) -> list[str]:
    return ["GET", "HEAD"] if route.method == "GET" else [route.method]


def requests(route: Route, names: dict[str, list[str]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every request to ``route`` about one of ``names``: method, target, what is sent."""
    label = f"{route.method} {route.path}"
    wanted = names_in(route.path)
    assert set(wanted) <= set(names), f"{label}: say in World.names() what stands for {wanted}"
    sends_something = route.method in ("POST", "PATCH", "PUT")
    assert not sends_something or label in SENT, f"{label}: say in SENT what a client sends here"
    for name in names[wanted[0]] if wanted else [""]:
        values = {each: names[each][0] for each in wanted[1:]} | dict.fromkeys(wanted[:1], name)
        parts = (part[1:-1].partition(":")[0] if part.startswith("<") else part for part in route.path.split("/"))
        target = "/".join(values.get(part, part) for part in parts)
        for method in methods(route):
            yield from ((method, target, sent) for sent in SENT.get(label, [{}]))


def ask(api: Api, method: str, target: str, sent: dict[str, Any], **names: str) -> httpx.Response:
    content = {**sent}
    if "json" in sent:
        content["json"] = sent["json"] | {name: value for name, value in names.items() if name in sent["json"]}
    return api.http.request(method, target, **content)


def facts(answer: httpx.Response, *names: str) -> tuple[int, str, list[tuple[str, str]]]:
    """All of an answer that could tell two cases apart; the names asked about read alike."""
    own = ("date", "x-request-id", "content-length" if answer.content else "")
    headers = sorted(each for each in answer.headers.items() if each[0] not in own)
    text = ADDRESS.sub(r"\1-", answer.text)
    for name in names:
        text = text.replace(name, GHOST)
    return answer.status_code, text, headers


@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_foreign_resource_not_found_and_unchanged(world: World, stranger: Api, spelling: Callable[[str], str]) -> None:
    foreign = {kind: [spelling(name) for name in names] for kind, names in world.names().items()}
    unknown = {kind: [GHOST] * len(names) for kind, names in foreign.items()}
    before = world.seen()
    asked = 0
    for route in KEYED:
        pairs = zip(requests(route, foreign), requests(route, unknown), strict=True)
        for (method, target, sent), (_, ghostly, _) in pairs:
            if not names_in(route.path) and "json" not in sent:
                continue  # a list: see below
            named = {
                "project_id": spelling(world.project_id),
                "asset_id": spelling(world.assets["ready"]),
                "cut_id": spelling(world.cut_id),
            }
            there = ask(stranger, method, target, sent, **named)
            nowhere = ask(stranger, method, ghostly, sent, **dict.fromkeys(named, GHOST))
            label = method, target, sent
            assert facts(there, *foreign["asset_id"], *foreign["project_id"]) == facts(nowhere), label
            is_cancel = "/uploads/" in target and "DELETE" in (method, sent["headers"].get("X-HTTP-Method-Override"))
            refusals = (404, 405) if "/uploads/" in target else (404,)
            assert there.status_code in ((204,) if is_cancel else refusals), label
            asked += 1
    assert asked > 40
    assert world.seen() == before


def queries(world: World) -> list[str]:
    filters = ["", f"project_id={world.project_id}", f"project_id={GHOST}", *(f"state={each}" for each in State)]
    filters += ["state=completed", f"asset_id={world.assets['ready']}"]
    filters += ["state=archived", "limit=100", "limit=1&offset=1", "account_id=x", f"id={world.assets['ready']}"]
    return [*filters, *(f"{each}&project_id={world.project_id}&limit=100" for each in filters if "state" in each)]


def test_lists_and_balances_unaffected_by_other_accounts(
    owner: Member, stranger: Api, request: pytest.FixtureRequest
) -> None:
    stranger.upload(CONTENT)
    # The stream of events does not end, and has a test of its own.
    lists = [route for route in KEYED if route.method == "GET" and not route.streams and not names_in(route.path)]
    assert len(lists) >= 4
    empty = World(owner, GHOST, {"ready": GHOST})

    def answers(world: World) -> list[Any]:
        return [
            facts(stranger.http.get(f"{route.path}?{query}"), world.project_id, *world.assets.values())
            for route in lists
            for query in queries(world)
        ]

    before = answers(empty)
    world: World = request.getfixturevalue("world")
    owner.book("topup", 3)
    assert answers(world) == before


def test_public_routes_same_for_all_accounts(world: World, stranger: Api) -> None:
    """They answer all clients alike, or ask for a signature that no key grants."""
    names = [
        f"{each}{extension}" for each in (*world.assets.values(), GHOST) for extension in ("", ".wav", ".jpg", ".json")
    ]
    with httpx.Client(base_url=stranger.box.url, verify=False) as keyless:
        for route in (each for each in ROUTES if each.public):
            fills = {"project_id": world.project_id, "upload_id": names[0]}
            wanted = names_in(route.path)
            for name in names if wanted else [""]:
                parts = [
                    fills.get(part[1:].partition(":")[0], name) if part[:1] == "<" else part
                    for part in route.path.split("/")
                ]
                answers = [
                    client.request(route.method, "/".join(parts))
                    for client in (keyless, stranger.http, world.member.api.http)
                ]
                if route.path == "/metrics":
                    # The numbers change with each request, and never name an account.
                    assert {answer.status_code for answer in answers} == {200}
                    assert not any(each in answers[0].text for each in (*world.assets.values(), world.project_id))
                    continue
                assert len({str(facts(answer)) for answer in answers}) == 1, route.path
                asks_for_signature = (answers[0].status_code, answers[0].text.count("forbidden")) == (403, 1)
                assert asks_for_signature or not wanted or route.method == "OPTIONS", (
                    "why may anybody name something here?"
                )
