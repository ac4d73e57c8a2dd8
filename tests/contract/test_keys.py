"""Pseudonyms, codes, signatures and key names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.keys import (
    CHOICES_SECONDS,
    DAY,
    MODE_SECONDS,
    RETENTION,
    STATS_SECONDS,
    Keys,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "retention.md"
anything = st.text(st.characters(codec=None, categories=None), max_size=20)


@given(anything)
def test_a_pseudonym_is_16_bytes_that_fit_a_url(customer_id: str) -> None:
    """Any id has one, the same each time."""
    pseudonym = Keys("one").pseudonym(customer_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", pseudonym)
    assert pseudonym == Keys("one").pseudonym(customer_id)
    assert pseudonym != Keys("two").pseudonym(customer_id)


@given(anything, anything)
def test_different_customers_have_different_pseudonyms(one: str, other: str) -> None:
    """However alike their ids are."""
    keys = Keys("one")
    assert (keys.pseudonym(one) == keys.pseudonym(other)) == (one == other)


def test_the_first_secret_is_current_and_the_rest_previous() -> None:
    """The identity carries them all, current first."""
    keys = Keys(" three , two,one,, three ")
    names = [Keys(secret).pseudonym("c") for secret in ("three", "two", "one")]
    assert keys.pseudonym("c") == names[0]
    assert keys.previous("c") == tuple(names[1:])
    assert keys.identity("c") == " ".join(names)
    assert Keys("three").identity("c") == names[0]
    assert keys.counter("a")[1:] == Keys("two,one").counter("a")


@pytest.mark.parametrize("secret", ["", "  ", ",old", " , old"])
def test_a_secret_must_be_there(secret: str) -> None:
    """The text says which setting to give."""
    with pytest.raises(ValueError, match="GUARDRAIL_SECRET"):
        Keys(secret)


@pytest.mark.parametrize("prefix", ["a{b", "a}b"])
def test_a_prefix_may_not_break_the_hash_slot(prefix: str) -> None:
    """Braces would decide where a customer's keys lie."""
    with pytest.raises(ValueError, match="brace"):
        Keys("one", prefix)


def test_a_repr_does_not_show_the_secret() -> None:
    """Neither the current nor a previous one."""
    assert repr(Keys("hunter2,hunter1", "shop:")) == "Keys(prefix='shop:', secrets=2)"


def test_every_key_begins_with_the_prefix() -> None:
    """And a customer's keys share the slot of the pseudonym."""
    keys = Keys("one", "shop:")
    assert keys.caps("p") == "shop:caps:{p}"
    assert keys.choices("p") == "shop:choices:{p}"
    assert keys.stats(7) == "shop:stats:7"
    assert keys.stats_names() == "shop:stats:names"
    assert keys.mode() == "shop:mode"
    assert Keys("one").mode() == "guardrail:mode"


def test_buckets_spread_evenly_and_stay() -> None:
    """A thousand customers fill all hundred; another salt deals anew."""
    keys = Keys("one")
    names = [keys.pseudonym(str(k)) for k in range(1000)]
    buckets = [keys.bucket(name, "rule") for name in names]
    assert set(buckets) <= set(range(100))
    assert len(set(buckets)) > 95
    assert buckets == [keys.bucket(name, "rule") for name in names]
    assert buckets != [keys.bucket(name, "other") for name in names]


def test_a_code_is_12_hex_digits_under_the_secret() -> None:
    """Not to be read, and not to be guessed without the secret."""
    assert re.fullmatch(r"[0-9a-f]{12}", Keys("one").code("health.pregnancy"))
    assert Keys("one").code("a") != Keys("one").code("b")
    assert Keys("one").code("a") != Keys("two").code("a")


def test_each_use_has_a_key_of_its_own() -> None:
    """One text gives nothing away about its other names."""
    keys = Keys("one")
    assert keys.counter("a")[0].hex() != keys.code("a")[:10]
    assert len(keys.counter("a")[0]) == 5
    assert len(set(keys.choice_keys())) == 1
    assert len(keys.choice_keys()[0]) == 32


@given(anything)
def test_what_is_signed_is_read_back(text: str) -> None:
    """Also under a secret that is on its way out."""
    signed = Keys("one").sign(text)
    assert Keys("one").unsign(signed) == text
    assert Keys("two,one").unsign(signed) == text
    assert Keys("two").unsign(signed) is None


@given(anything, st.integers(0), anything)
def test_what_was_changed_is_refused(text: str, at: int, other: str) -> None:
    """Wherever a character was put in, or whatever stands in its place."""
    keys = Keys("one")
    signed = keys.sign(text)
    at %= len(signed) + 1
    assert keys.unsign(signed[:at] + "x" + signed[at:]) is None
    assert keys.unsign(other) is None


def test_things_live_as_long_as_the_table_says() -> None:
    """The numbers that the code uses."""
    lives = {row.key: row.seconds for row in RETENTION}
    assert lives == {
        "caps:{pseudonym}": None,
        "choices:{pseudonym}": CHOICES_SECONDS,
        "stats:<hour>": STATS_SECONDS,
        "stats:names": STATS_SECONDS,
        "mode": MODE_SECONDS,
    }
    assert (CHOICES_SECONDS, STATS_SECONDS, MODE_SECONDS) == (400 * DAY, 8 * DAY, 30 * DAY)


def test_the_table_names_every_key_there_is() -> None:
    """A key that the table forgets would be kept without anybody knowing."""
    keys = Keys("one", "")
    made = {keys.caps("pseudonym"), keys.choices("pseudonym"), keys.stats_names(), keys.mode()}
    made.add(keys.stats(0).replace("0", "<hour>"))
    assert made == {row.key for row in RETENTION}


def test_the_page_on_retention_repeats_the_table() -> None:
    """Row by row, as it stands in the code."""
    rows = [
        [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        for line in PAGE.read_text().splitlines()
        if line.startswith("|") and "---" not in line
    ]
    expected = [
        [
            row.what,
            f"guardrail:{row.key}",
            row.value,
            (f"{row.seconds // DAY} days, {row.rule}" if row.seconds else row.rule),
        ]
        for row in RETENTION
    ]
    assert rows[1 : len(expected) + 1] == expected
    assert rows[len(expected) + 1] == ["what", "happens"]
