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
    "repetition",
)
REPETITION_SCOPES = ("creative", "item", "campaign")
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
    attr: tuple[int, ...] | None = None
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
    ``curve`` (of a `repetition`): (impressions, weight), ascending. ``stated_interest``: ``half``
    or ``whole``, what an impression counts where the customer said that they like such things.
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
    curve: tuple[tuple[int, float], ...] = ()
    stated_interest: str = "half"

    @property
    def remembers(self) -> bool:
        """Whether it weighs what a customer was shown before."""
        return self.kind == "repetition" or (self.kind == "combination" and self.window > 0)


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
    """What is true of items of a surface that do not say; only the keys named in ``keys``.

    ``campaigns``: what is true of the items of one campaign, by its name; ``*`` at the end of a
    name is any ending.
    """

    keys: tuple[str, ...] = ()
    item: Item = Item()
    campaigns: Mapping[str, Assume] = {}


class AskFor(msgspec.Struct, frozen=True):
    """How many items the app is asked for, so that there are some to spare.

    ``parameter``: of the query, set for the app alone; None = the app is only told. ``echo``:
    dotted paths in the body where the app says how many it was asked for. Of one request:
    ``asked``, what it was asked for (None = nothing was changed), and ``stated``, what is true.
    """

    count: int
    parameter: str | None = None
    echo: tuple[str, ...] = ()
    asked: int | None = None
    stated: int = 0


class Surface(msgspec.Struct, frozen=True):
    """One kind of response: where it comes from, where its items are, what may be done to them.

    ``items`` and the values of ``fields`` are dotted paths. ``fallback`` are depth-0 items in
    the surface's own shape, each one JSON object as bytes; ``creatives`` the same by campaign.
    ``on_failure`` None: by kind. ``language``: of sentences for customers; ``copy_language``: of
    the items' own copy, None = not known. ``neutral_reason``:
    true of every item. ``wider_places``: place -> the next wider one. ``show``: how many of the
    items that the app sends are shown, None = all. ``ask_for``: more than these. ``count_fields``:
    dotted paths in the body that hold the number of items. ``seatnonbid``: say in a bid response
    which bids went, and why.
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
    copy_language: str | None = None
    neutral_reason: str | None = None
    wider_places: Mapping[str, str] = {}
    show: int | None = None
    ask_for: AskFor | None = None
    count_fields: tuple[str, ...] = ()
    seatnonbid: bool = False
    keep_leaks: bool = False


class Phrasing(msgspec.Struct, frozen=True):
    """How the copy of one language gets personal: phrases as `guardrail.score.phrasing` has them.

    ``address`` names the person, ``places`` a place of theirs, ``intimate`` says how much is
    known. ``you``: words for the reader. ``moments`` are told as ``recently``, what is ``near``
    as being in the ``region``; ``paid``: a price that was paid goes. ``numbers``: words for a few.
    ``nobody``: what stands where a name would. ``before``: prepositions that go with a name or
    place, ``loose``: words that no text ends with.
    """

    address: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    intimate: tuple[str, ...] = ()
    you: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    recently: str = ""
    paid: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    region: str = ""
    before: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()


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
    ``regions``: ISO code -> the tolerance of customers there who chose none. ``phrasing``: by
    language, what is added to the shipped tables.
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
    phrasing: Mapping[str, Phrasing] = {}

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
    return "off" if "off" in modes else "observe" if "observe" in modes else "enforce"
