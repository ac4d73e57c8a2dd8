"""One example of a test file, judged: as if everything were enforced, with a ledger of its own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from guardrail.caps import CapRequest, MemoryLedger
from guardrail.customer import read_customer, resolve_tolerance
from guardrail.decide.history import History
from guardrail.decide.reserve import asks_for
from guardrail.extract import read_objects
from guardrail.model import Verdict
from guardrail.pipeline import Request, first_pass, second_pass
from guardrail.rulefile import Case, Expected
from guardrail.ruleset import RuleSet, Surface
from guardrail.service.armed import arm
from guardrail.service.reserve import reserve

WHO = "the customer of the example"
# What was seen is counted even where it was once too often.
WITHOUT_LIMIT = 1_000_000
_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}


class Trial:
    """A rule set against which examples are judged; no example knows of another."""

    def __init__(self, rules: RuleSet) -> None:
        self._armed = arm(rules)

    def failures(self, case: Case) -> list[str]:
        """What came otherwise than expected, one text for each item; empty when nothing did."""
        verdicts = self.verdicts(case)
        return [
            f"{expected.item}: {difference}"
            for expected in case.expect
            for verdict in verdicts
            if verdict.id == expected.item
            for difference in [", ".join(_differences(expected, verdict))]
            if difference
        ]

    def verdicts(self, case: Case) -> tuple[Verdict, ...]:
        """The verdicts on the given items, in order, caps included."""
        surface = self._armed.rules.surface(case.surface)
        ledger = MemoryLedger(lambda: case.now_ms)
        self._see(case, surface, ledger)
        draft = first_pass(
            replace(
                self._request(case, surface, case.now_ms),
                history=_history(ledger, case.now_ms),
            ),
            read_objects(list(case.items), surface),
        )
        reserved = reserve(draft, ledger, WHO, withhold=False, count=True, now_ms=case.now_ms)
        return second_pass(draft, reserved.bounds).verdicts

    def _see(self, case: Case, surface: Surface, ledger: MemoryLedger) -> None:
        for seen in sorted(case.seen, key=lambda one: one.at_ms):
            reads = read_objects([dict(seen.item)], surface)
            (entry,) = first_pass(self._request(case, surface, seen.at_ms), reads).entries
            judged = entry.settled and entry.settled.before.judged
            asks = asks_for(reads[0].item, judged, surface, enforced=True) if judged else ()
            requests = [
                CapRequest(a.rule.id, a.counter, WITHOUT_LIMIT, max(a.rule.window, a.rule.cooldown))
                for a in asks
            ]
            ledger.reserve(WHO, [requests], now_ms=seen.at_ms)

    def _request(self, case: Case, surface: Surface, now_ms: int) -> Request:
        customer, _ = read_customer({"id": WHO, **(case.customer or {})})
        return Request(
            plan=self._armed.engine.plan(surface, customer),
            surface=surface,
            customer=customer,
            tolerance=resolve_tolerance(customer, self._armed.rules)[0],
            mode="enforce",
            now_ms=now_ms,
            pool=self._armed.pools.get(surface.name, ()),
            creatives=self._armed.creatives.get(surface.name),
        )


def _history(ledger: MemoryLedger, now_ms: int) -> History:
    def impressions(counter: str, window: int) -> int:
        return ledger.counts(WHO, [(counter, window)], now_ms=now_ms)[0]

    return History(impressions)


def _differences(expected: Expected, verdict: Verdict) -> Iterator[str]:
    """What is not as expected of one item, each with what came instead."""
    found = {finding.rule for finding in verdict.findings} | {verdict.capped_by}
    named = ", ".join(sorted(rule for rule in found if rule)) or "none"
    if expected.verdict not in (None, verdict.verdict):
        yield (
            f"expected verdict {expected.verdict}, got {verdict.verdict} (intrusiveness "
            f"{verdict.intrusiveness:g}, tolerance {verdict.tolerance:g}, rules: {named})"
        )
    if expected.treatment not in (None, verdict.treatment):
        yield f"expected treatment {expected.treatment}, got {verdict.treatment or 'none'}"
    missing = [rule for rule in expected.rules if rule not in found]
    if missing:
        yield f"expected rule {' and '.join(missing)}, got {named}"
    if not all(_BOUNDS[b.op](verdict.intrusiveness, b.value) for b in expected.score):
        bounds = " and ".join(f"{b.op}{b.value:g}" for b in expected.score)
        yield f"expected intrusiveness {bounds}, got {verdict.intrusiveness:g}"
