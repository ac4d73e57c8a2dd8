"""Every fuzz target runs over its seeds, so that one that no longer runs is noticed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
TARGETS = ["extract", "splice", "rulefile", "signals", "records"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_keeps_its_promise_on_its_seeds(target: str) -> None:
    """And there are some."""
    promise = importlib.import_module(f"fuzz.fuzz_{target}").promise
    seeds = sorted((ROOT / "fuzz" / "corpus" / target).iterdir())
    assert seeds
    for seed in seeds:
        data = seed.read_bytes()
        promise(data)
        promise(data[: len(data) // 2])


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=80))
def test_a_target_keeps_its_promise_on_any_bytes(target: str, data: bytes) -> None:
    """A few, in every run of the tests; many more with atheris."""
    importlib.import_module(f"fuzz.fuzz_{target}").promise(data)
