"""A catalogue that the app itself answers for: a callable that takes many ids at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from guardrail.enrich.facts import Facts, facts_of, fields_in, id_text
from guardrail.enrich.recent import Recent

FRESH_MS = 60_000
"""How long an answer is believed, in milliseconds."""

Answers = Callable[[list[str]], Mapping[Any, Mapping[str, Any]]]


class Asked:
    """Asks ``answers`` for the ids that it has not answered within the last minute.

    ``answers`` gives a mapping id -> facts, with the names that files use (``title``,
    ``categories``, ``brand`` …); an id that is not in it is unknown.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._recent = Recent()
        self._since_ms: int | None = None
        self._lock = Lock()

    @property
    def size(self) -> None:
        """How many items there are: only the app knows."""
        return None

    @property
    def repeated(self) -> int:
        """A mapping has no id twice."""
        return 0

    def facts(self, ids: Sequence[str], now_ms: int) -> Mapping[str, Facts]:
        """What is known of these ids. Raises whatever the callable raises."""
        with self._lock:
            self._let_grow_old(now_ms)
            missing = self._recent.missing(ids)
            known = {} if missing else self._recent.get(ids)
        if not missing:
            return known
        # Asked outside the lock: a slow answer must not hold up other responses.
        answered = self._answers(missing)
        found = dict(_read(answered))
        with self._lock:
            self._recent.keep(missing, found)
            return self._recent.get(ids)

    def _let_grow_old(self, now_ms: int) -> None:
        if self._since_ms is None or not 0 <= now_ms - self._since_ms < FRESH_MS:
            self._since_ms = now_ms
            self._recent.clear()

    def refresh(self, _now_ms: int) -> bool:
        """Nothing to read again: answers grow old by themselves."""
        return False

    def close(self) -> None:
        """Nothing is open."""


def _read(answered: Mapping[Any, Mapping[str, Any]]) -> Iterable[tuple[str, Facts]]:
    for given, row in answered.items():
        ident = id_text(given)
        if ident is not None and isinstance(row, Mapping):
            yield ident, facts_of(row, fields_in(row))[1]
