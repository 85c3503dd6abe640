"""Cuts: create, read, list, delete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from roughy_box.base import clock
from roughy_box.cutting.options import Options
from roughy_box.domain.cut_states import CutState
from roughy_box.domain.errors import BoxError
from roughy_box.services import assets, recognition
from roughy_box.services.box import Box
from roughy_box.storage import work
from roughy_box.storage.database import statement, transaction
from roughy_box.storage.models import Cut, VisibleAsset, VisibleCut
from roughy_box.storage.pages import page_of


@dataclass(frozen=True, slots=True)
class CutRequest:
    """What is asked for: a script and options; with ``segments``, seconds of the source, a cut by hand."""

    asset_id: str
    script: str | None = None
    options: Options = field(default_factory=Options)
    segments: Sequence[tuple[float, float]] | None = None
    based_on: str | None = None

    @property
    def key(self) -> str:
        """Return the SHA-256 of the request: equal after defaults are written out, the script to the letter."""
        content = {
            "script": self.script,
            "options": written_out(self.options),
            "segments": None if self.segments is None else [[time + 0.0 for time in span] for span in self.segments],
            "based_on": self.based_on,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def written_out(options: Options) -> dict[str, str | float]:
    """Return all options with their values; every number as a float, so that 1 and 1.0 are the same."""
    return {name: value if isinstance(value, str) else float(value) for name, value in asdict(options).items()}


async def create(box: Box, account_id: str, request: CutRequest) -> tuple[Cut, bool]:
    """Return the cut of a request, and True if it is new; a failed one waits again.

    Errors: ``not_found`` for the asset; ``asset_processing``, ``asset_payment_required``, ``asset_failed``.
    """
    asset = await assets.get_ready(account_id, request.asset_id)
    selection = await recognition.choose(box.config, asset.language, request.script)
    cut, is_new = await _find_or_insert(account_id, request, selection.choices[0].offer.identity)
    box.jobs.wake("cut")
    return cut, is_new


async def get(account_id: str, cut_id: str) -> Cut:
    """Return a cut of the account. Errors: ``not_found``."""
    cut = await VisibleCut.get_or_none(id=cut_id, account_id=account_id)
    if cut is None:
        raise BoxError("not_found", "There is no such cut.")
    return cut


async def page(
    account_id: str, asset_id: str | None, project_id: str | None, state: str | None, limit: int, offset: int
) -> tuple[list[Cut], int]:
    """Return one page of the account's cuts, newest first, and the number of all."""
    wanted = {"asset_id": asset_id, "state": state}
    return await page_of(VisibleCut, account_id, wanted, project_id, limit, offset)


async def delete(box: Box, account_id: str, cut_id: str) -> None:
    """Delete a cut in any state; its job stops. Errors: ``not_found``."""
    await get(account_id, cut_id)
    await box.delete(lambda: _delete_row(cut_id))
    await box.jobs.cancel(cut_id)


def new_row(account_id: str, request: CutRequest, *, by_hand: bool = False, inherited: str | None = None) -> Cut:
    """Return the row of a request, not stored yet; ``inherited`` is the script where the request has none."""
    return Cut(
        account_id=account_id,
        asset_id=request.asset_id,
        request=request.key,
        script=request.script or inherited,
        options=json.dumps(written_out(request.options)),
        by_hand=int(by_hand),
        based_on=request.based_on,
        created_at=clock.now(),
    )


@transaction
async def _find_or_insert(account_id: str, request: CutRequest, selected: str) -> tuple[Cut, bool]:
    for cut in await Cut.filter(asset_id=request.asset_id, request=request.key).order_by("-seq"):
        # One that was heard by another recognizer than would hear it now is another cut.
        if cut.state == CutState.COMPLETED and cut.selected != selected:
            continue
        if cut.state == CutState.FAILED:
            await work.retry("cut", cut.id)
            await cut.refresh_from_db()
        return cut, False
    if not await VisibleAsset.exists(id=request.asset_id):
        raise BoxError("not_found", "There is no such asset.")
    row = new_row(account_id, request)
    await row.save()
    return row, True


@statement
async def _delete_row(cut_id: str) -> None:
    await Cut.filter(id=cut_id).delete()
