"""Asks that are given as a batch, and what a ledger makes of them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.places import START, cap
from guardrail.caps import Batch, CapRequest, Ledger, MemoryLedger
from guardrail.caps.ledger import GRANTED, Taken
from guardrail.caps.plan import Codes, compiled, plan


def batch_of(asks: list[list[CapRequest]], tails: bool = False) -> Batch:
    """``tails``: the counter of a lone cap comes as its item's value."""
    idents = [ask[0].counter if tails and len(ask) == 1 else "" for ask in asks]
    return Batch(
        [[one.rule for one in ask] for ask in asks],
        [
            [(one.counter.removesuffix(ident), 2 if ident else 0, one[2:]) for one in ask]
            for ask, ident in zip(asks, idents, strict=True)
        ],
        [(None, ident) for ident in idents],
    )


KINDS = [(1, 10, 0), (2, 60, 0), (3, 60, 7), (0, 0, 10), (None, 90, 0)]
counters = st.tuples(st.sampled_from("abcdef"), st.integers(0, 4), st.booleans())
asks_given = st.lists(st.lists(counters, max_size=4, unique_by=lambda one: one[0]), max_size=6).map(
    lambda asks: [
        [CapRequest(f"rule-{k}", name, *KINDS[k], enforced) for name, k, enforced in ask]
        for ask in asks
    ]
)


@given(asks_given, st.booleans(), st.sampled_from([[], [b"first"], [b"first", b"older"]]))
def test_a_batch_reads_like_asks_and_is_planned_like_them(
    asks: list[list[CapRequest]], tails: bool, secrets: list[bytes]
) -> None:
    """Whatever is asked, asks without caps among them; in the compiled way and without."""
    batch = batch_of(asks, tails)
    assert [*batch] == asks
    assert batch[:2] == asks[:2]
    expected = plan(asks, START, True, 3, codes(secrets))
    assert plan(batch, START, True, 3, codes(secrets)) == expected
    again = codes(secrets)
    for _ in range(2):
        assert plan(batch, START, False, 3, again).codes == expected.codes


def codes(secrets: list[bytes]) -> list[Codes]:
    """Five bytes for each counter under each secret."""
    return [Codes(lambda text, s=secret: code(text, s)) for secret in secrets]


def code(text: str, secret: bytes) -> bytes:
    """Five bytes for a counter."""
    return hashlib.blake2b(text.encode(), key=secret, digest_size=5).digest()


def test_a_counter_is_named_by_five_bytes() -> None:
    """Anything else would make others of those behind it."""
    if compiled is None:
        pytest.skip("it is checked where it is compiled")
    with pytest.raises(ValueError, match="five bytes"):
        plan(batch_of([[cap("a", 1)]]), START, True, 3, [Codes(lambda _: b"four")])


def test_more_kinds_of_caps_than_the_compiled_way_takes_are_planned_too() -> None:
    """And so are more caps."""
    asks = [[cap(f"{n}-{k}", n + 1) for k in range(3)] for n in range(100)]
    assert plan(batch_of(asks), START, True, 3) == plan(asks, START, True, 3)


def test_what_a_cap_can_not_be_is_said_in_either_way() -> None:
    """Where it is wrong."""
    asks = [[cap("a", 1)], [cap("b", -1)]]
    for given_so in (asks, batch_of(asks)):
        with pytest.raises(ValueError, match="limit -1"):
            plan(given_so, START, True, 3)


def test_every_ledger_takes_a_batch(ledger: Ledger) -> None:
    """The same grants and the same impressions as for asks one by one."""
    asks = [[cap("item-1", 2), cap("shelf", 3)], [], [cap("item-2", 2), cap("shelf", 3)]]
    granted = ledger.reserve("c", batch_of(asks), now_ms=START)
    assert granted.all_granted
    assert granted.taken == tuple((one.counter, START) for ask in asks for one in ask)
    over = ledger.reserve("c", batch_of(asks), now_ms=START)
    assert not over.all_granted
    assert over.grants == (GRANTED, GRANTED, (False, 1, 60))
    assert ledger.counts("c", [("item-1", 60), ("shelf", 60)], now_ms=START) == [2, 3]
    ledger.release(granted)
    assert ledger.counts("c", [("item-1", 60), ("shelf", 60)], now_ms=START) == [1, 1]


def test_what_was_taken_is_listed_only_once_somebody_looks() -> None:
    """And reads like the tuple that it stands for."""
    asked: list[int] = []

    def told() -> tuple[tuple[str, int], ...]:
        asked.append(1)
        return (("a", 1), ("b", 2))

    taken = Taken(told)
    assert taken
    assert not asked
    assert taken == (("a", 1), ("b", 2)) == (*taken,)
    assert (len(taken), taken[0], taken[1:]) == (2, ("a", 1), (("b", 2),))
    assert taken == Taken(lambda: (("a", 1), ("b", 2)))
    assert hash(taken) == hash((("a", 1), ("b", 2)))
    assert repr(taken) == "(('a', 1), ('b', 2))"
    assert asked == [1]


def test_asks_of_a_batch_may_have_different_lengths() -> None:
    """Asks need not have equally many caps."""
    asks = [[cap("a", 1)], [cap("a", 1), cap("b", 1)], [cap("b", 1)]]
    ledger = MemoryLedger(lambda: START)
    assert [one.granted for one in ledger.reserve("c", batch_of(asks)).grants] == [
        True,
        False,
        True,
    ]


def test_a_counter_that_is_told_in_two_ways_is_one(ledger: Ledger) -> None:
    """Where it begins and how it goes on, or all at once: it counts the same thing."""
    kind = (1, 60, 0, True)
    caps = [[("of:", 1, kind)], [("of:a", 0, kind)], [("of:", 1, kind)]]
    asks = Batch([["r"]] * 3, caps, [("a", None), ("x", None), ("b", None)])
    granted = [grant.granted for grant in ledger.reserve("c", asks, now_ms=START).grants]
    assert granted == [True, False, True]
