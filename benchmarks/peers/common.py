"""What all peers share: from which rules hold to a score, so that only the asking differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

WEIGHTS = (
    ("subject-health", "subject", 57.0),
    ("subject-money", "subject", 52.0),
    ("subject-belief", "subject", 55.0),
    ("subject-vice", "subject", 40.0),
    ("source-messages", "source", 82.8),
    ("source-place", "source", 60.0),
    ("source-search", "source", 50.0),
    ("source-browsing", "source", 55.0),
    ("source-purchase", "source", 45.0),
    ("source-profile", "source", 40.0),
    ("flow-third", "flow", 62.0),
    ("flow-second", "flow", 45.0),
    ("flow-guess", "flow", 65.0),
    ("depth-inferred", "depth", 25.0),
    ("depth-modelled", "depth", 40.0),
    ("purpose-ad", "purpose", 43.3),
    ("purpose-political", "purpose", 60.7),
    ("context-work", "context", 50.0),
    ("manner-watching", "manner", 65.0),
    ("floor-belief", "flow", 90.0),
)
"""Of each rule of rules20, in order: id, concern and weight."""

RULES = tuple(name for name, _, _ in WEIGHTS)
AT_DEPTH_0 = frozenset({"manner-watching", "floor-belief"})


class Scored(NamedTuple):
    """What came of one item: 0-100, and which rules hold."""

    score: float
    rules: tuple[str, ...]


@lru_cache(maxsize=10_000)
def scored(held: tuple[bool, ...]) -> Scored:
    """``held``: of each rule whether its conditions hold, then whether anything is personal."""
    personal = held[-1]
    strongest: dict[str, float] = {}
    rules = []
    for (name, concern, weight), holds in zip(WEIGHTS, held, strict=False):
        if holds and (personal or name in AT_DEPTH_0):
            rules.append(name)
            if personal or concern == "manner":
                strongest[concern] = max(strongest.get(concern, 0.0), weight)
    return Scored(composed(strongest.values()), tuple(rules))


def composed(weights: Iterable[float]) -> float:
    """The strongest whole, each further one half, in steps of 0.1; a half goes up."""
    most, *others = sorted((round(10 * weight) for weight in weights), reverse=True) or [0]
    accepted, of = 1000 - most, 1
    for tenths in others:
        accepted *= 2000 - tenths
        of *= 2000
    return (2001 * of - 2 * accepted) // (2 * of) / 10


class Peer(Protocol):
    """Another way to judge the items of a body."""

    name: str
    best_form: str
    """How it is asked, of the ways that it has; the fastest that was found."""

    def prepare(self, body: bytes) -> Any:
        """What it wants to be given: untimed, as decoding is for us."""
        ...

    def judge(self, given: Any) -> Sequence[Scored]:
        """The timed part."""
        ...


def disagreement(ours: Sequence[Scored], theirs: Sequence[Scored]) -> str | None:
    """The first item on which two differ, in words; None where they agree."""
    if len(ours) != len(theirs):
        return f"{len(ours)} items against {len(theirs)}"
    for index, (own, other) in enumerate(zip(ours, theirs, strict=True)):
        if own != other:
            return f"item {index}: {own} against {other}"
    return None


class Missing(NamedTuple):
    """A peer that can't be asked here, and why."""

    name: str
    why: str


def found(name: str, make: Callable[[], Peer]) -> Peer | Missing:
    """The peer, where it is installed."""
    try:
        return make()
    except ImportError:
        return Missing(name, "not installed")
