"""Recommender responses and bid responses for the servers to send, and what is left of each."""

from __future__ import annotations

import gzip
import json
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from guardrail import GuardrailMiddleware

RULES = """
guardrail: 1
surfaces:
  shelf:
    match: {path: /shelves}
    treatments: []
  home:
    match: {path: /shelf}
    treatments: []
  groups:
    match: {path: /groups}
    items: results[].hits
    treatments: []
  bids:
    match: {path: /bids}
    items: seatbid[].bid
    fields: {campaign: crid, creative: adid, signals: ext.signals}
    treatments: []
  stream:
    match: {path: /stream}
    treatments: []
rules:
  - {id: bought, kind: signal, when: {party: third}, action: suppress}
  - {id: unnamed, kind: signal, when: {surface: bids, campaign: unknown}, action: suppress}
"""
FINE = {"id": "a", "title": "caf\u00e9 \U0001f600", "price": 1.10, "signals": []}
CREEPY = {"id": "b", "signals": [{"data": "cart", "party": "third"}]}
BID = {"id": "1", "impid": "1", "price": 0.50, "adm": "<VAST>\u00e9</VAST>"}
CODINGS = ("plain", "gzip", "deflate", "pieces")


def packed(body: bytes, coding: str) -> list[bytes]:
    """A body as the app sends it."""
    if coding == "pieces":
        return [body[at : at + 99] for at in range(0, len(body), 99)]
    pack = {"plain": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[coding]
    return [pack(body)]


def _shapes() -> Iterator[tuple[str, Any]]:
    for count in (0, 1, 2, 50):
        yield "shelves", {"items": [FINE, CREEPY] * count, "total": count}
        yield "shelves", {"request_id": 12345678901234567890123, "items": [CREEPY] * count}
        yield "groups", {"results": [{"hits": [FINE, CREEPY] * count}, {"hits": None}, {}]}
        yield "bids", {"id": "r", "seatbid": [{"seat": "s", "bid": [BID, {**BID, "crid": "c"}]}]}
        yield (
            "bids",
            {"id": "r", "seatbid": [{"bid": [{**BID, "crid": "c", "ext": CREEPY}]}] * count},
        )


def _given(environ: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for kind, tree in _shapes():
        yield kind, json.dumps(tree).encode()
        yield kind, json.dumps(tree, indent=2, ensure_ascii=False).encode()
    recorded = environ.get("GUARDRAIL_TEST_OPENRTB")
    for line in Path(recorded).read_text(encoding="utf-8").splitlines() if recorded else ():
        response = json.loads(line)["bid_response"]
        if isinstance(response, dict) and response.get("seatbid"):
            yield "bids", json.dumps(response, separators=(",", ":")).encode()


@lru_cache(maxsize=1)
def guard() -> Any:
    """One guard with these rules."""
    folder = Path(tempfile.mkdtemp(prefix="guardrail-servers-"))
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    return GuardrailMiddleware(lambda *_: [], rules=str(folder)).guard


def bodies(environ: Mapping[str, str]) -> list[tuple[str, bytes, bytes]]:
    """Each body, on which path, and what a whole, plain reading of it leaves."""
    out = []
    for kind, body in _given(environ):
        answer = guard().answer(body, guard().surface_for("GET", f"/{kind}"))
        assert answer.decision.outcome == "guarded", (answer.decision.outcome, body)
        out.append((kind, body, body if answer.body is None else answer.body))
    return out
