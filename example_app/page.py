"""What the page says beside the shelves: the person, their choices, the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from example_app.catalogue import Catalogue
from example_app.customers import Person
from example_app.sides import Row

STATES = {
    "allow": "allowed",
    "soften": "softened",
    "suppress": "suppressed",
    "backfill": "filled in",
    "would-soften": "would be softened",
    "would-suppress": "would be suppressed",
    "unjudged": "not judged",
}


def totals(rows: Sequence[Row]) -> list[tuple[str, int, str]]:
    """State, count and words for every state that occurs; the three verdicts always."""
    counted = Counter(row.state for row in rows)
    always = ("allow", "soften", "suppress")
    return [(s, counted[s], text) for s, text in STATES.items() if counted[s] or s in always]


def facts(person: Person, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Everything that the shop knows, or is told, of a person: where from, and what."""
    for search in person.searches:
        yield "searched", f"“{search.text}”, {days(search.days_ago)}"
    for chat in person.chats:
        yield "told the help desk", f"{chat.text}, {days(chat.days_ago)}"
    for bought in person.purchases:
        yield "bought", f"{catalogue.products[bought.product].title}, {days(bought.days_ago)}"
    for waiting in person.cart:
        yield "in the basket", catalogue.products[waiting.product].title
    if person.interests:
        yield "interested in", ", ".join(plain(slug) for slug in person.interests)
    if person.birthday_soon:
        yield "birthday", "this week"
    for group in person.lookalike_of:
        yield "modelled as", group.group
    for segment in person.elsewhere.segments:
        yield "from a data broker", f"“{segment.name}”"
    for visit in person.elsewhere.sites:
        yield "tracked at", f"{visit.site}, {days(visit.days_ago)}"
    for place in person.elsewhere.places:
        yield "telephone was at", f"{place.place}, {days(place.days_ago)}"
    for name in person.elsewhere.lists:
        yield "on a list of", name


def choices(person: Person) -> Iterator[tuple[str, str]]:
    """What the person has chosen, and what law depends on, as words."""
    chosen = person.choices
    if "tolerance" in chosen:
        yield "tolerance", str(chosen["tolerance"])
    if chosen.get("personalisation") is False:
        yield "personalisation", "off"
    for name, wanted in chosen.get("consent", {}).items():
        yield "consent", f"{name}: {'given' if wanted else 'refused'}"
    for topic in chosen.get("topics_off", ()):
        yield "no more of", plain(topic)
    for source in chosen.get("sources_off", ()):
        yield "never from", source.replace("_", " ")
    for hold in chosen.get("holds", ()):
        yield "nothing about", f"{plain(hold['category'])} until {hold['until'][:10]}"
    if "age_band" in chosen:
        yield "age", chosen["age_band"]
    if "jurisdiction" in chosen:
        yield "lives in", chosen["jurisdiction"]


def plain(slug: str) -> str:
    """A category as a word: ``fiction`` for ``books.fiction``."""
    return slug.rpartition(".")[2].replace("_", " ").replace("-", " ")


def days(n: int) -> str:
    """``3 days ago``."""
    return "yesterday" if n == 1 else f"{n} days ago"
