"""One response on its way: judged, asked of the ledger, decided."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from guardrail.caps import Reservation
from guardrail.extract import Read
from guardrail.pipeline import Draft, Result, second_pass
from guardrail.service.armed import Armed
from guardrail.service.reserve import Reserving
from guardrail.service.who import Who


class Drafted(msgspec.Struct, frozen=True):
    """One response judged, its caps not yet reserved. ``reads``: its items as the app sent them."""

    armed: Armed
    mode: str
    who: Who
    draft: Draft
    reads: Sequence[Read]


class Begun(msgspec.Struct, frozen=True):
    """One response judged, its caps on their way to the ledger.

    ``reserved``: what comes of them. ``recorded``: it is no trial.
    """

    drafted: Drafted
    reserved: Reserving
    recorded: bool

    def likely(self) -> Result:
        """What comes of it unless something is counted meanwhile."""
        return second_pass(self.drafted.draft, self.reserved.likely)


class Decided(msgspec.Struct, frozen=True):
    """One response decided: under which rules, in which mode, for whom, with what reserved."""

    armed: Armed
    mode: str
    who: Who
    result: Result
    reservation: Reservation | None
