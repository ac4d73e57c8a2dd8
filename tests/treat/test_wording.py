"""Words go, a readable text stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.treat.wording import any_of, tidy, without


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna, boots", "Boots"),
        ("Boots , , for", "Boots"),
        ("boots  and", "boots"),
        ("?!", ""),
        ("Boots .", "Boots."),
    ],
)
def test_a_text_is_tidied(text, expected):
    """Loose marks and dangling words go, a capital comes back."""
    assert tidy(text.replace("Anna", ""), text) == expected


def test_phrases_are_found_as_whole_words_in_any_case():
    """Longest first, nothing for nothing."""
    pattern = any_of(("we noticed", "we", "it's"))
    assert pattern is not None
    assert pattern.sub("-", "WE  Noticed that we, wee, it’s") == "- that -, wee, -"
    street = any_of(("Lindenstraße", "Passau"))
    assert street is not None
    assert street.sub("-", "LINDENSTRASSE lindenstraße Paßau passau") == "- - - -"
    assert any_of(()) is None
    assert any_of(("!",)) is None


def test_a_part_that_only_together_holds_a_phrase_is_cut_by_words():
    """The break between two parts may stand within a phrase."""
    pattern = re.compile("one two")
    assert without("a. one two", (pattern,)) == "a."
    assert without("one. two", (re.compile("one. two"),)) == ""


@given(st.text(), st.lists(st.text(min_size=1), max_size=4))
def test_what_is_looked_for_is_gone_or_the_text_is_as_it_was(text, phrases):
    """Whatever stands in it; a text without it is not touched."""
    pattern = any_of(phrases)
    if pattern is None:
        return
    left = without(text, (pattern,))
    if not pattern.search(text):
        assert left == text
    else:
        assert len(left) <= len(text) + 2
