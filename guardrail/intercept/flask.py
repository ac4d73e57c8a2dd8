"""The shell for Flask, and for pages, e-mail and push, where there is no response to hold.

Flask is imported only where an app of it is given.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from guardrail.config import unknown_names
from guardrail.intercept.judge import Judge
from guardrail.intercept.needs import (
    CUSTOMER,
    GUARDED,
    READ_AHEAD,
    Arguments,
    CustomerOf,
    make_guard,
)
from guardrail.intercept.request import Environ
from guardrail.intercept.wsgi import GuardrailMiddleware
from guardrail.model import Decision
from guardrail.trouble import report

if TYPE_CHECKING:
    from flask import Flask, Response

EXTENSION = "guardrail"
_Named = TypeVar("_Named", bound=Callable[[], object])


class Guardrail:
    """Guards the responses of Flask apps, and lists of items anywhere.

    ``settings``: the settings by their names in lower case; they come before ``app.config``.
    ``customer``: a callable on environ for whom `Guardrail.customer` does not name. With no app the
    guard is made from ``settings`` and the environment when it is first needed.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        customer: CustomerOf | None = None,
        **settings: Unpack[Arguments],
    ) -> None:
        self._settings = settings
        self._customer_of = customer
        self._current_customer: Callable[[], object] | None = None
        self._guards: list[Any] = []
        self._own: Any = None
        self._making = Lock()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Guard an app. ``app.extensions["guardrail"]`` is its guard from then on.

        Raises RuntimeError when it is guarded already, `ConfigError` for a wrong setting, and
        what loading the rules raises. Warns of ``GUARDRAIL_`` names that are no setting.
        """
        if EXTENSION in app.extensions:
            raise RuntimeError(
                f"the Flask app {app.name!r} is guarded already; call init_app once for each "
                "app, and not also Guardrail(app)"
            )
        for text in unknown_names(app.config):
            warnings.warn(text, stacklevel=2)
        middleware = _Middleware(
            app.wsgi_app,
            guard=make_guard(dict(self._settings), app.config),
            customer=self._customer_of,
        )
        app.wsgi_app = middleware  # type: ignore[method-assign]
        app.extensions[EXTENSION] = middleware.guard
        if middleware.guard.reads_ahead:
            app.dispatch_request = self._after_reading(app.dispatch_request)  # type: ignore[method-assign]
        app.after_request(self._naming_customer())
        self._guards.append(middleware.guard)

    def customer(self, function: _Named) -> _Named:
        """Decorator: ``function`` says who the current request is for (an id, a dict or None).

        It is called inside the request context after the view, for guarded responses only. What
        it raises makes the customer unknown. With Redis it is called before the view too, once
        every ``before_request`` function has run, so that what is kept of the customer is read
        meanwhile; what it raises then is no error, and what it says after the view holds.
        """
        if self._current_customer is not None:
            raise RuntimeError(
                "@guard.customer is used twice; one function says who the customer is, "
                "and it can tell apps apart by flask.current_app"
            )
        self._current_customer = function
        return function

    @property
    def guard(self) -> Any:
        """The guard that holds here: the current Flask app's, the only one, or one of its own.

        Raises RuntimeError outside of an app context when there are several.
        """
        if len(self._guards) == 1:
            return self._guards[0]
        if self._guards:
            return self._guard_of_current_app()
        with self._making:
            if self._own is None:
                self._own = make_guard(dict(self._settings))
        return self._own

    def review(
        self,
        items: Iterable[Any],
        *,
        customer: object = None,
        surface: str = "default",
        count: bool = True,
    ) -> Decision:
        """Judge items for one customer; ``kept`` of the decision are those to show.

        ``count`` False only looks at the caps and takes no impression.
        """
        decision: Decision = self.guard.review(
            items, customer=customer, surface=surface, count=count
        )
        return decision

    def review_many(
        self,
        pairs: Iterable[tuple[Iterable[Any], object]],
        *,
        surface: str = "default",
        count: bool = True,
    ) -> list[Decision]:
        """`review` for many (items, customer) pairs, in order, with few trips to Redis."""
        decisions: list[Decision] = self.guard.review_many(pairs, surface=surface, count=count)
        return decisions

    def review_stream(
        self,
        pairs: Iterable[tuple[Iterable[Any], object]],
        *,
        surface: str = "default",
        count: bool = True,
    ) -> Iterator[Decision]:
        """`review_many` for a stream of any length: memory stays flat, 200 are read ahead.

        What was reserved for decisions that were not taken is given back when it is closed.
        """
        decisions: Iterator[Decision] = self.guard.review_stream(
            pairs, surface=surface, count=count
        )
        return decisions

    @property
    def choices(self) -> Any:
        """What customers chose for themselves: get, set and erase by customer id."""
        return self.guard.choices

    def stats(self, since_ms: int | None = None, now_ms: int | None = None) -> Any:
        """What was decided since a moment (epoch ms; default: the last 24 hours)."""
        return self.guard.stats(since_ms, now_ms)

    def refresh(self) -> None:
        """Take over changed rule files and modes now, on every guard made here."""
        for guard in self._made():
            guard.refresh()

    def close(self) -> None:
        """Write out what is counted and let go of connections, on every guard made here."""
        for guard in self._made():
            guard.close()

    def _made(self) -> list[Any]:
        return [*self._guards, *([] if self._own is None else [self._own])]

    def _guard_of_current_app(self) -> Any:
        from flask import current_app

        found = current_app.extensions.get(EXTENSION) if current_app else None
        if not any(found is guard for guard in self._guards):
            raise RuntimeError(
                f"this Guardrail guards {len(self._guards)} Flask apps; "
                "say which one is meant with app.app_context()"
            )
        return found

    def _after_reading(self, dispatch: Callable[..., Any]) -> Callable[..., Any]:
        """The app's way to its views, with the read of what is kept of the customer begun on it.

        Functions of ``before_request`` run in the order in which apps and blueprints add them, so
        none of ours could come last; the view comes after all of them.
        """
        from flask import request

        def dispatch_request(*given: Any) -> Any:
            read_ahead = request.environ.pop(READ_AHEAD, None)
            if read_ahead is not None:
                read_ahead(self._current_customer)
            return dispatch(*given)

        return dispatch_request

    def _naming_customer(self) -> Callable[[Response], Response]:
        """What Flask calls with each response, to learn who a guarded one is for."""
        from flask import request

        def name_customer(response: Response) -> Response:
            asked = self._current_customer
            if asked is None:
                return response
            environ = request.environ
            if environ.get(GUARDED) and environ.get(CUSTOMER) is None:
                try:
                    environ[CUSTOMER] = asked()
                except Exception as error:  # noqa: BLE001 - the app's own code; the page goes on
                    report("the function of @guard.customer failed, the customer is unknown", error)
            return response

        return name_customer


class _Middleware(GuardrailMiddleware):
    """The middleware around a Flask app, which says on the way to a view who a request is for."""

    def _read_ahead(self, judge: Judge, inner: Environ) -> None:
        if self.guard.reads_ahead:
            inner[READ_AHEAD] = judge.read_ahead
