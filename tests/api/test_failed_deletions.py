"""Deletions that the database refuses change nothing, neither on the disk nor in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from tests.api.wire import MIB, Wire, arrived, chunk_head, incoming, wav
from tests.harness import Api, LiveBox

CONTENT = wav(MIB)
STEP = 1000


@contextmanager
def locked_database(box: LiveBox) -> Iterator[None]:
    """Hold the write lock, as another program could."""
    with closing(sqlite3.connect(box.data_dir / "box.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def asset(api: Api, asset_id: str) -> int:
    return api.http.delete(f"/v1/assets/{asset_id}").status_code


def project(api: Api, asset_id: str) -> int:
    return api.http.delete(f"/v1/projects/{api.get(asset_id)['project_id']}").status_code


def upload(api: Api, asset_id: str) -> int:
    return api.http.delete(f"/v1/uploads/{asset_id}", headers={"Tus-Resumable": "1.0.0"}).status_code


@pytest.mark.parametrize("delete", [asset, project, upload])
def test_failed_deletion_upload_goes_on(api: Api, delete: Callable[[Api, str], int]) -> None:
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:STEP]).status_code == 204
    with locked_database(api.box):
        assert delete(api, asset_id) == 503
        assert api.head(url).status_code == 200
    assert api.get(asset_id)["state"] == "pending_upload"
    assert api.offset(url) == STEP
    assert api.patch(url, STEP, CONTENT[STEP:]).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"
    assert delete(api, asset_id) == 204


@pytest.mark.parametrize("delete", [asset, project, upload])
def test_failed_deletion_running_chunk_goes_on(api: Api, delete: Callable[[Api, str], int]) -> None:
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:STEP]).status_code == 204  # detection writes to the database, too
    with Wire(api.box) as wire:
        wire.send(chunk_head(api.box, url, STEP, len(CONTENT) - STEP) + CONTENT[STEP : 2 * STEP])
        arrived(api, url, 2 * STEP)
        with locked_database(api.box):
            assert delete(api, asset_id) == 503
        wire.send(CONTENT[2 * STEP :])
        assert wire.answer().status == 204
    assert api.settled(asset_id)["state"] == "ready"


@pytest.mark.parametrize("delete", [asset, project, upload])
def test_deletion_repeated_after_failure_final(api: Api, delete: Callable[[Api, str], int]) -> None:
    asset_id, url = api.asset(len(CONTENT))
    assert api.patch(url, 0, CONTENT[:STEP]).status_code == 204
    with locked_database(api.box):
        assert delete(api, asset_id) == 503
    assert delete(api, asset_id) == 204
    assert api.head(url).status_code in (404, 410)
    assert api.http.get(f"/v1/assets/{asset_id}").status_code == 404
    assert not incoming(api.box, asset_id).exists()
