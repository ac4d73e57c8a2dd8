"""What every store of choices promises, on each of them, and how Redis keeps them."""

from __future__ import annotations

import logging
import sys

import fakeredis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.places import Place
from guardrail.choices import NAMES, Choices, ChoicesByCustomer, MemoryChoices, RedisChoices
from guardrail.connection import Connection
from guardrail.keys import CHOICES_SECONDS, Keys

ALL = {
    "tolerance": "balanced",
    "personalisation": False,
    "consent": {"health": False},
    "topics_off": ["vice.gambling"],
    "sources_off": ["location_history"],
    "holds": [{"category": "life.bereavement", "until": "2027-01-01T00:00:00Z"}],
    "age_band": "teen",
    "jurisdiction": "US-CA",
    "gpc": True,
}


@pytest.fixture
def choices(place: Place) -> Choices:
    return place.choices()


def test_what_is_set_is_got(choices: Choices) -> None:
    """Every key that may be kept comes back as it was."""
    assert set(ALL) == set(NAMES)
    choices.set("c", ALL)
    assert choices.get("c") == ALL
    assert choices.get("d") is None


def test_setting_replaces_all_before(choices: Choices) -> None:
    """There is no merging: what is left out is gone."""
    choices.set("c", ALL)
    choices.set("c", {"gpc": True})
    assert choices.get("c") == {"gpc": True}
    choices.set("c", {})
    assert choices.get("c") == {}


def test_what_was_got_is_a_copy(choices: Choices) -> None:
    """Changing it changes nothing that is kept."""
    topics = ["a"]
    choices.set("c", {"topics_off": topics})
    topics.append("b")
    got = choices.get("c")
    assert got == {"topics_off": ["a"]}
    got["topics_off"].append("c")
    assert choices.get("c") == {"topics_off": ["a"]}


def test_erase_forgets_one_customer(choices: Choices) -> None:
    """Under all pseudonyms, and nobody else."""
    for name in ("c", "old", "d"):
        choices.set(name, {"gpc": True})
    choices.erase("c old")
    choices.erase("never seen")
    assert [choices.get(name) for name in ("c", "old", "d")] == [None, None, {"gpc": True}]


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("topic_off", "did you mean 'topics_off'"), ("id", "one of tolerance"), ("group", "one of")],
)
def test_a_key_that_may_not_be_kept_is_refused(choices: Choices, wrong: str, hint: str) -> None:
    """The text says which would be right, and nothing is kept."""
    with pytest.raises(ValueError, match=f"no key '{wrong}'; {hint}"):
        choices.set("c", {"gpc": True, wrong: 1})
    assert choices.get("c") is None


def test_a_value_that_is_not_json_is_refused(choices: Choices) -> None:
    """Its text is not repeated: it may be somebody's."""
    for value in (object(), {1j: 2}, "\ud800"):
        with pytest.raises(ValueError, match="not JSON"):
            choices.set("c", {"holds": value})


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(NAMES), json))
def test_any_json_survives(place: Place, said: dict[str, object]) -> None:
    """Whatever shape an app gives its choices."""
    choices = place.choices()
    choices.set("c", said)
    assert choices.get("c") == said


def test_choices_survive_a_change_of_secret(place: Place) -> None:
    """They are moved with the first read, and need the old secret no longer."""
    place.choices("one").set(Keys("one").identity("c-1001"), ALL)
    keys = Keys("two,one")
    after = place.choices("two,one")
    assert after.get(keys.identity("c-1001")) == ALL
    assert place.choices("two").get(Keys("two").identity("c-1001")) == ALL
    assert after.get(keys.identity("nobody")) is None


def test_setting_under_a_new_secret_leaves_nothing_old(place: Place) -> None:
    """What was withdrawn does not come back from under the previous pseudonym."""
    old, keys = Keys("one"), Keys("two,one")
    place.choices("one").set(old.identity("c"), {"consent": {"health": True}})
    place.choices("two,one").set(keys.identity("c"), {})
    assert place.choices("one").get(old.identity("c")) is None
    place.choices("two,one").erase(keys.identity("c"))
    assert place.choices("two,one").get(keys.identity("c")) is None


def test_choices_by_customer_take_the_app_s_id(place: Place) -> None:
    """And hand on nothing but the pseudonym."""
    keys = Keys("one")
    by_customer = ChoicesByCustomer(place.choices(), keys)
    by_customer.set("c-1001", {"gpc": True})
    assert by_customer.get("c-1001") == {"gpc": True}
    assert place.choices().get("c-1001") is None
    assert place.choices().get(keys.pseudonym("c-1001")) == {"gpc": True}
    by_customer.erase("c-1001")
    assert by_customer.get("c-1001") is None


def test_memory_holds_a_bounded_number_of_customers() -> None:
    """Those not used for longest go first."""
    choices = MemoryChoices(max_customers=2)
    for name in ("a", "b"):
        choices.set(name, {"gpc": True})
    choices.get("a")
    choices.set("c", {})
    assert [choices.get(name) for name in ("a", "b", "c")] == [{"gpc": True}, None, {}]
    assert len(choices) == 2
    with pytest.raises(ValueError, match="at least 1"):
        MemoryChoices(0)


def test_choices_live_400_days_from_when_they_were_set() -> None:
    """Reading does not lengthen it, moving under a new secret keeps it."""
    client = fakeredis.FakeRedis()
    one, two = Keys("one"), Keys("two,one")
    RedisChoices(Connection(client), one).set(one.identity("c"), ALL)
    key = one.choices(one.pseudonym("c"))
    assert client.ttl(key) == CHOICES_SECONDS == 400 * 24 * 3600
    client.expire(key, 1000)
    RedisChoices(Connection(client), two).get(two.identity("c"))
    assert 990 <= client.ttl(two.choices(two.pseudonym("c"))) <= 1000


def test_what_can_not_be_decrypted_counts_as_absent(caplog: pytest.LogCaptureFixture) -> None:
    """The log says so once for each read, and names nobody."""
    client, keys = fakeredis.FakeRedis(), Keys("one")
    RedisChoices(Connection(client), Keys("other")).set(keys.identity("c-1001"), ALL)
    choices = RedisChoices(Connection(client), keys)
    with caplog.at_level(logging.WARNING):
        assert choices.get(keys.identity("c-1001")) is None
        client.set(keys.choices(keys.pseudonym("c-1001")), b"not ours")
        assert choices.get(keys.identity("c-1001")) is None
    assert len(caplog.records) == 2
    assert "was a secret dropped" in caplog.text
    assert keys.pseudonym("c-1001") not in caplog.text
    assert "c-1001" not in caplog.text


def test_choices_set_while_old_ones_are_moved_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A withdrawal in that moment is not written over."""
    client = fakeredis.FakeRedis()
    one, two = Keys("one"), Keys("two,one")
    RedisChoices(Connection(client), one).set(one.identity("c"), {"gpc": False})
    choices = RedisChoices(Connection(client), two)
    rotate = choices._box.rotate

    def meanwhile(raw: bytes) -> bytes:
        choices.set(two.identity("c"), {"gpc": True})
        return rotate(raw)

    monkeypatch.setattr(choices._box, "rotate", meanwhile)
    choices.get(two.identity("c"))
    assert choices.get(two.identity("c")) == {"gpc": True}


def test_missing_cryptography_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choices are never kept in the clear instead."""
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(ImportError, match=r"guardrail-middleware\[redis\]"):
        RedisChoices(Connection(fakeredis.FakeRedis()), Keys("one"))
