"""The repairs. Each does one safe thing and returns what it did; none changes rows of the ledger."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from roughy_box.base import files
from roughy_box.base.files import sync_folder, write_private
from roughy_box.config.options import Config
from roughy_box.services import credits
from roughy_box.services.box import open_for_command
from roughy_box.storage import artifacts, assets, inspection, renders
from roughy_box.storage.blobs import Blobs, IncomingFile
from roughy_box.storage.folder import SECRET_SIZE
from roughy_box.storage.inspection import Difference


def set_mode(path: Path, mode: int) -> str:
    """Revoke the rights of others."""
    path.chmod(mode)
    return f"set the permissions of {path} to {mode:04o}"


def make_folder(path: Path) -> str:
    """Create a missing folder again, empty."""
    files.make_folder(path)
    sync_folder(path.parent)
    return f"made {path}"


def new_secret(path: Path) -> str:
    """Write a new secret in place of a lost one."""
    write_private(path, secrets.token_bytes(SECRET_SIZE))
    return f"wrote a new {path}"


def remove(path: Path) -> str:
    """Delete a file that no asset needs."""
    path.unlink(missing_ok=True)
    return f"removed {path}"


def truncate(path: Path, size: int) -> str:
    """Cut off bytes beyond the declared end of an upload."""
    file = IncomingFile(path)
    try:
        file.truncate(size)
        file.sync()
    finally:
        file.close()
    return f"cut {path} to {size} bytes"


def publish(blobs: Blobs, project_id: str, asset_id: str, extension: str) -> str:
    """Move a finished file to its place."""
    return f"moved the file of asset {asset_id} to {blobs.publish(project_id, asset_id, extension)}"


def put_back(database: Path, difference: Difference) -> str:
    """Create an index or a trigger of the schema again."""
    inspection.put_back(database, difference)
    return f"put the {difference.kind} {difference.name} back"


def settle(config: Config, account_id: str) -> str | None:
    """Charge for assets of an account that wait although the balance covers them."""
    activated = asyncio.run(_settle(config, account_id))
    return f"charged for {', '.join(activated)}, ready now" if activated else None


def make_again(config: Config, asset_id: str, kind: str) -> str:
    """Have an artifact made again by the server."""
    asyncio.run(_make_again(config, asset_id, kind))
    return f"has the {kind} of asset {asset_id} made again"


def recount(config: Config, account_id: str, name: str) -> str:
    """Count the assets of an account again."""
    asyncio.run(_recount(config, account_id))
    return f"counted the assets of account {name} again"


async def _recount(config: Config, account_id: str) -> None:
    async with open_for_command(config):
        await assets.recount(account_id)


def render_again(config: Config, render_id: str) -> str:
    """Have a render made again by the server."""
    asyncio.run(_render_again(config, render_id))
    return f"has render {render_id} made again"


async def _render_again(config: Config, render_id: str) -> None:
    async with open_for_command(config):
        await renders.set_lost(render_id)


async def _make_again(config: Config, asset_id: str, kind: str) -> None:
    async with open_for_command(config):
        await artifacts.set_pending(asset_id, artifacts.KINDS[kind])


async def _settle(config: Config, account_id: str) -> list[str]:
    async with open_for_command(config):
        return await credits.settle(account_id)
