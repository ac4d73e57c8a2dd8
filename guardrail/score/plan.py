"""A rule set compiled for one surface and one sort of customer: items go in, findings come out.

Conditions on the surface and the customer are settled here once; the rest is asked item by item
and remembered by the facts that rules read, so that a shelf of similar items costs a lookup each.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from guardrail.extract.brief import Briefs, facts_of, item_of
from guardrail.extract.scan import Scanned
from guardrail.extract.sort import Sort
from guardrail.extract.strict import plain_item
from guardrail.model import Customer, Finding, Item, Signal
from guardrail.ruleset import Category, Rule, Surface
from guardrail.say import why
from guardrail.score.assumed import Assumptions
from guardrail.score.conditions import Test, Truth, compile_when, uses_signals
from guardrail.score.depth import known_depth
from guardrail.score.expected import expected_weight, passed_on
from guardrail.score.finding import finding_of
from guardrail.score.judged import AT_DEPTH_0, Judged, score
from guardrail.score.kinds import KINDS, Unknown, combination, manner
from guardrail.score.needs import whens_of
from guardrail.score.phrasing import Tongue
from guardrail.score.remembered import Remembered
from guardrail.score.steps import stepped, steps_of
from guardrail.score.terms import Hit
from guardrail.score.view import NOT_SAID, View, view

if TYPE_CHECKING:
    from guardrail.score.engine import Engine, Said

_REMEMBERED = 4_096
_NOTES = 32
COUNTING = frozenset({"frequency_cap", "repetition", "combination"})
"""Kinds of rules that count impressions."""
_BRIEF = itertools.repeat(None)
_Key = tuple[Any, ...]
"""What an item's title and its reason say, and the words of this customer that stand in them
(None for an item that was read briefly, whose facts are as the app wrote them), then its facts as
`guardrail.extract.brief` gives them.
"""


class _Compiled(NamedTuple):
    rule: Rule
    test: Test | Truth
    by_signal: bool
    watched: bool
    expected: float | None


class Plan:
    """The rules that can still apply on one surface to one sort of customer.

    Items that are alike in all that rules ask are judged once and remembered.
    """

    def __init__(self, engine: Engine, surface: Surface, customer: Customer, bucket: int) -> None:
        self.surface = surface
        self._engine = engine
        self._vocabulary = engine.vocabulary
        self._texts = engine.texts
        self._needs = engine.needs(surface)
        self._rules = tuple(_compile(engine.rules, surface, customer, bucket))
        self._own = frozenset(c.rule.id for c in self._rules)
        self.copy_excuses = any(when.terms for c in self._rules for when in whens_of(c.rule)[1:])
        self._mentions = any(c.rule.mentions for c in self._rules)
        self._steps = steps_of(engine.rules)
        self.has_caps = any(c.rule.kind == "frequency_cap" for c in self._rules)
        self.counts = any(c.rule.kind in COUNTING for c in self._rules)
        """Whether a rule may count that an item is shown."""
        self._sorts: Remembered[_Key, Any] = Remembered(self._judged, _REMEMBERED)
        self._by_sort: Remembered[Sort, Judged] = Remembered(self._judged_sort, _REMEMBERED)
        self._notes: Remembered[Hashable, dict[Any, Any]] = Remembered(lambda _: {}, _NOTES)
        self.combines = any(c.rule.kind == "combination" for c in self._rules)
        """Whether a rule looks at several items together."""
        self.repeats = any(c.rule.kind == "repetition" for c in self._rules)
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

    def looks_for(self, customer: Customer) -> bool:
        """Whether words that the app gave of this customer are looked for in copy."""
        return self._mentions and bool(customer.names or customer.places)

    def notes(self, about: Hashable) -> dict[Any, Any]:
        """What others have worked out from what is judged here, to be found again and added to.

        Never more than what is judged here is remembered.
        """
        found = self._notes[about]
        if len(found) > _REMEMBERED:
            # Another one, since others may be reading this one.
            found = self._notes[about] = {}
        return found

    def judge(self, item: Item, customer: Customer) -> Judged:
        """What the rules say of an item; ``customer`` gives the words that copy may not use."""
        own = manner.own_words(item, customer) if self.looks_for(customer) else ()
        facts = facts_of(item, self._needs)
        texts = self._texts
        key = (texts[item.title], texts[item.reason], own, *self._stepped(facts))
        judged: Judged = self._sorts[key]
        return judged

    def judge_sort(self, sort: Sort) -> Judged:
        """What the rules say of the items of a sort; see `judge_sorts`."""
        return self._by_sort[sort]

    def judge_sorts(self, sorts: Iterable[Sort]) -> list[Judged]:
        """What the rules say of the items of each sort, for customers who refuse nothing.

        What decides is that of every item of the sort; its words are those of the one item that
        stands for it: ``labels``, ``signals``, ``why``, and of findings ``because``.
        """
        return [*map(self._by_sort.__getitem__, sorts)]

    def judge_briefly(self, briefs: Briefs | Scanned) -> list[Judged] | None:
        """What the rules say of each item; None where one of them needs the careful reading.

        Of what was scanned it is what they say of the item's sort (`judge_sorts`). There must be
        one item at least.
        """
        if isinstance(briefs, Scanned):
            return self.judge_sorts(briefs.sorts)
        said = self._texts.__getitem__
        keys: Iterable[_Key] = zip(
            map(said, briefs.titles),
            map(said, briefs.reasons),
            _BRIEF,
            *briefs.facts,
            strict=False,
        )
        if self._steps:
            keys = ((*key[:3], *self._stepped(key[3:])) for key in keys)
        judged = [*map(self._sorts.__getitem__, keys)]
        return judged if all(judged) else None

    def _stepped(self, facts: tuple[Any, ...]) -> tuple[Any, ...]:
        """The facts with numbers that no rule can tell apart made the same."""
        return stepped(facts, self._needs, self._steps) if self._steps else facts

    def _judged(self, key: _Key) -> Judged | None:
        title, reason, own, *facts = key
        item = item_of(facts, self._needs)
        if own is None:
            plain = plain_item(item)
            if plain is None:
                return None
            item, own = plain, ()
        return self._judge_item(item, title, reason, own)

    def _judged_sort(self, sort: Sort) -> Judged:
        return self._judge_item(sort.item, sort.title, sort.reason, ())

    def _judge_item(
        self, item: Item, title: Said | None, reason: Said | None, own: tuple[Hit, ...]
    ) -> Judged:
        assumed, told = self._assumptions.of(item)
        kind = item.kind or assumed.kind or self.surface.kind
        purpose = item.purpose or assumed.purpose or self.surface.purpose
        if purpose is None:
            purpose = "commercial_ad" if kind == "ad" else "product"
        signals = assumed.signals if item.signals is None else item.signals
        recognised, hits = self._read_copy(title, reason, signals)
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
            categories=assumed.categories if item.categories is None else item.categories,
            recognised=recognised,
            hits=hits + own,
            vocabulary=self._vocabulary,
        )
        return self._judge(seen_as, signals, told)

    def _read_copy(
        self, title: Said | None, reason: Said | None, signals: tuple[Signal, ...] | None
    ) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
        recognised: tuple[Hit, ...] = ()
        hits: tuple[Hit, ...] = ()
        segments = (("segment", self._texts[s.category]) for s in signals or ())
        for where, said in (("", title), ("reason", reason), *segments):
            if said is not None:
                recognised += tuple(h._replace(where=where) for h in said.recognised)
                hits += said.hits
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
            finding = finding_of(rule, weight, because)
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
            says_condition=any(hit.target == "when" for hit in seen_as.hits),
            repeats=tuple(repeats),
            bought=bool(repeats and seen_as.item.purchased),
            why=why(signals, self.surface.language),
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
