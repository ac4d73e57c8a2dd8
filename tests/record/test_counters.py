"""Counts in memory: what is counted of a decision, and within which bounds it is kept."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.model import VERDICTS, Decision, Finding, Verdict
from guardrail.record.cells import Cell
from guardrail.record.counters import MINUTES_KEPT, Counters

AT = 1_795_000_000_000 - 1_795_000_000_000 % 60_000
MINUTE = AT // 60_000


def cells_of(decision: Decision) -> dict[Cell, int]:
    """What one decision adds to the counts."""
    counters = Counters()
    counters.add(decision)
    (cells,) = counters.drain().values()
    return cells


def finding(rule: str) -> Finding:
    return Finding(rule=rule, concern="subject", weight=50.0, because="x")


def verdict(kind: str, *rules: str, **more: Any) -> Verdict:
    return Verdict(id="sku", verdict=kind, findings=tuple(map(finding, rules)), **more)


def decision(*items: Verdict, **more: Any) -> Decision:
    fields: dict[str, Any] = {
        "decision_id": "d",
        "revision": "sha256:0",
        "surface": "home",
        "mode": "enforce",
        "at_ms": AT,
        "outcome": "guarded",
    }
    return Decision(items=items, **(fields | more))


def items_and_rules(counted: dict[Cell, int]) -> set[tuple[str, str, str, int]]:
    return {
        (cell.rule, cell.mode, cell.value, n)
        for cell, n in counted.items()
        if cell.what in {"item", "rule"}
    }


def test_items_count_by_verdict_and_rules_by_the_verdict_they_led_to() -> None:
    """One item under its verdict, every rule that objected once beside it."""
    counted = cells_of(
        decision(verdict("allow"), verdict("suppress", "a", "b", "a"), verdict("suppress", "a"))
    )
    assert items_and_rules(counted) == {
        ("", "enforce", "allow", 1),
        ("", "enforce", "suppress", 2),
        ("a", "enforce", "suppress", 2),
        ("b", "enforce", "suppress", 1),
    }
    assert counted[Cell("outcome", "home", value="guarded")] == 1


def test_in_observe_an_item_counts_with_the_verdict_it_would_have_had() -> None:
    """What was not enforced is the answer to "would have"."""
    counted = cells_of(
        decision(
            verdict("allow", would="suppress", would_findings=(finding("a"),)),
            verdict("allow", "b", would="soften"),
            verdict("allow", would="suppress", capped_by="cap"),
            verdict("allow", "b"),
            mode="observe",
            outcome="observed",
        )
    )
    assert items_and_rules(counted) == {
        ("", "observe", "suppress", 2),
        ("", "observe", "soften", 1),
        ("", "observe", "allow", 1),
        ("a", "observe", "suppress", 1),
        ("b", "observe", "soften", 1),
        ("b", "observe", "allow", 1),
        ("cap", "observe", "suppress", 1),
    }


def test_a_rule_that_only_observes_counts_beside_what_was_enforced() -> None:
    """The enforced verdict stays exact; the observing rule shows what it would have done."""
    counted = cells_of(
        decision(
            verdict("soften", "a", would="suppress", would_findings=(finding("a"), finding("new")))
        )
    )
    assert items_and_rules(counted) == {
        ("", "enforce", "soften", 1),
        ("a", "enforce", "soften", 1),
        ("", "observe", "suppress", 1),
        ("new", "observe", "suppress", 1),
    }


@pytest.mark.parametrize(
    ("item", "mode"),
    [
        (verdict("suppress", capped_by="cap"), "enforce"),
        (verdict("allow", would="suppress", capped_by="cap"), "observe"),
        (verdict("suppress", would="soften", capped_by="cap"), "enforce"),
    ],
)
def test_a_cap_counts_as_the_rule_that_suppressed(item: Verdict, mode: str) -> None:
    """An enforced cap counts under enforce, a watched one under observe."""
    found = {row for row in items_and_rules(cells_of(decision(item))) if row[0] == "cap"}
    assert found == {("cap", mode, "suppress", 1)}


def test_a_cap_that_is_also_a_finding_counts_once() -> None:
    """The cap may stand in both places of a verdict."""
    counted = cells_of(decision(verdict("suppress", "cap", capped_by="cap")))
    assert counted[Cell("rule", "home", "cap", "enforce", "suppress")] == 1


def test_backfill_and_missing_facts_are_counted() -> None:
    """Items filled in by surface, items that lacked a fact by rule."""
    counted = cells_of(
        decision(verdict("allow", unknown=("a", "a", "b")), backfill=("x", None), outcome="guarded")
    )
    assert counted[Cell("backfill", "home")] == 2
    assert counted[Cell("unknown", "home", "a")] == 1
    assert counted[Cell("unknown", "home", "b")] == 1


@pytest.mark.parametrize(
    ("outcome", "counted_as"),
    [
        ("guarded", "guarded"),
        ("not_readable(too large)", "not_readable(too large)"),
        ("failed(KeyError: 'c-1001')", "failed"),
        ("failed(c1001)", "failed"),
    ],
)
def test_an_outcome_keeps_its_reason_only_in_plain_words(outcome: str, counted_as: str) -> None:
    """The text of an error may name a person and would make endless counters."""
    (cell,) = cells_of(decision(outcome=outcome))
    assert cell == Cell("outcome", "home", value=counted_as)


def test_drained_counts_are_gone_and_restored_ones_are_added() -> None:
    """What could not be written comes back beside what was counted since."""
    counters = Counters()
    counters.add(decision(verdict("allow")))
    drained = counters.drain()
    assert counters.drain() == {}
    counters.add(decision(verdict("allow")))
    counters.restore(drained)
    assert counters.drain()[MINUTE][Cell("item", "home", "", "enforce", "allow")] == 2


def test_memory_keeps_eight_days() -> None:
    """The minute before the window goes when a new one begins; the window's first stays."""
    counters = Counters()
    for minute in (0, 1, MINUTES_KEPT):
        counters.add(decision(at_ms=minute * 60_000))
    assert set(counters.drain()) == {1, MINUTES_KEPT}


def test_memory_keeps_a_bounded_number_of_cells_and_drops_the_oldest() -> None:
    """Each decision here makes two cells; three minutes of them are more than five."""
    counters = Counters(cells_kept=5)
    for minute in (7, 8, 9):
        counters.add(decision(verdict("allow"), at_ms=minute * 60_000))
    assert set(counters.drain()) == {8, 9}
    many = [verdict("allow", f"rule-{n}") for n in range(9)]
    counters.add(decision(*many))
    assert len(counters.drain()[MINUTE]) == 11


def test_a_late_decision_older_than_the_window_is_dropped() -> None:
    """Counts taken back after a long outage do not grow the memory."""
    counters = Counters()
    counters.add(decision(at_ms=MINUTES_KEPT * 60_000))
    counters.restore({0: {Cell("backfill", "home"): 1}})
    assert set(counters.drain()) == {MINUTES_KEPT}


def test_stats_of_memory_cover_the_asked_minutes_alone() -> None:
    """Both ends count; a flush has nothing to do."""
    counters = Counters()
    for minute in (1, 2, 3, 4):
        counters.add(decision(verdict("allow"), at_ms=minute * 60_000))
    stats = counters.stats(2 * 60_000 + 30_000, 3 * 60_000)
    assert stats.surfaces == {"home": {"enforce": {"allow": 2}}}
    assert counters.flush(0)


def test_threads_lose_no_count() -> None:
    """Four threads add while one drains; the sum is exact."""
    counters = Counters()
    one = decision(verdict("allow"))
    got: list[int] = []

    def add() -> None:
        for _ in range(500):
            counters.add(one)

    def drain() -> None:
        got.extend(total(counters.drain()) for _ in range(50))

    threads = [threading.Thread(target=work) for work in (add, add, add, add, drain)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) + total(counters.drain()) == 2000


def total(counts: dict[int, dict[Cell, int]]) -> int:
    return sum(n for cells in counts.values() for cell, n in cells.items() if cell.what == "item")


rules_st = st.lists(st.sampled_from("abc"), max_size=3).map(tuple)


@given(
    st.lists(
        st.builds(
            lambda kind, rules, would, would_rules, cap: verdict(
                kind,
                *rules,
                would=would if would != kind else None,
                would_findings=tuple(map(finding, would_rules)),
                capped_by=cap,
            ),
            st.sampled_from(VERDICTS),
            rules_st,
            st.none() | st.sampled_from(VERDICTS),
            rules_st,
            st.none() | st.just("cap"),
        ),
        max_size=6,
    ),
    st.sampled_from(["observe", "enforce"]),
)
def test_every_item_counts_exactly_once_under_the_mode_of_its_decision(
    items: list[Verdict], mode: str
) -> None:
    """Whatever the verdicts hold, totals per mode are the number of items."""
    counted = cells_of(decision(*items, mode=mode))
    in_mode = sum(n for cell, n in counted.items() if cell.what == "item" and cell.mode == mode)
    assert in_mode == len(items)
    for rule in "abc":
        per_rule = sum(
            n
            for cell, n in counted.items()
            if cell.what == "rule" and cell.rule == rule and cell.mode == mode
        )
        assert per_rule <= len(items)
