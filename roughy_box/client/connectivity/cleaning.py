"""The tidying up, also after visits that could not do it themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

from roughy_box.client.connectivity.answers import document, id_in, instant, items_of
from roughy_box.client.connectivity.deadline import CLEANING, Deadline
from roughy_box.client.connectivity.findings import Stop
from roughy_box.client.connectivity.visit import TUS, Visit

PROJECT = "roughy-box doctor"
PAGE = 100
# Seconds after which a project of another visit is one that was left behind: no visit leaves its own empty for
# long, and none lasts minutes.
EMPTY = 10.0
BEGUN = 600.0
# What a visit leaves its assets in; media of somebody else's gets beyond.
_UNFINISHED = ("pending_upload", "failed")


def clean_up(visit: Visit) -> list[str]:
    """Delete what was made, and what earlier visits left; a note on what could not be."""
    if not visit.project_id:
        return []
    visit.deadline = Deadline(CLEANING)
    if _delete(visit, f"/v1/projects/{visit.project_id}"):
        _sweep(visit)
        return []
    # For proxies that know no DELETE. The project goes with a later visit that comes another way.
    for asset_id in visit.asset_ids:
        _delete(visit, f"/v1/uploads/{asset_id}", "POST", {**TUS, "X-HTTP-Method-Override": "DELETE"})
    return [
        f"The project '{PROJECT}' ({visit.project_id}) could not be deleted: do it on the box, "
        "or let the next visit do it that gets through."
    ]


def _sweep(visit: Visit) -> None:
    with suppress(Stop):
        for project_id in [*_left_over(visit)]:
            _delete(visit, f"/v1/projects/{project_id}")


def _left_over(visit: Visit) -> Iterator[str]:
    """The ids of projects that earlier visits left behind. Errors: :class:`Stop`."""
    for offset in range(0, 10 * PAGE, PAGE):
        projects = items_of(visit.ask("GET", "/v1/projects", params={"limit": PAGE, "offset": offset}))
        for project in projects:
            project_id = id_in(project)
            if project.get("name") != PROJECT or not project_id:
                continue
            if time.time() + visit.ahead - instant(project.get("created_at")) > _patience(visit, project_id):
                yield project_id
        if len(projects) < PAGE:
            return


def _patience(visit: Visit, project_id: str) -> float:
    """The age in seconds from which such a project may go."""
    answer = visit.ask("GET", "/v1/assets", params={"project_id": project_id, "limit": PAGE})
    assets = items_of(answer)
    if document(answer).get("total") != len(assets) or any(each.get("state") not in _UNFINISHED for each in assets):
        return float("inf")
    return BEGUN if assets else EMPTY


def _delete(visit: Visit, path: str, method: str = "DELETE", headers: Mapping[str, str] | None = None) -> bool:
    try:
        return visit.ask(method, path, headers).status in (204, 404)
    except Stop:
        return False
