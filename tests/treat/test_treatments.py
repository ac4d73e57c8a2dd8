"""What each treatment does to an item, and what it leaves alone."""

from __future__ import annotations

import pytest

from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Surface
from guardrail.treat import TREATMENTS, Means, Offer, Shelf, Treated, joined
from guardrail.treat.edit import Edit
from tests.score.judging import BOUGHT, SEARCHED

DECLARED = Signal(data="age", method="declared")
NOTHING = Shelf((), ())
ANNA = Customer(names=("Anna",), places=("Elm Street",))
MAPPED = Surface("home", fields={"reason": "why"})


def applied(name, item, shelf=NOTHING, **means):
    """Every candidate of a treatment."""
    return list(TREATMENTS[name].apply(item, Means(shelf, **means)))


def offer(ident, *categories, **keys):
    item = Item(id=ident, categories=categories or None, signals=(), **keys)
    return Offer(item, b'{"id":"%b"}' % ident.encode())


def test_a_reason_goes_with_its_field():
    """The sentence, and nothing else."""
    (treated,) = applied("drop_reason", Item(id="i", title="Boots", reason="Because"))
    assert treated == (Item(id="i", title="Boots"), Edit(remove=("reason",)), 0.0, False)
    assert applied("drop_reason", Item(title="Boots")) == []


def test_a_neutral_reason_comes_once():
    """And is not dropped for itself."""
    surface = Surface("home", neutral_reason="Popular")
    (treated,) = applied("drop_reason", Item(reason="Because"), surface=surface)
    assert (treated.item.reason, treated.edit.set) == ("Popular", {"reason": "Popular"})
    assert applied("drop_reason", treated.item, surface=surface) == []


def test_an_explanation_is_worth_five_points_and_says_no_guess():
    """From the kind of source alone."""
    signal = Signal(data="purchase_history", method="observed", party="first", category="life.baby")
    (treated,) = applied("explain", Item(id="i"), surface=MAPPED, signals=(signal,))
    assert treated.worth == 5.0
    assert treated.item.reason == "Chosen from what you bought here."
    assert treated.edit.set == {"reason": treated.item.reason}


@pytest.mark.parametrize(
    ("item", "means"),
    [
        (Item(), {"signals": (BOUGHT,)}),
        (Item(reason="x"), {"surface": MAPPED, "signals": (BOUGHT,)}),
        (Item(), {"surface": MAPPED, "signals": ()}),
        (Item(), {"surface": MAPPED, "signals": None}),
        (Item(), {"surface": MAPPED, "signals": (BOUGHT, SEARCHED)}),
        (Item(), {"surface": MAPPED, "signals": (Signal(method="observed", party="third"),)}),
        (Item(), {"surface": MAPPED, "signals": (Signal(method="declared", via=(BOUGHT,)),)}),
        (Item(), {"surface": MAPPED, "signals": (BOUGHT,), "labels": frozenset({"health.x"})}),
        (Item(), {"surface": MAPPED, "signals": (BOUGHT,), "own": ("belief.religion",)}),
    ],
)
def test_an_explanation_is_refused(item, means):
    """No mapped field, a reason already, nothing used, unknown, inferred, passed on, special."""
    assert applied("explain", item, **means) == []


def test_an_explanation_of_what_was_declared():
    """Told by the customer, whoever asked."""
    (treated,) = applied("explain", Item(), surface=MAPPED, signals=(DECLARED, BOUGHT))
    assert treated.item.reason == "Chosen from your age and what you bought here."


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Just for you, Anna: running shoes", "Running shoes"),
        ("Boots for Anna", "Boots"),
        ("We noticed you run. Running shoes", "Running shoes"),
        ("Coffee near your home - freshly roasted", "Freshly roasted"),
        ("Cake from Elm Street", "Cake"),
        ("Anna", None),
        ("Hannah and her sisters", None),
        ("Boots", None),
    ],
)
def test_personal_words_leave_a_title(title, expected):
    """A readable title stays; one of which nothing would stay is left as it is."""
    found = applied("depersonalise_copy", Item(title=title), customer=ANNA)
    assert [t.item.title for t in found] == ([] if expected is None else [expected])
    assert [t.edit.set for t in found] == ([] if expected is None else [{"title": expected}])


def test_a_reason_of_which_nothing_stays_goes():
    """With its field."""
    item = Item(title="Boots", reason="Because you walk")
    (treated,) = applied("depersonalise_copy", item, phrases=("you walk",))
    assert (treated.item.reason, treated.edit.remove) == (None, ("reason",))


def test_phrases_that_rules_objected_to_go():
    """Whatever they are; the rest is cut where every part has one."""
    item = Item(title="Secret sale boots", reason="Light. Spotted by many")
    (treated,) = applied("depersonalise_copy", item, phrases=("secret", "spotted by"))
    assert (treated.item.title, treated.item.reason) == ("Sale boots", "Light.")


def test_places_widen_step_by_step():
    """The next wider first, at last only the region."""
    surface = Surface("home", wider_places={"Elm Street": "Springfield", "springfield": "Oregon"})
    customer = Customer(places=("Elm Street", "Springfield", "Oregon"))
    item = Item(title="Coffee in Elm Street")
    found = applied("coarsen", item, surface=surface, customer=customer)
    assert [t.item.title for t in found] == [
        "Coffee in Springfield",
        "Coffee in Oregon",
        "Coffee in your region",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You looked 3 minutes ago", "You looked recently"),
        ("You were here yesterday at 14:05", "You were here recently"),
        ("Published 3 days ago", None),
        ("Your tea, you last paid £3.40", "Your tea"),
        ("Your tea (it was £3.40 when you looked)", "Your tea"),
        ("It was £3.40, your price is £3", None),
        ("Shoes near your home", "Shoes in your region"),
        ("Opens at 9:00", None),
        ("Shoes", None),
    ],
)
def test_moments_prices_and_nearness_get_less_exact(text, expected):
    """Where the text speaks of the reader."""
    found = applied("coarsen", Item(reason=text))
    assert [t.item.reason for t in found] == ([] if expected is None else [expected])


def test_the_parent_category_comes_for_the_same_reasons():
    """Nearest first; every signal stays."""
    pool = (offer("top", "health"), offer("other", "garden"), offer("near", "health.woman"))
    item = Item(id="i", categories=("health.woman.pregnancy",), advertiser="a", kind="ad")
    found = applied("generalise", item, Shelf(pool, ()), signals=(BOUGHT,))
    assert [t.item.id for t in found] == ["near", "top"]
    assert found[0].item.signals == (BOUGHT,)
    assert (found[0].item.advertiser, found[0].item.kind) == ("a", "ad")
    assert found[0].edit.replace == b'{"id":"near"}'


def test_taxonomy_ids_have_parents_too():
    """305 stands below 302 in Content 2.2; a category without a parent has none."""
    pool = (offer("care", "iab-content-2.2:302"),)
    child = Item(categories=("iab-content-2.2:305",))
    assert [t.item.id for t in applied("generalise", child, Shelf(pool, ()))] == ["care"]
    assert applied("generalise", Item(categories=("garden",)), Shelf(pool, ())) == []
    own = applied("generalise", Item(), Shelf((offer("h", "health"),), ()), own=("health.x",))
    assert [t.item.id for t in own] == ["h"]


def test_another_creative_of_the_same_campaign():
    """Not this one, not one that is shown, and only of this campaign."""
    listed = tuple(offer(f"ad-{n}", creative=f"cr-{n}", campaign="c") for n in (1, 2, 3))
    shelf = Shelf((), ["ad-2"], {"c": listed})
    item = Item(id="x", campaign="c", creative="cr-1")
    assert [t.item.id for t in applied("rotate", item, shelf, signals=None)] == ["ad-3"]
    assert applied("rotate", Item(creative="cr-1"), shelf) == []
    assert applied("rotate", Item(campaign="other"), shelf) == []
    nameless = Item(campaign="c")
    assert [t.item.id for t in applied("rotate", nameless, shelf)] == ["ad-1", "ad-3"]


def test_demote_and_delay_change_no_fact():
    """They are product choices."""
    item = Item(id="i")
    (last,), (held,) = applied("demote", item), applied("delay", item)
    assert (last.item, last.edit.last, last.held) == (item, True, False)
    assert (held.item, held.edit, held.held) == (item, Edit(), True)


def test_a_neighbour_tells_another_story():
    """None of the item's categories."""
    shelf = Shelf((offer("pads", "beauty"), offer("kettle", "home"), offer("bare")), ())
    found = applied("dilute", Item(categories=("beauty",)), shelf)
    assert [t.item.id for t in found] == ["kettle", "bare"]
    by_label = applied("dilute", Item(), shelf, labels=frozenset({"home"}))
    assert [t.item.id for t in by_label] == ["pads", "bare"]


def test_a_substitute_uses_nothing_personal():
    """At most eight are looked at; a bid's keeps what the auction was held over."""
    shelf = Shelf(tuple(offer(f"o{n}") for n in range(20)), ["o0"])
    found = applied("replace", Item(id="i", signals=(BOUGHT,)), shelf)
    assert [t.item.id for t in found] == [f"o{n}" for n in range(1, 9)]
    assert {t.item.signals for t in found} == {()}
    assert found[0].edit.carry == ()
    bid = applied("replace", Item(id="i"), shelf, surface=Surface("x", shape="openrtb-2.6"))
    assert bid[0].edit.carry == ("id", "impid", "price")


def test_two_edits_become_one():
    """What the second removes is not set by the first, and what is set is not removed."""
    first = Treated(Item(), Edit(set={"title": "a", "reason": "b"}), worth=5.0)
    second = Treated(Item(id="z"), Edit(set={"title": "c"}, remove=("reason",)))
    both = joined(first, second)
    assert both == (Item(id="z"), Edit(set={"title": "c"}, remove=("reason",)), 5.0, False)
    other_way = joined(second, first)
    assert other_way.edit == Edit(set={"title": "a", "reason": "b"})
