"""What a request asks for: items or a whole response body, of one surface, for one customer."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from guardrail.config import suggestion
from guardrail.customer import customer_id
from guardrail.ruleset import RuleSet, Surface
from guardrail.serve.json_parts import Json, elements, members, parse
from guardrail.serve.refused import Refused, step, wrong

KEYS = ("surface", "customer", "items", "body", "session", "count")
MOST_REVIEWS = 1_000
LONGEST_SESSION = 200


class Asked(NamedTuple):
    """One review that is asked for.

    ``given``: the JSON array of items, or the response body. ``whole``: it is a body, to be read
    by the surface's mapping. ``as_text``: that body came as a JSON text, and goes back as one.
    ``counts``: impressions count, else caps are only looked at.
    """

    surface: Surface
    given: bytes
    whole: bool
    as_text: bool
    customer: object
    session: str | None
    counts: bool


def one(raw: bytes, rules: RuleSet) -> Asked:
    """The review that a body asks for. Raises `Refused` (400, 422)."""
    return _asked(parse(raw), rules)


def many(raw: bytes, rules: RuleSet) -> list[Asked]:
    """The reviews in ``{"reviews": […]}``; any one that is wrong refuses all.

    Raises `Refused` (400, 422) whose pointer names the one.
    """
    found = members(parse(raw), ("reviews",)).get("reviews")
    if found is None or not found.is_array:
        raise wrong('give an array of reviews, such as {"reviews": [{"items": […]}]}', "/reviews")
    listed = elements(found)
    if len(listed) > MOST_REVIEWS:
        raise wrong(f"a request may ask for {MOST_REVIEWS} reviews; send several", "/reviews")
    asked = []
    for index, each in enumerate(listed):
        try:
            asked.append(_asked(each, rules))
        except Refused as refused:
            raise refused.under("/reviews" + step(index)) from None
    return asked


def _asked(json: Json, rules: RuleSet) -> Asked:
    found = members(json, KEYS)
    if ("items" in found) == ("body" in found):
        raise wrong(
            'give "items" (an array) or "body" (what the recommender answered), one of both'
        )
    whole = "body" in found
    given, as_text = _body(found["body"]) if whole else (_items(found["items"]), False)
    values = {key: found[key].value() for key in KEYS if key in found and key not in _RAW}
    return Asked(
        surface=_surface(values.get("surface"), rules),
        given=given,
        whole=whole,
        as_text=as_text,
        customer=_customer(values.get("customer")),
        session=_session(values.get("session")),
        counts=_counts(values.get("count")),
    )


_RAW = frozenset({"items", "body"})


def _items(json: Json) -> bytes:
    if not json.is_array:
        raise wrong('an array of items is expected, such as [{"id": "sku-1"}]', "/items")
    return json.sent


def _body(json: Json) -> tuple[bytes, bool]:
    if json.is_object or json.is_array:
        return json.sent, False
    text: Any = json.value()
    if not isinstance(text, str):
        raise wrong(
            "a response body is expected: a JSON object, an array, or a text that holds it", "/body"
        )
    return text.encode(), True


def _surface(name: object, rules: RuleSet) -> Surface:
    if name is None or name == "default":
        return rules.surface("default")
    if not isinstance(name, str):
        raise wrong('a surface is named by a text, such as "home"', "/surface")
    if name not in rules.surfaces:
        known = ", ".join(sorted(rules.surfaces)) or "none"
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"the rule set has no surface of this name{suggestion(name, rules.surfaces)} "
            f"(surfaces: {known})",
            pointer="/surface",
        )
    return rules.surfaces[name]


def _customer(said: object) -> object:
    """As it is said; what is impossible *in* a customer is the guard's to deal with."""
    if isinstance(said, float) and said.is_integer():
        said = int(said)  # JSON has one kind of number: 7.0 is a whole one
    if said is None or isinstance(said, Mapping) or customer_id(said) is not None:
        return said
    raise wrong(
        'a customer is an id (a text or a whole number) or an object such as {"id": "c-1", '
        '"tolerance": "balanced"}; leave it out where nobody is known',
        "/customer",
    )


def _session(said: object) -> str | None:
    if said is None or (isinstance(said, str) and 0 < len(said) <= LONGEST_SESSION):
        return said
    raise wrong(
        f"a session is a text of 1 to {LONGEST_SESSION} characters, the same for one visitor",
        "/session",
    )


def _counts(said: object) -> bool:
    if said is None or isinstance(said, bool):
        return said is not False
    raise wrong("count is true (impressions count) or false (caps are only looked at)", "/count")
