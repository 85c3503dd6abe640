"""Projects: create, read, change, delete."""

from __future__ import annotations

import asyncio

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.services.box import Box
from roughy_box.services.upload_sessions import UploadSession
from roughy_box.storage.database import statement, transaction
from roughy_box.storage.models import Asset, Project


@statement
async def create(account_id: str, name: str) -> Project:
    """Create a project."""
    now = clock.now()
    return await Project.create(account_id=account_id, name=name, created_at=now, updated_at=now)


async def get(account_id: str, project_id: str) -> Project:
    """Return a project of the account. Errors: ``not_found``."""
    project = await Project.get_or_none(id=project_id, account_id=account_id)
    if project is None:
        raise BoxError("not_found", "There is no such project.")
    return project


async def page(account_id: str, state: str, limit: int, offset: int) -> tuple[list[Project], int]:
    """Return one page of the account's projects in ``state``, newest first, and the number of all."""
    query = Project.filter(account_id=account_id, state=state)
    return await query.order_by("-seq").offset(offset).limit(limit), await query.count()


@transaction
async def change(account_id: str, project_id: str, name: str | None, state: str | None) -> Project:
    """Rename, archive or unarchive a project; ``None`` keeps a value. Errors: ``not_found``."""
    project = await get(account_id, project_id)
    now = clock.now()
    if name is not None:
        project.name = name
    if state is not None and state != project.state:
        project.state = state
        project.archived_at = now if state == "archived" else None
    project.updated_at = now
    await project.save()
    return project


async def delete(box: Box, account_id: str, project_id: str) -> None:
    """Delete a project and every asset in it. Errors: ``not_found``."""
    await get(account_id, project_id)
    await _close_sessions(box, project_id)
    asset_ids = await box.delete(lambda: _delete_rows(project_id))
    # Also those registered meanwhile: their rows are deleted, or will not be inserted.
    for session in await _close_sessions(box, project_id):
        box.forget(session, "deleted")
    for asset_id in asset_ids:
        await box.purge(project_id, asset_id)
    await asyncio.to_thread(box.blobs.remove_project, project_id)


async def _close_sessions(box: Box, project_id: str) -> list[UploadSession]:
    """Close the open uploads of a project, wait until none is written to, and return them."""
    sessions = box.sessions.of_project(project_id)
    for session in sessions:
        session.close(BoxError("gone", "The project of this upload was deleted."))
    for session in sessions:
        await session.idle()
    return sessions


@transaction
async def _delete_rows(project_id: str) -> list[str]:
    asset_ids = [str(value) for value in await Asset.filter(project_id=project_id).values_list("id", flat=True)]
    await Project.filter(id=project_id).delete()
    return asset_ids
