"""Items that are harmless alone and tell a story together: the set is thinned, not emptied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardrail.decide.added import added
from guardrail.decide.appraise import Appraiser
from guardrail.decide.capped import duration
from guardrail.decide.history import History
from guardrail.decide.settle import Settled
from guardrail.model import Item
from guardrail.ruleset import Rule
from guardrail.score.finding import finding_of
from guardrail.treat import TREATMENTS, Shelf

_Member = tuple[int, frozenset[str]]


def together(
    items: Sequence[Item],
    settled: Sequence[Settled | None],
    appraise: Appraiser,
    *,
    tolerance: float,
    allowed: tuple[str, ...],
    shelf: Shelf,
    watched: bool = False,
) -> list[Settled | None]:
    """The verdicts once the items of one response are looked at as a set.

    ``items`` and ``settled`` go together; None stands for what could not be judged. A rule whose
    signs are all tolerable with its finding added leaves the set as it is. Else items stay, in
    their order, as long as they show fewer signs than it takes; each further one gives its place
    to something else, or goes. What uses nothing personal tells nothing of the person.

    A rule with a window adds the signs that the customer was shown before (``appraise.history``);
    where that is not known, this page alone counts.
    """
    out = list(settled)
    for rule in _rules(out, watched=watched):
        members = _members(out, rule)
        before = _shown_before(rule, appraise.history)
        told = before.union(*(signs for _, signs in members))
        if not _is_a_story(rule, members, before):
            continue
        finding = finding_of(rule, rule.weight or 0.0, _because(rule, told))
        found = [one for i, _ in members if (one := out[i]) is not None]
        if not finding.blocks and all(
            added(one.shown, finding).score.intrusiveness <= tolerance for one in found
        ):
            for (index, _), one in zip(members, found, strict=True):
                after = one.after and added(one.after, finding)
                out[index] = one._replace(before=added(one.before, finding), after=after)
            continue
        shown = before
        for (index, signs), one in zip(members, found, strict=True):
            if len(shown | signs) < rule.at_least:
                shown |= signs
                continue
            tried = one.tried if one.treatment is None else (*one.tried, one.treatment)
            thinned = Settled("suppress", added(one.before, finding), tried=tried)
            if rule.action != "suppress" and not {"dilute", "replace"}.isdisjoint(allowed):
                thinned = _diluted(
                    items[index], thinned, rule, appraise, tolerance=tolerance, shelf=shelf
                )
            out[index] = thinned
    return out


def tell(
    settled: Sequence[Settled | None], history: History | None, *, watched: bool = False
) -> bool:
    """Whether `together` would find that these tell a story; in any order, and without the rest."""
    return any(
        _is_a_story(rule, _members(settled, rule), _shown_before(rule, history))
        for rule in _rules(settled, watched=watched)
    )


def _shown_before(rule: Rule, history: History | None) -> frozenset[str]:
    return frozenset() if history is None else history.signs(rule)


def _is_a_story(rule: Rule, members: list[_Member], before: frozenset[str]) -> bool:
    """Whether there are several items (on this page, or one here and another that was shown
    before), and enough signs.
    """
    several = len(members) > 1 or (len(members) == 1 and not before <= members[0][1])
    return several and len(before.union(*(signs for _, signs in members))) >= rule.at_least


def has_watched(settled: Sequence[Settled | None]) -> bool:
    """Whether a combination in observe could change something."""
    return any(rule.mode == "observe" for rule in _rules(settled, watched=True))


def _rules(settled: Sequence[Settled | None], *, watched: bool) -> list[Rule]:
    found = {r.id: r for s in settled if s for r, _ in s.shown.judged.together}
    return [rule for rule in found.values() if watched or rule.mode != "observe"]


def _members(settled: Sequence[Settled | None], rule: Rule) -> list[_Member]:
    return [(i, signs) for i, one in enumerate(settled) for signs in _signs(one, rule)]


def _signs(settled: Settled | None, rule: Rule) -> Iterator[frozenset[str]]:
    """The signs that an item shows, if it is shown and anything personal was used for it."""
    if settled is None or settled.verdict == "suppress" or settled.held:
        return
    judged = settled.shown.judged
    if judged.personal:
        yield from (signs for one, signs in judged.together if one.id == rule.id)


def _diluted(
    item: Item,
    thinned: Settled,
    rule: Rule,
    appraise: Appraiser,
    *,
    tolerance: float,
    shelf: Shelf,
) -> Settled:
    means = appraise.means(thinned.before, shelf)
    for treated in TREATMENTS["dilute"].apply(item, means):
        after = appraise(treated.item, watched=False)
        tells = any(one.id == rule.id for one, _ in after.judged.together)
        better = after.score.intrusiveness <= thinned.before.score.intrusiveness
        if better and not tells and after.acceptable(tolerance):
            shelf.take(treated.item)
            return Settled("soften", thinned.before, "dilute", treated, after, thinned.tried)
    return thinned._replace(tried=(*thinned.tried, "dilute"))


def _because(rule: Rule, told: frozenset[str]) -> str:
    where = f"within {duration(rule.window)}" if rule.window else "on one page"
    return f"together {where}: {', '.join(sorted(told))}"
