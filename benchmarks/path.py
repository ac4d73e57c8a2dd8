"""The pure path of one response, step by step, without stores."""

from __future__ import annotations

from pathlib import Path

from guardrail.act import Cuts, splice
from guardrail.extract import Extracted, extract
from guardrail.model import Customer
from guardrail.pipeline import Request, Result, first_pass, second_pass
from guardrail.rulefile import load
from guardrail.score.engine import Engine
from guardrail.score.judged import Judged
from guardrail.score.plan import Plan
from guardrail.service.armed import arm

BALANCED = 68.0
ADULT = Customer(age_band="adult")


class PurePath:
    """The steps of a response on one surface, for an adult with a balanced tolerance.

    ``customer``: somebody else.
    """

    def __init__(self, rules: Path, surface: str, customer: Customer = ADULT) -> None:
        self.rules = load(str(rules))
        armed = arm(self.rules)
        self.surface = self.rules.surface(surface)
        self.engine: Engine = armed.engine
        self.reader = armed.readers[surface].of(customer)
        self.customer = customer
        self.request = Request(
            plan=self.engine.plan(self.surface, self.customer, 0),
            surface=self.surface,
            customer=self.customer,
            tolerance=BALANCED,
            mode="enforce",
            now_ms=0,
            pool=armed.pools[surface],
        )

    def read(self, body: bytes) -> Extracted:
        """The first step: bytes become items."""
        return extract(body, self.surface, reader=self.reader)

    def locate(self, body: bytes) -> object:
        """Only where the items stand, and their members; nothing is looked up."""
        if self.reader.scanner is None:
            return self.read(body)
        return self.reader.scanner.scan(body, sorting=False)

    def judge(self, extracted: Extracted) -> list[Judged]:
        """What the rules say of each item."""
        return judged_by(self.request.plan, extracted)

    def read_and_judge(self, body: bytes) -> list[Judged]:
        """Both."""
        return self.judge(self.read(body))

    def decide(self, body: bytes) -> tuple[Extracted, Result]:
        """Everything but the bytes to send."""
        extracted = self.read(body)
        draft = first_pass(self.request, extracted.items, extracted.briefs)
        return extracted, second_pass(draft, [None] * len(draft.asks))

    def answer(self, body: bytes) -> bytes:
        """From body to body."""
        extracted, result = self.decide(body)
        fill = [offer.json for offer in result.backfill]
        cuts = Cuts(self.rules.leaks, self.surface)
        return splice(body, extracted, self.surface, result.placed, fill, cuts=cuts)


def judged_by(plan: Plan, extracted: Extracted) -> list[Judged]:
    """What the rules say of each item; raises where the body can't be read in brief."""
    judged = None if extracted.briefs is None else plan.judge_briefly(extracted.briefs)
    if judged is None:
        raise ValueError("the body needs the careful reading, so this is not the usual path")
    return judged
