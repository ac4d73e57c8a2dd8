"""What is in force: rules that change, modes that are switched, a heartbeat that never harms."""

import logging
import os
import threading
import time
from contextlib import closing

import pytest

from guardrail.service import in_force
from guardrail.service.pulse import OVERDUE, Pulse
from tests.service.shop import BAD, RULES, SECRET, Clock, make_guard, verdicts, write_rules

STRICTER = RULES.replace("balanced: 68", "balanced: 55")
ANNA = {"id": "anna"}
SEARCHED_ONLY = {"id": "s", "signals": [{"data": "search_history", "method": "observed"}]}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def guard(tmp_path, clock):
    guard = make_guard(tmp_path / "rules", clock=clock)
    yield guard
    guard.close()


def verdict(guard, item=SEARCHED_ONLY):
    (found,) = verdicts(guard.review([item], customer=ANNA, surface="home"))
    return found


def test_a_changed_rule_file_is_taken_over(guard, tmp_path):
    """Without a restart; the revision tells."""
    before = guard.rules.revision
    assert verdict(guard) == "allow"
    write_rules(tmp_path / "rules", STRICTER)
    guard.refresh()
    assert verdict(guard) == "suppress"
    assert guard.rules.revision != before


def test_a_change_is_seen_by_the_traffic_itself(guard, tmp_path, clock):
    """Within a few seconds of the guard's clock, also where no thread can run."""
    assert verdict(guard) == "allow"
    write_rules(tmp_path / "rules", STRICTER)
    clock.move(OVERDUE)
    assert verdict(guard) == "suppress"


def test_a_broken_file_keeps_the_last_good_rules_visibly(guard, tmp_path, caplog):
    """Until it is mended."""
    good = guard.rules
    write_rules(tmp_path / "rules", RULES + "rulez: []\n")
    with caplog.at_level(logging.ERROR):
        guard.refresh()
    assert guard.rules is good
    (problem,) = guard.problems
    assert "rulez" in problem.text()
    assert "rules not taken over" in caplog.text
    write_rules(tmp_path / "rules", STRICTER)
    guard.refresh()
    assert guard.problems == ()
    assert verdict(guard) == "suppress"


def test_rules_that_vanish_keep_the_last_good_ones(guard, tmp_path):
    """A half-done deploy does not open the gates."""
    (tmp_path / "rules" / "rules.yaml").unlink()
    guard.refresh()
    assert verdict(guard, BAD) == "suppress"
    assert guard.problems


def test_rules_that_cannot_be_armed_keep_the_last_good_ones(guard, tmp_path, monkeypatch, caplog):
    """Our own mistake included."""
    write_rules(tmp_path / "rules", STRICTER)
    monkeypatch.setattr("guardrail.service.in_force.arm", lambda _: 1 / 0)
    guard.refresh()
    assert verdict(guard) == "allow"
    assert "stays in force" in caplog.text


def test_mode_in_a_rule_file_is_the_kill_switch(guard, tmp_path):
    """`mode: off` stops everything, `observe` only tells."""
    for mode, outcome in [("observe", "observed"), ("off", "not_covered"), ("enforce", "guarded")]:
        write_rules(tmp_path / "rules", RULES + f"mode: {mode}\n")
        guard.refresh()
        assert guard.review([BAD], customer=ANNA, surface="home").outcome == outcome


def test_the_lowest_mode_that_anybody_asks_for_is_in_effect(tmp_path):
    """Setting, rule files, surface, and what was switched by hand."""
    text = RULES.replace("  home:\n", "  home:\n    mode: observe\n")
    guard = make_guard(tmp_path / "rules", text, mode="enforce")
    home, ads = guard.rules.surface("home"), guard.rules.surface("ads")
    assert (guard.mode_of(home), guard.mode_of(ads)) == ("observe", "enforce")
    guard.set_mode("off", "ads")
    assert (guard.mode_of(home), guard.mode_of(ads)) == ("observe", "off")
    assert guard.modes("ads") == {
        "settings": "enforce",
        "rule files": "enforce",
        "rule files, surface ads": "enforce",
        "guardrail mode --surface ads": "off",
    }
    guard.set_mode("off")
    assert guard.mode_of(home) == "off"
    guard.set_mode("enforce")
    assert guard.mode_of(home) == "observe"
    assert guard.modes()["guardrail mode"] == "enforce"
    guard.close()


def test_a_kill_switch_in_a_file_does_not_wait_for_the_other_switch(guard, tmp_path, monkeypatch):
    """Whatever becomes of asking what was switched by hand."""
    home = guard.rules.surface("home")
    assert guard.mode_of(home) == "enforce"
    write_rules(tmp_path / "rules", RULES + "mode: off\n")
    monkeypatch.setattr(guard._stores, "switched", lambda _: 1 / 0)
    guard.refresh()
    assert guard.mode_of(home) == "off"


def test_a_mode_worked_out_from_what_held_before_is_not_kept(guard, monkeypatch):
    """A request that asks while the mode is being switched."""
    home = guard.rules.surface("home")
    real = in_force.lowest_mode

    def switched_meanwhile(*modes):
        monkeypatch.setattr(in_force, "lowest_mode", real)
        guard.set_mode("off")
        return real(*modes)

    monkeypatch.setattr(in_force, "lowest_mode", switched_meanwhile)
    assert guard.mode_of(home) == "enforce"
    assert guard.mode_of(home) == "off"


def test_a_part_of_the_customers_is_the_same_part_each_time(tmp_path):
    """By the pseudonym; where every rule is for all, nobody asks for it."""
    half = RULES.replace("weight: 60, say", "weight: 99, rollout: 50, say")
    with closing(make_guard(tmp_path / "half", half, secret=SECRET)) as guard:
        found = [
            verdicts(guard.review([SEARCHED_ONLY], customer=f"c-{n % 40}", surface="home"))
            for n in range(80)
        ]
        assert guard._in_force.armed.rolls_out
    assert found[:40] == found[40:]
    assert 5 < found[:40].count(["suppress"]) < 35
    with closing(make_guard(tmp_path / "all", secret=SECRET)) as guard:
        assert not guard._in_force.armed.rolls_out


class TestPulse:
    """About once a second, beside the requests."""

    class Work:
        def __init__(self):
            self.done = 0
            self.pids = []
            self.begun = threading.Semaphore(0)
            self.beaten = threading.Event()

        def do(self):
            self.begun.release()
            yield
            self.done += 1
            self.pids.append(os.getpid())
            self.beaten.set()

    def test_the_first_request_of_a_process_finds_everything_up_to_date(self, clock):
        """Before it is answered."""
        work = self.Work()
        pulse = Pulse(work.do, clock)
        assert work.done == 0
        pulse.beat()
        assert work.done == 1
        pulse.stop()

    def test_a_request_does_an_overdue_beat_itself(self, clock):
        """Threads do not run everywhere."""
        work = self.Work()
        pulse = Pulse(work.do, clock)
        pulse.beat()
        pulse.stop()
        pulse.beat()
        assert work.done == 1
        clock.move(OVERDUE)
        pulse.beat()
        assert work.done == 2

    def test_the_thread_beats_by_itself(self, clock, monkeypatch):
        """Without any request."""
        monkeypatch.setattr("guardrail.service.pulse.EVERY", 0.001)
        work = self.Work()
        pulse = Pulse(work.do, clock)
        pulse.beat()
        work.beaten.clear()
        assert work.beaten.wait(5)
        pulse.stop()

    def test_the_thread_rests_between_two_steps(self, clock, monkeypatch):
        """Lest requests wait for all of them; who stops it then waits for no other step."""
        monkeypatch.setattr("guardrail.service.pulse.EVERY", 0.001)
        monkeypatch.setattr("guardrail.service.pulse.PAUSE", 3600.0)
        before = set(threading.enumerate())
        work = self.Work()
        pulse = Pulse(work.do, clock)
        pulse.beat()
        (thread,) = set(threading.enumerate()) - before
        assert all(work.begun.acquire(timeout=5) for _ in ("a request", "the thread"))
        pulse.stop()
        thread.join(5)
        assert not thread.is_alive()
        assert work.done == 1

    def test_no_thread_is_no_reason_to_break(self, clock, monkeypatch):
        """Where the system has none to give, requests beat instead."""

        class Refused(threading.Thread):
            def start(self):
                raise RuntimeError("can't start new thread")

        monkeypatch.setattr("guardrail.service.pulse.threading.Thread", Refused)
        work = self.Work()
        pulse = Pulse(work.do, clock)
        pulse.beat()
        clock.move(OVERDUE)
        pulse.beat()
        assert work.done == 2

    def test_the_systems_own_clock_is_not_asked(self, monkeypatch):
        """It may be set; a beat is overdue by one that runs forward."""
        now = 50.0
        monkeypatch.setattr("guardrail.service.pulse.time.monotonic", lambda: now)
        work = self.Work()
        pulse = Pulse(work.do, time.time)
        assert pulse.due
        pulse.beat()
        pulse.stop()
        assert not pulse.due
        now += OVERDUE
        assert pulse.due

    def test_a_stopped_pulse_starts_no_thread(self, clock):
        """A closed guard stays closed."""
        work = self.Work()
        pulse = Pulse(work.do, clock)
        pulse.stop()
        pulse.beat()
        assert work.done == 0

    def test_the_thread_ends_with_its_guard(self, clock, monkeypatch):
        """Nobody has to close it."""
        monkeypatch.setattr("guardrail.service.pulse.EVERY", 0.001)
        before = set(threading.enumerate())
        work = self.Work()
        pulse = Pulse(work.do, clock)
        pulse.beat()
        (thread,) = set(threading.enumerate()) - before
        del pulse
        thread.join(5)
        assert not thread.is_alive()

    def test_a_fork_gets_a_heartbeat_of_its_own(self, clock):
        """gunicorn with --preload."""
        work = self.Work()
        pulse = Pulse(work.do, clock)
        pulse.beat()
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            pulse.beat()
            os.write(write, b"%d" % (work.pids[-1] == os.getpid()))
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 1) == b"1"
        os.close(read)
        os.close(write)
        pulse.stop()
