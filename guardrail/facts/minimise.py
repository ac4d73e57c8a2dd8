"""Which facts of a log of traffic made no difference: leave one out, judge again, compare.

What holds for one fact alone need not hold for several: two may stand in for each other. So the
facts that made no difference are left out together, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from guardrail.extract import Read
from guardrail.facts.names import COPY, ITEM_FACTS, SIGNAL_FACTS, SIGNALS, of_customer, of_signal
from guardrail.facts.without import KEPT, OF_CUSTOMER, Piece, pieces_in, without
from guardrail.model import Customer

Step = Callable[[str, int, int], None]
"""Told what is being done, and how many of how many responses are judged for it."""


class Response(NamedTuple):
    """One response of a log, or one item by itself; ``tolerances`` are those it is judged at."""

    reads: Sequence[Read]
    customer: Customer
    tolerances: tuple[float, ...]


class Judgement(NamedTuple):
    """What came of one response at one tolerance, item by item.

    ``acts``: verdict and treatment. ``counted``: what caps count. ``scores``: intrusiveness.
    ``words``: what the customer may read of why it was chosen. ``beside``: what is shown instead
    of items and in addition to them.
    """

    acts: tuple[object, ...]
    counted: tuple[object, ...]
    scores: tuple[float, ...]
    words: tuple[object, ...]
    beside: object = None


Judge = Callable[[Sequence[Read], Customer, float], Judgement]
Log = Sequence[Response]


class Effect(NamedTuple):
    """What leaving one piece out changed, in numbers of items, at any of the tolerances.

    ``items`` had it. ``caps``: a cap would have counted something else.
    """

    piece: Piece
    items: int
    verdicts: int
    caps: int
    scores: int
    words: int

    @property
    def needed(self) -> bool:
        """Whether what people see depended on it."""
        return bool(self.verdicts or self.caps)

    @property
    def read_by_people(self) -> bool:
        """Whether it is sent to be read, whatever rules make of it."""
        return self.piece.where == "item" and self.piece.key in COPY

    def to_dict(self) -> dict[str, Any]:
        """The effect as JSON-ready data."""
        return {
            "fact": self.piece.name,
            "items": self.items,
            "verdicts_changed": self.verdicts,
            "caps_changed": self.caps,
            "scores_changed": self.scores,
            "words_changed": self.words,
            "read_by_people": self.read_by_people,
        }


class Minimised(NamedTuple):
    """What a log says of each piece.

    ``together``: pieces that were left out all at once, and nothing changed. ``stand_ins``:
    pieces that made no difference alone, but one beside those. ``absent``: never sent.
    """

    responses: int
    items: int
    effects: tuple[Effect, ...]
    together: tuple[Piece, ...]
    stand_ins: tuple[Piece, ...]
    absent: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return {
            "responses": self.responses,
            "items": self.items,
            "facts": [effect.to_dict() for effect in self.effects],
            "not_needed_together": [piece.name for piece in self.together],
            "needed_beside_those": [piece.name for piece in self.stand_ins],
            "never_sent": list(self.absent),
        }


def minimise(log: Log, judge: Judge, step: Step = lambda _doing, _done, _all: None) -> Minimised:
    """Leave out each piece of a log in turn, then all together that made no difference."""
    bases = [_judged(one, (), judge) for one in log]
    pieces = [pieces_in(one.reads, one.customer) for one in log]
    total, done = sum(map(len, pieces)), 0
    sums: dict[Piece, Effect] = {}
    for one, base, listed in zip(log, bases, pieces, strict=True):
        for piece in listed:
            effect = _compared(piece, one, base, _judged(one, (piece,), judge))
            sums[piece] = _added(sums.get(piece), effect)
            done += 1
            step("one fact left out", done, total)
    effects = tuple(sorted(sums.values(), key=_order))
    candidates = [e.piece for e in effects if not e.needed and not e.read_by_people]
    together = _together(candidates, log, bases, judge, step)
    return Minimised(
        responses=len(log),
        items=sum(len(one.reads) for one in log),
        effects=effects,
        together=together,
        stand_ins=tuple(piece for piece in candidates if piece not in together),
        absent=tuple(_absent({piece.name for piece in sums})),
    )


def _order(effect: Effect) -> tuple[int, int, int, str]:
    """What was needed most comes first, then what was sent most."""
    return -effect.verdicts, -effect.caps, -effect.items, effect.piece.name


def _judged(one: Response, pieces: Collection[Piece], judge: Judge) -> list[Judgement]:
    reads, customer = without(one.reads, one.customer, pieces) if pieces else one[:2]
    return [judge(reads, customer, tolerance) for tolerance in one.tolerances]


def _compared(
    piece: Piece, one: Response, base: Sequence[Judgement], other: Sequence[Judgement]
) -> Effect:
    changed: Mapping[str, set[int]] = {"acts": set(), "counted": set(), "scores": set()}
    changed = {**changed, "words": set()}
    for before, after in zip(base, other, strict=True):
        for name, places in changed.items():
            places.update(_differ(getattr(before, name), getattr(after, name)))
        if before.acts == after.acts and before.beside != after.beside:
            # Other substitutes follow from other verdicts; by themselves they count as one.
            changed["acts"].add(0)
    return Effect(
        piece,
        items=_having(piece, one),
        verdicts=len(changed["acts"]),
        caps=len(changed["counted"]),
        scores=len(changed["scores"]),
        words=len(changed["words"]),
    )


def _differ(before: Iterable[object], after: Iterable[object]) -> set[int]:
    pairs = zip(before, after, strict=True)
    return {place for place, (one, other) in enumerate(pairs) if one != other}


def _having(piece: Piece, one: Response) -> int:
    if piece.where == "customer":
        return len(one.reads)
    left, _ = without(one.reads, one.customer, (piece,))
    return sum(a is not b for a, b in zip(one.reads, left, strict=True))


def _added(known: Effect | None, effect: Effect) -> Effect:
    if known is None:
        return effect
    return Effect(known.piece, *(a + b for a, b in zip(known[1:], effect[1:], strict=True)))


def _together(
    candidates: Sequence[Piece],
    log: Log,
    bases: Sequence[Sequence[Judgement]],
    judge: Judge,
    step: Step,
) -> tuple[Piece, ...]:
    """The candidates that can all go at once: all of them, else greedily one after another."""

    def harmless(pieces: Collection[Piece], tried: int, tries: int) -> bool:
        for number, (one, base) in enumerate(zip(log, bases, strict=True), start=1):
            after = _judged(one, pieces, judge)
            step("several left out", tried * len(log) + number, tries * len(log))
            if not all(map(_same, base, after)):
                return False
        return True

    if harmless(candidates, 0, 1):
        return tuple(candidates)
    gone: list[Piece] = []
    for tried, piece in enumerate(candidates, start=1):
        if harmless([*gone, piece], tried, len(candidates) + 1):
            gone.append(piece)
    return tuple(gone)


def _same(before: Judgement, after: Judgement) -> bool:
    return (before.acts, before.counted, before.beside) == (
        after.acts,
        after.counted,
        after.beside,
    )


def _absent(seen: Collection[str]) -> list[str]:
    """What nobody sent; where there are no signals, nothing is said of their keys."""
    known = [
        *(field for field in ITEM_FACTS if field not in KEPT),
        *(map(of_signal, SIGNAL_FACTS) if SIGNALS in seen else ()),
        *map(of_customer, OF_CUSTOMER),
    ]
    return [name for name in known if name not in seen]
