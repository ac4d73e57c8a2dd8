"""Who a response is for, as far as the guard may know: choices joined, the id a pseudonym."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

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


class Who(msgspec.Struct, frozen=True):
    """The customer of one response.

    ``identity``: under which impressions are counted, None = they can't be. ``withhold``: then
    what a cap covers is not shown, since nobody can tell how often it was. ``history``: what was
    shown to them before, None = nothing is known of it. ``fresh``: a session made just now; its
    impressions are kept only briefly until its cookie comes back. ``packed``: what was counted
    of them, where it was read.
    """

    customer: Customer
    identity: str | None
    tolerance: float
    problems: tuple[str, ...] = ()
    withhold: bool = False
    history: History | None = None
    fresh: bool = False
    packed: bytes | None = None


def identity_of_session(session: str | None, unknown_identity: str, keys: Keys) -> str | None:
    """Under which pseudonyms impressions are counted of a customer whom the app does not name.

    Under those of the session, where ``unknown_identity`` allows it; None: under none.
    """
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
    identity: str | None = None,
    kept: Kept | None = None,
    history: History | None = None,
    fresh: bool = False,
    packed: bytes | None = None,
) -> Who:
    """The customer that the app named, completed by the choices that the guard keeps.

    ``unknown_identity`` says what holds where the app named nobody: ``session`` (caps by the
    signed session, strictest preset), ``strict`` (strictest preset, capped items withheld) or
    ``allow`` (default preset, nothing counted). ``identity``, ``kept``, ``history`` and ``packed``:
    under which pseudonyms impressions are counted, the choices, what was shown before and what was
    counted, where they are there already. ``fresh``: the session was made just now.
    """
    known = customer_id(raw)
    fresh = fresh and session is not None
    if known is None:
        if identity is None:
            identity = identity_of_session(session, unknown_identity, stores.keys)
        customer, problems = read_customer(raw, gpc=gpc)
        tolerance, problem = resolve_tolerance(customer, rules)
        if unknown_identity != "allow" and customer.tolerance is None:
            tolerance, problem = rules.strictest, None
        if problem:
            problems = (*problems, problem)
        withhold = unknown_identity == "strict"
        return Who(customer, identity, tolerance, problems, withhold, history, fresh, packed)
    if identity is None:
        identity = stores.keys.identity(known)
    choices, trouble = stores.kept_choices(identity) if kept is None else kept
    if choices or trouble:
        said: Mapping[str, object] = raw if isinstance(raw, Mapping) else {"id": known}
        if trouble and said.get("tolerance") is None:
            said = {**said, "tolerance": IMPOSSIBLE}
        raw = merge_choices(said, choices) if choices else said
    customer, problems = read_customer(raw, gpc=gpc)
    tolerance, problem = resolve_tolerance(customer, rules)
    if trouble or problem:
        problems = (*problems, *trouble, *([problem] if problem else ()))
    return Who(customer, identity, tolerance, problems, False, history, fresh, packed)
