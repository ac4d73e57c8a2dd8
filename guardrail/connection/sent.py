"""Commands that go out now and are waited for later, so that other work is done meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from guardrail.connection.connection import Client
    from guardrail.connection.line import Line
    from guardrail.connection.lines import Lines

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
    """A line of a pool while commands are under way on it.

    A thread that waits would need one to be started, and the interpreter besides, which the app
    holds; what is written to a socket needs neither.
    """

    def __init__(self, lines: Lines, line: Line, waiting: int) -> None:
        self._lines = lines
        self._line = line
        self._waiting = waiting

    def send(self, commands: Commands) -> None:
        """Send as many commands as are waited for; where it fails the line is given up."""
        try:
            self._line.send_now(b"".join(map(self._line.packed, commands)))
        except BaseException:
            self._give_back(usable=False)
            raise

    def unused(self) -> None:
        """Give the line back before anything was sent."""
        self._give_back(usable=True)

    def answers(self) -> list[Any]:
        """The answers in order, errors of single commands in their places."""
        usable = False
        try:
            found = self._line.answers(self._waiting)
            usable = True
        finally:
            self._give_back(usable=usable)
        return found

    def drop(self) -> None:
        """Read what has come already; a line on which more may come is closed."""
        try:
            if self._line.is_silent():
                self._give_back(usable=False)
            else:
                self.answers()
        except Exception:  # noqa: BLE001, S110 - nobody waits for it; the next one opens another
            pass

    def _give_back(self, *, usable: bool) -> None:
        self._lines.put_back(self._line, usable=usable)


def together(commands: Commands, client: Client) -> list[Any]:
    """The answers to commands in one trip, errors of single commands in their places."""
    trip = cast("Any", client.pipeline(transaction=False))
    for command in commands:
        trip.execute_command(*command)
    answers: list[Any] = trip.execute(raise_on_error=False)
    return answers
