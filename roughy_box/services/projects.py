"""Projects: the folders of a studio's footage."""

from __future__ import annotations

import asyncio

from roughy_box.base import clock
from roughy_box.domain.errors import BoxError
from roughy_box.services.box import Box
from roughy_box.storage.database import statement, transaction
from roughy_box.storage.models import Asset, Project


@statement
async def create(account_id: str, name: str) -> Project:
    """Make a project."""
    now = clock.now()
    return await Project.create(account_id=account_id, name=name, created_at=now, updated_at=now)


async def get(account_id: str, project_id: str) -> Project:
    """One project of the account. Errors: ``not_found``."""
    project = await Project.get_or_none(id=project_id, account_id=account_id)
    if project is None:
        raise BoxError("not_found", "There is no such project.")
    return project


async def page(account_id: str, state: str, limit: int, offset: int) -> tuple[list[Project], int]:
    """One page of the account's projects in ``state``, newest first, and how many there are."""
    query = Project.filter(account_id=account_id, state=state)
    return await query.order_by("-seq").offset(offset).limit(limit), await query.count()


@transaction
async def change(account_id: str, project_id: str, name: str | None, state: str | None) -> Project:
    """Rename, archive or bring back a project; ``None`` leaves a value alone. Errors: ``not_found``."""
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
    """Delete a project and every asset below it. Errors: ``not_found``."""
    await get(account_id, project_id)
    asset_ids = await box.delete(lambda: _delete_rows(project_id))
    # Also those that were announced meanwhile: their rows are gone, or will not be inserted.
    await _close_sessions(box, project_id)
    for asset_id in asset_ids:
        await box.purge(project_id, asset_id)
    await asyncio.to_thread(box.blobs.remove_project, project_id)


async def _close_sessions(box: Box, project_id: str) -> None:
    """End the open uploads into a deleted project."""
    verdict = BoxError("gone", "The project of this upload was deleted.")
    sessions = box.sessions.of_project(project_id)
    await asyncio.gather(*(session.close(verdict) for session in sessions))
    for session in sessions:
        box.forget(session, "deleted")


@transaction
async def _delete_rows(project_id: str) -> list[str]:
    asset_ids = [str(value) for value in await Asset.filter(project_id=project_id).values_list("id", flat=True)]
    await Project.filter(id=project_id).delete()
    return asset_ids
