"""One Redis behind a breaker, whose errors are all of one kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from guardrail.connection.breaker import Breaker
from guardrail.connection.hurry import LEFT, waited_too_long
from guardrail.connection.sent import Commands, Sent, ToSend, UnderWay, together
from guardrail.connection.unreachable import SERVER_IS_FINE, Unreachable, reason

if TYPE_CHECKING:
    from redis import Redis

    from guardrail.connection.lines import Lines

    Client = Redis

T = TypeVar("T")


class Connection:
    """A Redis client behind a breaker, whose errors are all `Unreachable`.

    ``client`` answers in bytes. ``where`` names the server in errors. ``clock`` gives seconds for
    the breaker.
    """

    def __init__(
        self,
        client: Client,
        where: str = "Redis",
        *,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._client = client
        self.where = where
        self.breaker = breaker or Breaker()
        self._clock = clock
        self._lines: Lines | None = getattr(client, "lines", None)

    def __repr__(self) -> str:
        return f"Connection({self.where!r})"

    def call(self, command: Callable[[Client], T], now: float | None = None) -> T:
        """What ``command`` returns of the client; raises `Unreachable` for every Redis error.

        ``now`` is seconds on the breaker's clock, by default this connection's own.
        """
        if (left := LEFT.get()) is not None and left.until <= monotonic():
            raise Unreachable("timeout", self.where)
        breaker = self.breaker
        if not (breaker.calm or breaker.permits(self._clock() if now is None else now)):
            raise Unreachable("open", self.where)
        try:
            result = command(self._client)
        except Exception as error:
            self.tell(error, now)
            raise
        if not breaker.calm:
            breaker.succeeded()
        return result

    def send(self, commands: Commands, later: Callable[[Client], list[Any]] | None = None) -> Sent:
        """Send commands now, to wait for their answers later; raises `Unreachable` as `call` does.

        Over a cluster, and where a connection has to be made first, they are sent when their
        answers are asked for, by ``later`` where that is given: nothing is waited for here.
        """
        lines = self._lines
        line = None if lines is None else lines.take()
        if lines is None or line is None:
            return ToSend(partial(self.call, later or partial(together, commands)))
        why = None
        if (left := LEFT.get()) is not None and left.until <= monotonic():
            why = "timeout"
        elif not (self.breaker.calm or self.breaker.permits(self._clock())):
            why = "open"
        if why is not None:
            lines.put_back(line)
            raise Unreachable(why, self.where)
        try:
            line.send_now(line.packed(commands))
        except BaseException as error:
            lines.give_up(line)
            if isinstance(error, Exception):
                self.tell(error)
            raise
        return UnderWay(self, lines, line, len(commands))

    def tell(self, error: Exception, now: float | None = None) -> None:
        """Tell the breaker of an error, and raise it as `Unreachable`; nothing for one of ours."""
        from redis.exceptions import RedisError

        if not isinstance(error, RedisError | OSError):
            return
        why = reason(error)
        if why == "timeout":
            waited_too_long()
        if why in SERVER_IS_FINE:
            self.breaker.succeeded()
        else:
            self.breaker.failed(self._clock() if now is None else now)
        # The cause is not chained: its text may hold what the server was told.
        raise Unreachable(why, self.where) from None

    def close(self) -> None:
        """Close every connection; the next call opens a new one."""
        self._client.close()
        pool = getattr(self._client, "connection_pool", None)
        if pool is not None:  # a cluster has one for each node, and closes them itself
            pool.disconnect()
