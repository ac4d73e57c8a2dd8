"""How the bodies of a surface are read, which depends on what the customer refuses."""

from __future__ import annotations

from guardrail.act.placed import hidden_paths
from guardrail.decide.choice import refuses, subjects_refused
from guardrail.extract import Reader, reader_for
from guardrail.model import Customer
from guardrail.ruleset import Surface
from guardrail.score.alike import SameToRules
from guardrail.score.engine import Engine

MOST_SUBJECTS = 256
"""So many subjects that no rule names, but customers refuse, are told apart; items that are shown
to a customer who refuses one more are read one by one."""


class Readers:
    """The readers of one surface's bodies: for those who refuse nothing, and for all others.

    What others refuse holds no name and nobody's id, and is forgotten with the rule set.
    """

    def __init__(self, engine: Engine, surface: Surface) -> None:
        self._engine = engine
        self._surface = surface
        self._usual = self._reader(None)
        self._named = frozenset(engine.vocabulary.categories)
        self._refusing: tuple[frozenset[str], Reader | None] = self._named, None
        """The subjects that are told apart for others, and their reader once there is one."""

    def of(self, customer: Customer) -> Reader:
        """The reader of bodies that are to be judged for a customer."""
        if not refuses(customer) or self._usual.scanner is None:
            return self._usual
        subjects = subjects_refused(customer)
        told, reader = self._refusing
        if reader is None or not subjects <= told:
            told |= subjects
            if len(told - self._named) > MOST_SUBJECTS:
                return self._usual
            reader = self._reader(told)
            # All at once, since others may be reading.
            self._refusing = told, reader
        return reader

    def _reader(self, subjects: frozenset[str] | None) -> Reader:
        engine, surface = self._engine, self._surface
        alike = SameToRules(engine, surface, subjects)
        hidden = hidden_paths(surface)
        return reader_for(surface, engine.needs(surface), alike, hidden, subjects)
