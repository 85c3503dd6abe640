"""The life of an asset: every state with every event, in the code and in the schema alike."""

from __future__ import annotations

import re
from itertools import product

import pytest

from roughy_box.domain.asset import GONE, MOVES, Event, Gone, IllegalMove, State, move
from roughy_box.storage.migrate import scripts

# The contract, section 3, as a table: what is not in it is a bug of the caller.
ALLOWED: dict[str, dict[str, str | None]] = {
    "pending_upload": {"completed": "processing", "rejected": "failed", "expired": None, "deleted": None},
    "processing": {"charged": "ready", "unpaid": "pending_payment", "unreadable": "failed", "deleted": None},
    "pending_payment": {"charged": "ready", "lapsed": None, "deleted": None},
    "ready": {"deleted": None},
    "failed": {"deleted": None},
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_state_with_every_event(state: State, event: Event) -> None:
    allowed = ALLOWED[state]
    if event not in allowed:
        with pytest.raises(IllegalMove, match=f"{event} in state {state}"):
            move(state, event)
    elif (after := allowed[event]) is None:
        assert move(state, event) is GONE
    else:
        assert move(state, event) is State(after)


def test_the_states_are_the_contracts() -> None:
    assert set(State) == set(ALLOWED)
    assert {event for events in ALLOWED.values() for event in events} == set(Event)


def test_nothing_follows_the_end() -> None:
    assert {event for state, event in MOVES if state is State.FAILED} == {Event.DELETED}
    assert not any(isinstance(state, Gone) for state, _ in MOVES)


def test_the_schema_allows_exactly_these_moves() -> None:
    (sql,) = (sql for number, sql in scripts() if number == 1)
    trigger = re.search(r"CREATE TRIGGER asset_moves .*?END;", sql, re.DOTALL)
    assert trigger
    in_schema = set(re.findall(r"'(\w+)>(\w+)'", trigger[0]))
    in_code = {(str(before), str(after)) for (before, _), after in MOVES.items() if isinstance(after, State)}
    assert in_schema == in_code


def test_the_schema_knows_exactly_these_states() -> None:
    (sql,) = (sql for number, sql in scripts() if number == 1)
    listed = re.search(r"CHECK \(state IN \(('pending_upload'[^)]*)\)\)", sql)
    assert listed
    assert re.findall(r"'(\w+)'", listed[1]) == list(State)
