"""A rule set compiled for one surface and one sort of customer: items go in, findings come out.

Conditions on the surface and the customer are settled here once; the rest is asked item by item
and remembered by the facts that rules read, so that a shelf of similar items costs a lookup each.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from guardrail.model import Customer, Finding, Item, Signal
from guardrail.ruleset import Category, Rule, RuleSet, Surface, When
from guardrail.say import Why, why
from guardrail.score.assumed import Assumptions
from guardrail.score.compose import Score, compose
from guardrail.score.conditions import Test, Truth, compile_when, uses_signals
from guardrail.score.depth import known_depth
from guardrail.score.expected import expected_weight, passed_on
from guardrail.score.kinds import KINDS, Unknown, combination, manner
from guardrail.score.phrasing import Tongue, tongues
from guardrail.score.recognise import Recogniser
from guardrail.score.terms import Hit, Phrases
from guardrail.score.view import NOT_SAID, View, view
from guardrail.score.vocabulary import Vocabulary

_REMEMBERED = 1_024
_PLANS = 64
_TEXTS = 20_000
_SHARED = 10_000
_NEW: Any = object()
_Read = tuple[tuple[Hit, ...], tuple[Hit, ...]] | None
_Shared = TypeVar("_Shared", bound=Hashable)
AT_DEPTH_0 = frozenset({"manner", "repetition"})


class Judged(NamedTuple):
    """What the rules say of one item, before the customer's own refusals and before any cap.

    ``findings`` of rules that are enforced, ``watched`` of those in observe. ``caps``: the
    frequency caps that apply. ``labels`` and ``own``: its categories as understood. ``signals``:
    those in force (assumed where the item did not say). ``unknown``: rules that lacked a fact.
    ``phrases``: of rules, found in its copy. ``together``: combinations, with the signs that it
    shows. ``repeats``: the rules that weigh how often it was shown. ``says_condition``: its copy
    holds a phrase that a `when` asks for. ``why``: what a customer may read of the reasons it was
    chosen for.
    """

    findings: tuple[Finding, ...]
    watched: tuple[Finding, ...]
    score: Score
    depth: int | None
    known_depth: int
    caps: tuple[Rule, ...]
    labels: frozenset[str]
    own: tuple[str, ...]
    categorised: bool
    signals: tuple[Signal, ...] | None
    assumed: tuple[str, ...]
    unknown: tuple[str, ...]
    why: Why
    phrases: tuple[str, ...] = ()
    together: tuple[tuple[Rule, frozenset[str]], ...] = ()
    says_condition: bool = False
    repeats: tuple[Rule, ...] = ()

    @property
    def personal(self) -> bool:
        """Whether anything about the person was used; unknown counts as used."""
        return self.depth != 0


class _Compiled(NamedTuple):
    rule: Rule
    test: Test | Truth
    by_signal: bool
    watched: bool
    expected: float | None


class Plan:
    """The rules that can still apply on one surface to one sort of customer."""

    def __init__(self, engine: Engine, surface: Surface, customer: Customer, bucket: int) -> None:
        self.surface = surface
        self._engine = engine
        self._vocabulary = engine.vocabulary
        self._read = engine.read
        self._customer = customer
        self._rules = tuple(_compile(engine.rules, surface, customer, bucket))
        self._own = frozenset(c.rule.id for c in self._rules)
        self.copy_excuses = any(when.terms for c in self._rules for when in _all_whens(c.rule)[1:])
        self._mentions = any(c.rule.mentions for c in self._rules)
        self.repeats = any(c.rule.kind == "repetition" for c in self._rules)
        self._seen: dict[Hashable, Judged] = {}
        self._assumptions = Assumptions(surface.assume)

    @property
    def categories(self) -> Mapping[str, Category]:
        """The categories of the rule set."""
        return self._vocabulary.categories

    @property
    def tongues(self) -> Mapping[str, Tongue]:
        """How copy gets personal, by language."""
        return self._engine.tongues

    def rules_named(self, ids: frozenset[str]) -> tuple[Rule, ...]:
        """The rules with those ids that can apply here."""
        return tuple(c.rule for c in self._rules if c.rule.id in ids)

    def judge(self, item: Item, customer: Customer) -> Judged:
        """What the rules say of an item; ``customer`` gives the words that copy may not use."""
        assumed, told = self._assumptions.of(item)
        surface = self.surface
        kind = item.kind or assumed.kind or surface.kind
        purpose = item.purpose or assumed.purpose or surface.purpose
        if purpose is None:
            purpose = "commercial_ad" if kind == "ad" else "product"
        signals = assumed.signals if item.signals is None else item.signals
        categories = assumed.categories if item.categories is None else item.categories
        recognised, hits = self._read_copy(item, signals)
        if self._mentions and (customer.names or customer.places):
            hits += manner.own_words(item, customer)
        key = (
            kind,
            purpose,
            categories,
            told,
            signals if signals is None else tuple(map(self._signal_key, signals)),
            item.sponsored,
            item.price_personalised,
            recognised,
            hits,
            (item.advertiser, item.advertisers) if self._engine.reads_advertisers else None,
            item.attr if self._engine.reads_attributes else None,
            item.campaign if self._engine.reads_campaigns else None,
        )
        found = self._seen.get(key)
        if found is None:
            completed = replace(
                item,
                advertiser=item.advertiser or assumed.advertiser,
                campaign=item.campaign or assumed.campaign,
                sponsored=assumed.sponsored if item.sponsored is None else item.sponsored,
                price_personalised=assumed.price_personalised
                if item.price_personalised is None
                else item.price_personalised,
            )
            seen_as = view(
                completed,
                kind=kind,
                purpose=purpose,
                signals=signals,
                categories=categories,
                recognised=recognised,
                hits=hits,
                vocabulary=self._vocabulary,
            )
            found = self._judge(seen_as, signals, told)
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = found
        return found

    def _signal_key(self, signal: Signal) -> Hashable:
        return (
            signal.data,
            signal.method,
            signal.party,
            signal.depth,
            signal.via,
            signal.context,
            signal.category,
            signal.precision,
            signal.age_seconds if self._engine.reads_ages else None,
            signal.audience_size if self._engine.reads_sizes else None,
        )

    def _read_copy(
        self, item: Item, signals: tuple[Signal, ...] | None
    ) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
        recognised: tuple[Hit, ...] = ()
        hits: tuple[Hit, ...] = ()
        segments = (("segment", s.category) for s in signals or ())
        for where, text in (("", item.title), ("reason", item.reason), *segments):
            if text:
                found = self._read(text)
                if found:
                    recognised += tuple(h._replace(where=where) for h in found[0])
                    hits += found[1]
        return recognised, hits

    def _judge(
        self, seen_as: View, signals: tuple[Signal, ...] | None, assumed: tuple[str, ...]
    ) -> Judged:
        findings: list[Finding] = []
        watched: list[Finding] = []
        caps: list[Rule] = []
        unknown: list[str] = []
        together: list[tuple[Rule, frozenset[str]]] = []
        repeats: list[Rule] = []
        for compiled in self._rules:
            rule = compiled.rule
            truth, signal = _meets(compiled, seen_as)
            if truth is None:
                unknown.append(rule.id)
                truth = rule.unknown == "apply"
            if not truth:
                continue
            if rule.kind == "combination":
                signs = combination.signs_of(rule, seen_as)
                together += [(rule, signs)] if signs else []
                continue
            if rule.kind == "repetition":
                repeats.append(rule)
                continue
            ask = KINDS[rule.kind].judge
            if ask is None:
                caps.append(rule)
                continue
            answer = ask(rule, seen_as, signal, self._vocabulary)
            if isinstance(answer, Unknown):
                unknown.append(rule.id)
                if rule.unknown == "skip":
                    continue
                weight, because = rule.weight or 0.0, "category unknown"
            elif answer is None:
                continue
            else:
                weight, because = answer
            if compiled.expected is not None and not passed_on(rule, seen_as.signals):
                weight = min(weight, compiled.expected)
            finding = _finding(rule, weight, because)
            if seen_as.depth == 0 and not finding.blocks and rule.concern not in AT_DEPTH_0:
                continue
            (watched if compiled.watched else findings).append(finding)
        return Judged(
            findings=self._engine.share(tuple(findings)),
            watched=self._engine.share(tuple(watched)),
            score=score(findings, seen_as.depth),
            depth=seen_as.depth,
            known_depth=known_depth(signals),
            caps=tuple(caps),
            labels=seen_as.labels,
            own=tuple(seen_as.own),
            categorised=seen_as.categorised,
            signals=signals,
            assumed=assumed,
            unknown=self._engine.share(tuple(unknown)),
            phrases=tuple(dict.fromkeys(h.phrase for h in seen_as.hits if h.target in self._own)),
            together=tuple(together),
            repeats=tuple(repeats),
            says_condition=any(hit.target == "when" for hit in seen_as.hits),
            why=why(signals, self.surface.language),
        )


def score(findings: list[Finding] | tuple[Finding, ...], depth: int | None) -> Score:
    """The score of findings on an item: at depth 0 only `manner` and `repetition` count."""
    if depth == 0:
        return compose(f for f in findings if f.concern in AT_DEPTH_0)
    return compose(findings)


def _finding(rule: Rule, weight: float, because: str) -> Finding:
    return Finding(
        rule=rule.id,
        concern=rule.concern,
        weight=round(weight, 1),
        because=because,
        layer=rule.layer,
        action=rule.action,
        treatment=rule.treatment,
        say=rule.say,
    )


def _meets(compiled: _Compiled, seen_as: View) -> tuple[Truth, Signal]:
    """Whether the conditions hold, and of which signal."""
    test = compiled.test
    if not callable(test):
        return test, seen_as.signals[0]
    if not compiled.by_signal:
        return test(seen_as, NOT_SAID), seen_as.signals[0]
    result: Truth = False
    for signal in seen_as.signals:
        truth = test(seen_as, signal)
        if truth is True:
            return True, signal
        if truth is None:
            result = None
    return result, seen_as.signals[0]


def _compile(
    rules: tuple[Rule, ...], surface: Surface, customer: Customer, bucket: int
) -> list[_Compiled]:
    compiled: list[_Compiled] = []
    for rule in rules:
        if rule.mode == "off" or bucket >= rule.rollout:
            continue
        when = rule.when
        if KINDS[rule.kind].owns_category:
            when = replace(when, category=None)
        test = compile_when(when, surface, customer)
        if test is not False:
            watched = rule.mode == "observe"
            expected = expected_weight(rule, surface.vertical)
            compiled.append(_Compiled(rule, test, uses_signals(when), watched, expected))
    return compiled


class Engine:
    """One rule set, compiled as far as it can be without a customer; makes and keeps plans."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.rules = ruleset.rules
        self.vocabulary = Vocabulary(ruleset.categories)
        self.recognise = Recogniser(ruleset.categories.values())
        self.phrases = Phrases(
            {r.id: r.terms for r in ruleset.rules}
            | combination.phrases(ruleset.rules)
            | {"when": [t for r in ruleset.rules for t in _terms(r)]}
        )
        self.tongues = tongues(ruleset.phrasing)
        self._looks_for_forms = any(r.mentions for r in ruleset.rules)
        self._texts: dict[str, tuple[tuple[Hit, ...], tuple[Hit, ...]] | None] = {}
        whens = [w for r in ruleset.rules for w in _all_whens(r)]
        self.reads_ages = any(w.age_seconds is not None for w in whens)
        self.reads_sizes = any(w.audience_size is not None for w in whens)
        self.reads_advertisers = any(w.advertiser is not None for w in whens)
        self.reads_attributes = any(w.attr is not None for w in whens)
        self.reads_campaigns = any(w.campaign is not None for w in whens)
        self._remembering = [r for r in ruleset.rules if r.remembers and r.mode != "off"]
        self._shared: dict[Hashable, Any] = {}
        self._plans: dict[Hashable, Plan] = {}
        self._steps = sorted({r.rollout for r in ruleset.rules})

    def share(self, found: _Shared) -> _Shared:
        """One value for all equal ones, so that who counts them can tell them by identity."""
        if len(self._shared) >= _SHARED:
            self._shared.clear()
        known: _Shared = self._shared.setdefault(found, found)
        return known

    def remembers(self, surface: Surface) -> bool:
        """Whether a rule may ask there what a customer was shown before."""
        return any(
            r.when.surface is None or surface.name in r.when.surface for r in self._remembering
        )

    def read(self, text: str) -> tuple[tuple[Hit, ...], tuple[Hit, ...]] | None:
        """What a text says: category terms, then rule phrases and forms; None for nothing.

        Recent texts are remembered, since a catalogue's come again and again.
        """
        known: _Read = self._texts.get(text, _NEW)
        if known is not _NEW:
            return known
        hits = self.phrases.find(text)
        if self._looks_for_forms:
            hits += manner.forms(text, self.tongues.values())
        recognised = self.recognise.find(text)
        found = (recognised, hits) if recognised or hits else None
        if len(self._texts) >= _TEXTS:
            self._texts.clear()
        self._texts[text] = found
        return found

    def plan(self, surface: Surface, customer: Customer, bucket: int = 0) -> Plan:
        """The plan for a surface and what rules may ask of a customer.

        ``bucket``: where the customer stands in a rollout, 0-99, stable for each customer.
        """
        step = next((s for s in self._steps if bucket < s), 100)
        key = (
            surface.name,
            customer.jurisdiction,
            customer.age_band,
            customer.gpc,
            customer.consent,
            step,
        )
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            found = self._plans[key] = Plan(self, surface, customer, bucket)
        return found


def _all_whens(rule: Rule) -> list[When]:
    whens = [rule.when]
    while whens[-1].not_ is not None:
        whens.append(whens[-1].not_)
    return whens


def _terms(rule: Rule) -> list[str]:
    return [term for when in _all_whens(rule) for term in when.terms or ()]
