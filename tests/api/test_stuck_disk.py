"""A disk that hangs holds up the requests that need it, and no others."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests import stuck_disk
from tests.harness import Api, serving
from tests.media_bytes import wav

CONTENT = wav(10)


@pytest.fixture
def stuck(tmp_path: Path):
    """A box on such a disk, and the file that makes it hang."""
    with serving(tmp_path, program=[sys.executable, stuck_disk.__file__]) as box:
        yield Api(box), box.folder / stuck_disk.STUCK


def head(api: Api, url: str) -> httpx.Response:
    return api.head(url)


def chunk(api: Api, url: str) -> httpx.Response:
    return api.patch(url, 1000, CONTENT[1000:5000])


def creation(api: Api, _url: str) -> httpx.Response:
    wish = {"project_id": api.http.get("/v1/projects").json()["items"][0]["id"], "size_bytes": 1000}
    return api.http.post("/v1/assets", json=wish)


def last_chunk(api: Api, url: str) -> httpx.Response:
    return api.patch(url, 1000, CONTENT[1000:])


def download(api: Api, _url: str) -> httpx.Response:
    (ready,) = api.http.get("/v1/assets?state=ready").json()["items"]
    return httpx.get(api.get(ready["id"])["download_url"], verify=False, timeout=30)


@pytest.mark.parametrize(
    ("request_", "status"), [(head, 200), (chunk, 204), (creation, 201), (last_chunk, 204), (download, 200)]
)
def test_stuck_disk_others_answered(stuck, request_: Callable[[Api, str], httpx.Response], status: int):
    api, mark = stuck
    api.upload(wav(1))
    _, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:1000]).status_code == 204
    with ThreadPoolExecutor(1) as pool:
        mark.touch()
        waiting = pool.submit(request_, Api(api.box), url)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            began = time.monotonic()
            assert api.http.get("/v1/credits/balance").status_code == 200
            assert time.monotonic() - began < 1
        assert not waiting.done()
        mark.unlink()
        assert waiting.result().status_code == status
