"""The life of an asset: every state with every event, in the code and in the schema alike."""

from __future__ import annotations

import re
from itertools import product

import pytest

from roughy_box.domain.asset import MOVES, Event, IllegalMove, State, move
from roughy_box.storage.migrate import scripts

# The contract, section 3, as a table: what is not in it is a bug of the caller. A deleted asset has no state.
ALLOWED: dict[str, dict[str, str]] = {
    "pending_upload": {"completed": "processing", "rejected": "failed"},
    "processing": {"charged": "ready", "unpaid": "pending_payment", "unreadable": "failed"},
    "pending_payment": {"charged": "ready"},
    "ready": {},
    "failed": {},
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_move_every_state_and_event_as_contract(state: State, event: Event) -> None:
    allowed = ALLOWED[state]
    if event not in allowed:
        with pytest.raises(IllegalMove, match=f"{event} in state {state}"):
            move(state, event)
    else:
        assert move(state, event) is State(allowed[event])


def test_states_and_events_as_contract() -> None:
    assert set(State) == set(ALLOWED)
    assert {event for events in ALLOWED.values() for event in events} == set(Event)


def test_moves_from_final_states_none() -> None:
    assert not {event for state, event in MOVES if state in (State.FAILED, State.READY)}


def test_schema_moves_same_as_code() -> None:
    (sql,) = (sql for number, sql in scripts() if number == 1)
    trigger = re.search(r"CREATE TRIGGER asset_moves .*?END;", sql, re.DOTALL)
    assert trigger
    in_schema = set(re.findall(r"'(\w+)>(\w+)'", trigger[0]))
    in_code = {(str(before), str(after)) for (before, _), after in MOVES.items()}
    assert in_schema == in_code


def test_schema_states_same_as_code() -> None:
    (sql,) = (sql for number, sql in scripts() if number == 1)
    listed = re.search(r"CHECK \(state IN \(('pending_upload'[^)]*)\)\)", sql)
    assert listed
    assert re.findall(r"'(\w+)'", listed[1]) == list(State)
