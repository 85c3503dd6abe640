"""The deliveries of webhooks, in SQL: what is due, what became of attempts, and history that is deleted."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roughy_box.domain.webhook import AT_A_TIME
from roughy_box.storage.database import execute, fetch, statement, write, write_many

BATCH = 1000  # rows a statement, so that no other writer waits for long

# The first attempts of an entity's deliveries are made one after the other, in their order. An endpoint that fails
# has one attempt at a time, so that those that never answer do not take the connections of others.
_DUE = f"""
WITH running AS (SELECT value AS id FROM json_each(?)),
     busy AS (SELECT endpoint_id, count(*) AS count FROM webhook_delivery WHERE id IN running GROUP BY endpoint_id)
SELECT d.id, e.account_id, e.id AS endpoint_id
FROM webhook_endpoint e JOIN webhook_delivery d ON d.seq = (
  SELECT w.seq FROM webhook_delivery w
  WHERE w.endpoint_id = e.id AND w.state = 'pending' AND w.next_attempt_at <= ? AND w.id NOT IN running
    AND NOT (w.attempts = 0 AND EXISTS (
      SELECT 1 FROM webhook_delivery earlier
      WHERE earlier.endpoint_id = w.endpoint_id AND earlier.entity_id = w.entity_id AND earlier.seq < w.seq
        AND earlier.state = 'pending' AND earlier.attempts = 0))
  ORDER BY w.next_attempt_at, w.seq LIMIT 1)
WHERE e.state = 'enabled'
  AND coalesce((SELECT count FROM busy WHERE busy.endpoint_id = e.id), 0)
    < CASE WHEN e.failing_since IS NULL THEN {AT_A_TIME} ELSE 1 END
ORDER BY e.account_id <= ?, e.account_id, d.next_attempt_at LIMIT 1
"""

_PLANNED = """
SELECT d.id, d.endpoint_id, d.event_type, d.entity_id, d.asset_id, d.previous_state, d.attempts, d.created_at, e.url,
  (SELECT json_group_array(salt) FROM (SELECT salt FROM webhook_secret s
    WHERE s.endpoint_id = e.id AND (s.expires_at IS NULL OR s.expires_at > ?) ORDER BY s.seq DESC)) AS salts
FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id
WHERE d.id = ? AND d.state = 'pending' AND e.state = 'enabled'
"""


@dataclass(frozen=True, slots=True)
class Attempted:
    """What becomes of a delivery after an attempt; the instants that do not apply are None."""

    delivery_id: str
    endpoint_id: str
    state: str
    status: int | None
    error: str | None
    next_attempt_at: int | None
    delivered_at: int | None


async def next_due(now: int, after_account: str, running: Collection[str]) -> Mapping[str, Any] | None:
    """Return the delivery whose turn it is, of the first account after the given one, with its endpoint.

    After the last account comes the first.
    """
    rows = await fetch(_DUE, json.dumps([*running]), now, after_account)
    return rows[0] if rows else None


async def planned(delivery_id: str, now: int) -> Mapping[str, Any] | None:
    """Return a delivery that waits, with the URL of its endpoint and the salts that sign now, newest first."""
    rows = await fetch(_PLANNED, now, delivery_id)
    return rows[0] if rows else None


async def store_attempts(attempts: Iterable[Attempted]) -> None:
    """Store what became of some attempts; a delivery that was deleted meanwhile stays so."""
    await write_many(
        """UPDATE webhook_delivery SET state = ?, attempts = attempts + 1, last_status = ?, last_error = ?,
             next_attempt_at = ?, delivered_at = ? WHERE id = ?""",
        [(a.state, a.status, a.error, a.next_attempt_at, a.delivered_at, a.delivery_id) for a in attempts],
    )


async def note_success(endpoint_ids: Collection[str]) -> None:
    """Note that deliveries of endpoints arrived."""
    if endpoint_ids:
        await execute(
            """UPDATE webhook_endpoint SET failing_since = NULL
               WHERE failing_since IS NOT NULL AND id IN (SELECT value FROM json_each(?))""",
            json.dumps([*endpoint_ids]),
        )


async def note_failure(endpoint_id: str, now: int, limit: int) -> bool:
    """Note a failed attempt; disable the endpoint if it has failed since ``limit``. Return whether it was disabled."""
    await execute(
        "UPDATE webhook_endpoint SET failing_since = ? WHERE id = ? AND failing_since IS NULL", now, endpoint_id
    )
    return await disable(endpoint_id, "failing", "AND failing_since <= ?", limit)


async def disable(endpoint_id: str, reason: str, condition: str = "", *values: object) -> bool:
    """Disable an endpoint that is enabled; ``condition`` is SQL of this program. Return whether it was."""
    rows = await write(
        f"""UPDATE webhook_endpoint SET state = 'disabled', disabled_reason = ?
            WHERE id = ? AND state = 'enabled' {condition} RETURNING id""",
        reason,
        endpoint_id,
        *values,
    )
    return bool(rows)


async def retry(endpoint_id: str, delivery_id: str, now: int) -> bool:
    """Have a delivery attempted now, in whatever state it is. Return False if there is none."""
    return bool(
        await execute(
            """UPDATE webhook_delivery SET state = 'pending', next_attempt_at = ?, delivered_at = NULL
               WHERE id = ? AND endpoint_id = ?""",
            now,
            delivery_id,
            endpoint_id,
        )
    )


@statement
async def delete_history(endpoint_id: str) -> int:
    """Delete some deliveries of an endpoint that is gone; return how many."""
    return await execute(
        f"""DELETE FROM webhook_delivery
            WHERE seq IN (SELECT seq FROM webhook_delivery WHERE endpoint_id = ? LIMIT {BATCH})""",
        endpoint_id,
    )


@statement
async def delete_older(instant: int) -> int:
    """Delete some deliveries from before an instant; return how many."""
    return await execute(
        f"""DELETE FROM webhook_delivery
            WHERE seq IN (SELECT seq FROM webhook_delivery WHERE created_at < ? LIMIT {BATCH})""",
        instant,
    )


@statement
async def bring_forward(latest: int, now: int) -> int:
    """Have attempts that are planned for after ``latest`` made now; return how many."""
    return await execute(
        "UPDATE webhook_delivery SET next_attempt_at = ? WHERE state = 'pending' AND next_attempt_at > ?", now, latest
    )


async def without_endpoint() -> Sequence[str]:
    """Return the endpoints that are gone and have history left."""
    rows = await fetch(
        """SELECT DISTINCT endpoint_id FROM webhook_delivery
           WHERE endpoint_id NOT IN (SELECT id FROM webhook_endpoint)"""
    )
    return [str(row["endpoint_id"]) for row in rows]


async def count_waiting() -> int:
    """Return how many deliveries of enabled endpoints wait for an attempt."""
    rows = await fetch(
        """SELECT count(*) AS count FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id
           WHERE d.state = 'pending' AND e.state = 'enabled'"""
    )
    return int(rows[0]["count"])


async def count_disabled() -> int:
    """Return how many endpoints are disabled because deliveries failed."""
    rows = await fetch(
        "SELECT count(*) AS count FROM webhook_endpoint WHERE state = 'disabled' AND disabled_reason <> 'manual'"
    )
    return int(rows[0]["count"])
