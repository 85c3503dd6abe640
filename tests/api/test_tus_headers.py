"""TUS headers in every spelling: offsets, method override, URLs with a slash, keys and foreign ids."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.test_tus_protocol import CHUNK, NOBODY, VERSION, code
from tests.api.wire import Wire, request_head, wav
from tests.harness import CHUNK_TYPE, Api, LiveBox

CONTENT = wav(4000)


@pytest.fixture
def upload(api: Api) -> str:
    """The URL of an upload of 10,000 bytes at offset 4,000."""
    _, url = api.asset(10_000)
    assert api.patch(url, 0, CONTENT).status_code == 204
    return url


# Row 16: Upload-Offset, one header line or more each.

NO_OFFSETS = {
    "missing": (),
    "empty": ("Upload-Offset:",),
    "blank": ("Upload-Offset:   ",),
    "Arabic digits": ("Upload-Offset: ٤٠٠٠",),
    "fullwidth digits": ("Upload-Offset: ４０００",),
    "superscript": ("Upload-Offset: 4000²",),
    "plus": ("Upload-Offset: +4000",),
    "minus": ("Upload-Offset: -4000",),
    "minus zero": ("Upload-Offset: -0",),
    "underscore": ("Upload-Offset: 4_000",),
    "comma": ("Upload-Offset: 4,000",),
    "hexadecimal": ("Upload-Offset: 0xfa0",),
    "fraction": ("Upload-Offset: 4000.0",),
    "exponent": ("Upload-Offset: 4e3",),
    "space inside": ("Upload-Offset: 4 000",),
    "quoted": ('Upload-Offset: "4000"',),
    "19 digits": ("Upload-Offset: 0000000000000004000",),
    "word": ("Upload-Offset: NaN",),
    "doubled": ("Upload-Offset: 4000", "Upload-Offset: 4000"),
    "contradicting": ("Upload-Offset: 4000", "Upload-Offset: 0"),
    "list": ("Upload-Offset: 4000, 4000",),
}
OFFSETS = {
    "plain": "Upload-Offset: 4000",
    "spaces around": "Upload-Offset:   4000  ",
    "tabs around": "Upload-Offset:\t4000\t",
    "no space": "upload-offset:4000",
    "leading zeros": "Upload-Offset: 0004000",
    "18 digits": "UPLOAD-OFFSET: 000000000000004000",
}


def patch_with(api: Api, url: str, *lines: str) -> int:
    framing = f"Content-Type: {CHUNK_TYPE}", "Content-Length: 100"
    with Wire(api.box) as wire:
        wire.send(request_head(api.box, "PATCH", url, *framing, *lines) + bytes(100))
        return wire.answer().status


@pytest.mark.parametrize("row", NO_OFFSETS)
def test_invalid_offset_is_refused(api: Api, upload: str, row: str) -> None:
    assert patch_with(api, upload, *NO_OFFSETS[row]) == 400
    assert api.offset(upload) == 4000


@pytest.mark.parametrize("row", OFFSETS)
def test_valid_offset_is_accepted(api: Api, upload: str, row: str) -> None:
    assert patch_with(api, upload, OFFSETS[row]) == 204
    assert api.offset(upload) == 4100


@pytest.mark.parametrize(
    ("line", "status"),
    [("Tus-Resumable: 1.0.0", 412), (f"Content-Type: {CHUNK_TYPE}", 415), ("Content-Type: a/b", 415)],
)
def test_doubled_headers_are_refused(api: Api, upload: str, line: str, status: int) -> None:
    assert patch_with(api, upload, "Upload-Offset: 4000", line) == status
    assert api.offset(upload) == 4000


# Row 26: X-HTTP-Method-Override, on POST to an upload only.


def overriding(api: Api, url: str, method: str, **headers: str) -> httpx.Response:
    tus = VERSION | {"X-HTTP-Method-Override": method, "Upload-Offset": "4000", "Content-Type": CHUNK_TYPE}
    return api.http.post(url, content=b"" if method.upper() != "PATCH" else bytes(100), headers=tus | headers)


@pytest.mark.parametrize(("method", "status", "offset"), [("PATCH", 204, "4100"), ("HEAD", 200, "4000")])
@pytest.mark.parametrize("spelling", [str.upper, str.lower])
def test_post_overrides_patch_and_head(
    api: Api, upload: str, method: str, status: int, offset: str, spelling: type[str]
) -> None:
    answer = overriding(api, upload, spelling(method))
    assert (answer.status_code, answer.headers["Upload-Offset"], answer.content) == (status, offset, b"")


def test_post_overrides_delete(api: Api, upload: str) -> None:
    assert overriding(api, upload, "DELETE").status_code == 204
    assert api.head(upload).status_code in (404, 410)


def test_override_is_checked_like_the_method(api: Api, upload: str) -> None:
    assert overriding(api, upload, "PATCH", **{"Tus-Resumable": "0.1.0"}).status_code == 412
    assert overriding(api, upload, "PATCH", **{"Upload-Offset": "1"}).status_code == 409
    assert overriding(api, upload, "PATCH", Authorization="Bearer sk_wrong").status_code == 401
    assert api.offset(upload) == 4000


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "OPTIONS", "TRACE", "", "PATCH, DELETE"])
def test_post_overrides_no_other_method(api: Api, upload: str, method: str) -> None:
    answer = overriding(api, upload, method)
    assert answer.status_code == 405
    assert answer.headers["Allow"]
    assert api.offset(upload) == 4000


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("PUT", 405), ("HEAD", 200), ("PATCH", 204)])
def test_only_post_can_be_overridden(api: Api, upload: str, method: str, status: int) -> None:
    headers = CHUNK | {"Upload-Offset": "4000", "X-HTTP-Method-Override": "DELETE"}
    assert api.http.request(method, upload, headers=headers).status_code == status
    assert api.offset(upload) == 4000


def test_override_works_only_on_uploads(api: Api, upload: str) -> None:
    override = {"X-HTTP-Method-Override": "DELETE"}
    project = {"name": "Not deleted"}
    assert api.http.post("/v1/projects", json=project, headers=override).status_code == 201
    assert api.http.post(upload.replace("uploads", "assets"), headers=override).status_code == 405
    assert api.http.post("/v1/uploads", headers=override | VERSION).status_code == 405
    assert api.offset(upload) == 4000


# Row 31: the same answers with a slash at the end, never a redirect.


def test_trailing_slash_is_ignored(api: Api, upload: str) -> None:
    slashed = upload + "/"
    assert api.head(slashed).headers["Upload-Offset"] == "4000"
    assert api.patch(slashed, 4000, bytes(100)).status_code == 204
    assert overriding(api, slashed, "PATCH", **{"Upload-Offset": "4100"}).status_code == 204
    assert api.patch(slashed, 0, b"").status_code == 409
    assert api.http.delete(slashed, headers=VERSION).status_code == 204
    assert api.head(upload).status_code in (404, 410)
    wish = {"project_id": api.project(), "size_bytes": 64}
    assert api.http.post("/v1/assets/", json=wish).status_code == 201


def test_id_in_capitals_is_accepted(api: Api, upload: str) -> None:
    base, _, asset_id = upload.rpartition("/")
    assert api.offset(f"{base}/{asset_id.upper()}") == 4000


# Row 35: checksums are not supported, so their header is ignored.


def test_checksum_is_ignored(api: Api, upload: str) -> None:
    answer = api.patch(upload, 4000, bytes(100), **{"Upload-Checksum": "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA="})
    assert answer.status_code == 204


# Row 39: the key comes first.


@pytest.fixture(scope="module")
def keyless() -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client() as client:
        yield client


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE", "POST", "GET"])
@pytest.mark.parametrize("given", [None, "", "sk_x", "Bearer", "Bearer sk_x", "Basic {key}", "Bearer  {key}"])
def test_missing_key_hides_existence(
    api: Api, keyless: httpx.Client, upload: str, method: str, given: str | None
) -> None:
    key = {} if given is None else {"Authorization": given.format(key=api.box.key)}
    headers = CHUNK | {"X-HTTP-Method-Override": "PATCH", "X-Request-ID": "same"} | key
    known, unknown = (
        keyless.request(method, url, headers=headers, content=CONTENT if method in ("PATCH", "POST") else b"")
        for url in (upload, f"{api.box.url}/v1/uploads/{NOBODY}")
    )
    if method != "GET":
        assert (known.status_code, known.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert method == "HEAD" or code(known) == "unauthenticated"
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert api.offset(upload) == 4000


def test_key_scheme_case_is_ignored(api: Api, keyless: httpx.Client, upload: str) -> None:
    headers = VERSION | {"Authorization": f"bEARER {api.box.key}"}
    assert keyless.head(upload, headers=headers).status_code == 200


# Row 40: the uploads of other accounts are answered like unknown ones, byte for byte.


@pytest.fixture(scope="module")
def stranger(shared_box: LiveBox) -> Iterator[Api]:
    """The API of another account of the shared box."""
    other = Api(shared_box, shared_box.cli("account", "add", "stranger")["api_key"])
    with other.http:
        yield other


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE", "POST", "GET", "PUT"])
@pytest.mark.parametrize("offset", ["0", "4000", "x"])
def test_foreign_upload_is_not_found(api: Api, stranger: Api, upload: str, method: str, offset: str) -> None:
    headers = CHUNK | {"Upload-Offset": offset, "X-HTTP-Method-Override": "PATCH", "X-Request-ID": "same"}
    content = b"" if method in ("HEAD", "GET", "DELETE") else CONTENT
    whole = api.upload(CONTENT)["id"]
    answers = [
        stranger.http.request(method, f"/v1/uploads/{name}", headers=headers, content=content)
        for name in (upload.rpartition("/")[2], whole, NOBODY)
    ]
    shown = [(each.status_code, each.content, [h for h in each.headers.raw if h[0] != b"Date"]) for each in answers]
    assert shown[0] == shown[1] == shown[2]
    assert answers[0].status_code in {"DELETE": (204,), "GET": (405,), "PUT": (405,)}.get(method, (404, 400))
    assert api.offset(upload) == 4000
    assert api.get(whole)["state"] == "ready"


# Row 41: 405 with Allow.


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_other_methods_get_allow(api: Api, upload: str, method: str) -> None:
    answer = api.http.request(method, upload, headers=VERSION)
    assert (answer.status_code, code(answer)) == (405, "method_not_allowed")
    assert {"HEAD", "PATCH", "DELETE", "OPTIONS"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("method", ["TRACE", "BREW", "patch"])
def test_unknown_methods_are_refused(api: Api, upload: str, method: str) -> None:
    with Wire(api.box) as wire:
        wire.send(request_head(api.box, method, upload, "Upload-Offset: 4000", f"Content-Type: {CHUNK_TYPE}"))
        answer = wire.answer()
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert "allow" in answer.headers
