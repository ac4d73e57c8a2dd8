"""Why Redis could not do what was asked, in one word for each kind of trouble."""

from __future__ import annotations

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
SERVER_IS_FINE = frozenset({"wrong_type", "error"})
"""Words for an answer that is an error: whoever answers is there."""


class Unreachable(Exception):  # noqa: N818 - it says what Redis is, not that code is wrong
    """Redis could not do what was asked. ``why`` is one word, the text a sentence without secrets.

    ``why``: timeout, refused, lost, denied, loading, busy, oom, readonly, cluster, wrong_type,
    open (the breaker) or error.
    """

    def __init__(self, why: str, where: str = "Redis") -> None:
        super().__init__(f"{where}: {_WORDS[why]} ({why})")
        self.why = why


class LeftAlone(OSError):  # noqa: N818 - as above
    """One node of several failed repeatedly, and is not asked for a moment."""


def reason(error: Exception) -> str:
    """The one word of `Unreachable` for an error of redis-py or the system."""
    from redis import exceptions as known

    text = str(error)
    if isinstance(error, LeftAlone):
        return "open"
    if isinstance(error, (known.TimeoutError, TimeoutError)):
        return "timeout"
    refused = isinstance(error, (known.AuthenticationError, known.NoPermissionError))
    if refused or "user executing the script" in text:
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
