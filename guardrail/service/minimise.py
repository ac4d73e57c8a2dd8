"""Judging a log again and again, as if everything were enforced and nothing counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guardrail.customer import resolve_tolerance
from guardrail.extract import Read
from guardrail.facts.minimise import Judge, Judgement
from guardrail.model import Customer
from guardrail.pipeline import Entry, Request, first_pass, second_pass
from guardrail.ruleset import RuleSet, Surface
from guardrail.score.kinds.repetition import stated_interest
from guardrail.service.armed import Armed


def judge_by(
    armed: Armed,
    surface: Surface,
    complete: Callable[[Sequence[Read]], Sequence[Read]],
    now_ms: int,
) -> Judge:
    """A judge of that surface. ``complete`` joins what the catalogue knows.

    Caps refuse nothing, because a log doesn't say what was shown before it; what they would
    count is compared instead.
    """

    repeats = any(rule.kind == "repetition" for rule in armed.rules.rules)

    def judge(reads: Sequence[Read], customer: Customer, tolerance: float) -> Judgement:
        request = Request(
            plan=armed.engine.plan(surface, customer),
            surface=surface,
            customer=customer,
            tolerance=tolerance,
            mode="enforce",
            now_ms=now_ms,
            pool=armed.pools.get(surface.name, ()),
            creatives=armed.creatives.get(surface.name),
        )
        draft = first_pass(request, complete(reads))
        result = second_pass(draft, [None] * len(draft.asks))
        asked = dict(zip(draft.asking, draft.asks, strict=True))
        interests = [repeats and _interest(entry) for entry in draft.entries]
        return Judgement(
            acts=tuple(
                (v.verdict, v.treatment, v.would, v.would_treatment, v.surplus)
                for v in result.verdicts
            ),
            counted=tuple(
                (interest, *(ask.counter for ask in asked.get(place, ())))
                for place, interest in enumerate(interests)
            ),
            scores=tuple(v.intrusiveness for v in result.verdicts),
            words=tuple((v.why, v.main_parameters) for v in result.verdicts),
            beside=(
                tuple(v.replacement for v in result.verdicts),
                tuple(offer.item.id for offer in result.backfill),
            ),
        )

    return judge


def _interest(entry: Entry) -> bool:
    """Whether repetition would weigh less on an item, because it is of a stated interest."""
    settled = entry.settled
    return settled is not None and stated_interest(settled.shown.judged.signals or ())


def tolerances_for(customer: Customer, rules: RuleSet) -> tuple[float, ...]:
    """The tolerances that a customer's response is judged at: each preset, and their own."""
    own, _ = resolve_tolerance(customer, rules)
    return tuple(sorted({*rules.presets.values(), own}))
