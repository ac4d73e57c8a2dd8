"""Commands that go out now and are waited for later, so that other work is done meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from guardrail.connection.connection import Client

Commands = Sequence[tuple[str, ...]]


class Sent:
    """Commands on their way. For one thread; either `answers` or `drop` is to be called."""

    def __init__(
        self, wait: Callable[[], list[Any]], drop: Callable[[], None] = lambda: None
    ) -> None:
        self._wait = wait
        self._drop = drop

    def answers(self) -> list[Any]:
        """What each command gave, or the error that Redis gave in its place.

        Waits for it as long as for any answer; raises `Unreachable` where none came.
        """
        return self._wait()

    def drop(self) -> None:
        """Forget them; never waits and never raises."""
        self._drop()


class Wire:
    """One connection of a pool while commands are under way on it.

    A thread that waits would need one to be started, and the interpreter besides, which the app
    holds; what is written to a socket needs neither.
    """

    def __init__(self, pool: Any, commands: Commands) -> None:
        self._pool = pool
        self._waiting = len(commands)
        self._connection = _taken_from(pool)
        try:
            self._connection.send_packed_command(self._connection.pack_commands(commands))
        except BaseException:
            self._give_back(usable=False)
            raise

    def answers(self) -> list[Any]:
        """The answers in order, errors of single commands in their places."""
        from redis.exceptions import ResponseError

        found: list[Any] = []
        try:
            while len(found) < self._waiting:
                try:
                    found.append(self._connection.read_response())
                except ResponseError as error:
                    found.append(error)
        except BaseException:
            self._give_back(usable=False)
            raise
        self._give_back(usable=True)
        return found

    def drop(self) -> None:
        """Read what has come already; a connection on which more may come is closed."""
        try:
            if self._connection.can_read(timeout=0):
                self.answers()
            else:
                self._give_back(usable=False)
        except Exception:  # noqa: BLE001, S110 - nobody waits for it; the next one opens another
            pass

    def _give_back(self, *, usable: bool) -> None:
        if not usable:
            self._connection.disconnect()
        self._pool.release(self._connection)


def idle_pool(client: Client) -> Any:
    """The pool of a client that has an open connection to spare, else None."""
    pool = getattr(client, "connection_pool", None)
    # No public name tells it. The pool gives out what was put back last.
    spare = getattr(pool, "_available_connections", None)
    return pool if spare and getattr(spare[-1], "_sock", None) is not None else None


def _taken_from(pool: Any) -> Any:
    try:
        return pool.get_connection()
    except TypeError:  # redis-py before 5.3 wants to be told a command
        return pool.get_connection("GET")


def together(commands: Commands, client: Client) -> list[Any]:
    """The answers to commands in one trip, errors of single commands in their places."""
    trip = cast("Any", client.pipeline(transaction=False))
    for command in commands:
        trip.execute_command(*command)
    answers: list[Any] = trip.execute(raise_on_error=False)
    return answers
