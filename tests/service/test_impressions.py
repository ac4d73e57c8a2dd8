"""What became of the impressions that caps were asked for: numbers an operator can watch."""

import os

import pytest

from guardrail.caps import LedgerError, MemoryLedger
from guardrail.service.impressions import CHECK_EVERY_MS, MOST_NOTED
from tests.service.shop import AD, ANNA, GOOD, RULES, START, Clock, body, make_guard

MINUTE = CHECK_EVERY_MS / 1000


class Moody:
    """A ledger that fails when it is told to, and may be told to count too much."""

    def __init__(self, ledger, clock):
        self._ledger, self.clock = ledger, clock
        self.failing = ()
        self.more = 0

    def __getattr__(self, name):
        if name in self.failing:
            return self._fail
        return self._more if name == "counts" else getattr(self._ledger, name)

    def _fail(self, *_, **__):
        raise LedgerError("gone")

    def _more(self, *arguments, **named):
        return [n + self.more for n in self._ledger.counts(*arguments, **named)]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def guard(tmp_path, clock):
    made = make_guard(tmp_path / "rules", RULES, clock=clock)
    made.ledger = Moody(MemoryLedger(lambda: int(clock() * 1000)), clock)
    made._stores.ledger = made._stores.impressions._ledger = made.ledger
    yield made
    made.close()


def caps(guard):
    return guard.stats(0).caps.get("campaign-daily", {})


def answered(guard):
    surface = guard.rules.surface("ads")
    return guard.answer(body(AD), surface, customer={"id": ANNA})


def test_what_is_granted_and_refused_is_counted_by_rule(guard):
    """Three a day, asked four times."""
    for _ in range(4):
        answered(guard)
    guard.review([GOOD], customer=ANNA, surface="home")
    assert caps(guard) == {"granted": 3, "refused": 1}


def test_an_answer_that_never_went_out_is_given_back_or_said_not_to_be(guard):
    """What can't be given back is withheld from then on, so it has a number of its own."""
    guard.release(answered(guard))
    lost = answered(guard)
    guard.ledger.failing = ("release",)
    guard.release(lost)
    assert caps(guard) == {"granted": 2, "given_back": 1, "not_given_back": 1}


def test_while_the_ledger_is_gone_nothing_is_granted(guard):
    """What was let through or held back without it is *unanswered*."""
    guard.ledger.failing = ("begin",)
    answered(guard)
    assert caps(guard) == {"unanswered": 1}


def test_a_trial_is_no_impression(guard):
    """What commands try out counts nowhere."""
    guard.score_body(body(AD), "ads", {"id": ANNA}, int(START * 1000))
    assert caps(guard) == {}


@pytest.mark.parametrize(("more", "over"), [(0, None), (2, None), (3, 1), (5, 3)])
def test_once_a_minute_a_reservation_is_counted_again(guard, clock, more, over):
    """One was counted, three are allowed: only what is above that is over."""
    guard.refresh()
    answered(guard)
    guard.ledger.more = more
    clock.move(MINUTE - 1)
    guard.refresh()
    assert "over" not in caps(guard)
    clock.move(1)
    guard.refresh()
    assert caps(guard).get("over") == over


def test_a_check_that_fails_is_left_out(guard, clock):
    """It is no part of any page, and the next one comes."""
    guard.refresh()
    answered(guard)
    guard.ledger.failing = ("counts",)
    clock.move(MINUTE)
    guard.refresh()
    assert caps(guard) == {"granted": 1}
    guard.ledger.failing = ()
    clock.move(MINUTE)
    guard.refresh()
    assert caps(guard) == {"granted": 1}


def test_without_redis_it_is_said_once_that_each_process_counts_alone(tmp_path, caplog):
    """With the first impression that a cap counts, not before and not again."""
    guard = make_guard(tmp_path / "rules")
    guard.review([GOOD], customer=ANNA, surface="home")
    assert caplog.messages == []
    for _ in range(3):
        answered(guard)
    assert len(caplog.messages) == 1
    assert "GUARDRAIL_REDIS_URL" in caplog.messages[0]
    guard.close()


def test_what_is_counted_later_counts_in_its_own_minute(guard, clock):
    """The heartbeat may come after a pause."""
    began = int(clock() * 1000)
    answered(guard)
    clock.move(10 * MINUTE)
    assert guard.stats(began, began + 60_000).caps["campaign-daily"] == {"granted": 1}


def test_no_more_responses_are_held_than_the_bound(guard):
    """Between two heartbeats there may be thousands."""
    noted = guard._stores.impressions._noted
    for number in range(2 * MOST_NOTED + 1):
        guard.answer(body(AD), guard.rules.surface("ads"), customer={"id": f"c-{number}"})
        assert len(noted) < MOST_NOTED
    assert caps(guard) == {"granted": 2 * MOST_NOTED + 1}


def test_a_child_counts_nothing_of_its_parents(guard):
    """What was noted before a fork is the parent's to count."""
    answered(guard)
    child = os.fork()
    if child == 0:
        os._exit(len(guard._stores.impressions._noted))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert caps(guard) == {"granted": 1}
