"""From a result to the body that is sent, and what is told of it."""

from __future__ import annotations

from typing import Any

import msgspec

from guardrail.act import Cuts, splice
from guardrail.extract import Extracted, extract
from guardrail.model import Decision
from guardrail.pipeline import Result
from guardrail.ruleset import Surface
from guardrail.service.decided import Drafted
from guardrail.service.deciding import Deciding
from guardrail.service.who import Who


class Made(msgspec.Struct, frozen=True):
    """The body to send for a result, and the decision, which is not counted yet."""

    result: Result
    who: Who
    sent: bytes
    decision: Decision


class Making(msgspec.Struct, frozen=True):
    """What bodies to send are made of. ``now_ms``: the decision's moment."""

    deciding: Deciding
    body: bytes
    extracted: Extracted
    surface: Surface
    drafted: Drafted
    now_ms: int

    def of(self, result: Result, who: Who) -> Made:
        """The body that a result asks for. Raises ValueError where `guardrail.act.splice` does."""
        surface, drafted = self.surface, self.drafted
        armed = drafted.armed
        cuts = Cuts(armed.rules.leaks, surface)
        fill = [offer.json for offer in result.backfill]
        sent = splice(self.body, self.extracted, surface, result.placed, fill, cuts=cuts)
        decision = self.deciding.told(
            surface,
            armed,
            drafted.mode,
            who,
            result,
            shown=lambda: items_in(sent, surface),
            at_ms=self.now_ms,
            cut=cuts.counts,
        )
        return Made(result, who, sent, decision)


def items_in(body: bytes, surface: Surface) -> tuple[Any, ...]:
    """The items of a body that went out, as plain data."""
    found = extract(body, surface)
    spans = [span for one in found.lists for span in one.elements]
    return tuple(msgspec.json.decode(found.source[start:end]) for start, end in spans)
