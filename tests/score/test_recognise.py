"""Categories recognised in copy: forms of words, compounds, what takes a word back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.ruleset import Category
from guardrail.score.recognise import Recogniser, plural
from guardrail.score.terms import Hit

CATEGORIES = (
    Category(
        "health.pregnancy",
        terms=("pregnancy test", "schwanger*", "grossesse", "*partum"),
        hints=("folic acid", "crib"),
        unless=("pregnancy test for dogs", "crib notes"),
    ),
    Category("health", terms=("*itis", "alzheimer", "allergy", "ab*", "illness"), hints=("*ab",)),
    Category("vice.alcohol", terms=("alcohol", "alkohol*", "  ", "*"), unless=("rubbing alcohol",)),
    Category("belief.religion", terms=("religious", "cross"), unless=("  ",)),
    Category("money.hardship", terms=("debt",)),
)
RECOGNISER = Recogniser(CATEGORIES)


def found(text: str) -> list[str]:
    return [hit.target for hit in RECOGNISER.find(text)]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Two PREGNANCY tests", "health.pregnancy"),
        ("Test de grossesse", "health.pregnancy"),
        ("Schwangerschaftstest, 2 Stück", "health.pregnancy"),
        ("schwanger?", "health.pregnancy"),
        ("Post-partum care, postpartum", "health.pregnancy"),
        ("Arthritis gloves", "health"),
        ("Alzheimer's: a guide", "health"),
        ("Alzheimer’s disease", "health"),
        ("Allergies and you", "health"),
        ("Illnesses of the mind", "health"),
        ("Religious crosses", "belief.religion"),
        ("Rélìgious art", "belief.religion"),
        ("Alcohol free shipping", "vice.alcohol"),
        ("Free alcohol", "vice.alcohol"),
        ("Debt of and free time", "money.hardship"),
    ],
)
def test_words_are_found_in_their_forms(text, slug):
    """Plurals, possessives, accents, stems and endings."""
    assert slug in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Alcohol-free beer",
        "Alcohol free",
        "alkoholfreies Bier",
        "Ohne Alkohol",
        "free from alcohol",
        "frei von Alkohol",
        "Non-religious wedding",
        "not religious",
        "Debt-free living",
        "Pregnancies tested",
        "Crossing",
        "Rubbing alcohol 70 %",
        "Pregnancy test for dogs",
        "Crib notes",
    ],
)
def test_what_is_taken_back_or_only_sounds_alike_is_not_found(text):
    """Absence, other words, and phrases that the category excepts."""
    assert found(text) == []


def test_a_phrase_of_several_words_is_not_taken_back_by_what_comes_free_with_it():
    """A test that comes free is still a test."""
    assert found("pregnancy test free") == ["health.pregnancy"]


def test_an_exception_excepts_only_what_it_covers():
    """The word elsewhere in the same text still counts, and so do other categories."""
    assert found("Rubbing alcohol, and alcohol") == ["vice.alcohol"]
    assert found("crib notes on alcohol") == ["vice.alcohol"]


def test_what_says_it_comes_before_what_hints_and_each_hit_names_its_word():
    """Each once; a stem names the word it was found in."""
    hits = RECOGNISER.find("crib, pregnancy tests, pregnancy test, bronchitis, bronchitis")
    assert hits == (
        Hit("health.pregnancy", "pregnancy test"),
        Hit("health", "bronchitis"),
        Hit("health.pregnancy", "crib", hint=True),
    )


def test_a_stem_that_is_too_short_finds_nothing():
    """Two letters before the star would find anything."""
    assert found("absolutely a crab") == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [("test", "tests"), ("cross", "crosses"), ("allergy", "allergies"), ("essay", "essays")],
)
def test_plurals(word, expected):
    """The usual ones."""
    assert plural(word) == expected


@given(st.text())
def test_any_text_is_read_and_gives_the_same_answer_twice(text):
    """It never fails and never depends on what was read before."""
    assert RECOGNISER.find(text) == Recogniser(CATEGORIES).find(text)


@given(st.sampled_from(["alcohol", "religious", "debt"]), st.sampled_from(["-free", " free"]))
def test_no_single_term_survives_being_absent(term, absent):
    """X-free and X free, at the end of a text."""
    assert found(f"Totally {term}{absent}") == []


def test_words_that_are_remembered_are_bounded(monkeypatch):
    """A catalogue of made-up words takes no more room than any other."""
    monkeypatch.setattr("guardrail.score.recognise._REMEMBERED", 3)
    fresh = Recogniser(CATEGORIES)
    for n in range(10):
        assert fresh.find(f"word{n} bronchitis{n} arthritis") == (Hit("health", "arthritis"),)
        assert len(fresh._words) <= 3
