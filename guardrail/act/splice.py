"""A plan becomes a body: the app's own bytes with items gone, changed, moved or added."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from guardrail.act.cut import Cutter
from guardrail.act.members import rejoin, with_value, without
from guardrail.act.placed import Placed, check_plan, untouched
from guardrail.extract import Extracted
from guardrail.extract.read import whole_characters
from guardrail.extract.shape import Shape
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit


def splice(
    body: bytes,
    extracted: Extracted,
    surface: Surface,
    plan: Sequence[Placed],
    backfill: Sequence[bytes] = (),
) -> bytes:
    """The body to send: one `Placed` for each item read, then ``backfill`` in the first list.

    Without what is hidden (`signals`, the surface's ``strip``) in any item. ``backfill`` are
    JSON objects in the surface's own shape; where the body has no list at all they have no
    place. Gives ``body`` itself where nothing changes. Raises ValueError on a plan that does
    not fit and on backfill or a replacement that is no JSON object.
    """
    check_plan(plan, len(extracted.items))
    cutter = Cutter(extracted, surface)
    out = None if backfill or not untouched(plan) else cutter.whole()
    if out is None:
        out = _rebuilt(extracted, cutter, plan, backfill)
    return body if out == extracted.body else out


def _rebuilt(
    extracted: Extracted, cutter: Cutter, plan: Sequence[Placed], backfill: Sequence[bytes]
) -> bytes:
    src = extracted.body
    extra = [(-1, cutter.any(_json_object(raw, "backfill"))) for raw in backfill]
    out = []
    done = index = 0
    for found in extracted.lists:
        chosen: list[tuple[int, bytes]] = []
        last: list[tuple[int, bytes]] = []
        for place, (start, end) in enumerate(found.elements):
            keep, edit = plan[index].keep, plan[index].edit
            if keep and edit is None:
                chosen.append((place, cutter.item(index, src[start:end])))
            elif keep and edit is not None:
                text = cutter.any(edited(src[start:end], edit, extracted.shape))
                (last if edit.last else chosen).append((place, text))
            index += 1
        out.append(src[done : found.start])
        out.append(rejoin(src, found.start, found.end, found.elements, chosen + last + extra))
        done = found.end
        extra = []
    out.append(src[done:])
    return b"".join(out)


def edited(raw: bytes, edit: Edit, shape: Shape) -> bytes:
    """The item's bytes with the edit carried out; what is no JSON object is only replaced."""
    if edit.replace is not None:
        raw = _json_object(edit.replace, "a replacement")
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
