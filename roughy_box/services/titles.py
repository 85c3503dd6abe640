"""What files made of an asset are named after: its project and its own name."""

from __future__ import annotations

from roughy_box.exports.names import title
from roughy_box.services import projects
from roughy_box.storage.models import Asset


async def title_of(asset: Asset) -> str:
    """Return the title of an asset. Errors: ``not_found`` where its project was deleted."""
    project = await projects.get(asset.account_id, asset.project_id)
    return title(project.name, asset.name, asset.id, asset.extension or "")
