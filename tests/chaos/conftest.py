"""Real servers for what goes wrong: one, and a cluster; and a table of what it cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis_cluster import RedisCluster
from redis_server import RedisServer

from chaos.racing import Racers, racers

TABLE: list[tuple[str, ...]] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TABLE:
        terminalreporter.section("added time of one page, in ms, with a timeout of 200 ms")
        head = ("", "before p50", "p99", "while p50", "p99", "after p50", "p99")
        TABLE.insert(0, head)
        for row in TABLE:
            name, *numbers = row
            terminalreporter.write_line(
                name.ljust(34) + "".join(number.rjust(13) for number in numbers)
            )


@pytest.fixture(scope="session")
def _racers_of(cluster_process: RedisCluster, _redis_process: RedisServer) -> Iterator[dict]:
    _redis_process.start()
    with racers(_redis_process.url, 12) as one, racers(cluster_process.url, 12) as three:
        yield {"one server": one, "a cluster": three}


@pytest.fixture(params=["one server", "a cluster"])
def race(
    request: pytest.FixtureRequest,
    _racers_of: dict[str, Racers],
    redis_server: RedisServer,
    redis_cluster: RedisCluster,
) -> Racers:
    """256 racers on an empty Redis."""
    return _racers_of[request.param]
