"""Whom the page is shown to, and with what tolerance, as the address says it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from example_app.customers import Person

OWN = "own"
COOKIE = "shop_customer"
VIEWS = "shop_views"


class Visit(NamedTuple):
    """The person, the tolerance asked for (None: their own), and what could not be read.

    ``view``: how many pages were seen in this browser before.
    """

    person: Person
    tolerance: str | float | None
    view: int = 0
    problems: tuple[str, ...] = ()

    @property
    def customer(self) -> dict[str, Any] | None:
        """The customer dict for the guard, None for nobody."""
        return self.person.for_guard(self.tolerance)


def read_visit(
    arguments: Mapping[str, str],
    cookies: Mapping[str, str],
    people: Mapping[str, Person],
    presets: Mapping[str, float],
    default: str,
) -> Visit:
    """The visit that a request asks for; what cannot be read falls back and is named."""
    problems = []
    key = arguments.get("customer") or cookies.get(COOKIE) or default
    if key not in people:
        if "customer" in arguments:
            problems.append(f"There is no such customer. The shop knows {', '.join(people)}.")
        key = default
    tolerance, problem = read_tolerance(arguments, presets)
    if problem:
        problems.append(problem)
    views = cookies.get(VIEWS, "")
    view = int(views) if re.fullmatch(r"[0-9]{1,6}", views) else 0
    return Visit(people[key], tolerance, view, tuple(problems))


def read_tolerance(
    arguments: Mapping[str, str], presets: Mapping[str, float]
) -> tuple[str | float | None, str | None]:
    """The tolerance asked for and what is wrong with it; a number given beside it wins."""
    text = (arguments.get("number") or arguments.get("tolerance") or OWN).strip()
    if text == OWN:
        return None, None
    if text in presets:
        return text, None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if 0 <= number <= 100:
        return number, None
    names = ", ".join(presets)
    return None, (
        f"A tolerance is {names}, or a number from 0 (nothing personal) to 100 (anything goes). "
        "The customer’s own is used."
    )
