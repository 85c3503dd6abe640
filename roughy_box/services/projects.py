"""Projects: create, read, change, delete."""

from __future__ import annotations

import asyncio
import logging

from roughy_box.base import clock
from roughy_box.base.tasks import start_to_completion
from roughy_box.domain.errors import BoxError
from roughy_box.services.box import Box
from roughy_box.storage.assets import delete_some
from roughy_box.storage.database import DATABASE_ERRORS, fetch, statement, transaction
from roughy_box.storage.models import Project

BATCH = 500  # rows a statement, so that no other writer waits for long

log = logging.getLogger(__name__)


@statement
async def create(account_id: str, name: str) -> Project:
    """Create a project."""
    now = clock.now()
    return await Project.create(account_id=account_id, name=name, created_at=now, updated_at=now)


async def get(account_id: str, project_id: str) -> Project:
    """Return a project of the account. Errors: ``not_found``."""
    project = await Project.get_or_none(id=project_id, account_id=account_id, deleted_at=None)
    if project is None:
        raise BoxError("not_found", "There is no such project.")
    return project


async def page(account_id: str, state: str, limit: int, offset: int) -> tuple[list[Project], int]:
    """Return one page of the account's projects in ``state``, newest first, and the number of all."""
    query = Project.filter(account_id=account_id, state=state, deleted_at=None)
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
    """Delete a project and every asset below it: hidden at once, its rows and files go in batches.

    A large one is deleted to its end in the background, or after the next start. Errors: ``not_found``.
    """
    await get(account_id, project_id)
    await box.delete(lambda: _hide(project_id, clock.now()))
    # Also those that were announced meanwhile: their rows are hidden, or will not be inserted.
    await _close_sessions(box, project_id)
    try:
        is_done = await _delete_batch(box, project_id)
    except (*DATABASE_ERRORS, OSError) as error:
        log.error("project %s is deleted, but some of its rows or files are left until later: %s", project_id, error)
    else:
        if not is_done:
            start_to_completion(purge_deleted(box))


async def purge_deleted(box: Box) -> None:
    """Delete what is left of deleted projects."""
    async with box.purging:
        while not box.draining and (project_id := await _any_deleted()):
            while not box.draining and not await _delete_batch(box, project_id):
                pass


async def _delete_batch(box: Box, project_id: str) -> bool:
    """Delete some assets of a deleted project, rows first; return whether that was the last of it."""
    deleted = await box.delete(lambda: delete_some(project_id, BATCH))
    await box.purge(deleted)
    if len(deleted) == BATCH:
        return False
    await box.delete(lambda: _delete_row(project_id))
    await asyncio.to_thread(box.blobs.remove_project, project_id)
    return True


async def _any_deleted() -> str | None:
    rows = await fetch("SELECT id FROM project WHERE deleted_at IS NOT NULL LIMIT 1")
    return str(rows[0]["id"]) if rows else None


async def _close_sessions(box: Box, project_id: str) -> None:
    """End the open uploads into a deleted project."""
    verdict = BoxError("gone", "The project of this upload was deleted.")
    sessions = box.sessions.of_project(project_id)
    await asyncio.gather(*(session.close(verdict) for session in sessions))
    for session in sessions:
        box.forget(session, "deleted")


@statement
async def _hide(project_id: str, instant: int) -> None:
    await Project.filter(id=project_id, deleted_at=None).update(deleted_at=instant)


@statement
async def _delete_row(project_id: str) -> None:
    await Project.filter(id=project_id).delete()
