"""What goes through the two halves: a request, its items on their way, and what was drafted."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from guardrail.act.placed import Placed
from guardrail.decide.appraise import Appraiser
from guardrail.decide.history import History
from guardrail.decide.reserve import Asks, Row, Values
from guardrail.decide.settle import Settled
from guardrail.extract.read import Read
from guardrail.model import Customer
from guardrail.ruleset import Surface
from guardrail.score.plan import Plan
from guardrail.treat import Creatives, Offer, Shelf


class Request(msgspec.Struct, frozen=True):
    """Everything that is known before the items are looked at.

    ``mode``: enforce or observe. ``tolerance``: 0-100. ``pool``: the surface's fallback items.
    ``creatives``: by campaign, what may be shown for it.
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
    creatives: Creatives | None = None
    history: History | None = None


EACH = Row(())
"""Stands for what was not worked out for all items of an entry."""


class Entry(msgspec.Struct, frozen=True, eq=False):
    """Items on their way: ``settled`` is what is enforced (in observe: what would be), None for
    what could not be judged; ``would`` what it would be if the rules in observe were enforced
    too, None if the same. ``surplus``: it may be shown, but there are enough before it.
    ``place``: what becomes of it unless a cap takes it out, where that was worked out already.
    ``row``: what must be reserved for it, None = nothing, `EACH` = each is looked at by itself;
    ``values``: what it is counted by, where that is not what stands in the item as it came.
    ``special``: it is not simply allowed. ``takes``: the id of what it takes of the pool.
    ``cap``: the rule's id of the cap that acts; ``gone``: that takes it out. ``capped``: what it
    comes to where a cap acts, by the rule's id and whether the ledger let it through nevertheless;
    filled in when one does.

    Items that are alike share one entry. All that share it are of one plan, in one mode and under
    one tolerance.
    """

    settled: Settled | None
    would: Settled | None = None
    surplus: bool = False
    place: Placed | None = None
    row: Row | None = EACH
    values: Values | None = None
    special: bool = True
    takes: str | None = None
    cap: str | None = None
    gone: bool = False
    capped: dict[tuple[str, bool], Entry] = {}

    @property
    def on_page(self) -> bool:
        """Whether it is shown unless a cap takes it out."""
        return self.settled is None or not (self.settled.verdict == "suppress" or self.settled.held)


class Draft(msgspec.Struct, frozen=True):
    """The first half's result. ``entries``: one for each of ``reads``; of all but those in
    ``special`` it is known that they are shown as they came unless a cap takes them out.
    ``asks`` holds the caps to reserve for each entry of ``asking``. ``scanned``: what the entries
    say of an item is right, but may be in the words of another one of its sort (`in_own_words`).
    """

    request: Request
    reads: Sequence[Read]
    entries: Sequence[Entry]
    special: Sequence[int]
    asking: Sequence[int]
    asks: Asks
    shelf: Shelf
    appraise: Appraiser
    scanned: bool = False

    def in_own_words(self, index: int) -> tuple[Settled | None, Settled | None]:
        """``settled`` and ``would`` of an item, with findings on itself; where it was scanned it is
        read for that.
        """
        settled, would = self.entries[index].settled, self.entries[index].would
        if not self.scanned or settled is None:
            return settled, would
        item = self.reads[index].item
        watched = self.request.mode == "observe"
        settled = settled._replace(before=self.appraise(item, watched=watched))
        if would is not None:
            would = would._replace(before=self.appraise(item, watched=True))
        return settled, would
