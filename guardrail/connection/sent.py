"""Commands that go out now and are waited for later, so that other work is done meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from guardrail.connection.connection import Client, Connection
    from guardrail.connection.line import Line
    from guardrail.connection.lines import Lines

Commands = Sequence[tuple[str | bytes | int, ...]]


class Sent(Protocol):
    """Commands on their way. For one thread; either `answers` or `drop` is to be called."""

    def answers(self) -> list[Any]:
        """What each command gave, or the error that Redis gave in its place.

        Waits for it as long as for any answer; raises `Unreachable` where none came.
        """
        ...

    def drop(self) -> None:
        """Forget them; never waits and never raises."""
        ...


class ToSend:
    """Commands that go out once their answers are asked for."""

    def __init__(self, answers: Callable[[], list[Any]]) -> None:
        self.answers = answers

    def drop(self) -> None:
        """Nothing was sent."""


class UnderWay:
    """Commands that went out on a line of a pool, which is put back once they are answered.

    Where whoever waits is torn away (a worker's time is up), the line is closed.
    A thread that waits would need one to be started, and the interpreter besides, which the app
    holds; what is written to a socket needs neither.
    """

    __slots__ = ("_connection", "_line", "_lines", "_waiting")

    def __init__(self, connection: Connection, lines: Lines, line: Line, waiting: int) -> None:
        self._connection = connection
        self._lines = lines
        self._line: Line | None = line
        self._waiting = waiting

    def __del__(self) -> None:
        if self._line is not None:
            with suppress(Exception):
                self._lines.give_up(self._line)

    def answers(self) -> list[Any]:
        """The answers in order, errors of single commands in their places."""
        line = self._taken()
        try:
            found = line.answers(self._waiting, come=True)
        except BaseException as error:
            self._lines.give_up(line)
            if isinstance(error, Exception):
                self._connection.tell(error)
            raise
        self._lines.put_back(line)
        breaker = self._connection.breaker
        # Who asked tells it of an error.
        if not breaker.calm and not isinstance(found[-1], Exception):
            breaker.succeeded()
        return found

    def drop(self) -> None:
        """Read what has come already; a line on which more may come is closed."""
        line = self._taken()
        try:
            if not line.is_silent():
                line.answers(self._waiting, come=True)
                self._lines.put_back(line)
                return
        except Exception:  # noqa: BLE001, S110 - nobody waits for it; the next one opens another
            pass
        self._lines.give_up(line)

    def _taken(self) -> Line:
        line, self._line = self._line, None
        if line is None:
            raise RuntimeError("what was sent is answered once")
        return line


def together(commands: Commands, client: Client) -> list[Any]:
    """The answers to commands in one trip, errors of single commands in their places."""
    trip = cast("Any", client.pipeline(transaction=False))
    for command in commands:
        trip.execute_command(*command)
    answers: list[Any] = trip.execute(raise_on_error=False)
    return answers
