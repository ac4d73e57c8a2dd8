"""Never more than a cap allows, and all of it: 256 racers, one Redis and a cluster of three."""

from __future__ import annotations

import pytest
from contract.places import START

from chaos.racing import RACERS, Racers

pytestmark = pytest.mark.chaos
WINDOW = 60
EDGE = WINDOW * 1000


def test_all_racers_together_get_exactly_five(race: Racers) -> None:
    """Each of 256 asks once for each of twelve customers."""
    assert RACERS == 256
    assert race.counts(5, now=START) == [5] * len(race.customers)


def test_the_window_s_edge_is_the_same_for_all(race: Racers) -> None:
    """One millisecond before it nobody gets anything, and at it five do."""
    everybody = len(race.customers)
    assert race.counts(5, now=START) == [5] * everybody
    assert race.counts(5, now=START + EDGE - 1) == [0] * everybody
    assert race.counts(5, now=START + EDGE) == [5] * everybody


def test_a_changed_rule_set_counts_what_was_shown(race: Racers) -> None:
    """A higher limit grants the difference, a lower one nothing before there is room again."""
    everybody = len(race.customers)
    assert race.counts(5, now=START) == [5] * everybody
    assert race.counts(7, now=START + 1) == [2] * everybody
    assert race.counts(3, now=START + 2) == [0] * everybody
    assert race.counts(3, now=START + EDGE + 1) == [3] * everybody


def test_workers_that_change_over_one_by_one_grant_the_higher_limit_at_most(race: Racers) -> None:
    """While half of the workers still have the old rules, neither limit is added to the other."""
    granted = race.counts((5, 3, 5, 3), now=START)
    assert all(3 <= n <= 5 for n in granted)
    assert race.counts(5, now=START) == [5 - n for n in granted]


def test_by_the_ledger_s_own_clock_no_window_ever_holds_more(race: Racers) -> None:
    """For some seconds everybody asks on and on; five fit into any second, and they come again.

    How soon they come again says how busy the machine is; that none is withheld is for the tests
    with a given clock to show.
    """
    granted = race.race(5, now=None, window=1, seconds=2.4)
    for moments in granted.values():
        for first, sixth in zip(moments, moments[5:], strict=False):
            assert sixth - first >= 1000
        assert len(moments) >= 10
