"""Each server, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from running import SERVERS, Served, missing, started


@pytest.fixture(scope="session", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    name: str = request.param
    why = missing(name)
    if why:
        pytest.skip(why)
    log = tmp_path_factory.mktemp(name) / "log.txt"
    process, port = started(name, log)
    try:
        yield Served(name, port, log)
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()
