"""Every test that asks for `place` runs in memory, on fakeredis and on a real Redis."""

from __future__ import annotations

from collections.abc import Iterator

import fakeredis
import pytest

from contract.places import Place
from guardrail.caps import Ledger
from guardrail.connection import Connection, connect


@pytest.fixture(params=["memory", "fakeredis", pytest.param("redis", marks=pytest.mark.redis)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        yield Place("memory")
        return
    if request.param == "fakeredis":
        connection = Connection(fakeredis.FakeRedis(server=fakeredis.FakeServer()))
    else:
        connection = connect(request.getfixturevalue("redis_url"), 5.0)
    yield Place(request.param, connection)
    connection.close()


@pytest.fixture
def ledger(place: Place) -> Ledger:
    return place.ledger()


@pytest.fixture
def connection(redis_url: str) -> Iterator[Connection]:
    made = connect(redis_url, 5.0)
    yield made
    made.close()
