"""``/v1/credits``: the balance and the ledger."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sanic import HTTPResponse

from roughy_box.base import clock
from roughy_box.domain.ledger import EntryType
from roughy_box.http.openapi.operation import Operation, json_answer
from roughy_box.http.resources import examples
from roughy_box.http.server.call import Call
from roughy_box.http.server.requests import Id, Page, read_query
from roughy_box.http.server.responses import Moment, PageOf, Schema, json_response, page_response
from roughy_box.services import credits
from roughy_box.storage.models import Entry


class Balance(Schema):
    """The credits of the account."""

    balance: int = Field(description="The sum of all deltas of the ledger.")


class LedgerEntry(Schema):
    """One change of the balance; entries are never changed or deleted."""

    id: Id
    type: EntryType
    delta: int = Field(description="Credits added; negative where they were charged.")
    asset_id: Id | None = Field(description="The asset that was charged for; else null.")
    grant_id: str | None = Field(description="A reference of the hosted service; null here.")
    stripe_invoice_id: str | None = Field(description="A reference of the hosted service; null here.")
    created_at: Moment


class LedgerPage(PageOf):
    """A page of the ledger, newest first."""

    items: list[LedgerEntry]


async def read_balance(call: Call) -> HTTPResponse:
    """``GET /v1/credits/balance``."""
    return json_response({"balance": await credits.balance(call.account_id)})


READ_BALANCE = Operation(
    "read_balance",
    "Credits",
    "Read the balance",
    {200: json_answer("The balance.", Balance, balance={"balance": 36})},
    "The credits the account can spend. An upload needs a balance above zero.",
)


async def list_ledger(call: Call) -> HTTPResponse:
    """``GET /v1/credits/history``."""
    query = read_query(call.request, Page)
    rows, total = await credits.history(call.account_id, query.limit, query.offset)
    return page_response(rows, total, query, _entry)


LIST_LEDGER = Operation(
    "list_ledger",
    "Credits",
    "List the ledger",
    {200: json_answer("Entries, newest first.", LedgerPage, entries=examples.page(examples.CHARGE, examples.TOPUP))},
    "One credit per started minute, charged once, when an asset has been prepared; never for a `failed` one.",
    query=Page,
)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "type": entry.type,
        "delta": entry.delta,
        "asset_id": entry.asset_id,
        # The hosted service's own references; a box has neither grants nor invoices.
        "grant_id": None,
        "stripe_invoice_id": None,
        "created_at": clock.iso(entry.created_at),
    }
