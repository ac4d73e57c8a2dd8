"""What the shells need of a guard, and the names under which they meet the app in environ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypedDict

from guardrail.model import Decision
from guardrail.ruleset import Surface

CUSTOMER = "guardrail.customer"
"""Set by the app: who the response is for, an id or a customer dict."""
DECISION = "guardrail.decision"
"""Set by the shell before the first byte: the `Decision` on this response."""
GUARDED = "guardrail.guarded"
"""Set by the shell on the environ that the app is given: this response is going to be judged."""

READ_AHEAD = "guardrail.read_ahead"
"""Set by a shell that learns within the app who a request is for, until that has been asked."""

ASK_FOR = "guardrail.ask_for"
"""Set by the shell on the environ that the app is given: how many items it should send."""

CustomerOf = Callable[[dict[str, Any]], object]
"""Says who a request is for, given its environ: an id, a customer dict, or None."""


class Arguments(TypedDict, total=False):
    """The settings that a constructor takes, each by its name in lower case."""

    rules: Any
    redis_url: str | None
    mode: str | None
    on_failure: str | None
    catalog: Any
    secret: str | None
    console_token: str | None
    max_body_bytes: int | None
    unknown_identity: str | None
    redis_timeout: float | None
    key_prefix: str | None
    clock: Callable[[], float] | None
    fallback: Mapping[str, Callable[[str, int], Iterable[Any]]] | None


class Settings(Protocol):
    """The settings that a shell reads."""

    @property
    def max_body_bytes(self) -> int:
        """The longest body that is held, in bytes, as sent and as decoded."""
        ...

    @property
    def unknown_identity(self) -> str:
        """``session``: customers without a name get a cookie. Else they get none."""
        ...


class Answer(Protocol):
    """What the guard says to one response."""

    @property
    def body(self) -> bytes | None:
        """Bytes to send instead; None = the app's own bytes unchanged."""
        ...

    @property
    def decision(self) -> Decision:
        """All verdicts, and the outcome."""
        ...

    @property
    def personal(self) -> bool:
        """Whether another customer could have got another result."""
        ...


class Guard(Protocol):
    """What a shell asks of a guard. Only `surface_for` is called for requests not guarded."""

    @property
    def settings(self) -> Settings:
        """The settings in effect."""
        ...

    def surface_for(self, method: str, path: str) -> Surface | None:
        """The surface of a request; None = not guarded, or switched off."""
        ...

    def answer(
        self,
        body: bytes,
        surface: Surface,
        *,
        customer: object,
        gpc: bool,
        session: str | None,
        count: bool,
        fresh: bool = False,
        early: Any = None,
    ) -> Answer:
        """Judge a whole body: UTF-8, without a byte order mark, not compressed.

        ``fresh``: the session was made for this response.
        """
        ...

    @property
    def reads_ahead(self) -> bool:
        """Whether something is to be gained where a customer is known before the app runs."""
        ...

    def read_ahead(self, surface: Surface, *, customer: object, session: str | None) -> Any:
        """Ask for what is kept of a customer, and do not wait for it; None where nothing is.

        What is given goes to `answer` or `unreadable` as ``early``, or it is dropped.
        """
        ...

    def unreadable(
        self,
        why: str,
        surface: Surface,
        *,
        customer: object,
        gpc: bool,
        session: str | None,
        body: bytes | None,
        early: Any = None,
    ) -> Answer:
        """What to send for a response that can't be judged; ``body`` where it is held whole."""
        ...

    def failed(
        self, error: Exception, surface: Surface, *, customer: object, body: bytes | None = None
    ) -> Answer:
        """What to send where a mistake of our own got in the way; it is reported and counted."""
        ...

    def mode_of(self, surface: Surface) -> str:
        """The mode in effect on a surface."""
        ...

    def not_covered(self, surface: Surface) -> Decision:
        """The decision on a response that is none of the guard's business."""
        ...

    def release(self, answer: Any) -> None:
        """Give back what ``answer`` reserved: it never went out."""
        ...

    def sign(self, text: str) -> str:
        """``text`` with a signature, in characters that a cookie may hold."""
        ...

    def unsign(self, text: str) -> str | None:
        """The text that `sign` was given; None where the signature is wrong."""
        ...


def make_guard(arguments: Mapping[str, object], app_config: Mapping[str, Any] | None = None) -> Any:
    """A guard of its own, from arguments, ``app.config``, the environment and defaults."""
    from guardrail.service import Guard as RealGuard

    given = {name: value for name, value in arguments.items() if value is not None}
    return RealGuard.from_arguments(given, app_config)
