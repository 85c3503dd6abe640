"""The OpenAPI document held to a live box: every answer it describes is provoked, and none comes that it does not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

import roughy_box
from tests.api import films
from tests.api.answers import GHOST
from tests.api.described import Description
from tests.api.films import film
from tests.api.wire import MIB, Wire, arrived, chunk_head, dripping, incoming, request_head, wav
from tests.harness import CHUNK_TYPE, Api, LiveBox, wait_until

SPEECH = Path(str(roughy_box.__file__)).parent / "speech" / "second.opus"
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Upload-Offset": "0", "Content-Type": CHUNK_TYPE}
STEP = 1000  # bytes
STREAM = "/v1/events"
# Nothing that one client does leads to these: 500 is a fault of the program or the machine, and has a test of its own
# where it can be had; 503 is another client's doing, and has one for all.
UNFORESEEN = {500, 503}


@dataclass
class Run:
    """A box, its document, and every answer that was seen."""

    box: LiveBox
    description: Description
    seen: set[tuple[str, str, int]] = field(default_factory=set)

    def note(self, answer: httpx.Response) -> None:
        """Hold an answer to the document."""
        self.seen.add(self.description.check(answer))

    def api(self, key: str | None = None) -> Api:
        """An account whose every answer is noted."""
        api = Api(self.box, key)
        api.http.event_hooks = {"response": [self.note]}
        return api

    def raw(self, method: str, path: str, *lines: str) -> None:
        """Send a raw head and note the answer."""
        with Wire(self.box) as wire:
            wire.send(request_head(self.box, method, path, *lines))
            answer = wire.answer(method)
        request = httpx.Request(method, self.box.url + path)
        self.note(httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request))

    def missing(self) -> set[tuple[str, str, int]]:
        """Return the documented answers that were not seen."""
        documented = {
            (method, path, status)
            for method, path, operation in self.description.operations()
            for status in self.description.responses(operation)
            if status not in UNFORESEEN
        }
        return documented - self.seen


@pytest.fixture
def run(fresh_box: Callable[..., LiveBox]) -> Run:
    return of_box(fresh_box({"SERVER_FAILED_KEYS": "1"}))


def of_box(box: LiveBox) -> Run:
    with box.client() as client:
        return Run(box, Description(client.get("/v1/openapi.json").json()))


def test_documented_answers_all_occur_and_no_others(run: Run) -> None:
    api = run.api()
    with api.http:
        everywhere(run)
        projects(api)
        assets(api)

        def plainly(method: str, url: str, content: bytes = b"", **headers: str) -> httpx.Response:
            return api.http.request(method, url, content=content, headers=CHUNK | headers)

        def by_post(method: str, url: str, content: bytes = b"", **headers: str) -> httpx.Response:
            override = {"X-HTTP-Method-Override": method}
            return api.http.post(url, content=content, headers=CHUNK | override | headers)

        uploads(run, api, plainly)
        uploads(run, api, by_post)
        files(api)
        cuts(api)
        events(run, api)
        renders(api)
        webhooks(api)
        without_credits(run)
        without_room(run)
    assert run.missing() == set()


def test_unexpected_error_is_documented(run: Run) -> None:
    api = run.api()
    with api.http:
        asset = api.upload(wav(1000))
        (path,) = run.box.data_dir.rglob(f"{asset['id']}.wav")
        path.unlink()
        path.mkdir()
        assert api.http.get(api.get(asset["id"])["download_url"]).status_code == 500


def test_connection_limit_answer_is_documented(fresh_box: Callable[..., LiveBox]) -> None:
    run = of_box(fresh_box({"SERVER_MAX_CONNECTIONS": "1"}))
    api = Api(run.box)
    asset_id, url = api.asset(MIB)
    api.http.close()
    with Wire(run.box) as writer:
        writer.send(chunk_head(run.box, url, 0, MIB) + wav(MIB)[:STEP])
        wait_until(incoming(run.box, asset_id).exists)
        for method, path, _ in run.description.operations():
            run.raw(method, re.sub(r"{\w+}", GHOST, path))
    assert run.seen == {(method, path, 503) for method, path, _ in run.description.operations()}


def everywhere(run: Run) -> None:
    """Provoke the answers of every operation: without a key, to nonsense, for unknown ids."""
    nobody, stranger, owner = run.api(), run.api("sk_wrong"), run.api()
    del nobody.http.headers["Authorization"]
    for method, path, operation in run.description.operations():
        address = re.sub(r"{\w+}", GHOST, path)
        upload = CHUNK | {"X-HTTP-Method-Override": "PATCH"} if "/uploads/" in path else {}
        run.raw(method, address, "X-Broken : a space")
        run.raw(method, address, f"X-Long: {'x' * 10_000}")
        nobody.http.request(method, address)
        for _ in range(2):  # rate-limited the second time, wherever the minute begins
            stranger.http.request(method, address)
        if path == STREAM:  # its answer does not end
            owner.http.request(method, f"{address}?types=none")
            continue
        owner.http.request(method, address, headers=upload, json=body_of(operation))
        owner.http.request(method, address, headers=upload | {"Tus-Resumable": "0.2.2"})
        owner.http.request(method, f"{address}?limit=none", content=b'{"name": 1}')
        owner.http.request(method, re.sub(r"{\w+}", "none", path), headers=upload)
        owner.http.request(method, address, headers={"If-None-Match": "*", **TUS})
    for method in ("GET", "HEAD"):
        nobody.http.request(method, "/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    for client in (nobody, stranger, owner):
        client.http.close()


def body_of(operation: dict[str, Any]) -> Any:
    """Return the first example of an operation's body."""
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return next((example["value"] for example in media.get("examples", {}).values()), None)


def projects(api: Api) -> None:
    project_id = api.project()
    for method in ("GET", "HEAD"):
        api.http.request(method, f"/v1/projects/{project_id}")
        api.http.request(method, "/v1/projects?limit=1")
    api.http.patch(f"/v1/projects/{project_id}", json={"state": "archived"})
    api.http.delete(f"/v1/projects/{project_id}")


def assets(api: Api) -> None:
    asset_id, _ = api.asset(1000)
    for method in ("GET", "HEAD"):
        api.http.request(method, f"/v1/assets/{asset_id}")
        api.http.request(method, "/v1/assets")
    api.http.delete(f"/v1/assets/{asset_id}")


def uploads(run: Run, api: Api, call: Callable[..., httpx.Response]) -> None:
    content = wav(MIB)
    asset_id, url = api.asset(len(content))
    call("HEAD", url)
    call("PATCH", url, content, **{"Upload-Offset": "7"})
    call("PATCH", url, content, **{"Content-Type": "video/mp4"})
    call("PATCH", url, content + b"more")
    with Wire(run.box) as wire:
        wire.send(chunk_head(run.box, url, 0, len(content)) + content[:STEP])
        arrived(api, url, STEP)
        with dripping(wire, content[STEP:], STEP) as sent:
            assert call("PATCH", url, b"x", **{"Upload-Offset": str(STEP)}).status_code == 423
        wire.send(content[STEP * (1 + len(sent)) :])
        assert wire.answer().status == 204
    api.settled(asset_id)
    call("PATCH", url, **{"Upload-Offset": str(len(content))})
    call("HEAD", url)
    _, rejected = api.asset(1000)
    assert call("PATCH", rejected, random.Random(1).randbytes(1000)).status_code == 409
    call("PATCH", rejected, content[:100])
    call("HEAD", rejected)
    call("DELETE", rejected)


def files(api: Api) -> None:
    content = film(1)
    asset_id = api.upload(content)["id"]
    asset = wait_until(lambda: (now := api.get(asset_id))["poster_url"] and now["waveform_url"] and now)
    urls = [asset["download_url"], asset["poster_url"], asset["waveform_url"]]
    answers = [api.http.request(method, url) for url in urls for method in ("GET", "HEAD")]
    assert {answer.status_code for answer in answers} == {200}
    for url in urls:
        for method in ("GET", "HEAD"):
            api.http.request(method, url, headers={"If-None-Match": "*"})
    for url in urls:
        api.http.get(url, headers={"Range": "bytes=0-9"})
        api.http.get(url, headers={"Range": f"bytes={len(content)}-"})
    api.http.get("/v1/credits/history")
    api.http.delete(f"/v1/assets/{asset_id}")
    for url in urls:
        for method in ("GET", "HEAD"):
            api.http.request(method, url)


def cuts(api: Api) -> None:
    spoken, silent = (api.upload(content)["id"] for content in (SPEECH.read_bytes(), wav(100_000)))
    waiting, _ = api.asset(1000)
    assert api.http.post("/v1/cuts", json={"asset_id": waiting}).status_code == 409
    heard, unheard = (api.http.post("/v1/cuts", json={"asset_id": each}).json()["id"] for each in (spoken, silent))
    api.http.post("/v1/cuts", json={"asset_id": spoken})
    for cut_id, state in ((heard, "completed"), (unheard, "failed")):
        assert wait_until(lambda cut_id=cut_id: ended(api, cut_id))["state"] == state
    for method in ("GET", "HEAD"):
        api.http.request(method, "/v1/cuts")
        api.http.request(method, f"/v1/cuts/{heard}")
        for path in ("export", "subtitle/export"):
            for headers in ({}, {"If-None-Match": "*"}):
                answer = api.http.request(method, f"/v1/cuts/{heard}/{path}", headers=headers)
                assert answer.status_code == (304 if headers else 200), answer.text
            assert api.http.request(method, f"/v1/cuts/{unheard}/{path}").status_code == 409
    api.http.delete(f"/v1/cuts/{heard}")


def events(run: Run, api: Api) -> None:
    api.http.head(STREAM)
    with run.box.client() as client, client.stream("GET", STREAM) as answer:
        begin = next(answer.iter_raw())
    run.note(httpx.Response(200, headers=answer.headers, content=begin, request=answer.request))


def webhooks(api: Api) -> None:
    wish = {"url": "https://nowhere.invalid/", "event_types": ["asset.ready"]}
    root = f"/v1/webhook-endpoints/{api.http.post('/v1/webhook-endpoints', json=wish).json()['id']}"
    delivery = api.http.post(f"{root}/test").json()["id"]
    for method in ("GET", "HEAD"):
        for path in ("/v1/webhook-endpoints", root, f"{root}/deliveries"):
            assert api.http.request(method, path).status_code == 200
    assert api.http.post(f"{root}/deliveries/{delivery}/retry").status_code == 202
    assert {api.http.post(f"{root}/rotate", json={}).status_code for _ in range(5)} == {200, 409}
    assert api.http.patch(root, json={"state": "disabled"}).status_code == 200
    for path in (f"{root}/test", f"{root}/deliveries/{delivery}/retry"):
        assert api.http.post(path).status_code == 409
    api.http.delete(root)
    while api.http.post("/v1/webhook-endpoints", json=wish).status_code != 409:
        pass


def ended(api: Api, cut_id: str) -> dict[str, Any] | None:
    cut: dict[str, Any] = api.http.get(f"/v1/cuts/{cut_id}").json()
    return cut if cut["state"] in ("completed", "failed") else None


def renders(api: Api) -> None:
    waiting, _ = api.asset(1000)
    assert api.http.post("/v1/renders", json={"asset_id": waiting, "output": {"format": "mp3"}}).status_code == 409
    asset_id = api.upload(film(1))["id"]
    render_id = films.post(api, asset_id, format="mp3")["id"]
    films.post(api, asset_id, 200, format="mp3")
    render = films.ended(api, render_id)
    url = render["download_url"]
    for method in ("GET", "HEAD"):
        api.http.request(method, "/v1/renders")
        api.http.request(method, f"/v1/renders/{render_id}")
        for headers in ({}, {"If-None-Match": "*"}):
            assert api.http.request(method, url, headers=headers).status_code == (304 if headers else 200)
    api.http.get(url, headers={"Range": "bytes=0-9"})
    api.http.get(url, headers={"Range": f"bytes={render['size_bytes']}-"})
    api.http.delete(f"/v1/renders/{render_id}")
    for method in ("GET", "HEAD"):
        api.http.request(method, url)


def without_credits(run: Run) -> None:
    api = run.api(run.box.cli("account", "add", "poor", "--credits", "0")["api_key"])
    with api.http:
        wish = {"project_id": api.project(), "size_bytes": 1000}
        assert api.http.post("/v1/assets", json=wish).status_code == 402


def without_room(run: Run) -> None:
    """On a full disk; and for the pages of one origin only, which changes the headers of every answer."""
    api = run.api()
    _, url = api.asset(1000)
    api.http.close()
    run.box.stop()
    run.box.environ["ROUGHY_BOX_STORAGE_RESERVE"] = "1024TiB"
    run.box.environ["ROUGHY_BOX_SERVER_CORS_ORIGINS"] = "https://app.example"
    run.box.environ["ROUGHY_BOX_METRICS_ENABLED"] = "false"
    run.box.start()
    api = run.api()
    with api.http:
        wish = {"project_id": api.project(), "size_bytes": 1000}
        assert api.http.post("/v1/assets", json=wish).status_code == 507
        ready = api.http.get("/v1/assets", params={"state": "ready"}).json()["items"][0]["id"]
        wish = {"asset_id": ready, "output": {"format": "mp3"}}
        assert api.http.post("/v1/renders", json=wish).status_code == 507
        assert api.patch(url, 0, wav(1000)).status_code == 507
        override = {**CHUNK, "X-HTTP-Method-Override": "PATCH"}
        assert api.http.post(url, content=wav(1000), headers=override).status_code == 507
        for method in ("GET", "HEAD"):
            assert api.http.request(method, "/readyz").status_code == 503
            assert api.http.request(method, "/metrics").status_code == 404
