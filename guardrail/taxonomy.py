"""Category names: our own dotted slugs, and ids of public taxonomies with their ancestors.

Ids are compared in lower case (no listed taxonomy has two ids that differ by case alone). What
is listed comes from the IAB Tech Lab's taxonomies (CC BY 3.0), see `guardrail.taxonomy_ids`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from guardrail import taxonomy_ids

_LISTED: Mapping[str, str] = {
    "iab-content-1.0": taxonomy_ids.IAB_CONTENT_1_0,
    "iab-content-2.1": taxonomy_ids.IAB_CONTENT_2_2,
    "iab-content-2.2": taxonomy_ids.IAB_CONTENT_2_2,
    "iab-content-3.0": taxonomy_ids.IAB_CONTENT_3_0,
    "iab-content-3.1": taxonomy_ids.IAB_CONTENT_3_1,
    "iab-ad-product-2.0": taxonomy_ids.IAB_AD_PRODUCT_2_0,
    "iab-audience-1.1": taxonomy_ids.IAB_AUDIENCE_1_1,
}
TAXONOMIES = frozenset({*_LISTED, "iab-ad-product-1.0", "google-product", "custom"})
"""Every taxonomy that a category may name. Of the last three any id is accepted."""

_SLUG = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*")
_BARE_CONTENT_1_0 = re.compile(r"iab[0-9]+(?:-[0-9]+)?")


def is_slug(text: str) -> bool:
    """Whether a text is a slug of our own vocabulary: ``health.pregnancy``.

    Lower-case letters, digits, ``_`` and ``-``, parts joined by dots, a letter first. A bare id
    (``305``, ``iab7-39``) is none: nobody could say of which taxonomy.
    """
    return _SLUG.fullmatch(text) is not None and _BARE_CONTENT_1_0.fullmatch(text) is None


def split(category: str) -> tuple[str, str] | None:
    """``iab-content-2.2:305`` as ``("iab-content-2.2", "305")``, in lower case; a slug gives None.

    The taxonomy need not be one of `TAXONOMIES`.
    """
    name, colon, node = category.partition(":")
    if not (colon and name and node):
        return None
    return name.lower(), node.lower()


def known(taxonomy: str, node: str) -> bool | None:
    """Whether a taxonomy lists an id; None when its ids are not listed: any may be right."""
    if taxonomy not in _LISTED:
        return None
    return node.lower() in _parents(taxonomy)


@cache
def _parents(taxonomy: str) -> Mapping[str, str]:
    """Id -> parent id, empty at the top level."""
    parents: dict[str, str] = {}
    parent = ""
    for word in _LISTED[taxonomy].split():
        if word.endswith(":"):
            parent = word[:-1]
        else:
            parents[word] = parent
    return parents


def ancestors(taxonomy: str, node: str) -> tuple[str, ...]:
    """The id itself, then its parents up to the top level; an unknown id gives itself alone."""
    node = node.lower()
    parents = _parents(taxonomy) if taxonomy in _LISTED else {}
    found = [node]
    while parent := parents.get(found[-1]):
        found.append(parent)
    return tuple(found)


def ids(taxonomy: str) -> frozenset[str]:
    """Every id that a taxonomy lists, in lower case; empty when its ids are not listed."""
    return frozenset(_parents(taxonomy)) if taxonomy in _LISTED else frozenset()
