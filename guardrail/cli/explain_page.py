"""The verdict on one item as a page of text, 80 columns wide, without colour."""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.cli.explain_sum import compared, reckoned
from guardrail.cli.explain_then import (
    firmness,
    for_the_customer,
    instead,
    lacked,
    tried,
)
from guardrail.cli.explain_words import acts, described, number, outcome, part, signal, text
from guardrail.score.depth import signal_depth
from guardrail.service.explaining import Explained, Ground

SIGNALS = "signals"


def page(found: Explained) -> Iterator[str]:
    """What it is, what was used, what objects, how that adds up, what was done, and how firm."""
    yield from _head(found)
    yield from _what_was_used(found)
    yield from _findings(found)
    yield from reckoned(found)
    yield from compared(found)
    yield from tried(found)
    yield from instead(found)
    yield from for_the_customer(found)
    yield from lacked(found)
    yield from firmness(found)


def _head(found: Explained) -> Iterator[str]:
    item = found.item
    named = item.title or item.id or "An item without an id"
    known_as = f" ({item.id})" if item.title and item.id else ""
    yield from text(f"{named}{known_as}", 0)
    yield from text(outcome(found), 0)
    yield from part("What it is")
    yield from text(described(found))
    if item.reason:
        yield from text(f'It says: "{item.reason}"')
    if item.categories:
        yield from text(f"Categories: {', '.join(item.categories)}.")
    others = [name for name in found.verdict.assumed if name.split()[0] != SIGNALS]
    if others:
        yield from text(f"Assumed, as the item does not say: {', '.join(others)}.")
    for problem in found.verdict.problems:
        yield from text(f"Not understood: {problem}.")


def _what_was_used(found: Explained) -> Iterator[str]:
    yield from part("What was used of the person")
    signals, depth = found.item.signals, found.verdict.depth
    if signals is None:
        yield from text("Nobody says. That is unknown, and never taken for nothing.")
        return
    if depth == 0:
        yield from text("Nothing personal: only how it is said and how often can weigh.")
    for one in signals:
        yield from text(f"{signal(one, signal_depth(one))}.", 2, 4)
    if len(signals) > 1:
        told = "unknown" if depth is None else number(depth)
        yield from text(f"Inference depth of the item, the largest of these: {told}.")
    for name in found.verdict.assumed:
        field, _, campaign = name.partition(" ")
        if field == SIGNALS:
            by = f"of {campaign.strip('()')}" if campaign else "of the whole surface"
            yield from text(f"Assumed {by}, as the item does not say.")


def _findings(found: Explained) -> Iterator[str]:
    yield from part("What objects")
    if not found.grounds:
        yield from text("No rule.")
    counting = [line.finding for line in found.lines]
    # What acts by itself comes first, for it decides; then what weighs most.
    for ground in sorted(
        found.grounds, key=lambda one: (not one.finding.blocks, -one.finding.weight)
    ):
        yield from _finding(ground, counts=ground.finding in counting, depth=found.verdict.depth)


def _finding(ground: Ground, *, counts: bool, depth: int | None) -> Iterator[str]:
    finding = ground.finding
    weighs = f"weighs {number(finding.weight)}" if finding.weight else "no weight"
    yield from text(f"{finding.rule}: {finding.concern}, {weighs}", 2, 4)
    title = f"{ground.title}: " if ground.title else ""
    yield from text(f"{title}{finding.because}.", 4)
    yield from text(acts(finding, counts=counts, depth=depth), 4)
    if ground.source:
        yield from text(f"Source: {ground.source.rstrip('.')}.", 4)
