"""The app is asked for more items than are shown, so that some are to spare for what is taken out.

Only where the guard enforces: while it observes, everything that the app sends is shown.
"""

from __future__ import annotations

import re
from urllib.parse import quote_plus, unquote_plus

from msgspec.structs import replace

from guardrail.intercept.needs import ASK_FOR, Guard
from guardrail.intercept.request import Environ
from guardrail.ruleset import AskFor, Surface
from guardrail.trouble import report

_WHOLE = re.compile(r"[1-9][0-9]{0,5}")


def ask_for_more(guard: Guard, surface: Surface, inner: Environ) -> Surface:
    """The surface as it holds for one request; ``inner``, which the app is given, is changed.

    ``environ["guardrail.ask_for"]`` says how many items the app should send. Where the surface
    names a parameter of the query, that is set too; a request that asks for fewer than are shown
    gets as few. Never raises.
    """
    more = surface.ask_for
    if more is None or surface.show is None:
        return surface
    try:
        if guard.mode_of(surface) != "enforce":
            return surface
        if more.parameter is None:
            inner[ASK_FOR] = more.count
            return surface
        return _asked_by_query(surface, more, more.parameter, surface.show, inner)
    except Exception as error:  # noqa: BLE001 - a page never breaks because of its guard
        report("the app could not be asked for more items than are shown", error)
        return surface


def _asked_by_query(
    surface: Surface, more: AskFor, parameter: str, show: int, inner: Environ
) -> Surface:
    pairs = [pair for pair in inner.get("QUERY_STRING", "").split("&") if pair]
    found = [at for at, pair in enumerate(pairs) if _key(pair) == parameter]
    written = [unquote_plus(pairs[at].partition("=")[2]) for at in found]
    if len(found) > 1 or not all(map(_WHOLE.fullmatch, written)):
        # What it means is for the app to say, and it may be an error.
        return surface
    wanted = int(written[0]) if written else None
    count = max(more.count, wanted or 0)
    pair = f"{quote_plus(parameter)}={count}"
    inner["QUERY_STRING"] = "&".join(
        [pair if at in found else one for at, one in enumerate(pairs)] + ([] if found else [pair])
    )
    inner[ASK_FOR] = count
    stated = show if wanted is None else wanted
    return replace(
        surface, show=min(show, stated), ask_for=replace(more, asked=count, stated=stated)
    )


def _key(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])
