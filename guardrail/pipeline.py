"""The whole story of one response: extract -> enrich -> score -> decide -> reserve -> act.

It runs in two halves, because counting first and checking later would race: `first_pass` gives
verdicts and the impressions to reserve; the caller reserves them in one atomic batch;
`second_pass` finishes with the grants. Nothing here reads a clock, a network or a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.decide.appraise import Appraiser
from guardrail.decide.capped import Bound, act_on_cap
from guardrail.decide.reserve import Ask, asks_for
from guardrail.decide.settle import Settled, settle
from guardrail.extract.read import Read
from guardrail.model import Customer, Verdict
from guardrail.ruleset import Surface
from guardrail.score.plan import Plan
from guardrail.treat import Offer, Shelf


class Request(NamedTuple):
    """Everything that is known before the items are looked at.

    ``mode``: enforce or observe. ``tolerance``: 0-100. ``pool``: the surface's fallback items.
    ``drop_unreadable``: an element that is no item is taken out (else it stays as it came).
    """

    plan: Plan
    surface: Surface
    customer: Customer
    tolerance: float
    mode: str
    now_ms: int
    pool: tuple[Offer, ...] = ()
    drop_unreadable: bool = False


class Entry(NamedTuple):
    """One item on its way: ``settled`` is what is enforced (in observe: what would be),
    ``would`` what it would be if the rules in observe were enforced too, None if the same.
    """

    read: Read
    settled: Settled | None
    would: Settled | None
    ask: tuple[Ask, ...]


class Draft(NamedTuple):
    """The first half's result: ``asks`` holds the caps to reserve for each entry of ``asking``."""

    request: Request
    entries: tuple[Entry, ...]
    asking: tuple[int, ...]
    asks: tuple[tuple[Ask, ...], ...]
    shelf: Shelf
    appraise: Appraiser


class Result(NamedTuple):
    """The second half's result. ``give_back``: indexes into ``asks`` of items that were granted
    but are not shown after all.
    """

    verdicts: tuple[Verdict, ...]
    placed: tuple[Placed, ...]
    backfill: tuple[Offer, ...]
    give_back: tuple[int, ...]


def first_pass(request: Request, reads: Sequence[Read]) -> Draft:
    """Verdicts without caps, and what must be reserved for the items still to be shown."""
    appraise = Appraiser(request.plan, request.surface, request.customer, request.now_ms)
    shelf = Shelf(request.pool, (r.item.id for r in reads))
    entries = tuple(_enter(request, read, appraise, shelf) for read in reads)
    asking = tuple(i for i, entry in enumerate(entries) if entry.ask)
    return Draft(request, entries, asking, tuple(entries[i].ask for i in asking), shelf, appraise)


def _enter(request: Request, read: Read, appraise: Appraiser, shelf: Shelf) -> Entry:
    if not read.readable:
        return Entry(read, None, None, ())
    observing = request.mode == "observe"
    allowed = request.surface.treatments

    def settled_with(*, watched: bool) -> Settled:
        return settle(read.item, appraise, request.tolerance, allowed, shelf, watched=watched)

    settled = settled_with(watched=observing)
    would = None
    if not observing and settled.before.judged.watched:
        would = settled_with(watched=True)
    shown = read.item
    if settled.treated is not None:
        shown = settled.treated.item
        if settled.treated.edit.replace is not None:
            shelf.take(shown)
    if settled.verdict == "suppress":
        return Entry(read, settled, would, ())
    ask = asks_for(shown, settled.shown.judged, request.surface, enforced=not observing)
    return Entry(read, settled, would, ask)


def second_pass(draft: Draft, bounds: Sequence[Bound | None]) -> Result:
    """The final verdicts. ``bounds``: for each of ``draft.asks`` the cap that is over, or None."""
    request = draft.request
    bound_of: Mapping[int, Bound | None] = dict(zip(draft.asking, bounds, strict=True))
    verdicts: list[Verdict] = []
    placed: list[Placed] = []
    give_back: list[int] = []
    for index, entry in enumerate(draft.entries):
        if entry.settled is None:
            verdict, place = _unreadable(request, entry.read)
        else:
            bound = bound_of.get(index)
            settled, would = entry.settled, entry.would
            if bound is not None:
                settled, would = act_on_cap(
                    bound, entry.read.item, settled, would, request.tolerance, request.mode
                )
                if bound.granted and settled.verdict == "suppress" and request.mode == "enforce":
                    give_back.append(draft.asking.index(index))
            verdict = _verdict(request, entry.read, settled, would, bound)
            place = _place(request, settled)
        verdicts.append(verdict)
        placed.append(place)
    backfill = _backfill(draft, placed)
    return Result(tuple(verdicts), tuple(placed), backfill, tuple(give_back))


def _unreadable(request: Request, read: Read) -> tuple[Verdict, Placed]:
    drop = request.drop_unreadable and request.mode == "enforce"
    verdict = Verdict(
        id=None,
        verdict="suppress" if drop else "allow",
        tolerance=request.tolerance,
        problems=read.problems,
    )
    return verdict, DROP if drop else KEEP


def _place(request: Request, settled: Settled) -> Placed:
    if request.mode == "observe" or settled.verdict == "allow":
        return KEEP
    return DROP if settled.treated is None else Placed(edit=settled.treated.edit)


def _verdict(
    request: Request,
    read: Read,
    settled: Settled,
    would: Settled | None,
    bound: Bound | None,
) -> Verdict:
    before = settled.before
    observing = request.mode == "observe"
    differs = would is not None and would.verdict != settled.verdict
    capped = bound is not None and any(f.rule == bound.rule.id for f in before.findings)
    verdict = Verdict(
        id=read.item.id,
        verdict=settled.verdict,
        treatment=settled.treatment,
        replacement=_replacement(settled),
        intrusiveness=before.score.intrusiveness,
        softened_intrusiveness=settled.after.score.intrusiveness if settled.after else None,
        creepy=before.score.creepy,
        annoying=before.score.annoying,
        tolerance=request.tolerance,
        depth=before.judged.depth,
        findings=before.findings,
        capped_by=bound.rule.id if bound is not None and capped else None,
        retry_after_seconds=bound.retry_after if bound is not None and capped else None,
        tried=settled.tried,
        assumed=before.judged.assumed,
        would=would.verdict if would is not None and differs else None,
        would_treatment=would.treatment if would is not None and differs else None,
        would_findings=would.before.findings if would is not None and differs else (),
        unknown=before.judged.unknown,
        problems=read.problems,
    )
    if not observing or settled.verdict == "allow":
        return verdict
    return replace(
        verdict,
        verdict="allow",
        treatment=None,
        replacement=None,
        softened_intrusiveness=None,
        would=settled.verdict,
        would_treatment=settled.treatment,
    )


def _replacement(settled: Settled) -> str | None:
    if settled.treated is None or settled.treated.edit.replace is None:
        return None
    return settled.treated.item.id


def _backfill(draft: Draft, placed: list[Placed]) -> tuple[Offer, ...]:
    """Fill holes up to the surface's minimum, with uncapped offers that are acceptable too.

    Never more than were taken out: a shelf that the app made short stays as short.
    """
    request = draft.request
    kept = sum(p.keep for p in placed)
    wanted = min(request.surface.minimum_items - kept, len(placed) - kept)
    filled: list[Offer] = []
    if request.mode == "observe" or wanted <= 0:
        return ()
    for offer in draft.shelf.offers():
        appraisal = draft.appraise(offer.item, watched=False)
        if appraisal.acceptable(request.tolerance) and not appraisal.judged.caps:
            filled.append(offer)
            if len(filled) == wanted:
                break
    return tuple(filled)
