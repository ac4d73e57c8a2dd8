"""One real redis-server with the options a test gives it."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import redis


class RedisNode:
    """A server in a folder of its own that can be started, frozen and stopped."""

    def __init__(self, binary: str, folder: Path, *options: str, url: str) -> None:
        self._binary = binary
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.url = url

    def start(self) -> None:
        """Start it and wait until it accepts connections; nothing when it runs already."""
        if self._process:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = ("--save", "", "--appendonly", "no", "--dir", str(self._folder))
        self._process = subprocess.Popen(
            [self._binary, *self._options, *kept],
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

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop it; what it held is lost."""
        if self._process:
            self.thaw()
            self._process.kill()
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None

    def client(self) -> redis.Redis:
        """A plain client; whoever asks for it closes it."""
        return redis.Redis.from_url(self.url, socket_timeout=5)
