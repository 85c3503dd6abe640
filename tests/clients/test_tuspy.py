"""tuspy in its current release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed
from tusclient.uploader.uploader import Uploader

from tests.clients.footage import Footage, check_arrived, check_rejected
from tests.clients.proxy import failing
from tests.harness import Api

MB = 1_000_000


def uploader(api: Api, path: Path, url: str, **options: Any) -> Uploader:
    headers = {"Authorization": f"Bearer {api.box.key}"}
    return TusClient(f"{api.box.url}/v1/uploads", headers=headers).uploader(str(path), url=url, **options)


@pytest.mark.parametrize("chunk_size", [64 * 1024, 5 * MB, 50 * MB])
def test_upload_file_arrives(api: Api, footage: Footage, chunk_size: int) -> None:
    asset_id, url = api.asset(footage.size)
    uploader(api, footage.path, url, chunk_size=chunk_size).upload()
    check_arrived(api, asset_id, footage)


def test_upload_offset_given_resumes(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    uploader(api, recording.path, url, chunk_size=700_000).upload(stop_at=4 * MB)
    second = uploader(api, recording.path, url, chunk_size=5 * MB)
    assert second.offset == 4 * MB
    second.upload()
    check_arrived(api, asset_id, recording)


def test_upload_connection_broken_is_retried(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    with failing(api.box.port, limit=7 * MB) as proxy:
        url = url.replace(api.box.url, proxy.url)
        uploader(api, recording.path, url, chunk_size=5 * MB, retries=5, retry_delay=0.2).upload()
    check_arrived(api, asset_id, recording)


@pytest.mark.parametrize("chunk_size", [64 * 1024, 50 * MB])
def test_upload_not_media_reports_reason(api: Api, text: Path, chunk_size: int) -> None:
    asset_id, url = api.asset(text.stat().st_size)
    with pytest.raises(TusUploadFailed) as failure:
        uploader(api, text, url, chunk_size=chunk_size).upload()
    assert failure.value.status_code == 409
    assert b'"unsupported_media"' in failure.value.response_content
    check_rejected(api, asset_id)
