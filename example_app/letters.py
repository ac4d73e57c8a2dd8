"""The weekly letter: written for everybody in one batch, and judged before it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from example_app.catalogue import Catalogue, Item
from example_app.customers import NOBODY, Person
from example_app.recommender import letter
from example_app.sides import Row, rows_of
from guardrail import Guardrail
from guardrail.model import Decision

SURFACE = "newsletter"


class Mail(NamedTuple):
    """What somebody finds in their inbox."""

    subject: str
    items: Sequence[Item]


class Letter(NamedTuple):
    """One person's letter, as it was written and as it is sent."""

    person: Person
    written: Mail
    sent: Mail
    rows: Sequence[Row]
    decision: Decision

    @property
    def changed(self) -> Sequence[Row]:
        """The rows that tell of a change."""
        return [row for row in self.rows if row.state != "allow"]


def write_letters(
    guard: Guardrail,
    catalogue: Catalogue,
    people: Mapping[str, Person],
    asked: Mapping[str, object],
) -> dict[str, Letter]:
    """A letter to everybody who has an account, by their key.

    ``asked``: customer dicts for the guard, where they differ from a person's own.
    """
    readers = [p for p in people.values() if p.key != NOBODY.key]
    items = [letter(person, catalogue) for person in readers]
    customers = [asked.get(person.key, person.for_guard()) for person in readers]
    decisions = guard.review_many(zip(items, customers, strict=True), surface=SURFACE)
    return {
        person.key: Letter(
            person, mail(wrote), mail(decision.kept), rows_of(wrote, decision), decision
        )
        for person, wrote, decision in zip(readers, items, decisions, strict=True)
    }


def mail(items: Sequence[Item]) -> Mail:
    """The letter with a subject line made of its first item, as such letters have."""
    if not items:
        return Mail("News from Larkfield", items)
    first = items[0]
    reason, title = first.get("reason"), first.get("title", "")
    return Mail(f"{reason}: {title}" if reason else str(title), items)
