"""A rule set as frozen data: what rule files say once they have been read and found right.

`guardrail.rulefile` builds it; `score`, `decide`, `treat`, `extract` and `act` read it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from guardrail.model import Item

DEFAULT_PRESETS: Mapping[str, float] = {"strict": 50.0, "balanced": 68.0, "relaxed": 80.0}
DEFAULT_PRESET = "balanced"
RULE_KINDS = (
    "sensitive_category",
    "inference_depth",
    "frequency_cap",
    "signal",
    "manner",
    "context",
    "combination",
)
CAP_SCOPES = ("item", "campaign", "advertiser", "category", "surface", "all")
TREATMENTS = (
    "explain",
    "drop_reason",
    "depersonalise_copy",
    "coarsen",
    "generalise",
    "rotate",
    "demote",
    "delay",
    "dilute",
    "replace",
)
"""From the gentlest on."""
DEFAULT_TREATMENTS = ("drop_reason", "depersonalise_copy", "coarsen", "generalise", "replace")
"""What needs nothing but the item itself and the fallback pool."""
UNKNOWN = "unknown"


class Comparison(msgspec.Struct, frozen=True):
    """A condition on a number: ``op`` is ``>= > <= < ==`` or ``unknown`` (the fact is missing)."""

    op: str
    value: float = 0.0


class When(msgspec.Struct, frozen=True):
    """The conditions of a rule; all must hold, a tuple is any-of, None is no condition.

    The text value ``unknown`` is met by a missing fact. ``not_`` must not hold; the signal keys
    in it speak of the same signal as those outside.
    """

    surface: tuple[str, ...] | None = None
    vertical: tuple[str, ...] | None = None
    kind: tuple[str, ...] | None = None
    purpose: tuple[str, ...] | None = None
    category: tuple[str, ...] | None = None
    advertiser: tuple[str, ...] | None = None
    campaign: tuple[str, ...] | None = None
    sponsored: bool | None = None
    price_personalised: bool | None = None
    terms: tuple[str, ...] | None = None
    data: tuple[str, ...] | None = None
    method: tuple[str, ...] | None = None
    party: tuple[str, ...] | None = None
    context: tuple[str, ...] | None = None
    precision: tuple[str, ...] | None = None
    depth: tuple[Comparison, ...] | None = None
    age_seconds: tuple[Comparison, ...] | None = None
    audience_size: tuple[Comparison, ...] | None = None
    jurisdiction: tuple[str, ...] | None = None
    age_band: tuple[str, ...] | None = None
    consent_missing: tuple[str, ...] | None = None
    gpc: bool | None = None
    not_: When | None = None


SIGNAL_KEYS = (
    "data",
    "method",
    "party",
    "context",
    "precision",
    "depth",
    "age_seconds",
    "audience_size",
)


class Sign(msgspec.Struct, frozen=True):
    """One part of a story that items tell together: phrases in the copy, or categories."""

    terms: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True):
    """One rule. ``weight`` is 0-100; ``window`` and ``cooldown`` are whole seconds.

    ``weight`` None: a `sensitive_category` rule takes the matched category's, any other rule
    adds nothing to the score. ``mentions`` (of a `manner` rule): ``person`` or ``place``.
    ``on_failure`` (of a `frequency_cap`): what happens while the ledger can't be reached.
    ``signs`` (of a `combination`) by name; ``at_least`` so many of them on one page tell it.
    ``expected``: vertical -> the weight where people expect it, as long as nobody passed it on.
    """

    id: str
    kind: str
    title: str = ""
    when: When = When()
    weight: float | None = None
    concern: str = "source"
    action: str = "score"
    treatment: str | None = None
    unknown: str = "skip"
    layer: str = "rule"
    mode: str = "enforce"
    rollout: int = 100
    say: str | None = None
    source: str | None = None
    terms: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    per: str = "item"
    max_impressions: int = 0
    window: int = 0
    cooldown: int = 0
    on_failure: str = "allow"
    expected: Mapping[str, float] = {}
    signs: Mapping[str, Sign] = {}
    at_least: int = 2


class Category(msgspec.Struct, frozen=True):
    """A sensitive category: how sensitive (0-100) and how it is recognised.

    ``terms`` say it, ``hints`` only hint at it. ``unless``: phrases in which neither counts.
    """

    slug: str
    title: str = ""
    weight: float = 0.0
    evidence: str = ""
    ids: Mapping[str, tuple[str, ...]] = {}
    terms: tuple[str, ...] = ()
    proxies: Mapping[str, tuple[str, ...]] = {}
    hints: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Assume(msgspec.Struct, frozen=True):
    """What is true of items of a surface that do not say; only the keys named in ``keys``."""

    keys: tuple[str, ...] = ()
    item: Item = Item()


class Surface(msgspec.Struct, frozen=True):
    """One kind of response: where it comes from, where its items are, what may be done to them.

    ``items`` and the values of ``fields`` are dotted paths. ``fallback`` are depth-0 items in
    the surface's own shape, each one JSON object as bytes; ``creatives`` the same by campaign.
    ``on_failure`` None: by kind. ``language``: of sentences for customers. ``neutral_reason``:
    true of every item. ``wider_places``: place -> the next wider one. ``show``: how many of the
    items that the app sends are shown, None = all. ``count_fields``: dotted paths in the body
    that hold the number of items. ``seatnonbid``: say in a bid response which bids went, and why.
    """

    name: str
    path: str | None = None
    methods: tuple[str, ...] = ("GET", "HEAD")
    kind: str = "recommendation"
    shape: str = "native"
    items: str = "items"
    fields: Mapping[str, str] = {}
    purpose: str | None = None
    vertical: str | None = None
    mode: str = "enforce"
    assume: Assume = Assume()
    max_depth: int | None = None
    treatments: tuple[str, ...] = DEFAULT_TREATMENTS
    minimum_items: int = 0
    fallback: tuple[bytes, ...] = ()
    strip: tuple[str, ...] = ()
    keep_signals: bool = False
    on_failure: str | None = None
    creatives: Mapping[str, tuple[bytes, ...]] = {}
    language: str = "en"
    neutral_reason: str | None = None
    wider_places: Mapping[str, str] = {}
    show: int | None = None
    count_fields: tuple[str, ...] = ()
    seatnonbid: bool = False
    keep_leaks: bool = False


class Leaks(msgspec.Struct, frozen=True):
    """What in links and markup would tell a third party why somebody was chosen.

    ``parameters``: keys of queries, in any case; ``*`` at the end is any ending. ``macros``:
    texts; one ``*`` in them is anything up to what follows it.
    """

    parameters: tuple[str, ...] = ()
    macros: tuple[str, ...] = ()


class RuleSet(msgspec.Struct, frozen=True):
    """Everything that was read from a rule directory, as one value.

    ``revision`` is ``sha256:`` of the file contents in name order. ``presets`` ascend.
    ``regions``: ISO code -> the tolerance of customers there who chose none.
    """

    revision: str = "sha256:none"
    mode: str = "enforce"
    presets: Mapping[str, float] = msgspec.field(default_factory=lambda: DEFAULT_PRESETS)
    default_preset: str = DEFAULT_PRESET
    regions: Mapping[str, float] = {}
    categories: Mapping[str, Category] = {}
    surfaces: Mapping[str, Surface] = {}
    rules: tuple[Rule, ...] = ()
    leaks: Leaks = Leaks()

    @property
    def strictest(self) -> float:
        """The lowest preset: what holds for a customer who could not be read."""
        return min(self.presets.values())

    def surface(self, name: str) -> Surface:
        """The surface of that name, else the rule set's ``default``, else a bare one."""
        found = self.surfaces.get(name) or self.surfaces.get("default")
        return found or Surface(name="default", treatments=())


def lowest_mode(*modes: str | None) -> str:
    """The mode in effect of several: off < observe < enforce; None says nothing."""
    order = {"off": 0, "observe": 1, "enforce": 2}
    return min((m for m in modes if m), key=order.__getitem__, default="enforce")
