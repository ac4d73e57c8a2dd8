"""Every peer decides as the rules do, else comparing its time would say nothing."""

from __future__ import annotations

import pytest

from benchmarks import bodies, rulesets, scoring, stores
from benchmarks.path import PurePath
from benchmarks.peers.by_hand import ByHand
from benchmarks.peers.common import WEIGHTS, Missing, Scored, disagreement, found
from benchmarks.peers.limits_caps import Limits
from guardrail.caps import MemoryLedger

MAKERS = {name: make for name, make, _ in scoring._MAKERS}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> PurePath:
    return PurePath(rulesets.twenty(tmp_path_factory.mktemp("rules")), "kept")


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("name", MAKERS)
def test_a_peer_decides_as_we_do(kept, name, mixed):
    """On bodies of all sorts, score and rules alike."""
    peer = found(name, MAKERS[name])
    if isinstance(peer, Missing):
        pytest.skip(f"{name} is not installed; the extra `bench` brings it")
    scoring.agree(kept, peer, bodies.bodies(50, share=0.23, seed=3, mixed=mixed), 4)


def test_what_a_peer_says_is_compared_rule_by_rule(kept):
    """One that decides otherwise is found out."""

    class Careless(ByHand):
        def judge(self, given):
            first, *others = super().judge(given)
            return [Scored(first.score + 0.1, first.rules), *others]

    with pytest.raises(ValueError, match="item 0"):
        scoring.agree(kept, Careless(), bodies.bodies(50))
    assert disagreement([Scored(1.0, ())], []) == "1 items against 0"


def test_peers_know_the_rules_of_the_benchmark(kept):
    """Ids and order are those of the rule file, so are the weights that it states."""
    assert [name for name, _, _ in WEIGHTS] == [rule.id for rule in kept.rules.rules]
    stated = [(rule.id, rule.concern, rule.weight) for rule in kept.rules.rules if rule.weight]
    assert set(stated) <= set(WEIGHTS)


def test_what_is_not_installed_says_so():
    """A missing package gives a row, not an end."""

    def absent() -> ByHand:
        raise ImportError

    assert found("x", absent) == Missing("x", "not installed")


def test_limits_grants_what_our_ledger_grants():
    """The asks refuse some and grant others."""
    pytest.importorskip("limits", reason="the extra `bench` brings it")
    asks = stores.asks(most_on_surface=45)
    theirs = Limits(None).reserve("c-1", asks)
    ours = MemoryLedger(lambda: 1_700_000_000_000).reserve("c-1", asks)
    assert theirs == [grant.granted for grant in ours.grants]
    assert theirs.count(False) == 5
    assert len({cap.counter for ask in asks for cap in ask}) == 147
