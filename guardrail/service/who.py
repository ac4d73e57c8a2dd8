"""Who a response is for, as far as the guard may know: choices joined, the id a pseudonym."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guardrail.customer import (
    IMPOSSIBLE,
    customer_id,
    merge_choices,
    read_customer,
    resolve_tolerance,
)
from guardrail.decide.history import History
from guardrail.keys import Keys
from guardrail.model import Customer
from guardrail.ruleset import RuleSet
from guardrail.service.early import Kept
from guardrail.service.stores import Stores


class Who(NamedTuple):
    """The customer of one response.

    ``identity``: under which impressions are counted, None = they can't be. ``withhold``: then
    what a cap covers is not shown, since nobody can tell how often it was. ``history``: what was
    shown to them before, None = nothing is known of it. ``fresh``: a session made just now; its
    impressions are kept only briefly until its cookie comes back.
    """

    customer: Customer
    identity: str | None
    tolerance: float
    problems: tuple[str, ...] = ()
    withhold: bool = False
    history: History | None = None
    fresh: bool = False


def identity_of(
    raw: object, *, session: str | None, unknown_identity: str, keys: Keys
) -> str | None:
    """Under which pseudonyms impressions are counted of the customer that the app named.

    Of nobody whom it named under those of the session, where ``unknown_identity`` allows it.
    """
    known = customer_id(raw)
    if known is not None:
        return keys.identity(known)
    if unknown_identity == "session" and session is not None:
        return keys.identity(f"session:{session}")
    return None


def who_is(
    raw: object,
    *,
    gpc: bool,
    session: str | None,
    unknown_identity: str,
    stores: Stores,
    rules: RuleSet,
    kept: Kept | None = None,
    history: History | None = None,
) -> Who:
    """The customer that the app named, completed by the choices that the guard keeps.

    ``unknown_identity`` says what holds where the app named nobody: ``session`` (caps by the
    signed session, strictest preset), ``strict`` (strictest preset, capped items withheld) or
    ``allow`` (default preset, nothing counted). ``kept`` and ``history``: the choices and
    what was shown before, where they are read already.
    """
    identity = identity_of(
        raw, session=session, unknown_identity=unknown_identity, keys=stores.keys
    )
    known = customer_id(raw)
    if known is None:
        customer, problems = read_customer(raw, gpc=gpc)
        if unknown_identity == "allow" or customer.tolerance is not None:
            who = _resolved(customer, identity, problems, rules)
        else:
            who = Who(customer, identity, rules.strictest, problems)
        return who._replace(withhold=unknown_identity == "strict", history=history)
    said: Mapping[str, object] = raw if isinstance(raw, Mapping) else {"id": known}
    choices, trouble = stores.kept_choices(str(identity)) if kept is None else kept
    if trouble and said.get("tolerance") is None:
        said = {**said, "tolerance": IMPOSSIBLE}
    if choices:
        said = merge_choices(said, choices)
    customer, problems = read_customer(said, gpc=gpc)
    who = _resolved(customer, identity, (*problems, *trouble), rules)
    return who._replace(history=history)


def _resolved(
    customer: Customer, identity: str | None, problems: tuple[str, ...], rules: RuleSet
) -> Who:
    tolerance, problem = resolve_tolerance(customer, rules)
    return Who(customer, identity, tolerance, (*problems, problem) if problem else problems)
