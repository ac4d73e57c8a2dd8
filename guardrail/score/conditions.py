"""The `when` of a rule as a test with three answers: True, False, and None for *unknown*.

What is asked of the customer and the surface is answered once, when the rule is compiled for
them; what is asked of the item and its signals is answered item by item. A `not` must not hold,
and the signal keys in it speak of the same signal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from guardrail.model import Customer, Signal
from guardrail.ruleset import SIGNAL_KEYS, UNKNOWN, Comparison, Surface, When
from guardrail.score.depth import signal_depth
from guardrail.score.view import NOTHING_PERSONAL, View

Truth = bool | None
Test = Callable[[View, Signal], Truth]

_NO_VIEW: Any = None
"""What is asked of a signal looks at nothing else."""
EU = frozenset(
    ("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE").split()
)
"""The member states of the European Union, ISO 3166-1 (27 since 2020-02-01)."""


def uses_signals(when: When) -> bool:
    """Whether a condition speaks of a signal, so that one and the same signal must meet it."""
    if any(getattr(when, key) is not None for key in SIGNAL_KEYS):
        return True
    return when.not_ is not None and uses_signals(when.not_)


def compile_when(when: When, surface: Surface, customer: Customer) -> Test | Truth:
    """The test for one surface and customer; a plain True, False or None where it is settled."""
    settled = _settle(_about_request(when, surface, customer))
    if settled is False:
        return False
    tests = [*_about_item(when), *_about_signal(when)]
    if when.not_ is not None:
        inner = compile_when(when.not_, surface, customer)
        if callable(inner):
            tests.append(_negate(inner))
        else:
            settled = _settle([settled, None if inner is None else not inner])
            if settled is False:
                return False
    if not tests:
        return settled
    return _conjunction(tests, settled)


def _settle(truths: Iterable[Truth]) -> Truth:
    """All must hold: False if one is, else unknown if one is."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _conjunction(tests: list[Test], settled: Truth) -> Test:
    def test(view: View, signal: Signal) -> Truth:
        result = settled
        for one in tests:
            truth = one(view, signal)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    return test


def _negate(test: Test) -> Test:
    def negated(view: View, signal: Signal) -> Truth:
        truth = test(view, signal)
        return None if truth is None else not truth

    return negated


def _among(fact: str | None, wanted: Iterable[str]) -> Truth:
    """Any-of on one fact: a missing fact meets only the value ``unknown``."""
    if fact is None:
        return True if UNKNOWN in wanted else None
    return fact in wanted


def _about_request(when: When, surface: Surface, customer: Customer) -> list[Truth]:
    truths: list[Truth] = []
    if when.surface is not None:
        truths.append(surface.name in when.surface)
    if when.vertical is not None:
        truths.append(_among(surface.vertical, when.vertical))
    if when.jurisdiction is not None:
        truths.append(_in_jurisdiction(customer.jurisdiction, when.jurisdiction))
    if when.age_band is not None:
        band = None if customer.age_band == UNKNOWN else customer.age_band
        truths.append(_among(band, when.age_band))
    if when.consent_missing is not None:
        given = dict(customer.consent)
        truths.append(any(not given.get(name, False) for name in when.consent_missing))
    if when.gpc is not None:
        truths.append(customer.gpc is when.gpc)
    return truths


def _in_jurisdiction(where: str | None, wanted: tuple[str, ...]) -> Truth:
    if where is None:
        return _among(None, wanted)
    country = where.split("-", 1)[0]
    return any(w in (where, country) or (w == "EU" and country in EU) for w in wanted)


def _about_item(when: When) -> list[Test]:
    tests: list[Test] = []
    if when.kind is not None:
        kinds = frozenset(when.kind)
        tests.append(lambda view, _: view.kind in kinds)
    if when.purpose is not None:
        purposes = frozenset(when.purpose)
        tests.append(lambda view, _: view.purpose in purposes)
    if when.category is not None:
        tests.append(_of_category(frozenset(when.category)))
    if when.advertiser is not None:
        tests.append(_of_advertiser(frozenset(when.advertiser)))
    if when.campaign is not None:
        campaigns = frozenset(when.campaign)
        tests.append(lambda view, _: _among(view.item.campaign, campaigns))
    if when.sponsored is not None:
        sponsored = when.sponsored
        tests.append(lambda view, _: _is(view.sponsored, sponsored))
    if when.price_personalised is not None:
        personalised = when.price_personalised
        tests.append(lambda view, _: _is(view.item.price_personalised, personalised))
    if when.attr is not None:
        attributes = frozenset(when.attr)
        tests.append(
            lambda view, _: (
                None if view.item.attr is None else not attributes.isdisjoint(view.item.attr)
            )
        )
    if when.terms is not None:
        phrases = frozenset(when.terms)
        tests.append(lambda view, _: any(hit.phrase in phrases for hit in view.hits))
    return tests


def _is(fact: bool | None, wanted: bool) -> Truth:
    return None if fact is None else fact is wanted


def _of_advertiser(wanted: frozenset[str]) -> Test:
    """One of several is enough: each of them pays for it, or is shown."""

    def test(view: View, _: Signal) -> Truth:
        several = view.item.advertisers
        if several and not wanted.isdisjoint(several):
            return True
        return _among(view.item.advertiser or (several[0] if several else None), wanted)

    return test


def _of_category(wanted: frozenset[str]) -> Test:
    def test(view: View, _: Signal) -> Truth:
        if not wanted.isdisjoint(view.labels):
            return True
        if view.categorised:
            return False
        return True if UNKNOWN in wanted else None

    return test


def of_signal(when: When) -> Callable[[Signal], Truth]:
    """What a `when`, less the `not` in it, asks of a signal; True where it asks nothing."""
    tests = _about_signal(when)
    return lambda signal: _settle([test(_NO_VIEW, signal) for test in tests])


def _about_signal(when: When) -> list[Test]:
    tests: list[Test] = []
    for key in ("data", "method", "party", "context", "precision"):
        wanted = getattr(when, key)
        if wanted is not None:
            tests.append(_signal_text(key, frozenset(wanted)))
    for key in ("depth", "age_seconds", "audience_size"):
        compared = getattr(when, key)
        if compared is not None:
            tests.append(_signal_number(key, compared))
    return tests


def _signal_text(key: str, wanted: frozenset[str]) -> Test:
    def test(_: View, signal: Signal) -> Truth:
        if signal is NOTHING_PERSONAL:
            return False
        return _among(getattr(signal, key), wanted)

    return test


def _signal_number(key: str, wanted: tuple[Comparison, ...]) -> Test:
    missing_is_met = any(c.op == UNKNOWN for c in wanted)
    compared = tuple(c for c in wanted if c.op != UNKNOWN)

    def test(_: View, signal: Signal) -> Truth:
        if key == "depth":
            fact: float | None = signal_depth(signal)
        elif signal is NOTHING_PERSONAL:
            return False
        else:
            fact = getattr(signal, key)
        if fact is None:
            return True if missing_is_met else None
        return any(compare(fact, c) for c in compared)

    return test


def compare(fact: float, comparison: Comparison) -> bool:
    """Whether a number meets a comparison."""
    match comparison.op:
        case ">=":
            return fact >= comparison.value
        case ">":
            return fact > comparison.value
        case "<=":
            return fact <= comparison.value
        case "<":
            return fact < comparison.value
        case _:
            return fact == comparison.value
