"""Who is a response for: what the app says, else what was given to say so, else a session."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from guardrail.customer import customer_id
from guardrail.intercept import session as sessions
from guardrail.intercept.needs import CUSTOMER, CustomerOf, Guard
from guardrail.intercept.request import Environ, is_secure
from guardrail.trouble import report


class Identity(msgspec.Struct, frozen=True):
    """Who it is for. ``cookie``: a ``Set-Cookie`` value that makes a new session last."""

    customer: object
    session: str | None = None
    cookie: str | None = None

    @property
    def fresh(self) -> bool:
        """Whether the session was made just now, so that nobody knows if its cookie comes back."""
        return self.cookie is not None


def identify(
    outer: Environ, inner: Environ, customer_of: CustomerOf | None, guard: Guard
) -> Identity:
    """The identity behind a request, once the app has answered.

    ``outer``: environ as the server gave it; ``inner``: the copy that the app was given. What
    the app set there comes first. Client headers name nobody.
    """
    customer = inner.get(CUSTOMER)
    if customer is None:
        customer = outer.get(CUSTOMER)
    if customer is None and customer_of is not None:
        customer = _asked(customer_of, inner)
    if customer_id(customer) is not None or guard.settings.unknown_identity != "session":
        return Identity(customer)
    known = sessions.read(outer.get("HTTP_COOKIE", ""), guard.unsign)
    if known is not None:
        return Identity(customer, known)
    fresh = sessions.fresh()
    cookie = sessions.cookie(guard.sign(fresh), secure=is_secure(outer))
    return Identity(customer, fresh, cookie)


def expected(
    outer: Environ,
    inner: Environ,
    customer_of: CustomerOf | None,
    guard: Guard,
    named: Callable[[], object] | None = None,
) -> Identity | None:
    """Who a request is going to be for, as far as it shows before the app has worked.

    Only a guess, with which reading can begin: what `identify` says afterwards holds. So a
    callable that can't answer yet is no error. ``named`` comes before ``customer_of``.
    """
    customer = inner.get(CUSTOMER)
    try:
        if customer is None and named is not None:
            customer = named()
    except Exception:  # noqa: BLE001, S110 - it is asked again, and then an error is one
        pass
    try:
        if customer is None and customer_of is not None:
            customer = customer_of(inner)
    except Exception:  # noqa: BLE001, S110 - as above
        pass
    if customer_id(customer) is not None:
        return Identity(customer)
    if guard.settings.unknown_identity != "session":
        return None
    known = sessions.read(outer.get("HTTP_COOKIE", ""), guard.unsign)
    return None if known is None else Identity(customer, known)


def _asked(customer_of: CustomerOf, inner: Environ) -> object:
    try:
        return customer_of(inner)
    except Exception as error:  # noqa: BLE001 - the app's own code; the page goes on without it
        report("the customer callable failed, the customer is unknown", error)
        return None
