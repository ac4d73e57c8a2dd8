"""What is asked in one trip: a script, or a command after keys were renamed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardrail.connection.connection import Client, Connection
    from guardrail.connection.lines import Lines


class Script:
    """A Lua script that is sent once and then named by its digest."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def run(
        self,
        client: Client,
        keys: Sequence[str],
        args: Sequence[str | bytes],
        moves: Sequence[tuple[str, str]] = (),
    ) -> Any:
        """What the script answers, in one trip; in two when the server does not know it yet.

        ``moves`` are (from, to) keys that are renamed before it in the same trip, where the one
        is there and the other is not.
        """
        count, given = len(keys), (*keys, *args)
        try:
            if moves:
                return after_moves(
                    client, moves, lambda trip: trip.evalsha(self.sha, count, *given)
                )[-1]
            lines: Lines | None = getattr(client, "lines", None)
            line = None if lines is None else lines.take()
            if lines is None or line is None:
                return client.evalsha(self.sha, count, *given)
            return lines.ask(line, ("EVALSHA", self.sha, count, *given))
        except Exception as error:
            if not _unknown(error):
                raise
        return client.eval(self.text, count, *given)

    def begin(
        self,
        connection: Connection,
        keys: Sequence[str],
        args: Sequence[str | bytes],
        moves: Sequence[tuple[str, str]] = (),
    ) -> Callable[[], Any]:
        """Send it and do not wait: what is returned does, and must be called once.

        Both raise `guardrail.connection.Unreachable`. Where it can't be sent at once
        (`Connection.send`), or keys are renamed before it, it is sent when it is waited for.
        """

        def at_once(client: Client) -> Any:
            return self.run(client, keys, args, moves)

        if moves:
            return lambda: connection.call(at_once)
        command = ("EVALSHA", self.sha, len(keys), *keys, *args)
        sent = connection.send((command,), lambda client: [at_once(client)])

        def answer() -> Any:
            (found,) = sent.answers()
            if isinstance(found, Exception):
                if _unknown(found):
                    return connection.call(at_once)
                connection.tell(found)
                raise found
            return found

        return answer


def _unknown(error: Exception) -> bool:
    """Whether a server says that it does not know the script."""
    from redis.exceptions import NoScriptError

    return isinstance(error, NoScriptError)


def after_moves(
    client: Client, moves: Sequence[tuple[str, str]], command: Callable[[Client], Any]
) -> list[Any]:
    """Rename keys and run one command in one trip: whether each was moved, then the answer.

    A key that can't be moved (it is not there, or it lies on another node) stays; the command's
    own error is raised.
    """
    trip = client.pipeline(transaction=False)
    for old, new in moves:
        trip.renamenx(old, new)
    command(trip)
    answers: list[Any] = trip.execute(raise_on_error=False)
    if isinstance(answers[-1], Exception):
        raise answers[-1]
    return [answer == 1 for answer in answers[:-1]] + answers[-1:]
