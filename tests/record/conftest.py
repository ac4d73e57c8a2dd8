"""A connection to each kind of Redis, and keys of its own for every test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import fakeredis
import pytest

from guardrail.connection import connect
from guardrail.keys import Keys
from record.moody import Moody


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.redis)])
def connection(request: pytest.FixtureRequest) -> Iterator[Moody]:
    if request.param == "fake":
        moody = Moody(fakeredis.FakeRedis())
    else:
        moody = Moody(connect(request.getfixturevalue("redis_url"), 5.0)._client)
    yield moody
    moody.close()


@pytest.fixture
def keys() -> Keys:
    return Keys("correct-horse-battery", f"test-{secrets.token_hex(4)}:")
