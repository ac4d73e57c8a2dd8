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
from guardrail.model import Customer
from guardrail.ruleset import RuleSet
from guardrail.service.stores import Stores


class Who(NamedTuple):
    """The customer of one response.

    ``identity``: under which impressions are counted, None = they can't be. ``withhold``: then
    what a cap covers is not shown, since nobody can tell how often it was.
    """

    customer: Customer
    identity: str | None
    tolerance: float
    problems: tuple[str, ...] = ()
    withhold: bool = False


def who_is(
    raw: object,
    *,
    gpc: bool,
    session: str | None,
    unknown_identity: str,
    stores: Stores,
    rules: RuleSet,
) -> Who:
    """The customer that the app named, completed by the choices that the guard keeps.

    ``unknown_identity`` says what holds where the app named nobody: ``session`` (caps by the
    signed session, strictest preset), ``strict`` (strictest preset, capped items withheld) or
    ``allow`` (default preset, nothing counted).
    """
    known = customer_id(raw)
    if known is None:
        customer, problems = read_customer(raw, gpc=gpc)
        identity = None
        if unknown_identity == "session" and session is not None:
            identity = stores.keys.identity(f"session:{session}")
        if unknown_identity == "allow" or customer.tolerance is not None:
            who = _resolved(customer, identity, problems, rules)
        else:
            who = Who(customer, identity, rules.strictest, problems)
        return who._replace(withhold=unknown_identity == "strict")
    identity = stores.keys.identity(known)
    said: Mapping[str, object] = raw if isinstance(raw, Mapping) else {"id": known}
    kept, trouble = stores.kept_choices(identity)
    if trouble and said.get("tolerance") is None:
        said = {**said, "tolerance": IMPOSSIBLE}
    if kept:
        said = merge_choices(said, kept)
    customer, problems = read_customer(said, gpc=gpc)
    return _resolved(customer, identity, (*problems, *trouble), rules)


def _resolved(
    customer: Customer, identity: str | None, problems: tuple[str, ...], rules: RuleSet
) -> Who:
    tolerance, problem = resolve_tolerance(customer, rules)
    return Who(customer, identity, tolerance, (*problems, problem) if problem else problems)
