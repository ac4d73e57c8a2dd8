"""Scoring alone, and next to other ways to ask the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson

from benchmarks import bodies, rulesets
from benchmarks.measure import Quantity, interleaved, less, ratio
from benchmarks.path import PurePath
from benchmarks.peers.by_hand import ByHand
from benchmarks.peers.common import Missing, Peer, Scored, disagreement, found
from benchmarks.peers.google_cel import GoogleCel
from benchmarks.peers.json_logic_rules import JsonLogicRules
from benchmarks.peers.zen_engine import Zen
from benchmarks.report import Must, Row, missing
from guardrail.score.judged import Judged

ALONE = "Scoring alone: what judging adds to finding items in the bytes; F = orjson loads+dumps"
PEERS = "Peers: the same decisions on the same bodies, 50 items; times what scoring takes here"
ACTED = 0.23
MIXED = "20 rules, new combinations of signals"
_MUSTS = {"a hand-written function": Must(10, least=True), "zen-engine": Must(18, least=True)}
_MAKERS: tuple[tuple[str, Callable[[], Peer], int], ...] = (
    ("a hand-written function", ByHand, 1),
    ("a hand-written function, texts remembered", lambda: ByHand(remembering=True), 1),
    ("zen-engine", Zen, 1),
    ("CEL (Google, C++)", GoogleCel, 6),
    ("JsonLogic", JsonLogicRules, 6),
)


def floor(body: bytes) -> object:
    """F: orjson loads+dumps."""
    return orjson.dumps(orjson.loads(body))


def alone(folder: Path, turns: int) -> Iterator[Row]:
    """What the rules cost, whatever is done with the verdicts."""
    twenty = PurePath(rulesets.twenty(folder / "20"), "kept")
    for count in (10, 50, 200):
        musts = {"20 rules": Must(0.40)} if count == 50 else {}
        yield from rows("20 rules", twenty, count, turns, musts)
    for name, path in (
        ("200 rules", PurePath(rulesets.many(folder / "200"), "kept")),
        ("the shipped rules less their caps", PurePath(rulesets.shipped(folder / "own"), "kept")),
    ):
        yield from rows(name, path, 50, turns)
    yield from rows(MIXED, twenty, 50, turns, {MIXED: Must(0.40)}, mixed=True)
    # Each body by an engine of its own, so that nothing is ever found again.
    new = {
        "F": Quantity(floor),
        "it": Quantity(lambda given: given[0].read_and_judge(given[1]), _with_new_rules(folder)),
    }
    made = bodies.bodies(50, share=ACTED)
    times = interleaved(new, made, turns=max(turns // 8, 5))
    name = "20 rules, the first response ever, with the reading"
    yield Row(ALONE, name, 50, "F", ratio(times["it"], times["F"]))


def _with_new_rules(folder: Path) -> Callable[[bytes], tuple[PurePath, bytes]]:
    return lambda body: (PurePath(folder / "20", "kept"), body)


def rows(
    name: str,
    path: PurePath,
    count: int,
    turns: int,
    musts: dict[str, Must] | None = None,
    *,
    mixed: bool = False,
) -> Iterator[Row]:
    """What judging costs, and judging with the reading."""
    made = bodies.bodies(count, share=ACTED, mixed=mixed)
    quantities = {
        "F": Quantity(floor),
        "both": Quantity(path.read_and_judge),
        "found": Quantity(path.locate),
    }
    times = interleaved(quantities, made, turns=turns, batch=batch_of(count))
    must = (musts or {}).get(name)
    judging = less(times["both"], times["found"])
    yield Row(ALONE, name, count, "F", ratio(judging, times["F"]), must)
    yield Row(ALONE, f"{name}, with the reading", count, "F", ratio(times["both"], times["F"]))


def batch_of(count: int) -> int:
    """Bodies a turn: enough to be timed, few enough to take turns often."""
    return max(1, 200 // count)


def scored_by_us(judged: Sequence[Judged]) -> list[Scored]:
    """What the rules said of each item, in the words that peers are compared in."""
    return [Scored(j.score.intrusiveness, tuple(f.rule for f in j.findings)) for j in judged]


def agree(path: PurePath, peer: Peer, made: Iterator[bytes], responses: int = 20) -> None:
    """Raise ValueError unless the peer decides as we do."""
    for _ in range(responses):
        body = next(made)
        ours = scored_by_us(path.judge(path.read(body)))
        why = disagreement(ours, peer.judge(peer.prepare(body)))
        if why is not None:
            raise ValueError(f"{peer.name} decides otherwise: {why}")


def peers(folder: Path, turns: int) -> Iterator[Row]:
    """How many times as long others take."""
    path = PurePath(rulesets.twenty(folder / "peers"), "kept")
    for name, make, slower in _MAKERS:
        peer = found(name, make)
        if isinstance(peer, Missing):
            yield missing(PEERS, peer.name, peer.why)
            continue
        for mixed in (False, True):
            yield from _against(path, name, peer, max(turns // slower // 2, 10), mixed=mixed)


def _against(path: PurePath, name: str, peer: Peer, turns: int, *, mixed: bool) -> Iterator[Row]:
    made = bodies.bodies(50, share=ACTED, seed=11, mixed=mixed)
    agree(path, peer, made)
    quantities = {
        "both": Quantity(path.read_and_judge),
        "found": Quantity(path.locate),
        "theirs": Quantity(peer.judge, peer.prepare),
        "F": Quantity(floor),
    }
    times = interleaved(quantities, made, turns=turns, batch=4)
    said = f"{peer.name}{', new combinations of signals' if mixed else ''}"
    against = ratio(times["theirs"], less(times["both"], times["found"]))
    yield Row(PEERS, said, 50, "x", against, _MUSTS.get(name))
    if not mixed:
        whole = ratio(times["theirs"], times["both"])
        yield Row(PEERS, f"{said}, against our reading and scoring", 50, "x", whole)
        of_floor = ratio(times["theirs"], times["F"])
        yield Row(PEERS, f"{peer.name}, {peer.best_form}", 50, "F", of_floor)
