"""The ready asset of a source: an asset of the box, or a recording that is sent unless the box has it."""

from __future__ import annotations

from roughy_box.client.api import Asset, BoxClient
from roughy_box.client.errors import ClientError
from roughy_box.client.files import SourceFile, UploadState
from roughy_box.client.sent import find_sent
from roughy_box.client.sources import Source
from roughy_box.client.upload import upload_file, wait_until_prepared
from roughy_box.client.watch import Result, Watch

_UNPAID = "The balance does not cover it: 'roughy-box topup AMOUNT' on the box, then run the same command again."


def send_recording(
    client: BoxClient, result: Result, project_id: str, language: str | None, uploads: UploadState, watch: Watch
) -> Asset:
    """Return the prepared asset of a recording. Errors: ClientError."""
    path = result.source.path
    assert path
    with SourceFile(path) as file:
        known = uploads.recall(client.url, file)
        if known is None and (sent := find_sent(client, file, project_id)):
            uploads.remember(client.url, file, sent["id"])
    with watch.sending(result) as on_progress:
        return upload_file(
            client,
            path,
            project_id,
            language=language,
            on_progress=on_progress,
            on_wait=lambda: watch.preparing(result),
            state=uploads,
        )


def read_prepared(client: BoxClient, source: Source) -> Asset:
    """Return an asset of the box once it is prepared. Errors: ClientError, ``asset_processing`` for an open upload."""
    asset = client.asset(str(source.asset_id))
    if asset["state"] == "pending_upload":
        raise ClientError("This asset is still being uploaded.", "asset_processing")
    return wait_until_prepared(client, asset["id"])


def check_ready(asset: Asset) -> Asset:
    """Return a prepared asset that is ready. Errors: ClientError ``asset_payment_required``, ``asset_failed``."""
    if asset["state"] == "pending_payment":
        raise ClientError(_UNPAID, "asset_payment_required")
    if asset["state"] != "ready":
        raise ClientError(str(asset["error_message"]), "asset_failed")
    return asset
