"""Asks that are given as a batch, and what a ledger makes of them."""

from __future__ import annotations

import hashlib
import json
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.places import START, batch, cap
from guardrail.caps import Batch, CapRequest, CapRow, Ledger, MemoryLedger
from guardrail.caps.batch import Cap
from guardrail.caps.ledger import GRANTED, Taken
from guardrail.caps.plan import Codes, compiled, plan
from guardrail.extract.counted import InBody
from guardrail.extract.scan import compiled as scanning


def batch_of(asks: list[list[CapRequest]], tails: bool = False) -> Batch:
    """``tails``: the counter of a lone cap comes as its item's value."""
    idents = [ask[0].counter if tails and len(ask) == 1 else "" for ask in asks]
    return batch(
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
    given_so = batch_of(asks, tails)
    assert [*given_so] == asks
    assert given_so[:2] == asks[:2]
    expected = plan(asks, START, True, 3, codes(secrets))
    assert plan(given_so, START, True, 3, codes(secrets)) == expected
    again = codes(secrets)
    for _ in range(2):
        assert plan(given_so, START, False, 3, again).codes == expected.codes


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


def in_body(listed: list[tuple[str | int, str, str]], *, plain: bool) -> InBody:
    """What items are counted by as it stands in a body; ``plain``: without escapes."""
    if scanning is None:
        pytest.skip("the scanner is compiled where there is a C compiler")
    names = ("id", "campaign", "advertiser")
    roles = (scanning.ID, scanning.TEXT, scanning.TEXT)
    numbers = {name: n for n, name in enumerate(names)}
    scanner = scanning.Scanner([], numbers, names, roles, (1, 1), [], Mock(), json.loads)
    said = [dict(zip(names, one, strict=True)) for one in listed]
    found = scanner.scan(json.dumps(said, ensure_ascii=not plain).encode(), sorting=False)
    assert found is not None
    spans = found.spans_of(names)
    assert spans is not None
    return InBody(found, names, spans)


texts_said = st.sampled_from(
    ["a", "b", "ü", "\U0001f600 x", 'q"\\', "\n\t\x7f", "a" * 70]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
idents_said = texts_said.filter(bool) | st.integers(1, 10**9)
said_given = st.lists(st.tuples(idents_said, texts_said, texts_said), min_size=1, max_size=8)
CAPS: list[tuple[Cap, ...]] = [
    (("of:", 1, (1, 10, 0, True)), ("for:", 2, (2, 60, 0, True)), ("all", 0, (3, 60, 7, True))),
    (("of:", 1, (1, 10, 0, True)), ("by:ü", 3, (None, 90, 0, True))),
    (("ä", 0, (3, 60, 7, False)),),
    (),
]
ROWS = [CapRow([name for name, _, _ in caps], caps) for caps in CAPS]


@given(said_given, st.booleans(), st.data())
def test_a_batch_is_planned_from_a_body_as_from_texts(
    listed: list[tuple[str | int, str, str]], plain: bool, data: st.DataObject
) -> None:
    """Escapes, letters of any language, numbers as ids, some of the items, others replaced; and
    what was learnt of counters in one of both ways holds in the other.
    """
    values = in_body(listed, plain=plain)
    assert [*values] == [(str(ident), *others) for ident, *others in listed]
    which = tuple(data.draw(st.sets(st.sampled_from(range(len(listed))), min_size=1)))
    others = st.tuples(texts_said, st.none() | texts_said, st.just("\ud800"))
    chosen = values.chosen(which, data.draw(st.dictionaries(st.sampled_from(which), others)))
    rows = [data.draw(st.sampled_from(ROWS)) for _ in which]
    texts = [*chosen]
    asks = [*Batch(rows, texts)]
    learnt = lenient([b"first", b"older"])
    expected = plan(asks, START, True, 3, lenient([b"first", b"older"]))
    for given_so in (chosen, texts, chosen):
        assert plan(Batch(rows, given_so), START, True, 3, learnt) == expected


def lenient(secrets: list[bytes]) -> list[Codes]:
    """Like `codes`, also of halves of pairs."""
    return [
        Codes(lambda text, s=secret: code(text.encode("utf-8", "surrogatepass").hex(), s))
        for secret in secrets
    ]


def test_a_counter_is_learnt_once_however_it_is_told() -> None:
    """As it stands in a body, with escapes, or as a text."""
    asked: list[str] = []

    def name(text: str) -> bytes:
        asked.append(text)
        return code(text, b"secret")

    known = [Codes(name)]
    row = (("of:", 1, (9, 60, 0, True)),)
    listed: list[tuple[str | int, str, str]] = [("ü", "", ""), (7, "", "")]
    for values in (
        in_body(listed, plain=True),
        in_body(listed, plain=False),
        [("ü", None, None), ("7", None, None)],
    ):
        plan(batch([["r"]] * 2, [row] * 2, values), START, True, 3, known)
    assert asked == ["of:ü", "of:7"]


def test_what_is_remembered_of_counters_is_bounded() -> None:
    """Neither many of them, nor many rows or names, nor long ones are kept for good."""
    if compiled is None:
        pytest.skip("it is remembered in another way where nothing is compiled")
    kind = (1, 60, 0, True)
    (known,) = codes([b"secret"])
    most = 0
    for turn in range(8):
        caps = [((f"{turn // 2}-{n % 5000}:", 1, kind),) for n in range(10_000)]
        values = [(f"{turn}-{n}",) for n in range(10_000)]
        planned = plan(batch([["r"]] * 10_000, caps, values), START, True, 3, [known])
        expected = b"".join(
            code(each[0][0] + said, b"secret") for each, (said,) in zip(caps, values, strict=True)
        )
        assert planned.codes == [expected]
        assert known.table is not None
        most = max(most, len(known.table))
    assert 10_000 <= most <= 65_536
    before = len(known.table)
    long = batch([["r"]], [(("x:", 1, kind),)], [("y" * 2000,)])
    for _ in range(2):
        assert plan(long, START, True, 3, [known]).codes == [code("x:" + "y" * 2000, b"secret")]
    assert len(known.table) <= before


def test_rows_whose_caps_may_change_are_looked_into_each_time() -> None:
    """The same list may hold other caps the next time."""
    caps: list[Cap] = [("a", 0, (1, 60, 0, True))]
    row = CapRow(["r"], caps)
    first = plan(Batch([row], [()]), START, True, 3, codes([b"s"]))
    caps[0] = ("b", 0, (2, 60, 0, True))
    assert plan(Batch([row], [()]), START, True, 3, codes([b"s"])) != first


def test_items_without_values_that_caps_count_by_are_refused() -> None:
    """Rather than that something else is counted."""
    if compiled is None:
        pytest.skip("it is checked where it is compiled")
    kind = (1, 60, 0, True)
    row = (("of:", 2, kind),)
    with pytest.raises(IndexError, match="no value 2"):
        plan(batch([["r"]], [row], [("a",)]), START, True, 3, codes([b"s"]))
    with pytest.raises(ValueError, match="2 items have values, and 1 have caps"):
        plan(batch([["r"]], [row], [("a", "b")] * 2), START, True, 3, codes([b"s"]))
    far = (("of:", 9, kind),)
    planned = plan(batch([["r"]], [far], [("a",) * 9]), START, True, 3, codes([b"s"]))
    assert planned.codes == [code("of:a", b"s")]


def test_other_threads_may_plan_while_a_code_is_worked_out() -> None:
    """What one of them learns or forgets harms no other."""
    kind = (1, 60, 0, True)
    (known,) = codes([b"s"])
    inner: list[int] = [0]

    def name(text: str) -> bytes:
        if inner[0] < 3:
            inner[0] += 1
            many = 20_000
            caps = [((f"{inner[0]}-{n}:", 1, kind),) for n in range(many)]
            plan(batch([["r"]] * many, caps, [("x",)] * many), START, True, 3, [known])
        return code(text, b"s")

    known.name = name
    caps = [((f"of-{n}:", 1, kind),) for n in range(50)]
    asks = batch([["r"]] * 50, caps, [(f"{n}",) for n in range(50)])
    expected = [b"".join(code(f"of-{n}:{n}", b"s") for n in range(50))]
    for _ in range(2):
        assert plan(asks, START, True, 3, [known]).codes == expected


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
    asks = batch([["r"]] * 3, caps, [("a", None), ("x", None), ("b", None)])
    granted = [grant.granted for grant in ledger.reserve("c", asks, now_ms=START).grants]
    assert granted == [True, False, True]
