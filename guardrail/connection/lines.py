"""The connections that lie idle in a pool of redis-py, taken and put back on a short way.

Whatever is not plain (none is open, one has become stale, the process was forked, the pool is
of another kind) is left to redis-py: it makes, checks and mends connections.
"""

from __future__ import annotations

import select
from os import getpid
from typing import Any

from guardrail.connection.line import Command, Line

_NOT_PUBLIC = ("_lock", "_available_connections", "_in_use_connections", "pid")
"""What no public name tells of a pool; the same from redis-py 5.0 to 8."""


class Lines:
    """The idle connections of one pool. Safe among threads and forks.

    The pool stays their owner: one that is taken is in use there, and is closed with it.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    def take(self) -> Line | None:
        """One that is open and silent; None where redis-py has to look after it first."""
        pool = self._pool
        if pool.pid != getpid():
            return None
        idle = pool._available_connections
        with pool._lock:
            if not idle:
                return None
            line: Line = idle.pop()
            pool._in_use_connections.add(line)
        try:
            if line.is_silent():
                return line
        except (OSError, ValueError):  # another thread has just closed it
            pass
        except BaseException:
            self.give_up(line)
            raise
        self.put_back(line)
        return None

    def put_back(self, line: Line) -> None:
        """Give one back on which all that was asked is answered."""
        pool = self._pool
        with pool._lock:
            # After a fork the child's pool begins anew, and knows nothing of what it was lent.
            if line in pool._in_use_connections:
                pool._in_use_connections.remove(line)
                pool._available_connections.append(line)

    def give_up(self, line: Line) -> None:
        """Close one on which something may still come, and give it back to be opened anew."""
        line.disconnect()  # type: ignore[attr-defined]  # of redis-py
        self.put_back(line)

    def ask(self, line: Line, command: Command) -> Any:
        """The answer to one command, after which the line is put back.

        Raises the answer where it is an error, and OSError or what redis-py raises where none
        came.
        """
        try:
            line.send_now(line.packed((command,)))
            (answer,) = line.answers(1)
        except BaseException:
            self.give_up(line)
            raise
        self.put_back(line)
        if isinstance(answer, Exception):
            raise answer
        return answer


def lines_of(pool: Any) -> Lines | None:
    """The lines of a pool; None where the short way would leave something out.

    That is so for probes of health, tokens that are renewed, answers that are not bytes and
    RESP3, where the server speaks unasked; and for a redis-py or a system of another make.
    """
    settings = pool.connection_kwargs
    plain = (
        settings.get("protocol") in {2, "2"}
        and not settings.get("health_check_interval")
        and not settings.get("credential_provider")
        and not settings.get("decode_responses")
        and getattr(pool, "cache", None) is None
    )
    known = (
        all(hasattr(pool, name) for name in _NOT_PUBLIC)
        and issubclass(pool.connection_class, Line)
        and hasattr(select, "poll")
    )
    return Lines(pool) if plain and known else None
