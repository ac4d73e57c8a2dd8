"""How English copy gets personal."""

from __future__ import annotations

from guardrail.ruleset import Phrasing

_OF_YOURS = "home|house|work|office|place|hotel|gym"
_AROUND_YOU = "area|neighbourhood|neighborhood|street|town|city|district"
_UNITS = "sec|secs|second|seconds|min|mins|minute|minutes|hr|hrs|hour|hours|day|days|week|weeks"

ENGLISH = Phrasing(
    address=(
        "hi|hello|hey|dear,? {name}",
        "welcome back,? {name}",
        "good morning|evening,? {name}",
        "just|only|picked|chosen|made|selected|reserved for you, {Name}",
        "thinking of you, {Name}",
        "for you, {Name}",
        "^{Name}, we|you|your|still|here",
    ),
    nobody=(),
    places=(
        "near|nearby you|me",
        f"near|nearby your {_OF_YOURS}",
        f"in|around|from your {_AROUND_YOU}",
        "you|you've have? just|recently? visited",
        "you|you've have? just|recently? been at|to|in",
        "you|you've have? just|recently? were at|in",
        "your|the visit|trip to",
        "around the corner from you",
    ),
    intimate=(
        "just|only|specially|picked|chosen|made|selected|reserved for you",
        "we|we've have? just|recently? noticed|saw|seen|spotted *",
        "we know that|where|what? you *",
        "because|since you *",
        "now that you *",
    ),
    you=("you", "your", "you've", "you're"),
    numbers=("a", "an", "a few", "one", "two", "three", "some"),
    moments=(
        f"only|just? {{number}} {_UNITS} ago",
        "yesterday|today,? at {time}",
        "last night,? at {time}",
        "this morning,? at {time}",
        "earlier today,? at {time}",
        "yesterday",
        "last night",
        "this morning",
        "earlier today",
    ),
    recently="recently",
    paid=(
        "you have|last? paid {price},? when|the last? time? you *",
        "last time you paid {price}",
        "you have|last? paid {price}",
        "you bought it|this for|at {price}",
        "it? was {price},? when you *",
        "it? was {price},? the last time you *",
    ),
    near=(
        "near|nearby you|me",
        f"near|nearby your {_OF_YOURS}",
        f"in|around your {_AROUND_YOU}",
        "around the corner from you",
    ),
    region="in your region",
    before=("for", "to", "with", "from", "by", "of", "in", "at", "near", "around"),
    loose=("for", "to", "with", "at", "in", "near", "from", "of", "by", "and", "because", "since"),
)
