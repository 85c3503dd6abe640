"""Files are data to a browser, whatever is in them: every kind, every answer."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import httpx
import pytest

from roughy_box.domain.asset import MediaKind
from roughy_box.media.formats import FAMILIES, OGG_EXTENSIONS
from tests.harness import Api
from tests.media_bytes import wav

PAGE = b"<!doctype html><html><script>alert(document.domain)</script><svg onload=alert(1)>"
# What a browser runs, or takes for something it runs; the types of FAMILIES are none of them.
RUNS = re.compile(r"html|xml|svg|script|json|text|css|pdf|shockwave|wasm|mpegurl|multipart|octet-stream|image")


def kinds() -> list[MediaKind]:
    """Every kind an asset can have."""
    codecs = ["", *OGG_EXTENSIONS]
    return [family.kind(type_, codec) for family in FAMILIES for type_ in ("audio", "video") for codec in codecs]


def test_file_kinds_never_executed_by_browsers() -> None:
    assert len(kinds()) > 100
    for kind in kinds():
        # Fit for a header and for a name on disk, too.
        assert re.fullmatch(r"(audio|video)/[a-z0-9.-]+|application/mxf", kind.content_type), kind
        assert re.fullmatch(r"[a-z0-9]{2,5}", kind.extension), kind
        assert not RUNS.search(kind.content_type), kind


@pytest.fixture
def polyglot(api: Api) -> str:
    """The address of a sound that is also a page: markup where a sniffing browser looks for it."""
    sound = wav(1)
    listed = b"LIST" + (len(PAGE) + 5).to_bytes(4, "little") + b"INFO" + PAGE + b" "
    content = b"RIFF" + (len(sound) + len(listed) - 8).to_bytes(4, "little") + b"WAVE" + listed + sound[12:]
    asset = api.upload(content)
    assert asset["state"] == "ready", asset
    assert PAGE in api.http.get(asset["download_url"]).content
    return str(asset["download_url"])


def test_file_answers_inert(polyglot: str, anyone: httpx.Client) -> None:
    etag = anyone.head(polyglot).headers["ETag"]
    rows: list[tuple[str, str, dict[str, str], int]] = [
        ("GET", polyglot, {}, 200),
        ("HEAD", polyglot, {}, 200),
        ("GET", f"{polyglot}&download=1", {}, 200),
        ("GET", polyglot, {"Range": "bytes=20-99"}, 206),
        ("GET", polyglot, {"If-None-Match": etag}, 304),
        ("GET", polyglot, {"Accept": "text/html", "Sec-Fetch-Dest": "document"}, 200),
    ]
    for method, url, headers, status in rows:
        answer = anyone.request(method, url, headers=headers)
        assert answer.status_code == status, headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert "sandbox" in policy, "no word after it: each would allow something"
        assert "default-src 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"].startswith("private")
        assert answer.headers.get("Content-Type") in ("audio/wav", None if status == 304 else "")


def test_errors_json_with_nosniff(polyglot: str, anyone: httpx.Client) -> None:
    path = urlsplit(polyglot).path
    for url, headers, status in (
        (path, {}, 403),
        (f"{path}?expires=<script>alert(1)</script>&signature=<svg>", {}, 403),
        (polyglot, {"Range": "bytes=9999999-"}, 416),
        ("/files/<script>alert(1)</script>", {}, 404),
    ):
        answer = anyone.get(url, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<" not in answer.text


def test_download_name_made_by_box(api: Api, anyone: httpx.Client) -> None:
    """A name that a client gives its file is ignored, wherever clients can send one."""
    content = wav(1)
    asset_id, url = api.asset(len(content))
    names = {
        "Content-Disposition": 'attachment; filename="evil.html"',
        "Upload-Metadata": "filename ZXZpbC5odG1s,filetype dGV4dC9odG1s",
        "X-File-Name": "evil.html",
        "Content-Location": "/evil.html",
    }
    assert api.patch(f"{url}?filename=evil.html", 0, content, **names).status_code == 204
    address = api.settled(asset_id)["download_url"]
    for more, kind in (("", "inline"), ("&download=1", "attachment"), ("&filename=evil.html&download=evil", "inline")):
        headers = anyone.get(address + more).headers
        assert headers["Content-Disposition"] == f'{kind}; filename="{asset_id}.wav"'
        assert "evil" not in str(headers)
