"""The two sides of a shelf: what was sent, what the guard made of it, what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from example_app.catalogue import Item
from guardrail.model import Decision, Finding, Verdict

TREATMENTS = {
    "explain": "a reason added",
    "drop_reason": "reason left out",
    "depersonalise_copy": "words made neutral",
    "coarsen": "made less exact",
    "generalise": "something more general",
    "rotate": "another picture",
    "demote": "moved to the end",
    "delay": "not shown now",
    "dilute": "the set broken up",
    "replace": "replaced",
}


class Change(NamedTuple):
    """One difference between what was sent and what is seen; None: there is nothing there."""

    what: str
    before: str | None
    after: str | None


class Row(NamedTuple):
    """One line of the page. ``sent`` None: filled in. ``shown`` None: nothing is seen here.

    ``gone``: the findings that a change of words did away with.
    """

    sent: Item | None
    verdict: Verdict | None
    shown: Item | None
    gone: tuple[Finding, ...] = ()

    @property
    def state(self) -> str:
        """``allow``, ``soften``, ``suppress``, ``would-…`` where only observed; without a
        verdict ``backfill``, or ``unjudged`` while the guard is off or failed.
        """
        if self.verdict is None:
            return "unjudged" if self.sent else "backfill"
        if self.verdict.would:
            return f"would-{self.verdict.would}"
        return self.verdict.verdict

    @property
    def done(self) -> str | None:
        """What was done to the item, in words."""
        if self.verdict is None:
            return None
        treatment = self.verdict.would_treatment or self.verdict.treatment
        return in_plain_words(treatment) if treatment else None

    @property
    def tried(self) -> Sequence[str]:
        """What was tried before and was not enough, in words."""
        return [in_plain_words(name) for name in self.verdict.tried] if self.verdict else ()

    @property
    def findings(self) -> Sequence[Finding]:
        """What speaks against the item, the weightiest first."""
        if self.verdict is None:
            return ()
        found = self.verdict.would_findings or self.verdict.findings
        return sorted(found, key=lambda f: (f.blocks, f.weight), reverse=True)

    @property
    def first(self) -> Finding | None:
        """What the change is for: what went with it, the story told together, or the weightiest."""
        diluted = self.verdict is not None and self.verdict.treatment == "dilute"
        told = [f for f in self.findings if diluted and f.concern == "subject"]
        listed = [*self.gone, *told, *self.findings]
        return listed[0] if listed else None

    @property
    def changes(self) -> Sequence[Change]:
        """What differs on the page: another item, or the words of this one."""
        if self.sent is None or self.shown is None:
            return ()
        before, after = self.sent, self.shown
        if before["id"] != after["id"]:
            return [Change("item", before.get("title"), after.get("title"))]
        return [
            Change(key, before.get(key), after.get(key))
            for key in ("title", "reason")
            if before.get(key) != after.get(key)
        ]


def in_plain_words(treatment: str) -> str:
    """A treatment, or two joined by ``+``, as the page says it."""
    names = treatment.split("+")
    return " and ".join(TREATMENTS.get(name, name.replace("_", " ")) for name in names)


def as_it_is(item: Item) -> Item:
    """An item that the page can show without further ado."""
    return item


def rows_of(
    sent: Sequence[Item], decision: Decision, readable: Callable[[Item], Item] = as_it_is
) -> list[Row]:
    """One row for every item that was sent, then one for every item filled in.

    ``readable`` gives an item of the surface's shape the keys of a native one.
    """
    shown = {item["id"]: item for item in map(readable, decision.kept)}
    sent = [readable(item) for item in sent]
    if not decision.items:
        return [Row(item, None, shown.get(item["id"])) for item in sent]
    rows = []
    for item, verdict in zip(sent, decision.items, strict=True):
        seen = None
        if verdict.verdict != "suppress":
            seen = shown.get(verdict.replacement or item["id"])
        rows.append(Row(item, verdict, seen))
    return rows + [Row(None, None, shown.get(name or "")) for name in decision.backfill]


def in_words(seconds: int) -> str:
    """A duration as a person would say it: ``40 s``, ``12 min``, ``3 h``, ``2 days``."""
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86_400)} days"
