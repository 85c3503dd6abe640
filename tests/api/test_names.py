"""Names of assets: the contract, section 3, "Names", and the search for them."""

from __future__ import annotations

import json
import re
from email.message import Message
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.api.answers import ids, page, refused
from tests.api.conftest import Member
from tests.harness import Api
from tests.media_bytes import wav

URL = "/v1/assets"


def announce(api: Api, name: Any, size: int = 1000, project_id: str | None = None) -> httpx.Response:
    wish = {"project_id": project_id or api.project(), "size_bytes": size, "name": name}
    return api.http.post(URL, content=json.dumps(wish))  # json= cannot write a lone surrogate


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("take 1.mov", "take 1.mov"),
        (" \t\n take 1.mov\u00a0\u2003\x85", "take 1.mov"),
        ("x", "x"),
        ("x" * 255, "x" * 255),
        (f" {'x' * 255} ", "x" * 255),
        ("😀" * 255, "😀" * 255),
        ("😀👩‍👩‍👧.mp4", "😀👩‍👩‍👧.mp4"),
        ("ראיון 3.mp4", "ראיון 3.mp4"),
        ("U\u0308bung.wav", "U\u0308bung.wav"),
        ("a\u200fb\u2028c\ufeff", "a\u200fb\u2028c\ufeff"),
        ("..", ".."),
        ('100% "a"; b=_?*<c>|:\'.wav', '100% "a"; b=_?*<c>|:\'.wav'),
        (None, None),
    ],
)
def test_name_kept(api: Api, given: str | None, kept: str | None) -> None:
    made = announce(api, given)
    assert made.status_code == 201
    asset_id = made.json()["id"]
    assert made.json()["name"] == api.get(asset_id)["name"] == kept
    listed = page(api.http.get(URL))["items"][0]
    assert (listed["id"], listed["name"]) == (asset_id, kept)
    api.http.delete(f"{URL}/{asset_id}")


def test_name_missing_null(api: Api) -> None:
    asset_id, _ = api.asset(1000)
    assert api.get(asset_id)["name"] is None


@pytest.mark.parametrize(
    "name",
    ["", " ", "\n\t\x85\u2003", "x" * 256, "a/b", "a\\b", "/", "\\", "a\ud800b", "\udcff", 7, True, [], {"a": "b"}]
    + [f"a{chr(code)}b" for code in (0, 1, 9, 10, 13, 27, 31, 127, 128, 133, 155, 159, 0x202A, 0x202E, 0x2066, 0x2069)],
)
def test_name_invalid_refused(api: Api, name: object) -> None:
    before = page(api.http.get(URL))["total"]
    refused(announce(api, name), "validation_error", "body.name")
    assert page(api.http.get(URL))["total"] == before


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_name_never_edited(api: Api, method: str) -> None:
    asset_id = announce(api, "first.wav").json()["id"]
    refused(api.http.request(method, f"{URL}/{asset_id}", json={"name": "second.wav"}), "method_not_allowed")
    assert api.get(asset_id)["name"] == "first.wav"


def test_name_kept_through_states(api: Api) -> None:
    content = wav(1)
    made = announce(api, "atmo.wav", len(content))
    assert api.patch(made.headers["Location"], 0, content).status_code == 204
    assert api.settled(made.json()["id"])["name"] == "atmo.wav"


@pytest.fixture
def named(member: Any) -> tuple[Api, dict[str, str]]:
    """Assets by name, oldest first."""
    api = member().api
    names = ["Übung 1.mov", "100%.wav", "a_b.wav", "ab.wav", "U\u0308BUNG 2.MOV", "STRASSE's end.wav", "ראיון 3.mp4"]
    project_id = api.project("Named")
    made = {name: announce(api, name, project_id=project_id).json()["id"] for name in names}
    api.asset(1000, project_id)
    return api, made


def test_search_parts_found(named: tuple[Api, dict[str, str]]) -> None:
    api, made = named
    newest = {asset_id: name for name, asset_id in reversed(made.items())}
    rows = {
        "übung": ["U\u0308BUNG 2.MOV", "Übung 1.mov"],
        "U\u0308bung": ["U\u0308BUNG 2.MOV", "Übung 1.mov"],
        "BUNG 1": ["Übung 1.mov"],
        "ub": [],
        "%": ["100%.wav"],
        "0%.": ["100%.wav"],
        "_": ["a_b.wav"],
        "a_B": ["a_b.wav"],
        "*": [],
        "?": [],
        "\\": [],
        "'": ["STRASSE's end.wav"],
        "straße": ["STRASSE's end.wav"],
        " ": ["ראיון 3.mp4", "STRASSE's end.wav", "U\u0308BUNG 2.MOV", "Übung 1.mov"],
        "ראיון": ["ראיון 3.mp4"],
        "\x00": [],
        "mov\x00": [],
        "ab.wav or 1": [],
        "x" * 255: [],
        ".": list(newest.values()),
    }
    for part, expected in rows.items():
        body = page(api.http.get(URL, params={"q": part, "limit": "100"}))
        assert [newest[item["id"]] for item in body["items"]] == expected, part
        assert body["total"] == len(expected)


def test_search_with_filters_and_pages(named: tuple[Api, dict[str, str]]) -> None:
    api, made = named
    project_id = api.get(made["ab.wav"])["project_id"]
    api.http.delete(f"{URL}/{made['100%.wav']}")
    other = announce(api, "a third.wav").json()["id"]
    api.patch(f"/v1/uploads/{made['a_b.wav']}", 0, b"only words " * 50)
    rows = {
        "q=a": [other, made["STRASSE's end.wav"], made["ab.wav"], made["a_b.wav"]],
        f"q=wav&project_id={project_id}": [made["STRASSE's end.wav"], made["ab.wav"], made["a_b.wav"]],
        "q=wav&state=failed": [made["a_b.wav"]],
        f"q=wav&state=failed&project_id={project_id}": [made["a_b.wav"]],
        "q=mov&state=failed": [],
    }
    for query, expected in rows.items():
        assert ids(api.http.get(f"{URL}?{query}")) == expected, query
        assert page(api.http.get(f"{URL}?{query}"))["total"] == len(expected)
    second = page(api.http.get(f"{URL}?q=A&limit=2&offset=2"))
    assert [item["id"] for item in second["items"]] == rows["q=a"][2:]
    assert second["total"] == 4
    assert page(api.http.get(f"{URL}?q=A&offset=9")) == {"items": [], "total": 4, "limit": 20, "offset": 9}


@pytest.mark.parametrize("part", ["", "x" * 256])
def test_search_invalid_refused(api: Api, part: str) -> None:
    refused(api.http.get(URL, params={"q": part}), "validation_error", "query.q")


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF", "%C3%28", "%00%0D%0A"])
def test_search_broken_text_finds_nothing(api: Api, raw: str) -> None:
    assert page(api.http.get(f"{URL}?q={raw}"))["total"] == 0


def test_search_other_accounts_never_found(member: Any, named: tuple[Api, dict[str, str]]) -> None:
    _, made = named
    stranger: Member = member()
    own = announce(stranger.api, "own.wav").json()["id"]
    assert ids(stranger.api.http.get(f"{URL}?q=wav")) == [own]
    assert page(stranger.api.http.get(f"{URL}?q=%C3%BCbung"))["total"] == 0
    project_id = named[0].get(made["ab.wav"])["project_id"]
    assert page(stranger.api.http.get(f"{URL}?q=wav&project_id={project_id}"))["total"] == 0


def saved_as(answer: httpx.Response) -> tuple[str, str]:
    """Return the names in Content-Disposition: for old clients, and for those that know RFC 8187."""
    header = answer.headers["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header.partition("; filename*=")[0]
    plain = message.get_filename() or ""
    whole = re.search(r"; filename\*=UTF-8''([!#$&+.^_`|~%0-9A-Za-z-]+)$", header)
    return plain, unquote(whole[1]) if whole else plain


@pytest.mark.parametrize(
    ("name", "plain", "whole"),
    [
        ("take 1.wav", "take 1.wav", "take 1.wav"),
        ("TAKE.WAV", "TAKE.WAV", "TAKE.WAV"),
        ("Übung.wav", "Ubung.wav", "Übung.wav"),
        ("日本.wav", "{id}.wav", "日本.wav"),
        ("interview.m4v", "interview.m4v", "interview.m4v"),
        ("evil.html", "evil.html.wav", "evil.html.wav"),
        ("evil.wav.exe", "evil.wav.exe.wav", "evil.wav.exe.wav"),
        ("..", "{id}.wav", "...wav"),
        ('a"; filename="b.html', "a_; filename=_b.html.wav", 'a"; filename="b.html.wav'),
        ("..／..／etc", ".._.._etc.wav", "..／..／etc.wav"),
        ("50%41.wav", "50_41.wav", "50%41.wav"),
        ("日" * 255, "{id}.wav", "日" * 255 + ".wav"),
        ("㏂" * 255, "a.m." * 40 + ".wav", "㏂" * 255 + ".wav"),
        ("😀" * 255, "{id}.wav", "😀" * 191 + ".wav"),
    ],
)
def test_download_named_after_asset(api: Api, name: str, plain: str, whole: str) -> None:
    content = wav(0.1)
    made = announce(api, name, len(content))
    api.patch(made.headers["Location"], 0, content)
    asset = api.settled(made.json()["id"])
    for more, kind in (("", "inline"), ("&download=1", "attachment")):
        answer = httpx.head(asset["download_url"] + more, verify=False)
        assert answer.headers["Content-Disposition"].startswith(f"{kind}; filename=")
        expected = plain.replace("{id}", asset["id"])
        assert saved_as(answer) == (expected, whole)
        assert sum(len(part) for pair in answer.headers.raw for part in pair) < 3500, "what proxies take"
