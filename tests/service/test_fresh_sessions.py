"""Visitors who keep no cookies leave nothing in Redis for long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from guardrail import GuardrailMiddleware
from guardrail.caps.redis import compiled

RULES = """
guardrail: 1
surfaces:
  shelf: {match: {path: /shelf}, treatments: []}
rules:
  - {id: daily, kind: frequency_cap, per: item, max_impressions: 1, window: 7d, cooldown: 2d}
"""
HOUR, WEEK = 3_600, 7 * 86_400
LIST = ("application/json", b'{"items":[{"id":"a","signals":[]}]}')
LINES = ("application/x-ndjson", b'{"id":"a","signals":[]}\n')


class Shop:
    """A guarded shelf on a Redis that was empty before."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        self.sent = LIST
        self.client = redis.Redis.from_url(url)
        self.guarded = GuardrailMiddleware(
            self._app,
            rules=str(folder),
            redis_url=url,
            secret="s" * 40,
            redis_timeout=2.0,
            customer=lambda environ: environ.get("shop.customer"),
        )

    def _app(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        kind, body = self.sent
        start_response("200 OK", [("Content-Type", kind)])
        return [body]

    def visit(self, **environ: Any) -> tuple[bytes, str]:
        """What a visitor is sent, and the cookie."""
        told: list[tuple[str, str]] = []
        given = {"REQUEST_METHOD": "GET", "PATH_INFO": "/shelf", **environ}
        response: Any = self.guarded(
            given, lambda _, headers: told.extend(headers) or (lambda _: 0)
        )
        body = b"".join(response)
        response.close()
        return body, dict(told).get("Set-Cookie", "").partition(";")[0]

    def lives(self) -> list[int]:
        """For how many seconds each customer's impressions are kept."""
        keys: Any = self.client.keys("guardrail:*caps*")
        return sorted(int(str(self.client.ttl(key))) for key in keys)


@pytest.fixture
def shop(tmp_path: Path, redis_url: str) -> Iterator[Shop]:
    one = Shop(tmp_path, redis_url)
    yield one
    one.guarded.guard.close()
    one.client.close()


@pytest.mark.parametrize("sent", [LIST, LINES])
def test_a_session_is_kept_for_an_hour_until_its_cookie_comes_back(
    shop: Shop, sent: tuple[str, bytes]
) -> None:
    """Its first impression counts, and from then on it is kept like anybody's."""
    shop.sent = sent
    shown, cookie = shop.visit()
    assert b'"a"' in shown
    assert all(0 < life <= HOUR for life in shop.lives())
    assert len(shop.lives()) == 1
    again, other = shop.visit(HTTP_COOKIE=cookie)
    assert b'"a"' not in again
    assert other == ""
    assert [life > HOUR for life in shop.lives()] == [True]
    assert shop.lives()[0] <= WEEK


def test_of_a_session_made_just_now_it_is_known_that_there_is_nothing(shop: Shop) -> None:
    """Where caps can be reckoned here, Redis only looks whether that is so."""
    shop.visit()
    shop.client.config_resetstat()
    shop.visit()
    asked: Any = shop.client.info("commandstats")
    assert ("cmdstat_get" in asked) == (compiled is None)
    assert len(shop.lives()) == 2


def test_who_keeps_no_cookies_leaves_keys_for_an_hour_only(shop: Shop) -> None:
    """A bot is a new visitor each time."""
    for _ in range(20):
        shop.visit()
    assert len(shop.lives()) == 20
    assert shop.lives()[-1] <= HOUR


def test_a_customer_with_a_name_is_kept_for_the_whole_window(shop: Shop) -> None:
    """No cookie is waited for."""
    shop.visit(**{"shop.customer": "c-1"})
    assert [HOUR < life <= WEEK for life in shop.lives()] == [True]
