"""A bid response stays one: a seat without bids goes, and what went can be named.

OpenRTB 2.6, 4.2.2: a `seatbid` holds at least one bid. Which bids were taken out, and why, goes to
``ext.seatnonbid`` (IAB Tech Lab, "Seat Non Bid" extension): by seat, ``impid`` and status code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from guardrail.act.members import rejoin, with_value_in
from guardrail.act.placed import Placed
from guardrail.extract import Extracted
from guardrail.extract.read import list_spans, whole_characters
from guardrail.extract.spans import Span
from guardrail.ruleset import Surface

STEPS = ("seatbid", None, "bid")


def bids(out: bytes, extracted: Extracted, surface: Surface, plan: Sequence[Placed]) -> bytes:
    """The spliced body ``out`` without seats that lost all their bids; elsewhere as it is."""
    shape = extracted.shape
    if shape.steps != STEPS or not shape.bids or all(placed.keep for placed in plan):
        return out
    source = extracted.source
    _, had = list_spans(source, STEPS[:1])
    _, has = list_spans(out, STEPS[:1])
    _, left = list_spans(out, STEPS)
    stays = [start for start, _ in _spans(left)]
    placed = list(zip(_spans(extracted.lists), plan, strict=True))
    lost: list[dict[str, Any]] = []
    done = 0
    pieces: list[bytes] = []
    for old_list, new_list in zip(had, has, strict=True):
        chosen = []
        for place, (old, new) in enumerate(zip(old_list.elements, new_list.elements, strict=True)):
            inside = [(s, p) for s, p in placed if old[0] <= s[0] < old[1]]
            gone = [(source[s[0] : s[1]], p.code) for s, p in inside if not p.keep]
            lost += _named(source[old[0] : old[1]], gone)
            if not inside or any(new[0] <= start < new[1] for start in stays):
                chosen.append((place, out[new[0] : new[1]]))
        pieces += (
            out[done : new_list.start],
            rejoin(out, new_list.start, new_list.end, new_list.elements, chosen),
        )
        done = new_list.end
    out = b"".join((*pieces, out[done:]))
    return _stated(out, lost) if surface.seatnonbid else out


def _spans(lists: Sequence[Any]) -> Iterator[Span]:
    for one in lists:
        yield from one.elements


def _named(seat: bytes, gone: Sequence[tuple[bytes, int]]) -> list[dict[str, Any]]:
    if not gone:
        return []
    named = []
    for raw, code in gone:
        bid = msgspec.json.decode(raw)
        impid = bid.get("impid") if isinstance(bid, dict) else None
        named.append({"impid": impid if isinstance(impid, str) else "", "statuscode": code})
    name = msgspec.json.decode(seat).get("seat")
    return [{"seat": name, "nonbid": named} if isinstance(name, str) else {"nonbid": named}]


def _stated(out: bytes, lost: list[dict[str, Any]]) -> bytes:
    ext = msgspec.json.decode(whole_characters(out)).get("ext")
    known = ext.get("seatnonbid") if isinstance(ext, dict) else None
    listed = [*known, *lost] if isinstance(known, list) else lost
    return with_value_in(out, ("ext", "seatnonbid"), msgspec.json.encode(listed))
