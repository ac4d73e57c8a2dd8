"""One review: the guard's answer, and how it is told."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from guardrail.customer import customer_id
from guardrail.ruleset import Surface
from guardrail.serve.asked import Asked
from guardrail.service import Answer, Guard
from guardrail.trouble import report


class Reviewed(NamedTuple):
    """A decision as JSON-ready data, and what gives back what it reserved."""

    told: dict[str, Any]
    unsent: Callable[[], None]


def review(guard: Guard, asked: Asked, *, gpc: bool) -> Reviewed:
    """Judge what is asked for, with the very outcome that a middleware would have had.

    ``gpc``: the request said ``Sec-GPC: 1``. Never raises.
    """
    surface = asked.surface if asked.whole else _as_list(asked.surface)
    try:
        answer = _answer(guard, asked, surface, gpc=gpc)
    except Exception as error:  # noqa: BLE001 - our own mistake follows on_failure, as on a page
        report(f"the guard failed on surface {surface.name}", error)
        answer = guard.failed(error, surface, customer=asked.customer, body=asked.given)
    shown = asked.given if answer.body is None else answer.body
    told = answer.decision.to_dict()
    if asked.whole:
        told["body"] = shown.decode() if asked.as_text else msgspec.Raw(shown)
    else:
        told["kept"] = msgspec.Raw(shown)
    return Reviewed(told, partial(guard.release, answer))


def _answer(guard: Guard, asked: Asked, surface: Surface, *, gpc: bool) -> Answer:
    guard.beat()
    if guard.mode_of(surface) == "off":
        return Answer(None, guard.not_covered(surface))
    # As on a page: a visitor without a cookie is a new one, and caps hold within the response.
    fresh = asked.session is None and customer_id(asked.customer) is None
    return guard.answer(
        asked.given,
        surface,
        customer=asked.customer,
        gpc=gpc,
        session=secrets.token_urlsafe(16) if fresh else asked.session,
        count=asked.counts,
        fresh=fresh,
    )


def _as_list(surface: Surface) -> Surface:
    """The surface of a response that is nothing but the list of its items."""
    return replace(surface, items=".")
