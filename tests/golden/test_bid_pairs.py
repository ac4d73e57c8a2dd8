"""Real bid responses: what goes is what a rule names, and everything else keeps its bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from guardrail.service import Guard

DATA = Path(os.environ.get("GUARDRAIL_EVIDENCE_DIR", Path(__file__).parents[3] / "shared" / "data"))
PAIRS = DATA / "openrtb" / "pairs.jsonl"
RULES = """\
guardrail: 1
surfaces:
  bids: {shape: openrtb-2.6, treatments: [], seatnonbid: true, match: {path: /bid}}
rules:
  - {id: health, kind: sensitive_category, when: {category: "iab-content-1.0:IAB7"}, weight: 72,
     action: suppress}
  - {id: blocked, kind: signal, when: {advertiser: %s}, weight: 90, action: suppress}
"""
needs_data = pytest.mark.skipif(not PAIRS.exists(), reason=f"no bid responses at {PAIRS}")


@pytest.fixture(scope="module", params=[None, 5], ids=["as they are", "every fifth about health"])
def bodies(request):
    """The responses; none of them is about health, so every fifth bid is made to be."""
    pairs = [json.loads(line) for line in PAIRS.read_text().splitlines()]
    responses = [pair["bid_response"] for pair in pairs]
    if request.param:
        every = [bid for r in responses for bid in bids(json.dumps(r))]
        assert not any(is_hit(bid, None) for bid in every)
        number = 0
        for response in responses:
            for seat in response.get("seatbid") or ():
                for bid in seat.get("bid") or ():
                    number += 1
                    if number % request.param == 0:
                        bid.update(cat=["IAB7-39"], cattax=1)
    return [json.dumps(response).encode() for response in responses]


def bids(body):
    response = json.loads(body)
    return [
        bid
        for seat in (response.get("seatbid") or () if isinstance(response, dict) else ())
        for bid in seat.get("bid") or ()
    ]


def names(bid):
    return [bid["adomain"][0]] if bid.get("adomain") else []


@pytest.fixture(scope="module")
def busiest(bodies):
    """The advertiser of most bids."""
    every = [name for body in bodies for bid in bids(body) for name in names(bid)]
    return max(sorted(set(every)), key=every.count)


@pytest.fixture
def guard(tmp_path, busiest):
    (tmp_path / "rules.yaml").write_text(RULES % json.dumps(busiest))
    guard = Guard.from_arguments({"rules": tmp_path})
    yield guard
    guard.close()


def is_hit(bid, busiest):
    health = bid.get("cattax", 1) == 1 and any(
        c == "IAB7" or c.startswith("IAB7-") for c in bid.get("cat") or ()
    )
    return health or busiest in names(bid)


@needs_data
def test_exactly_the_bids_that_a_rule_names_go(guard, bodies, busiest):
    """By category under Content 1.0 and by advertiser; each answer is a bid response still."""
    gone = 0
    for body in bodies:
        answer = guard.answer(body, guard.rules.surfaces["bids"])
        sent = body if answer.body is None else answer.body
        expected = [bid for bid in bids(body) if not is_hit(bid, busiest)]
        assert bids(sent) == expected
        gone += len(bids(body)) - len(expected)
        seats = json.loads(sent).get("seatbid") or ()
        before = json.loads(body).get("seatbid") or ()
        assert sum(not seat.get("bid") for seat in seats) == sum(
            not seat.get("bid") for seat in before
        )
    assert len(bodies) == 608
    assert gone >= 67


@needs_data
def test_what_is_not_acted_on_is_not_altered_by_a_byte(guard, bodies, busiest):
    """Responses without a hit go out as the very bytes, and bids that stay keep theirs."""
    for body in bodies:
        sent = guard.answer(body, guard.rules.surfaces["bids"]).body
        if any(is_hit(bid, busiest) for bid in bids(body)):
            assert sent is not None
            assert all(json.dumps(bid).encode() in sent for bid in bids(sent))
        else:
            assert sent is None


@needs_data
def test_every_bid_that_goes_is_named(guard, bodies, busiest):
    """With its impression and a status code."""
    for body in bodies:
        hits = [bid for bid in bids(body) if is_hit(bid, busiest)]
        sent = guard.answer(body, guard.rules.surfaces["bids"]).body
        if sent is None:
            continue
        listed = json.loads(sent)["ext"]["seatnonbid"]
        named = [(n["impid"], n["statuscode"]) for seat in listed for n in seat["nonbid"]]
        assert [impid for impid, _ in named] == [bid["impid"] for bid in hits]
        assert {code for _, code in named} <= {356, 357}
