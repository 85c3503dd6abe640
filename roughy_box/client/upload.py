"""Sending one file, resumably (TUS 1.0.0), and waiting for its preparation; all through the public API."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from roughy_box.client.api import Asset, BoxClient
from roughy_box.client.errors import BodyLimitError, ClientError, OriginError, TemporaryError
from roughy_box.client.files import FileChangedError, SourceFile, UploadState
from roughy_box.client.retry import Backoff
from roughy_box.client.waiting import wait_for
from roughy_box.domain.asset_name import name_of_file

CHUNK = 50 * 1024**2
LONG_WAIT = 5.0  # seconds
UNFINISHED = ("pending_upload", "processing")

Progress = Callable[[int], None]


def upload_file(
    client: BoxClient,
    path: Path,
    project_id: str,
    *,
    language: str | None = None,
    on_progress: Progress,
    on_wait: Callable[[], None] = lambda: None,
    state: UploadState,
) -> Asset:
    """Send one file, resuming where an earlier run stopped, and return the asset when it is prepared.

    ``on_wait`` is called once if the preparation takes long.

    A file that was sent to the project before, and has not changed since, is not sent (and charged) again.
    The asset may be ``failed`` or ``pending_payment``. Errors: ClientError; a file that the box refused for good
    or that changed while it was sent is forgotten, so that the next run starts over.
    """
    with SourceFile(path) as file:
        asset = _resumable(client, file, project_id, state)
        if asset is None:
            asset = client.create_asset(project_id, file.size, language, name_of_file(path.name))
            state.remember(client.url, file, asset["id"])
        elif language and asset.get("language") != language.lower():
            raise ClientError(_other_language(asset), "conflict")
        if asset["state"] == "pending_upload":
            _send(client, file, asset, on_progress, state)
        prepared = wait_until_prepared(client, asset["id"], on_wait)
        if prepared["state"] == "failed":
            state.forget(client.url, file)
        return prepared


def _other_language(asset: Asset) -> str:
    known = f"the language “{asset['language']}”" if asset.get("language") else "no language"
    return f"The box has this file with {known}. Delete {asset['id']} there, or choose another --project."


def _resumable(client: BoxClient, file: SourceFile, project_id: str, state: UploadState) -> Asset | None:
    asset_id = state.recall(client.url, file)
    if asset_id is None:
        return None
    try:
        asset = client.asset(asset_id)
    except ClientError as error:
        if error.code != "not_found":
            raise
        return None
    return asset if asset["project_id"] == project_id and asset["state"] != "failed" else None


def _send(client: BoxClient, file: SourceFile, asset: Asset, on_progress: Progress, state: UploadState) -> None:
    try:
        send(client, file, asset["upload_url"], on_progress)
    except FileChangedError:
        with contextlib.suppress(ClientError):
            client.delete_asset(asset["id"])
        state.forget(client.url, file)
        raise
    except (TemporaryError, OriginError):
        raise
    except ClientError as error:
        reason = _failure(client, asset["id"])
        if reason is None:
            raise
        state.forget(client.url, file)
        raise reason from error


def send(client: BoxClient, file: SourceFile, upload_url: str, on_progress: Progress) -> None:
    """Send what the box lacks of the file; ``on_progress`` is called with positions in the file.

    After a temporary failure it waits, then continues at the offset that HEAD returns.
    """
    backoff = Backoff(client.retries)
    offset, end, is_known, has_sent = 0, 0, False, False
    while not is_known or offset < file.size:
        try:
            if not is_known:
                # After a broken chunk: how much of it was stored?
                reached, is_known = client.offset(upload_url), True
                if has_sent and reached > offset:
                    backoff.reset()
                offset = reached
            on_progress(offset)
            if offset < file.size:
                end, has_sent = min(offset + min(CHUNK, client.chunk_limit), file.size), True
                offset = client.patch(upload_url, offset, end, _blocks(file, offset, end, on_progress))
                backoff.reset()
        except TemporaryError as error:
            is_known = False
            backoff.pause(error)
        except BodyLimitError as error:
            is_known = False
            client.lower_chunk_limit(error, end - offset)


def _blocks(file: SourceFile, start: int, end: int, on_progress: Progress) -> Iterator[bytes]:
    for block in file.blocks(start, end):
        yield block
        start += len(block)
        on_progress(start)


def wait_until_prepared(client: BoxClient, asset_id: str, on_wait: Callable[[], None] = lambda: None) -> Asset:
    """Return the asset once it is neither uploading nor processing, without a time limit.

    ``on_wait`` is called once after about five seconds.
    """
    calls = iter([on_wait])

    def poll(_: Asset, waited: float) -> None:
        if waited >= LONG_WAIT:
            next(calls, lambda: None)()

    return wait_for(client, lambda: client.asset(asset_id), UNFINISHED, poll)


def _failure(client: BoxClient, asset_id: str) -> ClientError | None:
    """Return why the upload is over; None while it is open, so that a later run can resume it.

    The asset is read because HEAD has no message and the answer to a broken PATCH may have been lost.
    """
    try:
        asset = client.asset(asset_id)
    except ClientError as error:
        gone = ClientError("The upload has expired or was deleted; send the file again.", "gone")
        return gone if error.code == "not_found" else None
    return ClientError(asset["error_message"], asset["error_code"]) if asset["state"] == "failed" else None
