"""What a category says: its ancestors, and which of the rule set's own categories it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guardrail import taxonomy
from guardrail.model import NOT_UNDERSTOOD
from guardrail.ruleset import Category

_REMEMBERED = 10_000


class Meaning(NamedTuple):
    """What one category text means to a rule set.

    ``labels``: everything it stands for: itself, its ancestors, own slugs with theirs.
    ``own``: slugs of defined categories. ``proxies``: those it only hints at. ``understood``
    False: an id or taxonomy that is not known, so it may be anything; also one of which any id
    goes (``google-product``) and no category of the rule set names one.
    """

    labels: frozenset[str]
    own: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    understood: bool = True


def slug_ancestors(slug: str) -> tuple[str, ...]:
    """``health.pregnancy`` gives itself and ``health``."""
    parts = slug.split(".")
    return tuple(".".join(parts[:n]) for n in range(len(parts), 0, -1))


class Vocabulary:
    """The categories of a rule set, indexed by slug and by ``(taxonomy, id)``."""

    def __init__(self, categories: Mapping[str, Category]) -> None:
        self.categories = categories
        self._core: dict[tuple[str, str], list[str]] = {}
        self._proxy: dict[tuple[str, str], list[str]] = {}
        for slug, category in categories.items():
            for index, listed in ((self._core, category.ids), (self._proxy, category.proxies)):
                for name, ids in listed.items():
                    for node in ids:
                        index.setdefault((name, node), []).append(slug)
        self._mapped = {name for name, _ in (*self._core, *self._proxy)}
        self._meanings: dict[str, Meaning] = {}

    def meaning(self, category: str) -> Meaning:
        """What a category stands for; ``category`` is a slug or ``taxonomy:id`` in lower case."""
        found = self._meanings.get(category)
        if found is None:
            if len(self._meanings) >= _REMEMBERED:
                self._meanings.clear()
            found = self._meanings[category] = self._read(category)
        return found

    def weight(self, slug: str) -> float:
        """The weight of the nearest defined category at or above a slug, 0 when none is."""
        return next(
            (self.categories[s].weight for s in slug_ancestors(slug) if s in self.categories), 0.0
        )

    def _read(self, category: str) -> Meaning:
        pair = taxonomy.split(category)
        if category == NOT_UNDERSTOOD:
            return Meaning(frozenset(), understood=False)
        if pair is None:
            return Meaning(frozenset(slug_ancestors(category)), self._nearest(category))
        name, node = pair
        known = name in taxonomy.TAXONOMIES and taxonomy.known(name, node)
        if known is False or (known is None and name not in self._mapped):
            return Meaning(frozenset({category}), understood=False)
        nodes = taxonomy.ancestors(name, node)
        own = {slug for n in nodes for slug in self._core.get((name, n), ())}
        proxies = {slug for n in nodes for slug in self._proxy.get((name, n), ())} - own
        labels = {f"{name}:{n}" for n in nodes}
        labels.update(a for slug in own for a in slug_ancestors(slug))
        return Meaning(frozenset(labels), tuple(sorted(own)), tuple(sorted(proxies)))

    def _nearest(self, slug: str) -> tuple[str, ...]:
        """The nearest defined category at or above a slug, as a tuple of none or one."""
        return next(((s,) for s in slug_ancestors(slug) if s in self.categories), ())
