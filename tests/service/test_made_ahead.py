"""The page that is put together while Redis works is the one that is sent, unless others count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis_server import RedisServer

from guardrail.caps import LedgerError
from guardrail.caps.redis import compiled
from guardrail.service import Guard
from guardrail.service.answering import Answer
from guardrail.service.early import Early
from guardrail.service.making import Making
from tests.service.shop import AD, ANNA, RULES, SECRET, body, make_guard

Make = Callable[..., Guard]
PAGE = body(AD, {**AD, "id": "ad-2"}, {**AD, "id": "ad-3", "campaign": "c-2"})
RECKONED = pytest.mark.skipif(compiled is None, reason="it is reckoned where it is compiled")


@pytest.fixture
def worker(tmp_path: Path, redis_server: RedisServer) -> Iterator[Make]:
    """Makes guards that share one Redis."""
    made: list[Guard] = []

    def make(text: str = RULES) -> Guard:
        given = {"redis_url": redis_server.url, "secret": SECRET, "redis_timeout": 2.0}
        made.append(make_guard(tmp_path / f"rules-{len(made)}", text, **given))
        return made[-1]

    yield make
    for guard in made:
        guard.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What pages were put together of, one after the other."""
    told: list[Any] = []
    of = Making.of

    def noted(self: Making, result: Any, who: Any) -> Any:
        told.append(result)
        return of(self, result, who)

    monkeypatch.setattr(Making, "of", noted)
    return told


def answered(guard: Guard, **more: Any) -> Answer:
    """The page for Anna."""
    return guard.answer(PAGE, guard.rules.surface("ads"), customer={"id": ANNA}, **more)


def shown(answer: Answer) -> list[str]:
    """The ids that are sent."""
    return [one["id"] for one in json.loads(answer.body or PAGE)["items"]]


@RECKONED
def test_a_page_on_which_caps_refuse_is_put_together_once(worker: Make, made: list[Any]) -> None:
    """What was read of the customer tells what comes of it."""
    guard = worker()
    assert [shown(answered(guard)) for _ in range(3)] == [
        ["ad-1", "ad-2", "ad-3"],
        ["ad-1", "ad-3"],
        ["ad-3"],
    ]
    assert len(made) == 3
    answer = answered(guard)
    assert shown(answer) == []
    assert len(made) == 4
    assert [one.capped_by for one in answer.decision.items] == ["campaign-daily"] * 3
    assert all(86_390 <= (one.retry_after_seconds or 0) <= 86_400 for one in answer.decision.items)
    guard.refresh()
    assert guard.stats(0).caps == {"campaign-daily": {"granted": 6, "refused": 6}}


def read(guard: Guard) -> Early:
    """What is kept of Anna, as it is when her request comes."""
    surface = guard.rules.surface("ads")
    guard.answer(PAGE, surface, customer={"id": "another"})
    early = guard.read_ahead(surface, customer={"id": ANNA})
    assert early is not None
    return early


def test_what_others_count_meanwhile_holds(worker: Make, made: list[Any]) -> None:
    """The page is put together anew: caps are exact, whatever was likely."""
    guard, other = worker(), worker()
    early = read(guard)
    for _ in range(3):
        answered(other)
    made.clear()
    assert shown(answered(guard, early=early)) == []
    assert len(made) == 2


@RECKONED
def test_what_is_forgotten_meanwhile_refuses_nothing(worker: Make, made: list[Any]) -> None:
    """Though it was likely to."""
    guard, other = worker(), worker()
    for _ in range(3):
        answered(other)
    early = read(guard)
    other._stores.ledger.erase(other._stores.keys.identity(ANNA))
    made.clear()
    assert len(shown(answered(guard, early=early))) == 3
    assert len(made) == 2


def test_where_nothing_is_asked_what_comes_of_it_is_known(
    worker: Make, made: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that is known to be gone is not waited for; only that is told besides."""
    guard = worker(RULES.replace("per: campaign", "per: campaign\n    on_failure: suppress"))

    def gone(*_: Any, **__: Any) -> None:
        raise LedgerError("gone")

    monkeypatch.setattr(guard._stores.ledger, "begin", gone)
    answer = answered(guard)
    assert shown(answer) == []
    assert answer.decision.problems
    assert len({*map(id, made)}) == 1
