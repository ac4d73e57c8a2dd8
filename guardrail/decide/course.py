"""What comes of all items of a sort: the search for a treatment, gone through once for all.

A treatment looks at little of an item (`guardrail.treat.Treatment`): at what rules ask, which is
the same for all of a sort, and some at the words of its copy. What then still differs from one
response to the next is which offers of the pool are free, and only that is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress, count, islice
from operator import not_
from typing import Any, NamedTuple

from guardrail.decide.appraise import Appraisal, Appraiser
from guardrail.decide.ladder import AND, MOST_SCORED, Steps, candidates
from guardrail.decide.settle import Settled, fits, steps_for, tried_of, without_search
from guardrail.model import Item
from guardrail.treat import TREATMENTS, Means, Offer, Shelf, Treated
from guardrail.treat.means import NOBODY
from guardrail.treat.swap import MOST_TRIED, as_it_is, for_the_same_reasons

ANYONE = Item()
"""Stands in a `Settled` that many items share where the one item would stand."""
NO_POOL = Shelf((), ())


_UNKNOWN: Any = object()


class _Listed(NamedTuple):
    """The ``pool`` that was asked last, the offers of it that may come, their ids, and of each by
    its place what is ``known`` to come of it, None for nothing.
    """

    pool: Sequence[Offer] | None
    offers: Sequence[Offer]
    ids: Sequence[str | None]
    known: dict[int, Settled | None]


class Draw:
    """One treatment that draws on the pool, for all items of a sort."""

    def __init__(
        self,
        name: str,
        before: Appraisal,
        like: Item,
        means: Means,
        tried: tuple[str, ...],
        *,
        tolerance: float,
        watched: bool,
    ) -> None:
        """``like``: an item of the sort. ``means``: those of the sort, without a pool. ``tried``:
        what did not fit before it.
        """
        self._name = name
        self._before = before
        # Nothing is kept that only this item or its customer has.
        self._like = Item(categories=like.categories)
        self._means = means._replace(customer=NOBODY)
        self._tried = tried
        self._tolerance = tolerance
        self._watched = watched
        self._same_reasons = TREATMENTS[name].same_reasons
        self._listed = _Listed(None, (), (), {})

    def first(self, item: Callable[[], Item], appraise: Appraiser, shelf: Shelf) -> Settled | None:
        """The verdict with the first free offer that fits, None where none does.

        ``item`` gives the item itself, and is only called where that is looked at.
        """
        if not shelf.pool:
            return None
        pool, offers, ids, known = self._listed
        if pool is not shelf.pool:
            _, offers, ids, known = self._list(shelf.pool)
        if not offers:
            return None
        free = compress(count(), map(not_, map(shelf.taken.__contains__, ids)))
        for place in islice(free, MOST_TRIED):
            found: Settled | None = known.get(place, _UNKNOWN)
            if found is _UNKNOWN:
                after = appraise(self._shown(offers[place], item).item, watched=self._watched)
                found = self._settled(offers[place], after)
                # How often it was shown before is another thing for everybody.
                if not appraise.weighs(after.judged):
                    known[place] = found
            if found is not None:
                own = self._same_reasons
                return found._replace(treated=self._shown(offers[place], item)) if own else found
        return None

    def place_of(self, ident: str) -> int | None:
        """Where an offer stands among those that may come, by its id; None where it does not."""
        _, _, ids, _ = self._listed
        return ids.index(ident) if ident in ids else None

    def _list(self, pool: Sequence[Offer]) -> _Listed:
        among = TREATMENTS[self._name].among
        offers = () if among is None else tuple(among(self._like, self._means, pool))
        # All at once, since threads may ask with other pools.
        listed = self._listed = _Listed(pool, offers, [offer.item.id for offer in offers], {})
        return listed

    def _shown(self, offer: Offer, item: Callable[[], Item]) -> Treated:
        shape = self._means.surface.shape
        if self._same_reasons:
            return for_the_same_reasons(item(), self._means.signals, offer, shape)
        return as_it_is(offer, shape)

    def _settled(self, offer: Offer, after: Appraisal) -> Settled | None:
        if not fits(after, self._before, self._name, self._tolerance):
            return None
        treated = as_it_is(offer, self._means.surface.shape)
        return Settled("soften", self._before, self._name, treated, after, self._tried)


class Course(NamedTuple):
    """What comes of the items of a sort: the first of ``draws`` that finds something, else ``end``.

    ``reading``: treatments that read more of an item than rules do (`guardrail.treat.Treatment`);
    none where the search ends before any of them. Where there are some it holds for items that are
    alike in what these read, too. Which they are is the same for all items of a sort that have a
    reason, and for all that have none.
    """

    draws: tuple[Draw, ...]
    end: Settled
    reading: tuple[str, ...] = ()

    def settled(self, item: Callable[[], Item], appraise: Appraiser, shelf: Shelf) -> Settled:
        """The verdict on one item, with what of the pool is free; nothing is taken.

        `ANYONE` stands in it for an item that only its words change.
        """
        for draw in self.draws:
            found = draw.first(item, appraise, shelf)
            if found is not None:
                return found
        return self.end


def course_of(
    item: Item,
    appraise: Appraiser,
    tolerance: float,
    allowed: tuple[str, ...],
    *,
    watched: bool,
    creatives: bool = False,
) -> Course | None:
    """The course of an item and all that are alike, as `settle` finds it; None where its verdict
    hangs on the one item: on its campaign (``creatives``: there are some to rotate), on the age of
    its evidence, on how often it was shown once it is changed, or on where a long search breaks
    off. ``appraise`` weighs nothing of the item as it came.
    """
    before = appraise(item, watched=watched)
    simply = without_search(before, tolerance, allowed)
    if simply is not None:
        return Course((), simply)
    steps, hopeful = steps_for(item, before, appraise, tolerance, allowed, watched=watched)
    search = _Search(item, before, appraise, steps, tolerance, watched=watched, creatives=creatives)
    try:
        return search.course(hopeful)
    except _AnotherCaseError:
        return None


class _AnotherCaseError(Exception):
    """What comes of the item hangs on more than it has in common with others."""


class _Search:
    """The search for a treatment, with whatever a pool may hold."""

    def __init__(
        self,
        item: Item,
        before: Appraisal,
        appraise: Appraiser,
        steps: Steps,
        tolerance: float,
        *,
        watched: bool,
        creatives: bool,
    ) -> None:
        self._item = item
        self._before = before
        self._appraise = appraise
        self._steps = steps
        self._tolerance = tolerance
        self._watched = watched
        self._creatives = creatives
        self._means = appraise.means(before, NO_POOL)
        self._draws: list[Draw] = []
        self._vain: dict[str, None] = {}

    def course(self, hopeful: Steps) -> Course:
        """The course; raises where there is none that holds for others."""
        names = [AND.join(step) for step in hopeful]
        end, done, scored = self._end(hopeful, names)
        if scored + len(self._draws) * MOST_TRIED > MOST_SCORED:
            raise _AnotherCaseError
        reading = dict.fromkeys(n for step in hopeful for n in step if TREATMENTS[n].reads)
        looked_at = {n for step in hopeful[:done] for n in step}
        return Course(tuple(self._draws), end, tuple(reading) if looked_at & reading.keys() else ())

    def _end(self, hopeful: Steps, names: list[str]) -> tuple[Settled, int, int]:
        """What it ends with if no draw finds anything, how many steps were gone until then, and how
        many changed items were scored.
        """
        done = scored = 0
        found = candidates(self._item, self._means, hopeful)
        for name, treated in islice(found, MOST_SCORED + 1):
            place = names.index(name)
            self._note_draws(names[done:place])
            done = place
            scored += 1
            settled = self._tried(name, treated)
            if settled is not None:
                return settled, place + 1, scored
            self._vain[name] = None
        self._note_draws(names[done:])
        tried = tried_of(self._steps, self._vain)
        return Settled("suppress", self._before, tried=tried), len(names), scored

    def _tried(self, name: str, treated: Treated) -> Settled | None:
        after = self._appraise(treated.item, watched=self._watched).less(treated.worth)
        if self._appraise.weighs(after.judged):
            raise _AnotherCaseError
        if not fits(after, self._before, name, self._tolerance):
            return None
        if treated.held:
            # When it comes back depends on its own evidence.
            raise _AnotherCaseError
        tried = tried_of(self._steps, self._vain, until=name)
        shared = treated._replace(item=ANYONE)
        return Settled("soften", self._before, name, shared, after, tried)

    def _note_draws(self, names: list[str]) -> None:
        """Those of the steps that draw on a pool."""
        for name in names:
            treatment = TREATMENTS.get(name)
            if treatment is None or not treatment.swaps:
                continue
            if treatment.among is not None:
                tried = tried_of(self._steps, self._vain, until=name)
                self._draws.append(
                    Draw(
                        name,
                        self._before,
                        self._item,
                        self._means,
                        tried,
                        tolerance=self._tolerance,
                        watched=self._watched,
                    )
                )
            elif self._creatives:
                raise _AnotherCaseError
