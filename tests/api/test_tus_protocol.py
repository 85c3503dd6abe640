"""TUS 1.0.0 request by request: the core protocol, one row per rule, in the order of its text."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.api.wire import Wire, request_head, wav
from tests.harness import CHUNK_TYPE, Api, wait_until

NOBODY = "01890000-0000-7000-8000-000000000000"
VERSION = {"Tus-Resumable": "1.0.0"}
CHUNK = VERSION | {"Upload-Offset": "0", "Content-Type": CHUNK_TYPE}
CONTENT = wav(4000)


def code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


@pytest.fixture
def upload(api: Api) -> str:
    """The URL of a new, empty upload of 10,000 bytes."""
    return api.asset(10_000)[1]


# Rows 1 and 2: OPTIONS returns the capabilities, whatever version the client speaks.


@pytest.mark.parametrize("path", ["/v1/uploads", f"/v1/uploads/{NOBODY}", "/v1/uploads/", f"/v1/uploads/{NOBODY}/"])
@pytest.mark.parametrize("version", [None, "1.0.0", "0.2.2", "nonsense"])
def test_options_return_the_capabilities(api: Api, path: str, version: str | None) -> None:
    headers = {"Tus-Resumable": version} if version else {}
    answer = httpx.options(api.box.url + path, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    told = {name: value for name, value in answer.headers.items() if name.startswith("tus-")}
    assert told == {
        "tus-resumable": "1.0.0",
        "tus-version": "1.0.0",
        "tus-extension": "termination,expiration",
        "tus-max-size": str(50 * 1024**3),
    }


# Row 3: every other answer has the version, errors too.


@pytest.mark.parametrize(
    ("method", "tail", "headers", "status"),
    [
        ("HEAD", "", VERSION, 200),
        ("HEAD", "x", VERSION, 404),
        ("HEAD", "", {}, 412),
        ("HEAD", "", VERSION | {"Authorization": "Bearer sk_wrong"}, 401),
        ("PATCH", "", CHUNK, 204),
        ("PATCH", "", VERSION | {"Content-Type": CHUNK_TYPE}, 400),
        ("PATCH", "", CHUNK | {"Upload-Offset": "7"}, 409),
        ("PATCH", "", CHUNK | {"Tus-Resumable": "2.0.0"}, 412),
        ("PATCH", "", VERSION | {"Upload-Offset": "0"}, 415),
        ("GET", "", VERSION, 405),
        ("PUT", "", VERSION, 405),
        ("POST", "", VERSION, 405),
        ("DELETE", "", VERSION, 204),
        ("DELETE", "x", VERSION, 204),
        ("DELETE", "", {}, 412),
    ],
)
def test_every_answer_has_the_version(
    api: Api, upload: str, method: str, tail: str, headers: dict[str, str], status: int
) -> None:
    answer = api.http.request(method, upload + tail, headers=headers)
    assert (answer.status_code, answer.headers.get("Tus-Resumable")) == (status, "1.0.0")


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "PATCH", "DELETE", "PUT"])
def test_tus_neither_creates_nor_lists_uploads(api: Api, method: str) -> None:
    answer = api.http.request(method, "/v1/uploads", headers=VERSION | {"Upload-Length": "100"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS")
    assert answer.headers["Tus-Resumable"] == "1.0.0"


def test_new_asset_answer_has_version_and_url(api: Api) -> None:
    wish = {"project_id": api.project(), "size_bytes": 64}
    answer = api.http.post("/v1/assets", json=wish)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert answer.headers["Location"] == f"{api.box.url}/v1/uploads/{answer.json()['id']}"


# Rows 4 and 5: another version, or none, is refused and nothing happens.


@pytest.mark.parametrize("version", [None, "", "0.2.2", "1.0", "1.0.0, 2.0.0", "v1.0.0"])
@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_unknown_version_is_refused(api: Api, upload: str, method: str, version: str | None) -> None:
    headers = {name: value for name, value in CHUNK.items() if name != "Tus-Resumable"}
    if version is not None:
        headers["Tus-Resumable"] = version
    content = CONTENT if method == "PATCH" else b""
    answer = api.http.request(method, upload, headers=headers, content=content)
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert api.offset(upload) == 0


# Rows 6 to 11: HEAD.


@pytest.mark.parametrize("sent", [0, 4000])
def test_head_returns_the_offset(api: Api, upload: str, sent: int) -> None:
    api.patch(upload, 0, CONTENT[:sent])
    answer = api.head(upload)
    assert answer.status_code == 200
    assert answer.headers["Upload-Offset"] == str(sent)
    assert answer.headers["Upload-Length"] == "10000"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Upload-Expires" in answer.headers
    assert answer.headers.get("Content-Length", "0") == "0"


def test_head_after_the_last_byte_answers(api: Api) -> None:
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT).headers["Upload-Offset"] == "4000"
    for _ in range(2):
        answer = api.head(url)
        told = answer.status_code, answer.headers["Upload-Offset"], answer.headers["Upload-Length"]
        assert told == (200, "4000", "4000")
        assert "Upload-Expires" not in answer.headers
        assert api.settled(asset_id)["upload_url"] is None


@pytest.mark.parametrize("name", [NOBODY, "x", "%00", "..%2f..%2fetc", "ü", "0" * 300, NOBODY + "0"])
def test_head_of_unknown_upload(api: Api, name: str) -> None:
    answer = api.http.head(f"/v1/uploads/{name}", headers=VERSION)
    assert answer.status_code == 404
    assert "Upload-Offset" not in answer.headers
    assert answer.content == b""
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 412), (VERSION | {"Authorization": "Basic Og=="}, 401), (VERSION, 200)]
)
def test_head_is_never_cached(api: Api, upload: str, headers: dict[str, str], status: int) -> None:
    answer = api.http.head(upload, headers=headers)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")


def test_head_error_has_no_body(api: Api) -> None:
    with Wire(api.box) as wire:
        for _ in range(2):  # a body after the first answer would be read as the second
            wire.send(request_head(api.box, "HEAD", f"/v1/uploads/{NOBODY}"))
            assert wire.answer("HEAD").status == 404


# Rows 12 to 15: PATCH.


def test_patch_moves_the_offset(api: Api, upload: str) -> None:
    offsets = [api.patch(upload, at, CONTENT[at:to]) for at, to in ((0, 64), (64, 65), (65, 1000), (1000, 4000))]
    assert [(each.status_code, each.headers["Upload-Offset"]) for each in offsets] == [
        (204, "64"),
        (204, "65"),
        (204, "1000"),
        (204, "4000"),
    ]
    assert all(each.content == b"" and "Upload-Expires" in each.headers for each in offsets)


def test_last_patch_has_no_expiry(api: Api) -> None:
    _, url = api.asset(len(CONTENT))
    answer = api.patch(url, 0, CONTENT)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "4000")
    assert "Upload-Expires" not in answer.headers


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "application/octet-stream", "video/mp4", CHUNK_TYPE + "; charset=utf-8"],
)
def test_wrong_content_type_is_refused(api: Api, upload: str, content_type: str | None) -> None:
    headers = VERSION | {"Upload-Offset": "0"} | ({} if content_type is None else {"Content-Type": content_type})
    answer = api.http.patch(upload, content=CONTENT, headers=headers)
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")
    assert api.offset(upload) == 0


@pytest.mark.parametrize("claimed", [0, 63, 3999, 4001, 10_000, 10_001, 10**17])
@pytest.mark.parametrize("content", [b"", CONTENT], ids=["empty", "full"])
def test_wrong_offset_is_refused_with_the_real_one(api: Api, upload: str, claimed: int, content: bytes) -> None:
    api.patch(upload, 0, CONTENT)
    answer = api.patch(upload, claimed, content)
    assert (answer.status_code, code(answer)) == (409, "offset_mismatch")
    assert answer.headers["Upload-Offset"] == "4000"
    assert api.offset(upload) == 4000


# Row 19: an empty chunk.


def test_empty_chunks_only_extend_expiry(api: Api, upload: str) -> None:
    created = parsedate_to_datetime(api.head(upload).headers["Upload-Expires"])
    for sent in (0, 4000):
        answer = api.patch(upload, sent, b"")
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(sent))
        assert parsedate_to_datetime(answer.headers["Upload-Expires"]) < created
        api.patch(upload, sent, CONTENT)


# Row 20: PATCH on a complete upload.


@pytest.mark.parametrize(
    ("offset", "content", "status"),
    [(4000, b"", 204), (4000, b"x", 413), (0, b"", 409), (0, CONTENT, 409), (3999, b"x", 409), (4001, b"", 409)],
)
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_complete_upload_accepts_no_more(api: Api, offset: int, content: bytes, status: int, coding: str) -> None:
    asset = api.upload(CONTENT)
    url = f"/v1/uploads/{asset['id']}"
    answer = api.patch(url, offset, content if coding == "length" else iter([content]))
    assert (answer.status_code, answer.headers.get("Upload-Offset")) == (status, None if status == 413 else "4000")
    assert api.offset(url) == 4000
    assert stored_media(api, asset) == CONTENT


def stored_media(api: Api, asset: dict[str, object]) -> bytes:
    folder = api.box.data_dir / "media" / "projects" / str(asset["project_id"])
    return (folder / f"{asset['id']}.{asset['extension']}").read_bytes()


# Row 27: termination.


def test_delete_ends_an_upload_and_its_asset(api: Api, upload: str) -> None:
    asset_id = upload.rpartition("/")[2]
    api.patch(upload, 0, CONTENT)
    for _ in range(2):  # repeatable
        answer = api.http.delete(upload, headers=VERSION)
        assert (answer.status_code, answer.content) == (204, b"")
        assert api.head(upload).status_code in (404, 410)
        assert api.patch(upload, 4000, CONTENT).status_code in (404, 410)
        assert api.http.get(f"/v1/assets/{asset_id}").status_code == 404
        assert not (api.box.data_dir / "incoming" / asset_id).exists()


@pytest.mark.parametrize("name", [NOBODY, "x", "0" * 300])
def test_delete_of_unknown_upload(api: Api, name: str) -> None:
    assert api.http.delete(f"/v1/uploads/{name}", headers=VERSION).status_code == 204


def test_late_cancel_keeps_a_complete_asset(api: Api) -> None:
    asset = api.upload(CONTENT)
    assert api.http.delete(f"/v1/uploads/{asset['id']}", headers=VERSION).status_code == 204
    assert wait_until(lambda: api.get(asset["id"]))["state"] == "ready"
    assert stored_media(api, asset) == CONTENT
