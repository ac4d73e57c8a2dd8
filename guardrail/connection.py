"""One Redis, reached within a bounded time or reported as unreachable at once.

Nothing is retried: a response waits for one attempt, and after three failed ones for none until
the server has answered a probe.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from redis import Redis

    Client = Redis

T = TypeVar("T")

_WORDS = {
    "timeout": "it did not answer in time",
    "refused": "nothing accepts connections there",
    "lost": "the connection broke or could not be made",
    "denied": "it does not accept the user, the password or the command",
    "loading": "it is still loading its data",
    "busy": "it is busy with another script or moving its data",
    "oom": "its memory is full (maxmemory)",
    "readonly": "it is a read-only replica, or can't save to disk",
    "cluster": "the key belongs to another node of the cluster",
    "wrong_type": "a key of ours holds a value of another type; was it written by something else?",
    "open": "it failed several times and is left alone for a moment",
    "error": "it answered with an error",
}
_ANSWERS = (
    ("WRONGTYPE", "wrong_type"),
    ("OOM", "oom"),
    ("READONLY", "readonly"),
    ("MISCONF", "readonly"),
    ("LOADING", "loading"),
    ("BUSY", "busy"),
    ("TRYAGAIN", "busy"),
    ("CLUSTERDOWN", "busy"),
    ("MASTERDOWN", "busy"),
    ("MOVED", "cluster"),
    ("ASK", "cluster"),
    ("CROSSSLOT", "cluster"),
    ("NOPERM", "denied"),
    ("NOAUTH", "denied"),
)
_SERVER_IS_FINE = frozenset({"wrong_type", "error"})


class Unreachable(Exception):  # noqa: N818 - it says what Redis is, not that code is wrong
    """Redis could not do what was asked. ``why`` is one word, the text a sentence without secrets.

    ``why``: timeout, refused, lost, denied, loading, busy, oom, readonly, cluster, wrong_type,
    open (the breaker) or error.
    """

    def __init__(self, why: str, where: str = "Redis") -> None:
        super().__init__(f"{where}: {_WORDS[why]} ({why})")
        self.why = why


class Breaker:
    """Lets calls through until three in a row failed, then none for 1 s, doubling up to 30 s.

    After that time one call goes through as a probe; its success closes the breaker. All times
    are seconds on any clock that runs forward. Safe among threads.
    """

    def __init__(self, failures: int = 3, shortest: float = 1.0, longest: float = 30.0) -> None:
        self._most = failures
        self._shortest = shortest
        self._longest = longest
        self._failures = 0
        self._hold = 0.0
        self._until = 0.0
        self._probing = False
        self._lock = Lock()

    def permits(self, now: float) -> bool:
        """Whether a call may be made now; each permitted one is reported back."""
        with self._lock:
            if not self._hold:
                return True
            if now < self._until:
                return False
            # A probe that is never reported back (its thread died) is replaced after the hold.
            self._probing = True
            self._until = now + self._hold
            return True

    def succeeded(self) -> None:
        """Report that the server answered."""
        with self._lock:
            self._failures = 0
            self._hold = 0.0
            self._probing = False

    def failed(self, now: float) -> None:
        """Report that it did not."""
        with self._lock:
            self._failures += 1
            if not self._hold:
                if self._failures >= self._most:
                    self._hold = self._shortest
                    self._until = now + self._hold
            elif self._probing:
                self._hold = min(self._hold * 2, self._longest)
                self._until = now + self._hold
                self._probing = False

    def state(self, now: float) -> str:
        """``closed``, ``open`` or ``half-open`` (the next call, or one under way, is a probe)."""
        with self._lock:
            if not self._hold:
                return "closed"
            return "half-open" if self._probing or now >= self._until else "open"


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self.where = where
        self.breaker = breaker or Breaker()
        self._clock = clock

    def __repr__(self) -> str:
        return f"Connection({self.where!r})"

    def call(self, command: Callable[[Client], T], now: float | None = None) -> T:
        """What ``command`` returns of the client; raises `Unreachable` for every Redis error.

        ``now`` is seconds on the breaker's clock, by default this connection's own.
        """
        from redis.exceptions import RedisError

        start = self._clock() if now is None else now
        if not self.breaker.permits(start):
            raise Unreachable("open", self.where)
        try:
            result = command(self._client)
        except (RedisError, OSError) as error:
            why = reason(error)
            if why in _SERVER_IS_FINE:
                self.breaker.succeeded()
            else:
                self.breaker.failed(self._clock() if now is None else now)
            # The cause is not chained: its text may hold what the server was told.
            raise Unreachable(why, self.where) from None
        self.breaker.succeeded()
        return result

    def close(self) -> None:
        """Close every connection; the next call opens a new one."""
        self._client.close()
        self._client.connection_pool.disconnect()


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
        from redis.exceptions import NoScriptError

        count, given = len(keys), (*keys, *args)
        try:
            if not moves:
                return client.evalsha(self.sha, count, *given)
            return after_moves(client, moves, lambda trip: trip.evalsha(self.sha, count, *given))[
                -1
            ]
        except NoScriptError:
            return client.eval(self.text, count, *given)


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


def reason(error: Exception) -> str:
    """The one word of `Unreachable` for an error of redis-py or the system."""
    from redis import exceptions as known

    text = str(error)
    if isinstance(error, (known.TimeoutError, TimeoutError)):
        return "timeout"
    if isinstance(error, (known.AuthenticationError, known.NoPermissionError)):
        return "denied"
    for kind, why in (
        (known.BusyLoadingError, "loading"),
        (known.OutOfMemoryError, "oom"),
        (known.ReadOnlyError, "readonly"),
        (known.TryAgainError, "busy"),
        (known.ClusterDownError, "busy"),
        (known.MasterDownError, "busy"),
        (known.MovedError, "cluster"),
        (known.AskError, "cluster"),
        (known.ClusterCrossSlotError, "cluster"),
    ):
        if isinstance(error, kind):
            return why
    if isinstance(error, (known.ConnectionError, OSError)):
        inner = error.__cause__ or error.__context__ or error
        missing = isinstance(inner, (ConnectionRefusedError, FileNotFoundError))
        return "refused" if missing else "lost"
    # Errors from within a script carry the word somewhere in their text.
    words = text.replace("-", " ").split()
    return next((why for word, why in _ANSWERS if word in words), "error")


def connect(
    url: str,
    timeout: float = 0.05,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Connection:
    """A connection to the Redis at ``url`` (``redis://``, ``rediss://`` or ``unix://``).

    ``timeout`` is the seconds that connecting and each answer may take. Nothing is sent yet.
    Raises ValueError for a url that is none (its text is not repeated: it may hold a password)
    and ImportError when redis-py is missing.
    """
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise ImportError(
            "a Redis URL is set but redis-py is not installed; "
            "install guardrail-middleware[redis], or unset GUARDRAIL_REDIS_URL"
        ) from None
    try:
        client = Redis.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            decode_responses=False,
            client_name="guardrail",
            health_check_interval=0,
        )
        where = _where(url)
    except (ValueError, TypeError):
        raise ValueError(
            "the Redis URL can't be read; write redis://[[user]:password@]host[:port][/db], "
            "rediss://… for TLS, or unix:///path/to/socket?db=0, with special characters of the "
            "password percent-encoded"
        ) from None
    return Connection(client, where, clock=clock)


def _where(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"Redis at {parts.path}"
    return f"Redis at {parts.hostname or 'localhost'}:{parts.port or 6379}"
