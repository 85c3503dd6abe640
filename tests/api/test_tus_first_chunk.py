"""The first chunk: too short, not media, or cut off before detection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.api.test_tus_protocol import VERSION, code
from tests.api.wire import Wire, arrived, chunk_head, chunked, incoming, wav
from tests.harness import Api, LiveBox, wait_until

TEXT = b"This is a letter and nothing that plays. " * 100
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(4000)
CONTENT = wav(4000)


def nothing_is_stored(api: Api, asset_id: str) -> bool:
    path = incoming(api.box, asset_id)
    return not path.exists() or path.stat().st_size == 0


# Row 37: a first chunk that says it is shorter than 64 bytes.


@pytest.mark.parametrize("size", [1, 30, 63])
@pytest.mark.parametrize("coding", ["length", "chunked", "chunked byte by byte"])
def test_first_chunk_below_64_bytes_leaves_nothing(api: Api, size: int, coding: str) -> None:
    asset_id, url = api.asset(len(CONTENT))
    part = CONTENT[:size]
    step = 1 if "byte" in coding else size
    answer = api.patch(url, 0, part if coding == "length" else (part[at : at + step] for at in range(0, size, step)))
    assert (answer.status_code, code(answer)) == (400, "bad_request")
    assert (api.offset(url), nothing_is_stored(api, asset_id)) == (0, True)
    assert api.get(asset_id)["state"] == "pending_upload"
    assert api.patch(url, 0, CONTENT).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


@pytest.mark.parametrize("size", [64, 65])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_first_chunk_of_64_bytes_is_enough(api: Api, size: int, coding: str) -> None:
    asset_id, url = api.asset(len(CONTENT))
    part = CONTENT[:size]
    answer = api.patch(url, 0, part if coding == "length" else iter([part[:9], part[9:]]))
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(size))
    asset = api.get(asset_id)
    assert (asset["type"], asset["content_type"], asset["extension"]) == ("audio", "audio/wav", "wav")


@pytest.mark.parametrize("cut", [1, 30, 63, 64, 65])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_first_chunk_cut_anywhere_is_resumed(api: Api, cut: int, coding: str) -> None:
    asset_id, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        whole = CONTENT if coding == "length" else chunked(CONTENT, len(CONTENT))
        part = whole[: whole.index(CONTENT[:4]) + cut]
        wire.send(chunk_head(api.box, url, 0, len(CONTENT) if coding == "length" else None) + part)
    arrived(api, url, cut)
    wait_until(lambda: api.patch(url, cut, CONTENT[cut:]).status_code == 204, patience=1.5)
    assert api.settled(asset_id)["state"] == "ready"


@pytest.mark.parametrize("cut", [1, 63])
def test_cut_first_chunk_needs_enough_to_continue(api: Api, cut: int) -> None:
    _, url = api.asset(len(CONTENT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(CONTENT)) + CONTENT[:cut])
    arrived(api, url, cut)
    statuses = 400 if cut == 1 else 204  # both together are checked: 2 bytes are too few, 64 are enough
    wait_until(lambda: api.patch(url, cut, CONTENT[cut : cut + 1]).status_code == statuses, patience=1.5)
    assert api.offset(url) == (1 if cut == 1 else 64)


def test_cut_first_chunk_is_checked_when_continued(api: Api) -> None:
    asset_id, url = api.asset(len(TEXT))
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, 0, len(TEXT)) + TEXT[:40])
    arrived(api, url, 40)
    wait_until(lambda: api.patch(url, 40, TEXT[40:]).status_code == 409, patience=1.5)
    assert api.get(asset_id)["error_code"] == "unsupported_media"


# Row 36: a file that is not media, and what remains of it.


@pytest.mark.parametrize("content", [TEXT, PNG, bytes(4000), b"#EXTM3U\n" * 500], ids=["text", "PNG", "zeros", "m3u8"])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_unsupported_media_ends_upload_with_reason(api: Api, content: bytes, coding: str) -> None:
    asset_id, url = api.asset(len(content))
    answer = api.patch(url, 0, content if coding == "length" else chunk_iterator(content))
    assert (answer.status_code, code(answer)) == (409, "unsupported_media")
    assert "Upload-Offset" not in answer.headers
    asset = api.get(asset_id)
    assert (asset["state"], asset["error_code"]) == ("failed", "unsupported_media")
    assert asset["error_message"] == answer.json()["error"]["message"]
    assert (asset["upload_url"], asset["download_url"], asset["size_bytes"]) == (None, None, None)
    assert not incoming(api.box, asset_id).exists()


def chunk_iterator(content: bytes) -> Iterator[bytes]:
    return (content[at : at + 500] for at in range(0, len(content), 500))


def rejected(api: Api) -> tuple[str, str]:
    asset_id, url = api.asset(len(TEXT))
    assert api.patch(url, 0, TEXT).status_code == 409
    return asset_id, url


def is_gone(api: Api, asset_id: str, url: str) -> None:
    head, patch = api.head(url), api.patch(url, 0, CONTENT)
    assert (head.status_code, patch.status_code, code(patch)) == (410, 410, "gone")
    assert head.headers["Cache-Control"] == "no-store"
    assert "Upload-Offset" not in head.headers
    assert patch.json()["error"]["message"] == api.get(asset_id)["error_message"]


def test_rejected_upload_is_gone_until_asset_deleted(api: Api) -> None:
    asset_id, url = rejected(api)
    is_gone(api, asset_id, url)
    assert api.http.delete(url, headers=VERSION).status_code == 204
    assert api.http.delete(f"/v1/assets/{asset_id}").status_code == 204
    assert api.head(url).status_code == 404


def test_rejected_upload_stays_gone_after_restart(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    asset_id, url = rejected(api)
    balance = api.balance()
    box.stop()
    box.start()
    api = Api(box)
    is_gone(api, asset_id, url)
    assert api.balance() == balance
