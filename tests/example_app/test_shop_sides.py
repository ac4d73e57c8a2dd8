"""Rows pair what was sent with what is seen; addresses are read; bars add up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from example_app.chart import LONGEST, bars_of
from example_app.customers import load_people
from example_app.page import totals
from example_app.sides import Row, in_words, rows_of
from example_app.visit import read_visit
from guardrail.model import VERDICTS, Decision, Finding, Verdict

PRESETS = {"strict": 50.0, "balanced": 68.0, "relaxed": 80.0}
PEOPLE = load_people()


def decided(*verdicts: Verdict, shown: tuple[Any, ...] = (), **more: Any) -> Decision:
    return Decision("d", "sha256:x", "home", "enforce", 0, "guarded", verdicts, shown=shown, **more)


def test_rows_show_what_became_of_every_item() -> None:
    """Kept as it was, without its reason, replaced, taken out, and filled in."""
    sent = [{"id": i} for i in "abcd"]
    rows = rows_of(
        sent,
        decided(
            Verdict("a", "allow"),
            Verdict("b", "soften", "drop_reason"),
            Verdict("c", "soften", "replace", replacement="x"),
            Verdict("d", "suppress"),
            shown=({"id": "a"}, {"id": "b"}, {"id": "x"}, {"id": "y"}),
            backfill=("y",),
        ),
    )
    assert [row.state for row in rows] == ["allow", "soften", "soften", "suppress", "backfill"]
    assert [row.shown and row.shown["id"] for row in rows] == ["a", "b", "x", None, "y"]
    assert [row.done for row in rows] == [None, "reason left out", "replaced", None, None]
    assert [row.sent for row in rows] == [*sent, None]
    assert totals(rows) == [
        ("allow", 1, "allowed"),
        ("soften", 2, "softened"),
        ("suppress", 1, "suppressed"),
        ("backfill", 1, "filled in"),
    ]


def test_observed_rows_say_what_would_be_done() -> None:
    """With the findings and the treatment that were not enforced."""
    would = Finding("r", "source", 60.0, "because")
    verdict = Verdict(
        "a", "allow", would="soften", would_treatment="replace", would_findings=(would,)
    )
    [row] = rows_of([{"id": "a"}], decided(verdict, shown=({"id": "a"},)))
    assert (row.state, row.done, row.findings) == ("would-soften", "replaced", [would])
    assert row.shown == {"id": "a"}


def test_a_shelf_that_was_not_judged_is_shown_as_it_came() -> None:
    """As while the guard is switched off, or failed and lets pass."""
    rows = rows_of([{"id": "a"}, {"id": "b"}], decided(shown=({"id": "a"},)))
    assert [(row.state, row.shown) for row in rows] == [
        ("unjudged", {"id": "a"}),
        ("unjudged", None),
    ]
    assert totals(rows)[-1] == ("unjudged", 2, "not judged")


def test_findings_come_weightiest_first() -> None:
    """What blocks whatever the score is comes before any weight."""
    light, heavy = Finding("l", "source", 10.0, ""), Finding("h", "source", 90.0, "")
    floor = Finding("f", "source", 0.0, "", layer="floor")
    row = Row({"id": "a"}, Verdict("a", "suppress", findings=(light, floor, heavy)), None)
    assert row.findings == [floor, heavy, light]
    assert Row(None, None, {"id": "x"}).findings == ()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (9000, "2 h"), (200_000, "2 days")],
)
def test_a_wait_is_said_in_words(seconds: int, words: str) -> None:
    """In the unit that a person would take."""
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("arguments", "tolerance"),
    [
        ({}, None),
        ({"tolerance": "own"}, None),
        ({"tolerance": "strict"}, "strict"),
        ({"tolerance": "72.5"}, 72.5),
        ({"tolerance": "strict", "number": "0"}, 0.0),
        ({"tolerance": "strict", "number": ""}, "strict"),
    ],
)
def test_a_tolerance_is_a_preset_or_a_number(
    arguments: dict[str, str], tolerance: str | float | None
) -> None:
    """The number wins where one is given; nothing means the customer's own."""
    visit = read_visit(arguments, {}, PEOPLE, PRESETS, "anna")
    assert (visit.tolerance, visit.problems) == (tolerance, ())
    assert visit.customer is not None
    own = PEOPLE["anna"].choices["tolerance"]
    assert visit.customer["tolerance"] == (own if tolerance is None else tolerance)


@given(st.text(max_size=20))
def test_any_tolerance_is_read_or_explained(text: str) -> None:
    """Whatever stands in the address, what holds is possible."""
    visit = read_visit({"number": text}, {}, PEOPLE, PRESETS, "anna")
    if isinstance(visit.tolerance, float):
        assert 0 <= visit.tolerance <= 100
    else:
        assert visit.tolerance in {None, *PRESETS}
    assert not visit.problems or "from 0 (nothing personal) to 100" in visit.problems[0]


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_any_customer_is_somebody(asked: str, cookie: str, views: str) -> None:
    """A name that nobody has falls back to the first, and the page says so."""
    cookies = {"shop_customer": cookie, "shop_views": views}
    visit = read_visit({"customer": asked}, cookies, PEOPLE, PRESETS, "anna")
    assert visit.person.key == (asked if asked in PEOPLE else "anna") or cookie in PEOPLE
    assert visit.view >= 0


def test_the_cookie_remembers_the_customer() -> None:
    """An address that names one comes first."""
    assert read_visit({}, {"shop_customer": "omar"}, PEOPLE, PRESETS, "anna").person.key == "omar"
    both = read_visit({"customer": "lea"}, {"shop_customer": "omar"}, PEOPLE, PRESETS, "anna")
    assert both.person.key == "lea"
    nobody = read_visit({"customer": "nobody"}, {}, PEOPLE, PRESETS, "anna")
    assert nobody.customer is None


COUNTS = st.dictionaries(
    st.text(max_size=5),
    st.dictionaries(
        st.sampled_from(["enforce", "observe"]),
        st.dictionaries(st.sampled_from(VERDICTS), st.integers(0, 10**6)),
    ),
)


@given(COUNTS)
def test_bars_have_the_lengths_of_their_counts(
    counts: dict[str, dict[str, dict[str, int]]],
) -> None:
    """Nothing is lost, the longest comes first and fills the drawing, and parts touch."""
    bars = bars_of(counts)
    flat = [n for modes in counts.values() for by in modes.values() for n in by.values()]
    assert sum(bar.total for bar in bars) == sum(flat)
    assert [bar.total for bar in bars] == sorted((bar.total for bar in bars), reverse=True)
    for bar in bars:
        assert bar.total == sum(bar.count(verdict) for verdict in VERDICTS) > 0
        assert bar.end == pytest.approx(LONGEST * bar.total / bars[0].total, abs=0.01)
        x = 0.0
        for piece in bar.pieces:
            assert piece.x == pytest.approx(x, abs=0.01)
            x += piece.width
