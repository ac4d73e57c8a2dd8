"""The sum line by line comes to the very score that is compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guardrail.model import CONCERNS, Finding
from guardrail.score.judged import score
from guardrail.score.reckoning import reckoning

FINDINGS = st.lists(
    st.builds(
        Finding,
        rule=st.text("abc", min_size=1, max_size=2),
        concern=st.sampled_from(CONCERNS),
        weight=st.integers(0, 1000).map(lambda tenths: tenths / 10),
        because=st.just("x"),
    ),
    max_size=8,
)


@given(findings=FINDINGS, depth=st.sampled_from([None, 0, 2]))
def test_the_last_line_is_the_score(findings: list[Finding], depth: int | None) -> None:
    """At any depth, whatever objects; the score goes by tenths, so half of one may lie between."""
    lines = reckoning(findings, depth)
    told = 100 - lines[-1].left if lines else 0.0
    assert abs(told - score(findings, depth).intrusiveness) <= 0.05 + 1e-9


@given(findings=FINDINGS)
def test_each_concern_stands_once_the_strongest_first_and_whole(findings: list[Finding]) -> None:
    """What weighs nothing is no line."""
    lines = reckoning(findings, 2)
    assert {line.finding.concern for line in lines} == {f.concern for f in findings if f.weight}
    assert len({line.finding.concern for line in lines}) == len(lines)
    weights = [line.finding.weight for line in lines]
    assert weights == sorted(weights, reverse=True)
    assert [line.share for line in lines] == [1.0, *[0.5] * len(lines)][: len(lines)]


def test_half_of_a_further_concern_counts() -> None:
    """63.3 whole and 59 half: of 100 people 25.8735 accept it."""
    both = (Finding("a", "source", 59.0, ""), Finding("b", "subject", 63.3, ""))
    first, second = reckoning(both, 3)
    assert (first.finding.rule, first.counts, round(first.left, 6)) == ("b", 63.3, 36.7)
    assert (second.finding.rule, second.counts, round(second.left, 6)) == ("a", 29.5, 25.8735)
