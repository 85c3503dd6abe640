"""Absolute URLs: ``server.public_url``, else trusted ``X-Forwarded-*``, else a checked ``Host``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.api.answers import refused
from tests.harness import Api, LiveBox
from tests.media_bytes import wav


@pytest.fixture
def behind_proxy(proxied_box: LiveBox) -> Iterator[Api]:
    api = Api(proxied_box)
    with api.http:
        yield api


def place(api: Api, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.http.post("/v1/projects", json={"name": "x"}, headers=named)


def base(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].removesuffix(f"/v1/projects/{answer.json()['id']}")


@pytest.mark.parametrize(
    "host", ["box.example.com", "box.example.com:8080", "BOX", "10.0.0.7:1", "[::1]:8750", "[::1]", "my_box.local"]
)
def test_host_of_the_request(api: Api, host: str) -> None:
    assert base(place(api, Host=host)) == f"http://{host}"


@pytest.mark.parametrize(
    "host",
    ["", "a b", "box/evil", "user@box", "box:port", "box:123456", "box?x", "box#x", "<box>", "bo\u0445", "-b", "[::1"],
)  # fmt: skip
def test_host_not_a_plain_name_is_refused(api: Api, host: str) -> None:
    before = api.http.get("/v1/projects").json()["total"]
    named = {"Host": host.encode()}
    refused(api.http.post("/v1/projects", json={"name": "x"}, headers=named), "bad_request")
    assert api.http.get("/v1/projects").json()["total"] == before


def test_every_url_uses_the_host(api: Api) -> None:
    content = wav(1)
    wish = {"project_id": api.project(), "size_bytes": len(content)}
    made = api.http.post("/v1/assets", json=wish, headers={"Host": "one.example"})
    asset_id = made.json()["id"]
    assert made.headers["Location"] == f"http://one.example/v1/uploads/{asset_id}"
    url = f"/v1/assets/{asset_id}"
    pending = api.http.get(url, headers={"Host": "two.example"}).json()
    assert pending["upload_url"] == f"http://two.example/v1/uploads/{asset_id}"
    api.patch(f"/v1/uploads/{asset_id}", 0, content)
    api.settled(asset_id)
    download_url = api.http.get(url, headers={"Host": "three.example"}).json()["download_url"]
    assert download_url.startswith("http://three.example/files/")
    # The signature covers the path, so the file is found under any name of the box.
    assert api.http.get(download_url.replace("http://three.example", "")).content == content


def test_untrusted_peer_forwards_nothing(api: Api, shared_box: LiveBox) -> None:
    answer = place(api, X_Forwarded_Host="evil.example", X_Forwarded_Proto="https", Forwarded="host=evil.example")
    assert base(answer) == shared_box.url


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "http://box"),
        ({"X_Forwarded_Proto": "https"}, "https://box"),
        ({"X_Forwarded_Host": "public.example"}, "http://public.example"),
        ({"X_Forwarded_Host": "public.example:8443", "X_Forwarded_Proto": "https"}, "https://public.example:8443"),
        # What the nearest proxy added counts, not what a client put before it.
        ({"X_Forwarded_Host": "evil.example, public.example", "X_Forwarded_Proto": "http, https"}, "https://public.example"),
        ({"X_Forwarded_Host": "", "X_Forwarded_Proto": ""}, "http://box"),
        ({"X_Forwarded_Proto": "HTTPS"}, "https://box"),
        ({"X_Forwarded_Port": "8443", "X_Forwarded_Proto": "https"}, "https://box:8443"),
        ({"X_Forwarded_Port": "443", "X_Forwarded_Proto": "https"}, "https://box"),
        ({"X_Forwarded_Port": "80"}, "http://box"),
        ({"X_Forwarded_Port": "8443", "X_Forwarded_Host": "public.example:444"}, "http://public.example:444"),
        ({"X_Forwarded_Port": "8443", "X_Forwarded_Host": "[::1]"}, "http://[::1]:8443"),
        # RFC 7239 is not supported: few proxies send it, and most pass on that of a client.
        ({"Forwarded": "for=192.0.2.1;host=evil.example;proto=https"}, "http://box"),
    ],
)  # fmt: skip
def test_trusted_proxies_forward(behind_proxy: Api, headers: dict[str, str], expected: str) -> None:
    assert base(place(behind_proxy, Host="box", **headers)) == expected


CHAINS = [
    # The client, our outer proxy at 10.0.0.7, and the inner one that calls us.
    ("192.0.2.1, 10.0.0.7", "evil.example, public.example, inner", "http, https, http", "https://public.example"),
    ("192.0.2.1, 10.0.0.7", "public.example, inner", "https, http", "https://public.example"),
    # The inner one keeps what the outer one set.
    ("192.0.2.1, 10.0.0.7", "public.example", "https", "https://public.example"),
    # An address before the client's may be made up.
    ("10.0.0.9, 192.0.2.1", "evil.example, public.example", "https", "https://public.example"),
    ("10.0.0.9, nonsense", "evil.example, public.example", "https", "https://public.example"),
]


@pytest.mark.parametrize(("chain", "host", "proto", "expected"), CHAINS)
def test_chains_of_proxies(behind_proxy: Api, chain: str, host: str, proto: str, expected: str) -> None:
    forwarded = {"X_Forwarded_For": chain, "X_Forwarded_Host": host, "X_Forwarded_Proto": proto}
    assert base(place(behind_proxy, Host="box", **forwarded)) == expected


def test_forwarded_list_may_span_lines(behind_proxy: Api) -> None:
    lines = [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Host", "public.example")]
    answer = behind_proxy.http.post("/v1/projects", json={"name": "x"}, headers=lines)
    assert base(answer) == "http://public.example"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "box", "X_Forwarded_Port": "80a"},
        {"Host": "box", "X_Forwarded_Port": "99999"},
        {"X_Forwarded_Host": "a b"},
        {"X_Forwarded_Host": "box/evil"},
        {"X_Forwarded_Proto": "ftp"},
        {"Host": "a/b"},
    ],
)
def test_trusted_proxy_with_nonsense(behind_proxy: Api, headers: dict[str, str]) -> None:
    refused(place(behind_proxy, **headers), "bad_request")


def test_public_url_wins(fresh_box: Callable[..., LiveBox]) -> None:
    public = "https://studio.example/box"
    settings = {"SERVER_PUBLIC_URL": f"{public}/", "SERVER_TRUSTED_PROXIES": "127.0.0.0/8"}
    api = Api(fresh_box(settings))
    with api.http:
        forged = {"Host": "a b", "X-Forwarded-Host": "evil.example"}
        content = wav(1)
        wish = {"project_id": api.project(), "size_bytes": len(content)}
        made = api.http.post("/v1/assets", json=wish, headers=forged)
        path = f"/v1/uploads/{made.json()['id']}"
        assert made.headers["Location"] == public + path
        api.patch(path, 0, content)
        asset = api.settled(made.json()["id"])
        assert asset["download_url"].startswith(f"{public}/files/projects/")
        # The proxy removes the prefix; the signature is valid without it.
        assert api.http.get(asset["download_url"].removeprefix(public)).content == content
        assert api.http.get("/v1/openapi.json", headers=forged).json()["servers"] == [{"url": public}]
