"""How copy gets personal, language by language, and the little language that the tables are in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.ruleset import Phrasing
from guardrail.score.kinds.manner import PERSON, PLACE, forms
from guardrail.score.phrasing import SHIPPED, PhraseError, merged, pattern_of, tongues

TABLE = Phrasing(numbers=("a few", "a"), nobody=("customer*",))
TONGUES = tongues({})


def finds(phrase, text, table=TABLE):
    found = re.search(pattern_of(phrase, table), text)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("near|nearby you", "Shoes NEARBY  you!", "NEARBY  you"),
        ("near you", "near your", None),
        ("we just? noticed", "we noticed", "we noticed"),
        ("we just? noticed", "we just noticed", "we just noticed"),
        ("hi,? {Name}", "Hi Anna", "Hi Anna"),
        ("hi,? {Name}", "hi, Anna", "hi, Anna"),
        ("hi,? {Name}", "hi anna", None),
        ("hi,? {name}", "hi anna", "hi anna"),
        ("hi,? {Name}", "Hi Customers", None),
        ("hi, {Name}", "Hi Anna", None),
        ("^{Name}, we", "Anna, we", "Anna, we"),
        ("^{Name}, we", "Hi Anna, we", None),
        ("dein* Stadt", "deine stadt", "deine stadt"),
        ("=Sie waren", "sie waren", None),
        ("=Sie waren", "Sie WAREN", "Sie WAREN"),
        ("we've seen *", "we’ve seen you run. Shoes", "we’ve seen you run"),
        ("we saw *", "we sawed", None),
        ("du hast * besucht", "Du hast unser Café besucht", "Du hast unser Café besucht"),
        ("{number} days ago", "a few days ago", "a few days ago"),
        ("{number} days ago", "12 days ago", "12 days ago"),
        ("at {time}", "at 9:05 pm", "at 9:05 pm"),
        ("um {time}", "um 14 Uhr.", "um 14 Uhr"),
        ("for {price}", "for £3.40.", "for £3.40"),
        ("für {price}", "für 49,90 Euro", "für 49,90 Euro"),
    ],
)
def test_a_phrase_finds(phrase, text, expected):
    """Whole words, any case, one or more spaces, and what its signs mean."""
    assert finds(phrase, text) == expected


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("*", "needs a word"),
        ("just?", "needs a word"),
        ("", "needs a word"),
        ("(you)", "signs in it"),
        ("a||b", "signs in it"),
        ("{who}", "{who}, which is none of {Name}"),
    ],
)
def test_what_is_no_phrase_says_why(phrase, text):
    """Before it is compiled."""
    with pytest.raises(PhraseError, match=re.escape(text)):
        pattern_of(phrase, TABLE)


@given(st.text(st.sampled_from("ab |?,*^={}()[]\\.+Name'’"), max_size=30))
def test_any_text_is_a_phrase_or_says_why_not(phrase):
    """What is accepted always compiles."""
    try:
        pattern = pattern_of(phrase, TABLE)
    except PhraseError:
        return
    re.compile(pattern)


@pytest.mark.parametrize("text", [
    "Hallo Anna, Schuhe", "Liebe Anna", "Guten Morgen, Jonas", "Nur für dich, Anna",
    "Anna, wir haben Schuhe", "Willkommen zurück Jonas", "Hi there", "Dear Anna",
])  # fmt: skip
def test_the_person_is_named(text):
    """In either language."""
    assert PERSON in forms(text, TONGUES.values())


@pytest.mark.parametrize("text", [
    "Kaffee in deiner Nähe", "Kaffee in Ihrer Straße", "Yoga in der Nähe deiner Wohnung",
    "Sie waren kürzlich im Stadtpark", "Nach deinem Besuch im Zoo", "Du hast unser Café besucht",
    "Um die Ecke von dir", "Bei Ihnen um die Ecke", "Coffee near you",
])  # fmt: skip
def test_a_place_is_named(text):
    """In either language."""
    assert PLACE in forms(text, TONGUES.values())


@pytest.mark.parametrize("text", [
    "Liebe Kundinnen und Kunden", "Hallo Welt", "Liebe geht durch den Magen", "Stadtplan",
    "Sie sind da: neue Schuhe", "Reise nach Rom", "In der Nähe", "Die Straße nach Rom",
    "Für Eltern", "Guten Morgen", "Garden hose", "Kaffee aus Kolumbien", "Dein Fahrrad",
])  # fmt: skip
def test_ordinary_copy_names_nobody(text):
    """However friendly it is."""
    assert forms(text, TONGUES.values()) == ()


def test_tables_of_rule_files_are_added():
    """To a known language its phrases, its word for recently instead; a new language is its own."""
    more = Phrasing(moments=("the other day",), recently="lately")
    made = tongues({"en": more, "fr": Phrasing(you=("vous",))})
    assert list(made) == ["en", "de", "fr"]
    assert made["en"].moments.search("the other day")
    assert made["en"].moments.search("3 minutes ago")
    assert (made["en"].recently, made["en"].region) == ("lately", "in your region")
    assert made["fr"].you.search("pour vous")
    # Without a word to put there, nothing is told less exactly.
    assert not made["fr"].moments.search("hier")
    assert merged(Phrasing(), SHIPPED["de"]) == SHIPPED["de"]


@given(
    st.lists(
        st.sampled_from(
            ["you", "You've", "near", "Anna,", "we", "Hi", "your", "home", "dein", "Straße", "in",
             "für", "dich,", "Sie", "STRASSE", "visited", "just", "du", "hast", "x", "besucht"]
        ),
        max_size=8,
    )
)  # fmt: skip
def test_a_text_without_a_trigger_has_no_phrase(listed):
    """Looking for triggers first finds as much as looking for phrases."""
    text = " ".join(listed)
    found = [one.address.search(text) or one.places.search(text) for one in TONGUES.values()]
    assert bool(forms(text, TONGUES.values())) is any(found)


def test_a_phrase_without_a_word_of_its_own_is_always_looked_for():
    """It has no trigger."""
    made = tongues({"xx": Phrasing(places=("{number} {price}", "near you"))})["xx"]
    assert made.triggers is None
    assert forms("3 £4", [made]) == (PLACE,)
    one = Phrasing(places=("just? dein* {Name} near|by home|house",))
    assert tongues({"xx": one})["xx"].triggers == {"home", "house"}


def test_what_stands_between_two_words_is_bounded():
    """A text can't make the search slow."""
    assert finds("du hast * besucht", "du hast " + "x " * 39 + "besucht") is not None
    assert finds("du hast * besucht", "du hast " + "x " * 60 + "besucht") is None
