"""waitress on one socket, until it is told to stop; what was begun is then finished first."""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from guardrail.serve.app import ReviewService

if TYPE_CHECKING:
    from collections.abc import Callable

_TURN = 1.0
"""Seconds that the server waits for something to happen before it looks whether to stop."""
_STOPPING_TURN = 0.05
_FAR_TOO_LONG = 4
"""So many times the longest body, and a request is cut off before the service sees it."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Port 0: any free one. Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=1024)


class Server:
    """Serves on a socket that listens already. Raises ImportError without waitress."""

    def __init__(
        self, service: ReviewService, listening: socket.socket, *, threads: int = 4
    ) -> None:
        from waitress.server import create_server

        self._stopping = False
        # Nobody wakes the loop while it is taken down. A handler of signals may come in between.
        self._waking = threading.RLock()
        self._waitress: Any = create_server(
            service,
            sockets=[listening],
            threads=threads,
            ident="guardrail",
            connection_limit=1000,
            channel_timeout=60,
            max_request_body_size=_FAR_TOO_LONG * service.guard.settings.max_body_bytes,
            asyncore_use_poll=hasattr(select, "poll"),
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._waitress.effective_port)

    def run(self, *, stop_within: float = 10.0) -> None:
        """Serve until `stop`, then finish what was begun, ``stop_within`` seconds at most."""
        while not self._stopping:
            self._turn(_TURN)
        self._hang_up()
        end = time.monotonic() + stop_within
        while self._close_idle() and time.monotonic() < end:
            self._turn(_STOPPING_TURN)
        self._waitress.task_dispatcher.shutdown(timeout=1)
        with self._waking:
            self._waitress.asyncore.close_all(self._waitress._map)

    def stop(self) -> None:
        """Take no more requests; from any thread, or as the handler of a signal."""
        with self._waking:
            if not self._stopping:
                self._stopping = True
                self._waitress.pull_trigger()

    def _turn(self, seconds: float) -> None:
        turn: Callable[..., None] = self._waitress.asyncore.loop
        turn(
            timeout=seconds,
            use_poll=self._waitress.adj.asyncore_use_poll,
            map=self._waitress._map,
            count=1,
        )

    def _hang_up(self) -> None:
        """Stop listening. The trigger stays: threads at work wake the loop with it."""
        self._waitress.accepting = False
        self._waitress.del_channel()
        self._waitress.socket.close()

    def _close_idle(self) -> bool:
        """Close connections that have nothing under way; whether any are left."""
        channels = list(self._waitress.active_channels.values())
        for channel in channels:
            if not (channel.requests or channel.request or channel.total_outbufs_len):
                channel.will_close = True
        return bool(channels)
