"""The data that flows through the guard: frozen values, no behaviour beyond what they mean.

An *item* is one recommendation or ad. A *signal* is one fact about the customer that led to
it. A *finding* is one rule's objection; a *verdict* is what happens to the item; a *decision*
is all of it for one response.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from copy import copy
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

DATA_KINDS = frozenset(
    "message_content chat contacts voice location_history precise_location browsing_history "
    "search_history purchase_history cart watch_history likes typing_behaviour device ip_address "
    "biometrics genetics health income credit religion politics sexual_orientation ethnicity "
    "relationship_status life_event tragedy personality age gender name government_id profile "
    "uploaded_list lookalike third_party_segment current_item other".split()
)
METHODS = frozenset({"declared", "observed", "inferred", "modeled"})
PARTIES = frozenset({"first", "second", "third"})
PRECISIONS = frozenset({"place", "postcode", "city", "region", "country"})
KINDS = frozenset({"recommendation", "ad"})
PURPOSES = frozenset(
    "product commercial_ad political_message entertainment places events people feed news "
    "search_results job housing credit insurance health_service other".split()
)
NOT_UNDERSTOOD = "?"
"""A category that was sent and can't be read, such as a bare number: it may be any."""
AGE_BANDS = frozenset({"child", "teen", "adult", "unknown"})
CONCERNS = ("subject", "purpose", "source", "flow", "depth", "context", "manner", "repetition")
CREEPY = frozenset({"subject", "purpose", "source", "flow", "depth", "context"})
ANNOYING = frozenset({"manner", "repetition"})
MODES = ("off", "observe", "enforce")
VERDICTS = ("allow", "soften", "suppress")


class Signal(msgspec.Struct, frozen=True):
    """One fact about the customer that led to an item. Every key is optional; absent = unknown.

    ``data``: what was used, one of `DATA_KINDS`. ``method``: one of `METHODS`. ``party``: who
    collected it, one of `PARTIES`. ``depth``: inference depth as the app states it, else derived
    (`guardrail.score.depth`). ``via``: the signals it was inferred from. ``context``: where it
    was collected. ``category``: what it says about the person. ``precision``: of a location.
    ``age_seconds``: age of the evidence. ``audience_size``: people in the segment.
    """

    data: str | None = None
    method: str | None = None
    party: str | None = None
    depth: int | None = None
    via: tuple[Signal, ...] = ()
    context: str | None = None
    category: str | None = None
    precision: str | None = None
    age_seconds: float | None = None
    audience_size: float | None = None


class Item(msgspec.Struct, frozen=True):
    """One recommendation or ad, reduced to the facts that rules read.

    Absent keys are None, which means *unknown*; ``signals`` is None when the app said nothing
    and ``()`` when it said that nothing personal was used. ``categories`` are lower-case slugs
    or ``taxonomy:id``. ``advertisers``: all of them, where one item has several. ``attr``: how an
    advertisement behaves, as codes of OpenRTB (`guardrail.extract.openrtb`). ``purchased``: this
    customer has it already, and needs no other.
    """

    id: str | None = None
    kind: str | None = None
    title: str | None = None
    reason: str | None = None
    categories: tuple[str, ...] | None = None
    signals: tuple[Signal, ...] | None = None
    purpose: str | None = None
    advertiser: str | None = None
    campaign: str | None = None
    creative: str | None = None
    sponsored: bool | None = None
    price_personalised: bool | None = None
    advertisers: tuple[str, ...] | None = None
    attr: tuple[int, ...] | None = None
    purchased: bool | None = None


class Hold(msgspec.Struct, frozen=True):
    """A subject that the customer does not want to meet until a moment (epoch ms; None = ever)."""

    category: str
    until_ms: int | None = None


class Customer(msgspec.Struct, frozen=True):
    """What the guard may know of the person: their tolerance and their choices.

    ``tolerance`` is a preset's name, a number 0-100, or None for the rule set's default.
    ``pseudonym`` is the keyed pseudonym under which impressions are counted; None = uncounted.
    ``names`` and ``places`` are words that copy may not use of them (given by the app, kept
    nowhere). The raw id is deliberately no field.
    """

    pseudonym: str | None = None
    tolerance: str | float | None = None
    age_band: str | None = None
    jurisdiction: str | None = None
    gpc: bool = False
    personalisation: bool = True
    consent: tuple[tuple[str, bool], ...] = ()
    topics_off: tuple[str, ...] = ()
    sources_off: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    known: bool = True


class Finding(msgspec.Struct, frozen=True):
    """One objection: which rule, on what ground, how heavy (0-100), and why in a few words.

    ``layer``: ``floor`` (law), ``choice`` (the customer's own refusal) or ``rule``.
    ``action``: what the rule asks for, ``score``, ``soften`` or ``suppress``.
    ``say``: the sentence a customer may read.
    """

    rule: str
    concern: str
    weight: float
    because: str
    layer: str = "rule"
    action: str = "score"
    treatment: str | None = None
    say: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it acts whatever the score is."""
        return self.layer != "rule" or self.action != "score"

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready data; the layer and action only where they are not usual."""
        out: dict[str, Any] = {
            "rule": self.rule,
            "concern": self.concern,
            "weight": self.weight,
            "because": self.because,
        }
        if self.layer != "rule":
            out["layer"] = self.layer
        if self.action != "score":
            out["action"] = self.action
        return out


class Verdict(msgspec.Struct, frozen=True):
    """What happens to one item, and every number behind it.

    Scores are 0-100, rounded to 0.1. ``tolerance`` is the number that was compared with.
    ``depth`` is None when unknown. ``replacement`` is the id of the item shown in its place.
    ``would`` is the verdict that was not enforced (observe), with its treatment and findings.
    ``capped_by`` names the cap that bound, ``retry_after_seconds`` when it would permit again.
    ``problems`` are the item's own faults, ``unknown`` the rules that lacked a fact.
    ``surplus``: it may be shown, but the surface shows only so many.
    ``why``, ``main_parameters`` and ``dsa_params`` tell the customer what it was chosen from, in
    a sentence, in words and as the codes of OpenRTB's DSA extension (`guardrail.say`).
    """

    id: str | None
    verdict: str
    treatment: str | None = None
    replacement: str | None = None
    intrusiveness: float = 0.0
    softened_intrusiveness: float | None = None
    creepy: float = 0.0
    annoying: float = 0.0
    tolerance: float = 0.0
    depth: int | None = None
    findings: tuple[Finding, ...] = ()
    capped_by: str | None = None
    retry_after_seconds: int | None = None
    tried: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    would: str | None = None
    would_treatment: str | None = None
    would_findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    surplus: bool = False
    why: str | None = None
    main_parameters: tuple[str, ...] = ()
    dsa_params: tuple[int, ...] = ()

    @property
    def say(self) -> str | None:
        """The sentence a customer may read about the heaviest finding that has one."""
        said = [f for f in self.findings if f.say]
        return max(said, key=lambda f: (f.blocks, f.weight)).say if said else None

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON-ready data, in the contract's order; rare keys where they matter."""
        out: dict[str, Any] = {
            "id": self.id,
            "verdict": self.verdict,
            "treatment": self.treatment,
            "intrusiveness": self.intrusiveness,
            "softened_intrusiveness": self.softened_intrusiveness,
            "creepy": self.creepy,
            "annoying": self.annoying,
            "tolerance": self.tolerance,
            "depth": self.depth,
            "findings": [f.to_dict() for f in self.findings],
            "capped_by": self.capped_by,
            "retry_after_seconds": self.retry_after_seconds,
        }
        if self.say:
            out["say"] = self.say
        for name in (
            "replacement",
            "tried",
            "assumed",
            "would",
            "would_treatment",
            "unknown",
            "problems",
            "surplus",
            "why",
            "main_parameters",
            "dsa_params",
        ):
            value = getattr(self, name)
            if value:
                out[name] = list(value) if isinstance(value, tuple) else value
        if self.would_findings:
            out["would_findings"] = [f.to_dict() for f in self.would_findings]
        return out


Given = tuple[Any, ...] | Callable[[], tuple[Any, ...]]
"""Values, or a callable that gives them when somebody asks."""


class Sorts(NamedTuple):
    """What items came to, as far as it takes to count them later.

    ``each``: of each item something hashable that stands for what came of it; many have the same.
    ``tell`` (hashable) gives of one what is counted: attributes as of `Verdict`.
    """

    each: Collection[Hashable]
    tell: Callable[[Any], Any]

    def tally(self) -> Iterator[tuple[Any, int]]:
        """What is counted, and of how many items."""
        for one, many in Counter(self.each).items():
            yield self.tell(one), many


_NOTHING_CUT: Mapping[str, int] = MappingProxyType({})


class Decision:
    """All verdicts of one response. Nothing in it is changed once it is made.

    ``outcome``: ``guarded``, ``observed``, ``not_covered``, ``not_readable(why)`` or
    ``failed(why)``. ``at`` is epoch milliseconds. ``counts`` counts verdicts that were in
    effect plus ``backfill``; ``would_counts`` those that observe mode did not enforce.
    ``items`` are the verdicts, ``shown`` the items to show; both may be given as a callable that
    is called when they are asked for. ``cut`` says how often each leak was cut out of them, by
    its name in the rule files.
    """

    def __init__(  # noqa: PLR0917 - a value; its fields have an order
        self,
        decision_id: str,
        revision: str,
        surface: str,
        mode: str,
        at_ms: int,
        outcome: str,
        items: Given = (),
        backfill: tuple[str | None, ...] = (),
        shown: Given = (),
        problems: tuple[str, ...] = (),
        cut: Mapping[str, int] = _NOTHING_CUT,
        sorts: Callable[[], Sorts] | None = None,
    ) -> None:
        """``sorts``: gives what is counted; by default the ``items`` that are no surplus."""
        self.decision_id = decision_id
        self.revision = revision
        self.surface = surface
        self.mode = mode
        self.at_ms = at_ms
        self.outcome = outcome
        self.backfill = backfill
        self.problems = problems
        self.cut = cut
        self._items = items
        self._shown = shown
        self._sorts = sorts

    @property
    def items(self) -> tuple[Verdict, ...]:
        """The verdict on each item, in the order of the response."""
        if callable(self._items):
            self._items = self._items()
        return self._items

    def sorts(self) -> Sorts:
        """What is counted, item by item; surplus left out."""
        if self._sorts is not None:
            return self._sorts()
        return Sorts([verdict for verdict in self.items if not verdict.surplus], itself)

    def tally(self) -> Iterator[tuple[Any, int]]:
        """What is counted, with how many times: attributes as of `Verdict`; surplus left out."""
        return self.sorts().tally()

    def showing(self, shown: tuple[Any, ...]) -> Decision:
        """The same decision with other items to show."""
        other = copy(self)
        other._shown = shown
        return other

    @property
    def kept(self) -> list[Any]:
        """The items to show, treated, in order, without signals."""
        return list(self._shown() if callable(self._shown) else self._shown)

    @property
    def at(self) -> str:
        """The moment of the decision, ISO 8601 in UTC to the second."""
        return iso_utc(self.at_ms)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items each verdict had (surplus left out), and how many were filled in."""
        out = dict.fromkeys(VERDICTS, 0)
        for one, many in self.tally():
            out[one.verdict] += many
        out["backfill"] = len(self.backfill)
        return out

    @property
    def would_counts(self) -> Mapping[str, int]:
        """How many items would have had another verdict, by that verdict."""
        out: dict[str, int] = {}
        for one, many in self.tally():
            if one.would:
                out[one.would] = out.get(one.would, 0) + many
        return out

    def to_dict(self) -> dict[str, Any]:
        """The decision as JSON-ready data, as the contract shapes it; ``kept`` is left out."""
        out: dict[str, Any] = {
            "decision_id": self.decision_id,
            "revision": self.revision,
            "surface": self.surface,
            "mode": self.mode,
            "at": self.at,
            "items": [v.to_dict() for v in self.items],
            "outcome": self.outcome,
            "counts": dict(self.counts),
        }
        if self.would_counts:
            out["would_counts"] = dict(self.would_counts)
        if self.problems:
            out["problems"] = list(self.problems)
        if self.cut:
            out["cut"] = dict(self.cut)
        return out


def itself(verdict: Any) -> Any:
    """What is counted of a verdict: all that it says."""
    return verdict


def iso_utc(ms: int) -> str:
    """Epoch milliseconds as ``YYYY-MM-DDTHH:MM:SSZ``."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
