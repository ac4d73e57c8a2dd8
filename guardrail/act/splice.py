"""A plan becomes a body: the app's own bytes with items gone, changed, moved or added."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from guardrail.act.bids import bids
from guardrail.act.counted import counted, echoed
from guardrail.act.cut import Cutter
from guardrail.act.cuts import Cuts
from guardrail.act.element import newcomer, prefix
from guardrail.act.members import carried, rejoin, with_value, without
from guardrail.act.placed import KEEP, Placed, check_plan, untouched
from guardrail.extract import Extracted
from guardrail.extract.read import whole_characters
from guardrail.extract.shape import Shape
from guardrail.ruleset import Leaks, Surface
from guardrail.treat.edit import Edit


def splice(
    body: bytes,
    extracted: Extracted,
    surface: Surface,
    plan: Sequence[Placed],
    backfill: Sequence[bytes] = (),
    *,
    cuts: Cuts | None = None,
) -> bytes:
    """The body to send: one `Placed` for each item read, then ``backfill`` in the first list.

    Without what is hidden (`signals`, the surface's ``strip``) in any item, and without the
    leaks that ``cuts`` looks for. ``backfill`` are JSON objects in the surface's own shape;
    where the body has no list at all they have no place. Gives ``body`` itself where nothing
    changes. Raises ValueError on a plan that does not fit and on backfill or a replacement that
    is no JSON object.
    """
    check_plan(plan, len(extracted.items))
    cutter = Cutter(extracted, surface)
    cuts = cuts or Cuts(Leaks(), surface)
    leaky = cuts.may_cut(extracted.body)
    out = None if leaky or backfill or not untouched(plan) else cutter.whole()
    if out is None:
        out = _rebuilt(extracted, cutter, cuts, plan, backfill, leaky=leaky)
        out = bids(out, extracted, surface, plan)
        shown = sum(placed.keep for placed in plan) + len(backfill)
        out = counted(out, surface, len(plan), shown)
    out = echoed(out, surface)
    return body if out == extracted.body else out


def _rebuilt(
    extracted: Extracted,
    cutter: Cutter,
    cuts: Cuts,
    plan: Sequence[Placed],
    backfill: Sequence[bytes],
    *,
    leaky: bool,
) -> bytes:
    """``leaky``: there may be leaks in the app's own items."""
    src = extracted.body
    extra = [cuts.from_json(cutter.any(_json_object(raw, "backfill"))) for raw in backfill]
    out = []
    done = index = 0
    for found in extracted.lists:
        chosen: list[tuple[int, bytes]] = []
        last: list[tuple[int, bytes]] = []
        untouched_until = 0
        for place, (start, end) in enumerate(found.elements):
            if place < untouched_until:
                index += 1
                continue
            keep, edit = plan[index].keep, plan[index].edit
            if keep and edit is None and not leaky:
                untouched_until = place + _untouched(plan, index, len(found.elements) - place)
                stop = found.elements[untouched_until - 1][1]
                many = index + untouched_until - place
                run = cutter.run(index, many, src[found.parts[place][0] : stop])
                if run is not None:
                    chosen.append((place, run))
                    index += 1
                    continue
                untouched_until = 0
            key = prefix(src, found, place)
            if keep and edit is None:
                text = cutter.item(index, src[start:end])
                chosen.append((place, key + (cuts.from_json(text) if leaky else text)))
            elif keep and edit is not None:
                text = cutter.any(edited(src[start:end], edit, extracted.shape))
                text = key + cuts.from_json(text)
                if edit.replace is not None:
                    text = newcomer(text[len(key) :], src[start:end], found, extracted.shape)
                (last if edit.last else chosen).append((place, text))
            index += 1
        like = next((src[start:end] for start, end in found.elements), None)
        new = [(-1, newcomer(raw, like, found, extracted.shape)) for raw in extra]
        out.append(src[done : found.start])
        out.append(rejoin(src, found.start, found.end, found.parts, chosen + last + new))
        done = found.end
        extra = []
    out.append(src[done:])
    return b"".join(out)


def _untouched(plan: Sequence[Placed], index: int, most: int) -> int:
    """How many items from ``index`` on are kept as they are, of ``most`` that are left."""
    return next((n for n in range(1, most) if plan[index + n] != KEEP), most)


def edited(raw: bytes, edit: Edit, shape: Shape) -> bytes:
    """The item's bytes with the edit carried out; what is no JSON object is only replaced."""
    if edit.replace is not None:
        old, raw = raw, _json_object(edit.replace, "a replacement")
        raw = carried(old, raw, edit.carry)
    if edit.remove:
        raw = without(raw, [shape.path(field) for field in edit.remove])
    if raw[0] == 0x7B:
        for field, value in edit.set.items():
            raw = with_value(raw, shape.path(field), msgspec.json.encode(value))
    return raw


def _json_object(raw: bytes, what: str) -> bytes:
    raw = whole_characters(raw)
    try:
        raw.decode()
        msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(
            f'{what} must be one JSON object in the surface\'s own shape, like {{"id": "sku-1"}}'
        ) from None
    return raw.strip(b" \t\n\r")
