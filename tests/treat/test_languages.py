"""Copy is depersonalised and made less exact in English and German, and in what rules add."""

from __future__ import annotations

import pytest

from guardrail.model import Customer, Item
from guardrail.ruleset import Phrasing, Surface
from guardrail.score.phrasing import tongues
from guardrail.treat import TREATMENTS, Means, Shelf

ANNA = Customer(names=("Anna",), places=("Lindenstraße", "Bonn"))
NOTHING = Shelf((), ())


def reasons(name, text, **means):
    """The reasons that a treatment makes of one."""
    found = TREATMENTS[name].apply(Item(reason=text), Means(NOTHING, **means))
    return [treated.item.reason for treated in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nur für dich, Anna: Laufschuhe", ["Laufschuhe"]),
        ("Hallo Jonas! Neue Laufschuhe", ["Neue Laufschuhe"]),
        ("Wir haben bemerkt, dass du läufst. Leichte Schuhe", ["Leichte Schuhe"]),
        ("Weil Sie oft laufen", [None]),
        ("Schuhe in deiner Nähe – frisch eingetroffen", ["Frisch eingetroffen"]),
        ("Kuchen aus Bonn", ["Kuchen"]),
        ("Schuhe für Anna", ["Schuhe"]),
        ("Uns ist aufgefallen, dass Sie gern kochen. Töpfe", ["Töpfe"]),
        ("Beliebt in der Kategorie Schuhe", []),
        ("Weil es regnet", []),
    ],
)
def test_german_copy_is_depersonalised(text, expected):
    """With *du* and with *Sie*; what remains is a text."""
    assert reasons("depersonalise_copy", text, customer=ANNA) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vor 3 Minuten von dir angesehen", ["Kürzlich von dir angesehen"]),
        ("Sie waren gestern Abend um 20:15 Uhr hier", ["Sie waren kürzlich hier"]),
        ("Dein Tee, du hast zuletzt 3,40 € bezahlt", ["Dein Tee"]),
        ("Dein Tee (kostete 3,40 €, als du ihn angesehen hast)", ["Dein Tee"]),
        ("Schuhe in Ihrer Straße", ["Schuhe in der Region"]),
        ("Schuhe in der Nähe deiner Wohnung", ["Schuhe in der Region"]),
        ("Kaffee in der Lindenstraße", ["Kaffee in der Region"]),
        ("Kaffee aus Bonn", ["Kaffee in der Region"]),
        ("Vor 3 Tagen erschienen", []),
        ("Das Buch kostete 3,40 €", []),
    ],
)
def test_german_copy_gets_less_exact(text, expected):
    """Moments and prices only where the text speaks of the reader."""
    assert reasons("coarsen", text, customer=ANNA)[-1:] == expected


def test_a_known_language_is_tried_first_and_every_one_after_it():
    """A German page may well quote an English line."""
    german = Surface("home", copy_language="de")
    text = "Nur für dich ausgewählt. Picked for you"
    assert reasons("depersonalise_copy", text) == [None]
    assert reasons("depersonalise_copy", text, surface=german) == ["Picked for you", None]
    both = "Du warst gestern Abend hier. You looked 3 minutes ago"
    assert reasons("coarsen", both, surface=german) == [
        "Du warst kürzlich hier. You looked 3 minutes ago",
        "Du warst kürzlich hier. You looked recently",
    ]


def test_a_language_without_a_table_goes_by_all():
    """Better than by none."""
    surface = Surface("home", copy_language="xx")
    assert reasons("depersonalise_copy", "Nur für dich: Schuhe", surface=surface) == ["Schuhe"]


def test_a_language_of_the_rule_files():
    """As good as a shipped one."""
    french = Phrasing(
        intimate=("rien que pour vous",),
        you=("vous",),
        numbers=("quelques",),
        moments=("il y a {number} minutes|heures",),
        recently="récemment",
        before=("à", "de"),
        near=("près de chez vous",),
        region="dans votre région",
    )
    spoken = {"tongues": tongues({"fr": french}), "surface": Surface("x", copy_language="fr")}
    assert reasons("depersonalise_copy", "Rien que pour vous : chaussures", **spoken) == [
        "Chaussures"
    ]
    said = "Vous étiez là il y a quelques minutes"
    assert reasons("coarsen", said, **spoken) == ["Vous étiez là récemment"]
    lyon = Customer(places=("Lyon",))
    assert reasons("coarsen", "Café à Lyon", customer=lyon, **spoken) == ["Café dans votre région"]


def test_a_language_that_has_no_region_names_none():
    """Then a place stays, and another treatment has to do."""
    only = {"fr": tongues({"fr": Phrasing(you=("vous",))})["fr"]}
    lyon = Customer(places=("Lyon",))
    assert reasons("coarsen", "Café à Lyon", customer=lyon, tongues=only) == []
    assert reasons("depersonalise_copy", "Café, Lyon", customer=lyon, tongues=only) == ["Café"]
