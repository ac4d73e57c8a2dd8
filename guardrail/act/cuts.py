"""Leaks are cut out of items, in bytes or in Python objects, and counted."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import is_
from typing import Any

from guardrail.act.leaks import Found, search_for
from guardrail.extract.shape import shape_of
from guardrail.extract.spans import Span, members
from guardrail.ruleset import Leaks, Surface

DEEPEST = 100
"""Python objects are looked through so many levels deep; bytes through all."""
_Known = dict[int, tuple[Any, Any]]
"""By id(): an object that was looked through, held so that its id stays its own, and the result."""

_NONE = Leaks()
_OBJECT = 0x7B
_STRING = re.compile(rb'(?s:"([^"\\]*+(?:\\.[^"\\]*+)*)"([ \t\n\r]*+:)?)')
_ESCAPE = re.compile(
    rb"(?s:\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u.{4}|.))"
)


class Cuts:
    """Cuts the leaks out of the items of one response. Keys and the item's id are never touched."""

    def __init__(self, leaks: Leaks, surface: Surface) -> None:
        self.search = search_for(_NONE if surface.keep_leaks else leaks)
        """What is looked for; the same for the same leaks."""
        self._surface = surface
        self.counts: dict[str, int] = {}
        """What was cut: its name in the rule file -> how often."""

    def anew(self) -> Cuts:
        """The same, with nothing counted."""
        out = Cuts(_NONE, self._surface)
        out.search = self.search
        return out

    def count(self, found: Mapping[str, int]) -> None:
        """Count what was cut elsewhere."""
        for name, many in found.items():
            self.counts[name] = self.counts.get(name, 0) + many

    @cached_property
    def _id(self) -> tuple[str, ...]:
        return shape_of(self._surface).path("id")

    def may_cut(self, body: bytes) -> bool:
        """Whether there may be a leak in JSON bytes; False is certain."""
        return self.search.filter.may_be_in(body)

    def from_json(self, raw: bytes) -> bytes:
        """The item's bytes without leaks; a JSON value that is no object stays as it is."""
        places = self.search.filter.places_in(raw) if raw[0] == _OBJECT else []
        if places == []:
            return raw
        out: list[bytes] = []
        done = 0
        for start, end in self._texts(raw, places):
            for first, last in self._in_text(raw[start:end]):
                out.append(raw[done : start + first])
                done = start + last
        return b"".join((*out, raw[done:]))

    def from_object(self, item: Any) -> Any:
        """The item without leaks; whatever holds none is the very object that was given."""
        if not self.search.filter.anything or not isinstance(item, Mapping):
            return item
        return self._mapping(item, self._id, {}, DEEPEST)

    def _texts(self, raw: bytes, places: list[int] | None) -> Iterator[Span]:
        """The insides of the texts to look at: those around the places, but no key and no id."""
        kept = list(_spans_at(raw, 0, self._id))
        for token in _STRING.finditer(raw):
            start, end = token.span(1)
            if places is not None:
                nearest = bisect_left(places, start)
                if nearest == len(places):
                    return
                if places[nearest] >= end:
                    continue
            if token[2] is None and not any(first < start < last for first, last in kept):
                yield start, end

    def _in_text(self, inner: bytes) -> Iterator[Span]:
        """The spans to cut out of the inner bytes of a JSON text."""
        found = self._found(json.loads(b'"%b"' % inner) if b"\\" in inner else inner.decode())
        places = _places(inner, [*chain.from_iterable(found.spans)])
        return zip(places[::2], places[1::2], strict=True)

    def _found(self, text: str) -> Found:
        found = self.search.find(text)
        for name in found.names:
            self.counts[name] = self.counts.get(name, 0) + 1
        return found

    def _value(self, value: Any, known: _Known, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if not depth or not (isinstance(value, Mapping) or type(value) in (list, tuple)):
            return value
        if id(value) not in known:
            # What holds itself is left as it is where it does.
            known[id(value)] = value, value
            if isinstance(value, Mapping):
                out = self._mapping(value, (), known, depth)
            else:
                out = type(value)(self._value(old, known, depth - 1) for old in value)
                out = value if all(map(is_, out, value)) else out
            known[id(value)] = value, out
        return known[id(value)][1]

    def _mapping(
        self, old: Mapping[Any, Any], kept: Sequence[str], known: _Known, depth: int
    ) -> Mapping[Any, Any]:
        """``kept``: the keys from here to what stays."""
        out = {}
        for key, value in old.items():
            if not kept or key != kept[0]:
                out[key] = self._value(value, known, depth - 1)
            elif kept[1:] and isinstance(value, Mapping):
                out[key] = self._mapping(value, kept[1:], known, depth - 1)
            else:
                # The id; or what stands where a mapping with the id in it could.
                out[key] = self._value(value, known, depth - 1) if kept[1:] else value
        return out if any(out[key] is not value for key, value in old.items()) else old

    def _text(self, text: str) -> str:
        spans = self._found(text).spans
        if not spans:
            return text
        edges = [0, *chain.from_iterable(spans), len(text)]
        # Joined by a piece of its own, it stays what it was, such as markup known as safe.
        return text[:0].join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))


def _spans_at(raw: bytes, pos: int, path: Sequence[str]) -> Iterator[Span]:
    """The span of each value at a path of objects, from the object at ``pos`` on."""
    for key, _, value, end in members(raw, pos)[0]:
        if key == path[0] and not path[1:]:
            yield value, end
        elif key == path[0] and raw[value] == _OBJECT:
            yield from _spans_at(raw, value, path[1:])


def _places(inner: bytes, wanted: Sequence[int]) -> list[int]:
    """At which byte of a JSON text its characters of these numbers begin; numbers ascend."""
    places: list[int] = []
    at = passed = 0
    for escape in (*_ESCAPE.finditer(inner), None):
        run = inner[at : escape.start() if escape else len(inner)]
        text = run.decode()
        taken, byte = 0, at
        while len(places) < len(wanted) and wanted[len(places)] <= passed + len(text):
            begin, taken = taken, wanted[len(places)] - passed
            byte += len(text[begin:taken].encode())
            places.append(byte)
        at += len(run) + (len(escape[0]) if escape else 0)
        passed += len(text) + 1
    return places
