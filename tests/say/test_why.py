"""What customers read: from what it was chosen, never what was guessed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.model import DATA_KINDS, METHODS, PARTIES, Signal
from guardrail.say import LANGUAGES, why
from guardrail.say.catalogue import CATALOGUE

SIGNAL = st.builds(
    Signal,
    data=st.none() | st.sampled_from(sorted(DATA_KINDS)),
    method=st.none() | st.sampled_from(sorted(METHODS)),
    party=st.none() | st.sampled_from(sorted(PARTIES)),
    category=st.just("health.pregnancy"),
    context=st.just("pharmacy"),
)
PRIVATE = (
    "health genetics biometrics religion politics sexual ethnicity income credit tragedy "
    "pregnan pharmacy divorce gesundheit religi schwanger"
).split()


def test_the_contracts_example_in_two_languages():
    """What was done here."""
    seen = Signal(data="browsing_history", method="observed", party="first")
    assert why((seen,)).sentence == "Chosen from what you looked at here."
    german = why((seen,), "de")
    assert german.sentence == "Grundlage der Auswahl: was Sie sich hier angesehen haben."
    assert german.parameters == ("was Sie sich hier angesehen haben",)


def test_every_language_has_every_message():
    """With the same places to fill in; another language is told in English."""
    places = re.compile(r"\{\w+\}")
    english = CATALOGUE["en"]
    for language in LANGUAGES:
        table = CATALOGUE[language]
        assert table.keys() == english.keys()
        assert all(set(places.findall(t)) == set(places.findall(english[k]))
                   for k, t in table.items())  # fmt: skip
    assert why((), "fr") == why((), "en")


@pytest.mark.parametrize(
    ("signals", "sentence", "codes"),
    [
        (None, "It is not known what this was chosen from.", ()),
        ((), "Chosen without any information about you.", (2,)),
        ((Signal(depth=0),), "Chosen without any information about you.", (2,)),
        ((Signal(data="current_item"),), "Chosen from what you are looking at now.", (2,)),
        ((Signal(data="religion", method="declared"),), "Chosen from what you told us.", (1,)),
        ((Signal(data="religion"),), "Chosen from what was concluded about you.", (1,)),
        ((Signal(),), "Chosen from information about you.", (1,)),
        ((Signal(data="precise_location"),), "Chosen from where you are.", (1, 3)),
        (
            (Signal(data="location_history", precision="place"),),
            "Chosen from where you were.",
            (1, 3),
        ),
        (
            (Signal(data="browsing_history", party="third"),),
            "Chosen from information about you, passed on by another company.",
            (1,),
        ),
        (
            (Signal(data="profile", party="second"),),
            "Chosen from your profile, passed on by another company.",
            (1,),
        ),
        (
            tuple(Signal(data=d) for d in ("age", "cart", "likes", "age", "device")),
            "Chosen from your age, what is in your cart and what you liked here.",
            (1,),
        ),
    ],
)
def test_sources_are_named(signals, sentence, codes):
    """At most three, each once, with the codes of the DSA extension."""
    told = why(signals)
    assert (told.sentence, told.codes) == (sentence, codes)


@given(st.lists(SIGNAL, max_size=5).map(tuple), st.sampled_from(LANGUAGES))
def test_the_guess_is_never_stated(signals, language):
    """No category, no context, no kind of data that is private by its name."""
    told = why(signals, language)
    said = " ".join((told.sentence, *told.parameters)).lower()
    assert not [word for word in PRIVATE if word in said]
