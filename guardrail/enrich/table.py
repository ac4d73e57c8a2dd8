"""A catalogue in SQLite: looked up when it is needed, for all items of a response at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from errno import ENOENT
from pathlib import Path
from threading import Lock

from guardrail.enrich.delimited import no_id
from guardrail.enrich.facts import Facts, facts_of, fields_in
from guardrail.enrich.fault import CatalogueError
from guardrail.enrich.recent import Recent
from guardrail.enrich.state import GONE, State, state_of

_NAMES = ("catalogue", "catalog")
_AT_ONCE = 500
"""Ids asked for in one statement; SQLite takes 999 in its oldest builds."""
_WAIT = 0.05
"""Seconds that a lookup waits for somebody who writes."""


class Table:
    """The table ``catalogue``, or the only one, with an indexed column for the id.

    Raises CatalogueError where there is none, and sqlite3.Error where the file can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._recent = Recent()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0
        self._state: tuple[State, int] = (GONE, 0)
        with self._lock:
            self._select, self._fields = self._described(self._open())
            self._state = self._now()

    @property
    def size(self) -> None:
        """How many items there are: nobody has counted."""
        return None

    @property
    def repeated(self) -> int:
        """Ids that stand there more than once."""
        return 0

    def facts(self, ids: Sequence[str], _now_ms: int) -> Mapping[str, Facts]:
        """What is known of these ids. Raises sqlite3.Error."""
        with self._lock:
            missing = self._recent.missing(ids)
            for start in range(0, len(missing), _AT_ONCE):
                some = missing[start : start + _AT_ONCE]
                self._recent.keep(some, self._asked(some))
            return self._recent.get(ids)

    def refresh(self, _now_ms: int) -> bool:
        """Forget what was looked up if the table changed since; True if it did.

        Raises CatalogueError, sqlite3.Error and OSError; then the next call tries again.
        """
        with self._lock:
            now = self._now()
            if now == self._state:
                return False
            if now[0] != self._state[0]:
                self._let_go()
            self._select, self._fields = self._described(self._open())
            self._state = self._now()
            self._recent.clear()
            return True

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        # A connection of the process that this one was forked from is not ours to close.
        if self._connection is not None and self._pid == os.getpid():
            self._connection.close()
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._pid != os.getpid():
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_WAIT, check_same_thread=False, isolation_level=None
            )
            self._pid = os.getpid()
            # Changes are told apart per connection, so what another one saw may be old.
            self._recent.clear()
        return self._connection

    def _now(self) -> tuple[State, int]:
        state = state_of(self._path)
        if state == GONE:
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(self._path))
        (version,) = self._open().execute("PRAGMA data_version").fetchone()
        return state, version

    def _described(self, connection: sqlite3.Connection) -> tuple[str, dict[str, str]]:
        """The query up to its ids, and the columns by our fields."""
        listed = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        )
        names = [name for (name,) in listed if not name.startswith("sqlite_")]
        named = [name for name in names if name.lower() in _NAMES] or names
        if len(named) != 1:
            found = ", ".join(names[:8]) or "none"
            why = f"which table? (found: {found}); name the one that is meant catalogue"
            raise CatalogueError(self._path, why)
        table = _quoted(named[0])
        described = [*connection.execute(f"PRAGMA table_xinfo({table})")]
        columns = [column[1] for column in described]
        fields = fields_in(columns)
        if "id" not in fields:
            raise CatalogueError(self._path, f"table {named[0]}: {no_id(columns, 'column')}")
        ident = _quoted(fields["id"])
        select = f"SELECT {', '.join(map(_quoted, fields.values()))} FROM {table} WHERE {ident}"  # noqa: S608 - quoted names
        plan = connection.execute(f"EXPLAIN QUERY PLAN {select} IN (?, ?)", ("", "")).fetchall()
        if not all(step[3].startswith(("SEARCH", "USING")) for step in plan):
            why = f"every lookup would read the whole table; CREATE INDEX by_id ON {table}({ident})"
            raise CatalogueError(self._path, why)
        return select, fields

    def _asked(self, ids: list[str]) -> dict[str, Facts]:
        marks = ", ".join("?" * len(ids))
        with closing(self._open().execute(f"{self._select} IN ({marks})", ids)) as rows:
            found = (
                facts_of(dict(zip(self._fields.values(), row, strict=True)), self._fields)
                for row in rows
            )
            return {ident: facts for ident, facts in found if ident is not None}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
