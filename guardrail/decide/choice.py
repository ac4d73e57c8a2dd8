"""The customer's own refusals: they act at any depth and at any score."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from guardrail.model import Customer, Finding, Hold, Signal
from guardrail.score.judged import Judged
from guardrail.score.vocabulary import slug_ancestors

SUBJECT_SAY = "You asked not to be shown this subject."
SOURCE_SAY = "You asked that this kind of information about you is not used."


def refuses(customer: Customer) -> bool:
    """Whether there is anything to check for this customer."""
    return bool(
        not customer.personalisation
        or customer.gpc
        or customer.topics_off
        or customer.sources_off
        or customer.holds
        or (customer.consent and any(not given for _, given in customer.consent))
    )


def refused(customer: Customer, now_ms: int) -> Hashable:
    """What decides which `refusals` a customer has at a moment (epoch ms), None where none is
    possible: items that are alike come to the same for all customers of whom this is the same.
    """
    if not refuses(customer):
        return None
    return (
        customer.personalisation,
        customer.gpc,
        customer.topics_off,
        customer.sources_off,
        tuple([hold.category for hold in customer.holds if _holds(hold, now_ms)]),
        customer.consent,
    )


def subjects_refused(customer: Customer) -> frozenset[str]:
    """What an item may not be about, as slugs: all that ``refusals`` looks for among labels."""
    consents = [name for name, given in customer.consent if not given]
    holds = [hold.category for hold in customer.holds]
    return frozenset((*customer.topics_off, *holds, *consents))


def refusals(customer: Customer, judged: Judged, now_ms: int) -> tuple[Finding, ...]:
    """A finding for every refusal that an item runs into.

    ``now_ms``: epoch milliseconds, for holds that end. Opted out means depth 0 only, so an
    item of unknown depth is refused too. Global Privacy Control refuses third-party data
    (the opt-out of sale and sharing of California and other states; it never adds anything).
    """
    return tuple(_refusals(customer, judged, now_ms))


def _refusals(customer: Customer, judged: Judged, now_ms: int) -> Iterator[Finding]:
    about = judged.labels.union(a for slug in judged.own for a in slug_ancestors(slug))
    if not customer.personalisation and judged.personal:
        yield _choice("personalisation", "depth", "opted out of personalisation", SOURCE_SAY)
    for topic in customer.topics_off:
        if topic in about:
            yield _choice("topics_off", "subject", f"topic {topic} is off", SUBJECT_SAY)
    for hold in customer.holds:
        if hold.category in about and _holds(hold, now_ms):
            yield _choice("holds", "subject", f"{hold.category} is on hold", SUBJECT_SAY)
    signals = tuple(_with_via(judged.signals or ()))
    for source in customer.sources_off:
        if any(s.data == source for s in signals):
            yield _choice("sources_off", "source", f"source {source} is off", SOURCE_SAY)
    for name, given in customer.consent:
        if not given and judged.personal and _needs_consent(name, about, signals):
            yield _choice("consent", "source", f"no consent for {name}", SOURCE_SAY)
    if customer.gpc and any(_from_third_party(s) for s in signals):
        yield _choice("gpc", "flow", "Global Privacy Control refuses third-party data", SOURCE_SAY)


def _holds(hold: Hold, now_ms: int) -> bool:
    return hold.until_ms is None or now_ms < hold.until_ms


def _choice(key: str, concern: str, because: str, say: str) -> Finding:
    return Finding(f"customer:{key}", concern, 0.0, because, layer="choice", say=say)


def _with_via(signals: tuple[Signal, ...]) -> Iterator[Signal]:
    for signal in signals:
        yield signal
        yield from _with_via(signal.via)


def _needs_consent(name: str, about: frozenset[str], signals: tuple[Signal, ...]) -> bool:
    """Whether what consent is asked for (a party, a data kind or a subject) is in use."""
    if name.endswith("_party"):
        return any(s.party == name.removesuffix("_party") for s in signals)
    return name in about or any(s.data == name for s in signals)


def _from_third_party(signal: Signal) -> bool:
    return signal.party == "third" or signal.data == "third_party_segment"
