"""A bid response stays one when bids go."""

from __future__ import annotations

import json

import pytest

from guardrail.act import DROP, KEEP, Placed, apply_objects, splice
from guardrail.extract import extract, read_objects
from guardrail.ruleset import Surface
from guardrail.treat.edit import Edit

BIDS = Surface("ads", kind="ad", shape="openrtb-2.6", items="seatbid[].bid")
TOLD = Surface("ads", kind="ad", shape="openrtb-2.6", items="seatbid[].bid", seatnonbid=True)
BODY = (
    b'{"seatbid": [{"seat": "s", "bid": [{"id": "a", "impid": "1"}]}, {"bid": []}, '
    b'{"seat": "t"}, {"bid": [{"id": "b", "impid": "2"}, {"id": "c"}]}], "cur": "USD"}'
)


def sent(plan, surface=BIDS, body=BODY):
    return splice(body, extract(body, surface), surface, plan)


def test_a_seat_that_lost_all_its_bids_goes():
    """Seats that never had one stay as the app sent them."""
    assert sent([DROP, KEEP, DROP]) == (
        b'{"seatbid": [{"bid": []}, {"seat": "t"}, {"bid": [{"id": "b", "impid": "2"}]}], '
        b'"cur": "USD"}'
    )
    assert sent([KEEP, KEEP, KEEP]) == BODY


def test_what_went_is_named_by_seat_and_status():
    """A seat without a name, and a bid without an impression, as far as they are known."""
    out = json.loads(sent([Placed(keep=False, code=9), KEEP, Placed(keep=False, code=204)], TOLD))
    assert out["ext"]["seatnonbid"] == [
        {"seat": "s", "nonbid": [{"impid": "1", "statuscode": 9}]},
        {"nonbid": [{"impid": "", "statuscode": 204}]},
    ]


@pytest.mark.parametrize(("ext", "before"), [({"seatnonbid": [1], "a": 2}, [1]), (7, [])])
def test_what_was_named_before_stays(ext, before):
    """The exchange's own entries come first."""
    body = json.dumps({"seatbid": [{"bid": [{"id": "a"}, 5]}], "ext": ext}).encode()
    out = json.loads(sent([DROP, DROP], TOLD, body))
    nonbid = [{"impid": "", "statuscode": 500}] * 2
    assert out["ext"]["seatnonbid"] == [*before, {"nonbid": nonbid}]
    assert out["seatbid"] == []


def test_repeated_keys_lose_no_bid():
    """Every list is looked at."""
    body = b'{"seatbid": [{"bid": [{"id": "a"}]}], "seatbid": [{"bid": [{"id": "b"}]}]}'
    assert sent([DROP, KEEP], BIDS, body) == b'{"seatbid": [], "seatbid": [{"bid": [{"id": "b"}]}]}'


def test_bids_elsewhere_are_only_cut_out():
    """A surface may keep its bids at another place."""
    flat = Surface("ads", shape="openrtb-2.6", items="bids")
    assert sent([DROP], flat, b'{"bids": [{"id": "a"}]}') == b'{"bids": []}'


def test_a_substitute_takes_over_what_the_auction_was_held_over():
    """In bytes and in objects; what the old bid lacks is not made up."""
    edit = Edit(replace=b'{"id":"x","adm":"<b/>"}', carry=("id", "impid", "price"))
    body = b'{"seatbid": [{"bid": [{"id": "a", "price": 1.50, "adm": "<a/>"}]}]}'
    assert sent([Placed(edit=edit)], BIDS, body) == (
        b'{"seatbid": [{"bid": [{"id":"a","adm":"<b/>","price":1.50}]}]}'
    )
    bids = [{"id": "a", "price": 1.5}]
    kept = apply_objects(bids, read_objects(bids, BIDS), BIDS, [Placed(edit=edit)])
    assert kept == [{"id": "a", "adm": "<b/>", "price": 1.5}]
