"""What is not shown after all is given back, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis_server import RedisServer

from guardrail.service import Guard
from tests.service.shop import AD, ANNA, RULES, SECRET, Clock, make_guard

TIRED = """
  - {id: tired, kind: frequency_cap, per: surface, max_impressions: 2, window: 24h, ACTION}
  - {id: watched, kind: frequency_cap, per: item, max_impressions: 9, window: 24h, mode: observe}
"""
ADS = [{**AD, "id": f"ad-{n}", "campaign": f"c-{n}"} for n in range(4)]


@pytest.fixture(
    params=["action: score, weight: 90", "action: soften, treatment: delay", "action: suppress"]
)
def text(request: pytest.FixtureRequest) -> str:
    """Rules under which two ads are enough, whichever way the third is taken out."""
    return RULES + TIRED.replace("ACTION", request.param)


@pytest.fixture(params=["memory", "redis"])
def guard(
    request: pytest.FixtureRequest, tmp_path: Path, text: str, redis_server: RedisServer
) -> Iterator[Guard]:
    """A guard over each kind of ledger."""
    shared = {"redis_url": redis_server.url, "secret": SECRET, "redis_timeout": 2.0}
    more = shared if request.param == "redis" else {}
    made = make_guard(tmp_path / "rules", text, clock=Clock(), **more)
    yield made
    made.close()


def shown(guard: Guard) -> list[str]:
    """The ids of a page of four."""
    decision = guard.review(ADS, customer=ANNA, surface="ads")
    return [one["id"] for one in decision.kept]


def test_a_cap_that_takes_out_by_its_weight_keeps_what_was_shown(guard: Guard) -> None:
    """The two that were shown count on, though others of their page were given back."""
    assert [shown(guard) for _ in range(3)] == [["ad-0", "ad-1"], [], []]


def test_what_was_given_back_is_free_again(guard: Guard) -> None:
    """The caps of what was not shown are as they were."""
    shown(guard)
    keys, ledger = guard._stores.keys, guard._stores.ledger
    counters = [(f"{rule}\x00{per}\x00{name}", 60) for rule, per, name in COUNTED]
    counted = ledger.counts(keys.identity(ANNA), counters, now_ms=guard._now_ms())
    assert counted == [2, 1, 1, 0, 0, 1, 1, 0, 0]


COUNTED = [
    ("tired", "surface", "ads"),
    *(("campaign-daily", "campaign", f"c-{n}") for n in range(4)),
    *(("watched", "item", f"ad-{n}") for n in range(4)),
]


def test_what_came_of_impressions_is_told_by_rule(guard: Guard, text: str) -> None:
    """No watched cap counts an item that one is over for; a page refused is asked for in vain."""
    shown(guard)
    shown(guard)
    guard.refresh()
    counts = guard.stats(0).caps
    if "action: suppress" in text:
        assert counts["tired"] == {"granted": 2, "refused": 6}
        assert counts["campaign-daily"] == {"granted": 2}
    else:
        assert counts["tired"] == {"granted": 2}
        assert counts["campaign-daily"] == {"granted": 8, "given_back": 6}
    assert counts["watched"] == {"granted": 2}
