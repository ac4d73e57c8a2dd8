"""A body put together list by list from its own bytes: the way that always works."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from guardrail.act.cut import Cutter
from guardrail.act.cuts import Cuts
from guardrail.act.element import prefix, standing
from guardrail.act.hiding import Hiding
from guardrail.act.members import carried, rejoin, with_value, without
from guardrail.act.newcomers import json_object, newcomer
from guardrail.act.placed import KEEP, Placed
from guardrail.extract import Extracted
from guardrail.extract.locate import ListSpan
from guardrail.extract.shape import Shape
from guardrail.treat.edit import Edit

_Chosen = list[tuple[int, bytes]]
"""The place in its list and the bytes of what shall stand there."""
_LONG = 16
"""So many items that stay are cut faster at once than one by one."""


class Rebuilding:
    """What stands in a body is chosen item by item, and joined again in the body's own spacing."""

    def __init__(
        self, extracted: Extracted, hiding: Hiding, cutter: Cutter, cuts: Cuts, *, leaky: bool
    ) -> None:
        """``leaky``: there may be leaks in the app's own items."""
        self._extracted = extracted
        self._src = extracted.body
        self._hiding = hiding
        self._cutter = cutter
        self._cuts = cuts
        self._leaky = leaky
        self._at_once = not leaky

    def body(self, plan: Sequence[Placed], backfill: Sequence[bytes]) -> bytes:
        """The body to send; ``backfill`` comes at the end of its first list."""
        src, shape = self._src, self._extracted.shape
        extra = [self._newcomer(raw, "backfill") for raw in backfill]
        out: list[bytes] = []
        done = first = 0
        for found in self._extracted.lists:
            until = first + len(found.elements)
            chosen, last = self._chosen(found, first, plan[first:until])
            like = next((src[start:end] for start, end in found.elements), None)
            new = [(-1, standing(raw, like, found, shape)) for raw in extra]
            out += (
                src[done : found.start],
                rejoin(src, found.start, found.end, found.parts, chosen + last + new),
            )
            done, first, extra = found.end, until, []
        out.append(src[done:])
        return b"".join(out)

    def _chosen(
        self, found: ListSpan, first: int, plan: Sequence[Placed]
    ) -> tuple[_Chosen, _Chosen]:
        """What stays where it is, and what moves to the end; ``first``: the list's first item."""
        chosen: _Chosen = []
        last: _Chosen = []
        place = 0
        while place < len(plan):
            keep, edit = plan[place].keep, plan[place].edit
            if keep and edit is None:
                run = self._run(found, first, place, plan)
                if run is not None:
                    text, many = run
                    chosen.append((place, text))
                    place += many
                    continue
                chosen.append((place, self._as_it_is(found, first, place)))
            elif edit is not None and keep:
                text = self._changed(found, first, place, edit)
                (last if edit.last else chosen).append((place, text))
            place += 1
        return chosen, last

    def _run(
        self, found: ListSpan, first: int, place: int, plan: Sequence[Placed]
    ) -> tuple[bytes, int] | None:
        """The items from that place on that stay as they are, if they can be cut at once."""
        if not self._at_once:
            return None
        until = place + 1
        while until < len(plan) and plan[until] is KEEP:
            until += 1
        if self._hiding.paths and until - place < _LONG:
            return None
        text = self._src[found.parts[place][0] : found.elements[until - 1][1]]
        left = self._cutter.run(first + place, first + until, text)
        if left is None:
            # What does not go once is not tried for every item.
            self._at_once = False
            return None
        return left, until - place

    def _as_it_is(self, found: ListSpan, first: int, place: int) -> bytes:
        start, end = found.elements[place]
        text = self._cutter.item(first + place, self._src[start:end])
        text = self._cuts.from_json(text) if self._leaky else text
        return prefix(self._src, found, place) + text

    def _changed(self, found: ListSpan, first: int, place: int, edit: Edit) -> bytes:
        start, end = found.elements[place]
        old, shape = self._src[start:end], self._extracted.shape
        if edit.replace is not None and not (edit.carry or edit.remove or edit.set):
            text = self._newcomer(edit.replace, "a replacement")
        elif edit.replace is None and not edit.set:
            # Nothing comes in, so what is hidden can be cut the quick way, and first.
            text = edited(self._cutter.item(first + place, old), edit, shape)
            text = self._cuts.from_json(text) if self._leaky else text
        else:
            text = self._cuts.from_json(self._cutter.any(edited(old, edit, shape)))
        if edit.replace is not None:
            return standing(text, old, found, shape)
        return prefix(self._src, found, place) + text

    def _newcomer(self, raw: bytes, what: str) -> bytes:
        found = newcomer(raw, what, self._hiding, self._cuts)
        self._cuts.count(found.leaks)
        return found.raw


def edited(raw: bytes, edit: Edit, shape: Shape) -> bytes:
    """The item's bytes with the edit carried out; what is no JSON object is only replaced."""
    if edit.replace is not None:
        old, raw = raw, json_object(edit.replace, "a replacement")
        raw = carried(old, raw, edit.carry)
    if edit.remove:
        raw = without(raw, [shape.path(field) for field in edit.remove])
    if raw[0] == 0x7B:
        for field, value in edit.set.items():
            raw = with_value(raw, shape.path(field), msgspec.json.encode(value))
    return raw
