"""Inference depth follows the contract's table, and unknown is never clean."""

import pytest

from guardrail.model import Signal
from guardrail.score.depth import item_depth, known_depth, signal_depth

DECLARED = Signal(data="age", method="declared")
OBSERVED = Signal(data="purchase_history", method="observed")
INFERRED = Signal(data="health", method="inferred")
UNKNOWN = Signal(data="profile")


@pytest.mark.parametrize(
    ("signal", "depth"),
    [
        (DECLARED, 1),
        (OBSERVED, 2),
        (INFERRED, 3),
        (Signal(data="health", method="inferred", via=(DECLARED,)), 3),
        (Signal(data="health", method="inferred", via=(OBSERVED,)), 3),
        (Signal(data="health", method="inferred", via=(INFERRED,)), 4),
        (Signal(data="x", method="inferred", via=(Signal(method="inferred", via=(INFERRED,)),)), 5),
        (Signal(data="profile", method="modeled"), 4),
        (Signal(data="profile", method="modeled", via=(OBSERVED,)), 4),
        (Signal(data="profile", method="modeled", via=(Signal(depth=6),)), 7),
        (Signal(data="lookalike", method="observed"), 4),
        (Signal(data="lookalike", method="modeled", via=(Signal(depth=4),)), 5),
        (Signal(data="current_item", method="observed"), 0),
        (Signal(data="current_item", method="inferred"), 3),
        (Signal(data="health", method="declared", depth=5), 5),
        (Signal(depth=0), 0),
        (UNKNOWN, None),
        (Signal(), None),
        (Signal(data="health", method="inferred", via=(UNKNOWN,)), 3),
    ],
)
def test_a_signal_has_the_depth_of_its_method_and_of_what_it_came_from(signal, depth):
    """Declared 1, observed 2, inferred 3, modelled at least 4, one more per inference."""
    assert signal_depth(signal) == depth


def test_an_item_has_the_depth_of_its_deepest_signal():
    """The largest depth counts."""
    assert item_depth((DECLARED, INFERRED, OBSERVED)) == 3


def test_an_item_without_signals_is_not_personal():
    """An empty list says that nothing was used."""
    assert item_depth(()) == 0


def test_an_item_that_says_nothing_has_unknown_depth():
    """Unknown is not 0."""
    assert item_depth(None) is None


def test_one_signal_of_unknown_depth_makes_the_item_unknown():
    """What is not said may be deeper than what is."""
    assert item_depth((DECLARED, UNKNOWN)) is None


def test_the_known_depth_ignores_what_is_unknown():
    """A floor relies on what is known for sure."""
    assert known_depth((INFERRED, UNKNOWN)) == 3
    assert known_depth(None) == 0
    assert known_depth((UNKNOWN,)) == 0
