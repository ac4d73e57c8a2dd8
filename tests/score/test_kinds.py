"""Each kind of rule: what it finds, on which concern, and the words it gives."""

import pytest

from guardrail.model import Customer, Item, Signal
from guardrail.ruleset import RULE_KINDS, Category, Comparison, Rule, When
from guardrail.score.kinds import KINDS
from guardrail.score.kinds.frequency_cap import counted
from tests.score.judging import BOUGHT, SEARCHED, judge, rule


def only(judged):
    (finding,) = judged.findings
    return finding


def test_the_table_has_a_row_for_every_kind_that_rule_files_know():
    """No kind without a row, no row without a kind."""
    assert set(KINDS) == set(RULE_KINDS)


@pytest.mark.parametrize(
    ("kind", "when", "concern"),
    [
        ("sensitive_category", When(), "subject"),
        ("inference_depth", When(), "depth"),
        ("frequency_cap", When(), "repetition"),
        ("manner", When(), "manner"),
        ("context", When(), "context"),
        ("signal", When(data=("likes",)), "source"),
        ("signal", When(data=("likes",), party=("third",)), "flow"),
        ("signal", When(purpose=("job",)), "purpose"),
        ("signal", When(purpose=("job",), data=("likes",)), "source"),
    ],
)
def test_the_concern_of_a_rule_follows_from_its_kind(kind, when, concern):
    """As the contract lists it."""
    assert KINDS[kind].concern(when) == concern


class TestSensitiveCategory:
    """The item, or a signal, is of a sensitive subject."""

    RULE = rule("sensitive_category", None, id="sensitive")

    def test_it_takes_the_weight_of_the_matched_category(self):
        """The nearest defined category counts."""
        found = only(
            judge(Item(categories=("health.pregnancy.twins",), signals=(BOUGHT,)), self.RULE)
        )
        assert (found.weight, found.because) == (57.0, "category health.pregnancy")

    def test_its_own_weight_wins(self):
        """A rule may set the weight."""
        heavy = rule("sensitive_category", 80.0, when=When(category=("health",)))
        assert only(judge(Item(categories=("health.x",), signals=(BOUGHT,)), heavy)).weight == 80.0

    def test_an_id_counts_as_the_category_that_lists_it(self):
        """Descendants of the listed node too; the words name both."""
        found = only(judge(Item(categories=("iab-content-2.2:305",), signals=(BOUGHT,)), self.RULE))
        assert found.because == "category health.pregnancy (iab-content-2.2:305)"

    def test_what_a_signal_says_of_the_person_counts(self):
        """The item may look harmless."""
        signal = Signal(data="profile", method="inferred", category="health.pregnancy")
        found = only(judge(Item(categories=("books",), signals=(signal,)), self.RULE))
        assert found.because == "category health.pregnancy of a signal"

    def test_a_term_in_the_copy_counts(self):
        """Most items carry no category."""
        found = only(judge(Item(title="PREGNANCY TEST, twin pack", signals=(BOUGHT,)), self.RULE))
        assert found.because == 'category health.pregnancy (says "pregnancy test")'

    def test_a_proxy_counts_half(self):
        """Maternity clothing only hints."""
        found = only(
            judge(Item(categories=("iab-ad-product-2.0:1061",), signals=(BOUGHT,)), self.RULE)
        )
        assert found.weight == 28.5
        assert found.because == "iab-ad-product-2.0:1061 hints at category health.pregnancy"

    def test_the_heaviest_of_several_counts(self):
        """One finding a rule."""
        both = Item(categories=("vice.gambling", "health.pregnancy"), signals=(BOUGHT,))
        assert only(judge(both, self.RULE)).weight == 57.0

    def test_a_category_that_nobody_defined_can_be_named_with_a_weight(self):
        """By slug or by id."""
        named = rule("sensitive_category", 33.0, when=When(category=("iab-content-2.2:1",)))
        found = only(judge(Item(categories=("iab-content-2.2:2",), signals=(BOUGHT,)), named))
        assert (found.weight, found.because) == (33.0, "category iab-content-2.2:1")
        unweighted = rule("sensitive_category", None, when=When(category=("iab-content-2.2:1",)))
        assert (
            only(
                judge(Item(categories=("iab-content-2.2:2",), signals=(BOUGHT,)), unweighted)
            ).weight
            == 0
        )

    def test_another_category_does_not_match(self):
        """A rule for one subject leaves the others alone."""
        named = rule("sensitive_category", None, when=When(category=("vice",)))
        assert judge(Item(categories=("health",), signals=(BOUGHT,)), named).findings == ()

    def test_an_item_that_nobody_categorised_is_unknown(self):
        """Unknown, not clean; a rule may say that unknown counts."""
        bare = Item(signals=(BOUGHT,))
        assert judge(bare, self.RULE).unknown == ("sensitive",)
        applied = judge(bare, rule("sensitive_category", 20.0, unknown="apply"))
        assert only(applied).because == "category unknown"
        assert (
            judge(bare, rule("sensitive_category", None, unknown="apply")).findings[0].weight == 0
        )

    def test_a_rule_that_names_unknown_has_a_weight_for_it(self):
        """Where nobody said what it is about, or nobody can read it; never where it is said."""
        for given, weights in ((None, [20.0]), (("?",), [20.0]), (("home",), []), ((), [])):
            item = Item(categories=given, signals=(BOUGHT,))
            named = rule("sensitive_category", 20.0, when=When(category=("unknown",)))
            assert [finding.weight for finding in judge(item, named).findings] == weights
        unweighted = rule("sensitive_category", None, when=When(category=("unknown",)))
        assert judge(Item(signals=(BOUGHT,)), unweighted).findings[0].weight == 0


class TestInferenceDepth:
    """How far the guess is."""

    def test_it_names_the_depth_of_the_signal_that_met_it(self):
        """Not that of another signal."""
        deep = rule("inference_depth", when=When(depth=(Comparison(">=", 3),)))
        assert only(judge(Item(signals=(BOUGHT, SEARCHED)), deep)).because == "inference depth 3"

    def test_unknown_depth_has_a_rule_of_its_own(self):
        """It is never treated as clean."""
        unknown = rule("inference_depth", when=When(depth=(Comparison("unknown"),)))
        assert only(judge(Item(), unknown)).because == "inference depth unknown"


class TestSignal:
    """What was used, who passed it on, what for."""

    def test_it_names_the_signal(self):
        """The words of the contract's example."""
        used = rule(when=When(data=("search_history",)))
        assert only(judge(Item(signals=(SEARCHED,)), used)).because == "signal search_history"

    def test_a_flow_names_the_party(self):
        """Unknown party too."""
        flow = rule(when=When(party=("third", "unknown")), concern="flow")
        third = Signal(data="likes", party="third", depth=2)
        assert (
            only(judge(Item(signals=(third,)), flow)).because == "signal likes from a third party"
        )
        nameless = Signal(depth=2)
        assert (
            only(judge(Item(signals=(nameless,)), flow)).because
            == "a signal that names no data from an unknown party"
        )

    def test_a_purpose_names_the_purpose(self):
        """What it is for."""
        political = rule(when=When(purpose=("political_message",)))
        item = Item(purpose="political_message", signals=(BOUGHT,))
        assert only(judge(item, political)).because == "purpose political_message"


class TestContext:
    """Collected elsewhere."""

    def test_it_names_the_context(self):
        """Where it came from."""
        work = rule("context", when=When(context=("work",)))
        signal = Signal(data="chat", context="work", depth=2)
        assert only(judge(Item(signals=(signal,)), work)).because == "collected in context work"

    def test_an_unknown_context_can_be_asked_for(self):
        """As with every text fact."""
        unknown = rule("context", when=When(context=("unknown",)))
        assert (
            only(judge(Item(signals=(SEARCHED,)), unknown)).because
            == "collected in context unknown"
        )


class TestManner:
    """How it is said."""

    def test_a_phrase_counts_at_any_depth(self):
        """Manner scores where nothing personal was used too."""
        noticed = rule("manner", 20.0, terms=("we noticed",))
        found = judge(Item(reason="We noticed you again", signals=()), noticed)
        assert only(found).because == 'says "we noticed"'
        assert found.score.intrusiveness == found.score.annoying == 20.0

    def test_copy_without_the_phrase_is_fine(self):
        """Whole words in their order."""
        noticed = rule("manner", terms=("we noticed",))
        assert judge(Item(reason="Noticed? We did", signals=()), noticed).findings == ()

    @pytest.mark.parametrize(
        "copy",
        [
            "Just for you, Anna",
            "Hi Anna, still thinking of it?",
            "Welcome back Anna",
            "Dear anna",
            "Anna, we picked these",
        ],
    )
    def test_the_usual_forms_of_address_name_the_person(self, copy):
        """Without the app giving the name."""
        named = rule("manner", mentions=("person",))
        assert only(judge(Item(title=copy, signals=()), named)).because == "names the person"

    def test_the_name_that_the_app_gave_is_found_anywhere(self):
        """The name itself never appears in the finding."""
        named = rule("manner", mentions=("person",))
        anna = Customer(names=("Anna Maria",))
        found = only(
            judge(Item(reason="Shoes that anna  maria wants", signals=()), named, customer=anna)
        )
        assert found.because == "names the person"
        assert (
            judge(
                Item(reason="Annabel", signals=()), named, customer=Customer(names=("Anna",))
            ).findings
            == ()
        )
        assert (
            judge(Item(reason="Anna", signals=()), named, customer=Customer(names=("",))).findings
            == ()
        )

    @pytest.mark.parametrize(
        "copy",
        [
            "Shops near you",
            "Popular in your neighbourhood",
            "You visited Café Luna",
            "After your trip to Rome",
        ],
    )
    def test_the_usual_forms_name_a_place(self, copy):
        """Where the person is or was."""
        placed = rule("manner", mentions=("place",))
        assert only(judge(Item(reason=copy, signals=()), placed)).because == "names a place"

    def test_a_place_that_the_app_gave(self):
        """As with names."""
        placed = rule("manner", mentions=("place",))
        customer = Customer(places=("Café Luna",))
        item = Item(reason="Try café luna again", signals=())
        assert only(judge(item, placed, customer=customer)).because == "names a place"

    @pytest.mark.parametrize(
        "copy", ["For you and your home", "Highland water", "Near field speakers"]
    )
    def test_ordinary_copy_mentions_nobody(self, copy):
        """No person, no place."""
        either = rule("manner", mentions=("person", "place"))
        assert judge(Item(title=copy, signals=()), either).findings == ()

    def test_a_mention_that_the_rule_does_not_look_for_is_left_alone(self):
        """A place is no person."""
        named = rule("manner", mentions=("person",))
        assert judge(Item(title="Shops near you", signals=()), named).findings == ()

    def test_a_rule_with_conditions_alone(self):
        """Terms may stand in `when`."""
        shouting = rule("manner", when=When(terms=("buy now",)))
        assert only(judge(Item(title="Buy now!", signals=()), shouting)).because == "how it is said"


class TestFrequencyCap:
    """What a cap counts."""

    def cap(self, per, **keys):
        return Rule("cap", "frequency_cap", per=per, **keys)

    def test_it_objects_to_nothing_but_is_named(self):
        """The ledger decides."""
        judged = judge(Item(signals=()), rule("frequency_cap", None, id="cap"))
        assert judged.findings == ()
        assert [r.id for r in judged.caps] == ["cap"]

    @pytest.mark.parametrize(
        ("per", "expected"),
        [
            ("item", ("i",)),
            ("campaign", ("c",)),
            ("advertiser", ("a",)),
            ("surface", ("home",)),
            ("all", ("all",)),
            ("category", ("vice.gambling", "health")),
        ],
    )
    def test_each_scope_counts_its_own_thing(self, per, expected):
        """Item, campaign, advertiser, category, surface, everything."""
        item = Item(id="i", campaign="c", advertiser="a")
        assert counted(self.cap(per), item, ("vice.gambling", "health"), "home") == expected

    def test_a_category_cap_counts_the_category_that_it_names(self):
        """All of health together, not each kind of it."""
        cap = self.cap("category", when=When(category=("health",)))
        assert counted(cap, Item(), ("health.pregnancy", "vice.gambling"), "home") == ("health",)

    def test_an_item_that_lacks_the_fact_is_not_counted(self):
        """Unless unknown counts: then all of them share one counter."""
        assert counted(self.cap("campaign"), Item(), (), "home") == ()
        assert counted(self.cap("category"), Item(), (), "home") == ()
        (shared,) = counted(self.cap("campaign", unknown="apply"), Item(), (), "home")
        assert counted(self.cap("category", unknown="apply"), Item(), (), "home") == (shared,)


def test_a_rule_that_asks_for_action_holds_at_depth_0():
    """Nothing personal, no score; what a rule forbids is forbidden all the same."""
    item = Item(categories=("vice.gambling",), signals=())
    scored = rule("sensitive_category", None, id="scored")
    banned = rule("sensitive_category", None, id="banned", action="suppress")
    judged = judge(item, scored, banned)
    assert [f.rule for f in judged.findings] == ["banned"]
    assert judged.score.intrusiveness == 0.0


def test_a_category_without_evidence_of_its_own_has_no_weight():
    """Nothing is made up."""
    empty = {"garden": Category("garden")}
    judged = judge(
        Item(categories=("garden.tools",), signals=(BOUGHT,)),
        rule("sensitive_category", None),
        categories=empty,
    )
    assert only(judged).weight == 0.0


class TestHints:
    """Words that only hint at a category."""

    CATEGORIES = {  # noqa: RUF012
        "health.pregnancy": Category(
            "health.pregnancy", weight=60.0, terms=("prenatal",), hints=("crib",)
        )
    }
    RULE = rule("sensitive_category", None, id="sensitive")

    def findings(self, **keys):
        item = Item(categories=(), signals=(BOUGHT,), **keys)
        return judge(item, self.RULE, categories=self.CATEGORIES)

    def test_a_hint_counts_half_and_says_so(self):
        """As a proxy does, and floors on the category do not meet it."""
        judged = self.findings(title="Crib, white")
        assert only(judged).weight == 30
        assert only(judged).because == 'says "crib", which hints at category health.pregnancy'
        assert judged.labels == frozenset()

    def test_a_term_anywhere_makes_a_hint_whole(self):
        """The reason says what the title only hints at, and the other way round."""
        for keys, words in (
            ({"title": "Crib", "reason": "prenatal care"}, 'reason says "prenatal"'),
            ({"title": "Prenatal care", "reason": "crib"}, 'says "prenatal"'),
        ):
            judged = self.findings(**keys)
            assert only(judged).weight == 60
            assert only(judged).because == f"category health.pregnancy ({words})"
            assert "health.pregnancy" in judged.labels

    def test_the_name_of_a_segment_is_told_as_such(self):
        """Whoever reads the decision knows where to look."""
        segment = Signal(
            data="third_party_segment", method="modeled", party="third", category="custom:Prenatal"
        )
        judged = judge(Item(categories=(), signals=(segment,)), self.RULE)
        assert 'segment says "prenatal"' in only(judged).because

    def test_a_term_makes_a_taxonomys_proxy_whole(self):
        """What a node hints at, the title says."""
        item = Item(
            title="Prenatal wear", categories=("iab-ad-product-2.0:1061",), signals=(BOUGHT,)
        )
        judged = judge(item, self.RULE)
        assert only(judged).weight == 57
        assert "health.pregnancy" in judged.labels


def test_how_an_advertisement_behaves_is_named():
    """By its name, or its code where an exchange has its own."""
    behaves = rule("manner", 60.0, when=When(attr=(8, 501, 1)))
    (finding,) = judge(Item(attr=(12, 501, 8)), behaves).findings
    assert finding.because == "creative attribute 501, pop"


def test_a_cap_counts_every_advertiser_of_an_item():
    """Each of them was shown."""
    cap = rule("frequency_cap", None, per="advertiser")
    assert counted(cap, Item(advertisers=("a", "b")), (), "home") == ("a", "b")
