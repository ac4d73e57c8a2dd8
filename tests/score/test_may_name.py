"""Whether a text is worth a closer look for what the app calls somebody."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from guardrail.model import Customer, Item
from guardrail.score.kinds.manner import may_name, own_words
from guardrail.treat.wording import any_of

ODD = "aAiIıİsſßẞKkkµμς σΣ'’-_. ,\n\u0307\u0301é"
TEXTS = st.one_of(
    st.text(st.sampled_from(ODD), max_size=12),
    st.lists(
        st.sampled_from(("Anna", "Straße", "STRASSE", "New York", "'s", " ", "-", "_", "o’"))
    ).map("".join),
    st.text(max_size=8),
)


@settings(max_examples=1500, deadline=None)
@given(listed=st.lists(TEXTS, min_size=1, max_size=2), copy=st.lists(TEXTS, max_size=3))
def test_a_text_without_a_closer_look_has_nothing_that_one_would_find(
    listed: list[str], copy: list[str]
) -> None:
    """Neither the rules nor a treatment, which look for words in their own ways."""
    customer = Customer(names=tuple(listed), places=tuple(listed))
    pattern = any_of(listed)
    found = any(own_words(Item(title=one), customer) for one in copy) or (
        pattern is not None and any(pattern.search(one) for one in copy)
    )
    event(f"found: {found}")
    assert may_name(copy, customer) or not found


def test_words_are_whole_ones() -> None:
    """Else short names would be everywhere."""
    customer = Customer(names=("Al",), places=("New York",))
    assert not may_name(("A sale of all kinds", None, "new yorker"), customer)
    assert may_name(("For AL: half the price",), customer)
    assert may_name((None, "New-York nights"), customer)
    assert not may_name(("New", "York"), Customer())
