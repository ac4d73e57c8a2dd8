"""The smallest change of one weight that gives another verdict."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrail.decide.nearest import nearest
from guardrail.model import Finding
from guardrail.score.judged import score

SUBJECT = Finding("subject", "subject", 63.3, "")
SOURCE = Finding("source", "source", 59.0, "")
WEIGHTS = st.integers(0, 1000).map(lambda tenths: tenths / 10)


def test_a_weight_too_much_has_to_go_down() -> None:
    """Of two the one that has to move least; down to the tolerance itself."""
    change = nearest((SUBJECT, SOURCE), 3, 68.0)
    assert change is not None
    assert (change.rule, change.weight, change.needed, change.points) == (
        "subject",
        63.3,
        44.1,
        -19.2,
    )


def test_a_weight_that_fits_has_to_go_over_it() -> None:
    """A tenth more than the tolerance."""
    change = nearest((SOURCE,), 2, 68.0)
    assert change is not None
    assert (change.needed, change.points) == (68.1, 9.1)


def test_what_acts_by_itself_hangs_on_no_weight() -> None:
    """Neither do findings that can't reach the tolerance, or none at all."""
    floor = Finding("floor", "source", 0.0, "", layer="floor")
    assert nearest((SUBJECT, floor), 3, 68.0) is None
    assert nearest((SUBJECT,), 3, 100.0) is None
    assert nearest((SUBJECT,), 0, 68.0) is None
    assert nearest((), 3, 68.0) is None
    assert nearest((SUBJECT, SOURCE, Finding("third", "flow", 62.0, "")), 3, 10.0) is None


@given(weights=st.lists(WEIGHTS, min_size=1, max_size=4), tolerance=WEIGHTS)
def test_it_crosses_and_a_tenth_less_does_not(weights: list[float], tolerance: float) -> None:
    """Whatever the weights, and no other rule gets there with less."""
    concerns = ("subject", "source", "source", "manner")
    findings = tuple(
        Finding(f"r{at}", concern, weight, "")
        for at, (weight, concern) in enumerate(zip(weights, concerns, strict=False))
    )

    def fits(rule: str, weight: float) -> bool:
        moved = [replace(f, weight=weight) if f.rule == rule else f for f in findings]
        return score(moved, 2).intrusiveness <= tolerance

    before = score(findings, 2).intrusiveness <= tolerance
    change = nearest(findings, 2, tolerance)
    for finding in findings:
        tenths = 1001 if change is None else round(abs(change.points) * 10)
        for less in range(1, tenths):
            moved = finding.weight + (less / 10 if before else -less / 10)
            if 0 <= moved <= 100:
                assert fits(finding.rule, round(moved, 1)) is before
    if change is not None:
        assert fits(change.rule, change.needed) is not before
