"""Read-only access to the database as it is: nothing is created, migrated or changed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from roughy_box.domain.ledger import price
from roughy_box.storage.migrate import OLDEST_SQLITE, scripts

LIBRARY = sqlite3.sqlite_version
LIBRARY_IS_TOO_OLD = sqlite3.sqlite_version_info < OLDEST_SQLITE
# sqlite.org/wal.html, section 11.
LIBRARY_HAS_RESET_RACE = sqlite3.sqlite_version_info < (3, 51, 3)
LATEST_SCHEMA = scripts()[-1][0]

_BUSY_TIMEOUT = 5.0  # seconds
_STEPS = 50_000  # of SQLite's virtual machine, some milliseconds
_OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_COMMENT = re.compile(r"--[^\n]*")
_SPACE = re.compile(r"\s*([(),;])\s*|\s+")


class Unreadable(Exception):
    """SQLite cannot read or change a database; the message is its own."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A table, index or trigger that differs from the migrations; ``sql`` is the expected statement."""

    what: Literal["missing", "changed", "foreign"]
    kind: str
    name: str
    sql: str


class Inspection:
    """A database opened for reading."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        connection.create_function("price_of", 1, price, deterministic=True)
        for pragma in ("query_only = ON", "wal_autocheckpoint = 0"):
            list(self.rows(f"PRAGMA {pragma}"))
        self.schema = int(next(self.rows("PRAGMA user_version"))[0])

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query. Errors: :class:`Unreadable`."""
        try:
            yield from self._connection.execute(statement, parameters)
        except sqlite3.Error as error:
            raise Unreadable(str(error)) from None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Give all queries inside the same view, whatever a server writes meanwhile."""
        list(self.rows("BEGIN"))
        try:
            yield
        finally:
            list(self.rows("ROLLBACK"))

    def end_when(self, condition: Callable[[], bool]) -> None:
        """End a query with :class:`Unreadable` soon after ``condition`` becomes true, whichever thread it is in."""
        self._connection.set_progress_handler(condition, _STEPS)

    def is_ours(self) -> bool:
        """Return whether the schema is known and all its tables are present. Errors: :class:`Unreadable`."""
        missing = [each for each in self.differences() if each.kind == "table" and each.what == "missing"]
        return 0 < self.schema <= LATEST_SCHEMA and not missing

    def differences(self) -> list[Difference]:
        """Return how the database differs from the schema of its number."""
        expected = _expected_objects(self.schema)
        present = {(kind, name): (table, sql or "") for kind, name, table, sql in self.rows(_OBJECTS)}
        found = []
        for (kind, name), sql in expected.items():
            if (kind, name) not in present:
                found.append(Difference("missing", kind, name, sql))
            elif _normalized(present[kind, name][1]) != _normalized(sql):
                found.append(Difference("changed", kind, name, sql))
        ours = {name for kind, name in expected if kind == "table"}
        for (kind, name), (table, _) in present.items():
            # A foreign index is harmless, a trigger on our tables is not.
            if kind == "trigger" and (kind, name) not in expected and table in ours:
                found.append(Difference("foreign", kind, name, ""))
        return found


@contextmanager
def inspected(path: Path) -> Iterator[Inspection]:
    """Open the database at ``path`` for reading; a server may be running. Errors: :class:`Unreadable`."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_BUSY_TIMEOUT)
    except sqlite3.Error as error:
        raise Unreadable(str(error)) from None
    with closing(connection):
        yield Inspection(path, connection)


def put_back(path: Path, difference: Difference) -> None:
    """Recreate an index, trigger or view as in the migrations; they hold no data. Errors: :class:`Unreadable`."""
    assert difference.kind in ("index", "trigger", "view")
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=_BUSY_TIMEOUT)) as connection:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f'DROP {difference.kind} IF EXISTS "{difference.name}"')
            connection.execute(difference.sql)
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise Unreadable(str(error)) from None


def _expected_objects(schema: int) -> dict[tuple[str, str], str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, script in scripts():
            if number <= schema:
                connection.executescript(script)
        return {(kind, name): sql or "" for kind, name, _, sql in connection.execute(_OBJECTS)}


def _normalized(sql: str) -> str:
    """Return a statement without comments and extra spaces: versions of SQLite differ in what they keep."""
    return _SPACE.sub(lambda match: match[1] or " ", _COMMENT.sub("", sql)).strip()
