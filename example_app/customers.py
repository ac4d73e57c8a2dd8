"""The people who visit: what the shop knows of each, and what each of them has chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from example_app.catalogue import HERE


class Bought(msgspec.Struct, frozen=True):
    """A product bought, or put into the basket, some days ago."""

    product: str
    days_ago: int


class Search(msgspec.Struct, frozen=True):
    """Words typed into the shop's search box, and the category the shop takes them for."""

    text: str
    category: str
    days_ago: int
    context: str | None = None


class Chat(msgspec.Struct, frozen=True):
    """Something said to the help desk, and the category the shop takes it for."""

    text: str
    category: str
    days_ago: int


class Group(msgspec.Struct, frozen=True):
    """A group that a model puts the person into."""

    group: str
    category: str
    size: int


class Segment(msgspec.Struct, frozen=True):
    """A label that a data broker sells about the person."""

    name: str
    category: str
    size: int


class Visit(msgspec.Struct, frozen=True):
    """Another web site that a tracker saw the person on."""

    site: str
    category: str
    days_ago: int


class Place(msgspec.Struct, frozen=True):
    """A place where the person's telephone was."""

    place: str
    category: str
    days_ago: int


class Elsewhere(msgspec.Struct, frozen=True):
    """What others know and pass on to the shop's ad server."""

    segments: tuple[Segment, ...] = ()
    sites: tuple[Visit, ...] = ()
    places: tuple[Place, ...] = ()
    lists: tuple[str, ...] = ()


class Person(msgspec.Struct, frozen=True):
    """One visitor. ``choices`` is the part that the guard reads."""

    key: str
    name: str
    about: str
    choices: Mapping[str, Any] = {}
    purchases: tuple[Bought, ...] = ()
    cart: tuple[Bought, ...] = ()
    searches: tuple[Search, ...] = ()
    chats: tuple[Chat, ...] = ()
    interests: tuple[str, ...] = ()
    birthday_soon: bool = False
    lookalike_of: tuple[Group, ...] = ()
    elsewhere: Elsewhere = Elsewhere()

    def for_guard(self, tolerance: str | float | None = None) -> dict[str, Any] | None:
        """The customer dict for the guard, None for nobody; ``tolerance`` overrides the own one."""
        if not self.choices:
            return None
        places = [p.place for p in self.elsewhere.places]
        customer = {**self.choices, "names": [self.name], "places": places}
        if tolerance is not None:
            customer["tolerance"] = tolerance
        return customer


NOBODY = Person("nobody", "A visitor", "Not signed in; the shop knows nothing of them.")


def load_people(path: Path = HERE / "customers.json") -> dict[str, Person]:
    """All visitors by key, the unknown one last. Raises msgspec.ValidationError on a wrong file."""
    people = msgspec.convert(json.loads(path.read_text(encoding="utf-8")), list[Person])
    return {p.key: p for p in (*people, NOBODY)}
