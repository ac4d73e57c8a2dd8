"""Commands for a cluster that go out together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from redis.commands import CoreCommands
from redis.exceptions import AskError, MovedError, RedisError


class Command(NamedTuple):
    """One command as redis-py words it."""

    args: tuple[Any, ...]
    options: dict[str, Any]

    def on(self, client: Any) -> Any:
        """The client's answer."""
        return client.execute_command(*self.args, **self.options)

    def asking(self, client: Any) -> Any:
        """The answer of a node to which the key is just being moved."""
        trip = client.pipeline(transaction=False)
        trip.execute_command("ASKING")
        trip.execute_command(*self.args, **self.options)
        return trip.execute()[-1]


class Nodes(Protocol):
    """What a trip asks of a cluster."""

    def address(self, args: tuple[Any, ...]) -> tuple[str, int]:
        """The node for a command."""
        ...

    def send(self, address: tuple[str, int], command: Callable[[Any], Any]) -> Any:
        """A node's answer."""
        ...

    def follow(self, error: MovedError | AskError, command: Command) -> Any:
        """The answer of the node that an error names."""
        ...


class Trip(CoreCommands):
    """Commands that are collected, and sent with one trip for each node that has keys of them.

    With ``transaction`` they go as one, and all keys must lie on one node.
    """

    _event_dispatcher: Any = None
    """redis-py asks for it of everything that has its commands."""

    def __init__(self, nodes: Nodes, *, transaction: bool) -> None:
        self._nodes = nodes
        self._transaction = transaction
        self._commands: list[Command] = []

    def execute_command(self, *args: Any, **options: Any) -> Trip:
        """Add a command."""
        self._commands.append(Command(args, options))
        return self

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """The answers in order; an error is raised, or stands in its place."""
        commands, self._commands = self._commands, []
        answers: list[Any] = [None] * len(commands)
        for address, places in self._by_node(commands).items():
            part = [commands[place] for place in places]
            for place, answer in zip(places, self._together(address, part), strict=True):
                answers[place] = answer
        failed = next((a for a in answers if isinstance(a, Exception)), None)
        if raise_on_error and failed is not None:
            raise failed
        return answers

    def _by_node(self, commands: Sequence[Command]) -> dict[tuple[str, int], list[int]]:
        places: dict[tuple[str, int], list[int]] = {}
        for place, command in enumerate(commands):
            places.setdefault(self._nodes.address(command.args), []).append(place)
        return places

    def _together(self, address: tuple[str, int], commands: Sequence[Command]) -> list[Any]:
        def send(client: Any) -> list[Any]:
            trip = client.pipeline(transaction=self._transaction)
            for args, options in commands:
                trip.execute_command(*args, **options)
            answers: list[Any] = trip.execute(raise_on_error=False)
            return answers

        answers: list[Any] = self._nodes.send(address, send)
        return [
            self._followed(answer, command)
            if isinstance(answer, MovedError | AskError) and not self._transaction
            else answer
            for answer, command in zip(answers, commands, strict=True)
        ]

    def _followed(self, error: MovedError | AskError, command: Command) -> Any:
        try:
            return self._nodes.follow(error, command)
        except RedisError as again:
            return again
