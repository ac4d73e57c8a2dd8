"""How the facts of a response came about."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import Assume, Surface
from tests.facts.traffic import HOME, SEARCHED, assuming, counted, reads_of, states


def test_what_an_item_says_is_present_and_the_rest_is_missing():
    """Each field once for each item."""
    found = counted({"id": "1", "title": "Hose"}, {"id": "2", "advertiser": "acme"})
    assert states(found, "title") == {"present": 1, "missing": 1}
    assert states(found, "advertiser") == {"present": 1, "missing": 1}
    assert states(found, "signals") == {"missing": 2}
    assert states(found, "signals[].data") == {}


def test_what_the_catalogue_adds_is_joined():
    """Told from what the app said, and from what is assumed."""
    reads = reads_of({"id": "1"})
    full = [replace(reads[0], item=replace(reads[0].item, title="Hose", categories=("garden",)))]
    surface = assuming(categories=("fashion",))
    found = counted({"id": "1"}, surface=surface, completed=full)
    assert states(found, "title") == {"joined": 1}
    assert states(found, "categories") == {"joined": 1}


def test_what_a_surface_or_campaign_assumes_is_assumed():
    """Its signals too, key by key."""
    signal = Signal(data="cart", method="observed")
    surface = Surface(
        "home", assume=Assume(campaigns={"c": Assume(("signals",), Item(signals=(signal,)))})
    )
    found = counted({"id": "1", "campaign": "c"}, {"id": "2"}, surface=surface)
    assert states(found, "signals") == {"assumed": 1, "missing": 1}
    assert states(found, "signals[].data") == {"assumed": 1}
    assert states(found, "signals[].party") == {"missing": 1}


def test_kind_and_purpose_are_never_missing_and_an_ad_is_sponsored():
    """The surface says them where nothing else does."""
    found = counted({"id": "1"}, surface=Surface("ads", kind="ad"))
    for fact in ("kind", "purpose", "sponsored"):
        assert states(found, fact) == {"assumed": 1}
    assert states(counted({"id": "1"}), "sponsored") == {"missing": 1}


def test_a_category_in_the_copy_is_recognised():
    """Where nobody said what the item is about, or in words that mean nothing."""
    found = counted(
        {"id": "1", "title": "Pregnancy test"},
        {"id": "2", "title": "Pregnancy test", "categories": ["iab-content-2.2:nonsense"]},
        {"id": "3", "reason": "Pregnancy test", "categories": ["garden"]},
    )
    assert states(found, "categories") == {"recognised": 2, "present": 1}


def test_what_means_nothing_is_not_understood():
    """Unknown words and ids of ours; one that is known is enough, and so is an empty list."""
    found = counted(
        {"id": "1", "purpose": "selling", "categories": ["iab-content-2.2:nonsense"]},
        {"id": "2", "categories": [305]},
        {"id": "3", "categories": []},
        {"id": "4", "categories": ["iab-content-2.2:nonsense", "garden"]},
    )
    assert states(found, "purpose") == {"not_understood": 1, "assumed": 3}
    assert states(found, "categories") == {"not_understood": 2, "present": 2}


def test_signals_that_are_no_signals_are_not_understood():
    """None of several; a wrong key of one is that key's matter."""
    found = counted(
        {"id": "1", "signals": "all"},
        {"id": "2", "signals": ["cart", SEARCHED]},
        {"id": "3", "signals": [{"data": "cart", "method": "guessed"}]},
        {"id": "4", "signals": []},
    )
    assert states(found, "signals") == {"not_understood": 1, "present": 3}
    assert states(found, "signals[].method") == {"missing": 2, "present": 1, "not_understood": 1}
    assert states(found, "signals[].data") == {"missing": 2, "present": 2}


def test_problems_that_name_no_place_are_nobodys():
    """An item without an id, a key that stands twice."""
    assert states(counted({"title": "Hose"}), "id") == {"missing": 1}


def test_an_element_that_is_no_item_says_nothing():
    """It is not counted."""
    assert not counted("text")


def test_facts_of_the_customer_count_once_for_each_response():
    """And not at all where nobody asked who it was."""
    who = Customer(age_band="unknown", jurisdiction="DE", gpc=True, tolerance=0.0)
    found = counted({"id": "1"}, {"id": "2"}, customer=who)
    assert states(found, "customer.jurisdiction") == {"present": 1}
    assert states(found, "customer.gpc") == {"present": 1}
    assert states(found, "customer.age_band") == {"missing": 1}
    assert states(found, "customer.consent") == {"missing": 1}
    assert states(counted({"id": "1"}), "customer.gpc") == {}


VALUES = st.sampled_from([None, 7, "x", "ad", [], ["x"], [SEARCHED], [{"data": "x"}], {}, True])
ITEMS = st.dictionaries(st.sampled_from(Item.__struct_fields__), VALUES)


@given(st.lists(ITEMS, max_size=4))
def test_every_item_counts_exactly_once_for_every_field(items: list[dict[str, object]]):
    """Whatever it says."""
    found = counted(*items)
    for field in Item.__struct_fields__:
        assert sum(states(found, field).values()) == len(items)
    signals = sum(len(read.item.signals or ()) for read in reads_of(*items, surface=HOME))
    for key in Signal.__struct_fields__:
        assert sum(states(found, f"signals[].{key}").values()) == signals
