"""One script for many customers: as many calls as there are, in as few trips as there can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from guardrail.connection import Connection, Script, Unreachable, reason

if TYPE_CHECKING:
    from guardrail.connection import Client

CALLS_PER_TRIP = 250
BYTES_PER_TRIP = 1024 * 1024
"""A trip ends with the call that reaches one of these: Redis holds its answers until then."""


class Call(NamedTuple):
    """One customer's call: their key, what the script is given, and (from, to) keys to rename."""

    key: str
    args: tuple[bytes, ...]
    moves: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """Bytes of what the script is given."""
        return sum(map(len, self.args))


def in_trips(calls: Sequence[Call]) -> Iterator[slice]:
    """Where each trip's calls begin and end."""
    begin, size = 0, 0
    for at, call in enumerate(calls, 1):
        size += call.size
        if at - begin == CALLS_PER_TRIP or size >= BYTES_PER_TRIP:
            yield slice(begin, at)
            begin, size = at, 0
    if begin < len(calls):
        yield slice(begin, len(calls))


def run_each(connection: Connection, script: Script, calls: Sequence[Call]) -> list[Any]:
    """Each call's answer in order, or the `Unreachable` that stands in its place.

    Where a trip fails as a whole, all of its calls have failed.
    """
    answers: list[Any] = []
    for part in in_trips(calls):
        trip = calls[part]
        try:
            got = connection.call(partial(_trip, script, trip))
        except Unreachable as error:
            answers += [error] * len(trip)
        else:
            answers += [
                Unreachable(reason(answer), connection.where)
                if isinstance(answer, Exception)
                else answer
                for answer in got
            ]
    return answers


def _trip(script: Script, calls: Sequence[Call], client: Client) -> list[Any]:
    """The answers to one trip, errors in their places; all of them errors: the first is raised.

    A server that does not know the script is told it with the first of the calls that it could
    not do, and asked again for these alone. In a cluster that may be so on each node.
    """
    from redis.exceptions import NoScriptError

    answers = _send(client, script, calls)
    while missed := [k for k, answer in enumerate(answers) if isinstance(answer, NoScriptError)]:
        again = _send(client, script, [calls[k] for k in missed], tell=True)
        for k, answer in zip(missed, again, strict=True):
            answers[k] = answer
        if isinstance(again[0], NoScriptError):
            break
    if answers and all(isinstance(answer, Exception) for answer in answers):
        raise answers[0]
    return answers


def _send(
    client: Client, script: Script, calls: Sequence[Call], *, tell: bool = False
) -> list[Any]:
    """One trip. ``tell``: the first call brings the script's text."""
    trip = client.pipeline(transaction=False)
    places: list[int] = []
    sent = 0
    for call in calls:
        for old, new in call.moves:
            trip.renamenx(old, new)
        sent += len(call.moves)
        if tell and not places:
            trip.eval(script.text, 1, call.key, *call.args)
        else:
            trip.evalsha(script.sha, 1, call.key, *call.args)
        places.append(sent)
        sent += 1
    said: list[Any] = trip.execute(raise_on_error=False)
    return [said[place] for place in places]
