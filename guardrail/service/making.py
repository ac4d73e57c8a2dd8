"""From a result to the body that is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guardrail.act import Cuts, splice
from guardrail.extract import Extracted
from guardrail.pipeline import Result
from guardrail.ruleset import Surface
from guardrail.service.armed import Armed


class Made(NamedTuple):
    """The body to send for a result, and how often what was cut out of it."""

    result: Result
    sent: bytes
    cut: Mapping[str, int]


class Making(NamedTuple):
    """What bodies to send are made of."""

    body: bytes
    extracted: Extracted
    surface: Surface
    armed: Armed

    def of(self, result: Result) -> Made:
        """The body that a result asks for. Raises ValueError where `guardrail.act.splice` does."""
        body, extracted, surface, armed = self
        cuts = Cuts(armed.rules.leaks, surface)
        fill = [offer.json for offer in result.backfill]
        sent = splice(body, extracted, surface, result.placed, fill, cuts=cuts)
        return Made(result, sent, cuts.counts)
