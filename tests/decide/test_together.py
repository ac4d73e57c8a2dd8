"""Items that tell a story together are thinned, not all taken out."""

from __future__ import annotations

import pytest

from guardrail.decide.history import NOTHING_SEEN, History, counter
from guardrail.model import Item, Signal
from guardrail.ruleset import Rule, Sign, When
from guardrail.treat import Offer
from tests.score.judging import BOUGHT, SEARCHED, rule
from tests.test_pipeline import run, verdicts

SIGNS = {
    "lotion": Sign(terms=("lotion",)),
    "zinc": Sign(terms=("zinc",)),
    "cotton": Sign(categories=("beauty.cotton",)),
}


def story(**keys):
    keys = {"weight": 80.0, "concern": "subject", "at_least": 3, "signs": SIGNS} | keys
    return Rule(keys.pop("id", "story"), "combination", **keys)


LOTION = Item(id="lotion", title="Lotion", signals=(BOUGHT,))
ZINC = Item(id="zinc", title="Zinc", signals=(BOUGHT,))
COTTON = Item(id="cotton", categories=("beauty.cotton.balls",), signals=(BOUGHT,))
SET = [LOTION, ZINC, COTTON]
PADS = Offer(Item(id="pads", categories=("beauty.cotton",), signals=()), b'{"id":"pads"}')
OTHER_LOTION = Offer(Item(id="other", title="Lotion", signals=()), b'{"id":"other"}')
BEST = Offer(Item(id="best", signals=()), b'{"id":"best"}')


def test_as_much_stays_as_tells_nothing_yet():
    """Two of three; the finding stands with the one that goes, and names no item."""
    _, result = run(SET, story())
    assert verdicts(result) == ["allow", "allow", "suppress"]
    (finding,) = result.verdicts[2].findings
    assert finding.because == "together on one page: cotton, lotion, zinc"
    assert result.verdicts[0].findings == ()
    assert result.verdicts[2].intrusiveness == 80.0


def test_its_place_goes_to_something_that_tells_no_part_of_it():
    """Not to another lotion, nor to other cotton."""
    _, result = run(SET, story(), pool=(PADS, OTHER_LOTION, BEST))
    last = result.verdicts[2]
    assert (last.verdict, last.treatment, last.replacement) == ("soften", "dilute", "best")
    _, none = run(SET, story(), pool=(PADS, OTHER_LOTION))
    assert (none.verdicts[2].verdict, none.verdicts[2].tried) == ("suppress", ("dilute",))


def test_two_that_go_get_two_neighbours():
    """Never the same one twice."""
    again = Item(id="cotton-2", categories=("beauty.cotton",), signals=(BOUGHT,))
    other = BEST._replace(item=Item(id="next", signals=()))
    _, result = run([*SET, again], story(), pool=(BEST, other))
    assert [v.replacement for v in result.verdicts] == [None, None, "best", "next"]


@pytest.mark.parametrize(
    "items",
    [
        SET[:2],
        [LOTION, LOTION, LOTION],
        [LOTION, ZINC, Item(id="c", categories=("beauty.cotton",), signals=())],
        [Item(id="all", title="Lotion, zinc", categories=("beauty.cotton",), signals=(BOUGHT,))],
        [],
    ],
)
def test_no_story_is_told(items):
    """Too few signs, one sign often, nothing personal, one item alone."""
    _, result = run(items, story())
    assert set(verdicts(result)) <= {"allow"}


def test_a_tolerable_story_is_only_told():
    """The finding counts on every item, and all stay."""
    _, result = run(SET, story(weight=50.0))
    assert verdicts(result) == ["allow"] * 3
    assert [v.intrusiveness for v in result.verdicts] == [50.0] * 3


def test_a_softened_item_carries_the_tolerable_story_too():
    """Before and after."""
    noticed = rule("manner", 80.0, id="noticed", terms=("we noticed",))
    said = Item(id="lotion", title="Lotion", reason="We noticed", signals=(BOUGHT,))
    _, result = run([said, ZINC, COTTON], story(weight=50.0), noticed)
    first = result.verdicts[0]
    assert (first.treatment, first.intrusiveness, first.softened_intrusiveness) == (
        "drop_reason",
        85.0,
        50.0,
    )


def test_what_is_taken_out_anyway_tells_no_story():
    """Only what would be shown counts."""
    searched = rule(id="searched", weight=90.0, when=When(data=("search_history",)))
    gone = Item(id="lotion", title="Lotion", signals=(SEARCHED,))
    _, result = run([gone, ZINC, COTTON], story(), searched)
    assert verdicts(result) == ["suppress", "allow", "allow"]


def test_what_is_held_tells_no_story():
    """It is not on the page."""
    hold = rule(id="hold", weight=None, action="soften", treatment="delay",
                when=When(data=("search_history",)))  # fmt: skip
    held = Item(id="lotion", title="Lotion", signals=(SEARCHED,))
    _, result = run([held, ZINC, COTTON], story(), hold)
    assert [v.treatment for v in result.verdicts] == ["delay", None, None]


def test_a_softened_item_that_goes_names_what_was_tried():
    """Its own treatment was in vain."""
    noticed = rule("manner", 80.0, id="noticed", terms=("we noticed",))
    said = Item(id="c", categories=("beauty.cotton",), reason="We noticed", signals=(BOUGHT,))
    _, result = run([LOTION, ZINC, said], story(), noticed, treatments=("drop_reason",))
    assert (result.verdicts[2].verdict, result.verdicts[2].tried) == ("suppress", ("drop_reason",))


def test_a_story_that_must_not_be_told_is_not_bargained_with():
    """`suppress` takes out what is too much, whatever the score."""
    _, result = run(SET, story(weight=None, action="suppress"), pool=(BEST,))
    assert verdicts(result) == ["allow", "allow", "suppress"]
    _, floor = run(SET, story(weight=None, layer="floor"), pool=(BEST,))
    assert [v.treatment for v in floor.verdicts] == [None, None, "dilute"]


def test_conditions_choose_the_items_of_a_set():
    """`when` speaks of each item; a missing fact is skipped or counted, as the rule says."""
    searched = When(data=("search_history",))
    _, result = run(SET, story(when=searched))
    assert verdicts(result) == ["allow"] * 3
    unknown = [Item(id=i.id, title=i.title, categories=i.categories,
                    signals=(Signal(method="observed"),)) for i in SET]  # fmt: skip
    assert verdicts(run(unknown, story(when=searched))[1]) == ["allow"] * 3
    applied = run(unknown, story(when=searched, unknown="apply"))[1]
    assert verdicts(applied) == ["allow", "allow", "suppress"]
    assert applied.verdicts[0].unknown == ("story",)


def test_in_observe_a_story_is_only_reported():
    """The whole surface, or the rule alone."""
    _, result = run(SET, story(), mode="observe", pool=(BEST,))
    assert verdicts(result) == ["allow"] * 3
    assert [v.would for v in result.verdicts] == [None, None, "soften"]
    trial = story(mode="observe")
    _, watched = run(SET, trial, pool=(BEST,))
    assert verdicts(watched) == ["allow"] * 3
    assert [v.would_treatment for v in watched.verdicts] == [None, None, "dilute"]
    assert [p.edit for p in watched.placed] == [None] * 3


def test_what_would_be_is_thinned_too():
    """A rule in observe that changes nothing does not make a thinned item look allowed."""
    trial = rule(id="trial", weight=10.0, mode="observe")
    _, result = run(SET, story(), trial)
    assert verdicts(result) == ["allow", "allow", "suppress"]
    assert [v.would for v in result.verdicts] == [None, None, None]


def test_what_could_not_be_read_is_no_part_of_it():
    """It stays or goes as `on_failure` says."""
    from guardrail.extract import Read

    broken = Read(Item(), ("not a JSON object",), readable=False)
    _, result = run([broken, *SET], story())
    assert verdicts(result) == ["allow", "allow", "allow", "suppress"]


def test_a_neighbour_asks_for_its_own_impression():
    """And what it took the place of asks for none."""
    cap = Rule("cap", "frequency_cap", per="item", action="suppress", max_impressions=1, window=60)
    draft, _ = run(SET, story(), cap, pool=(BEST,))
    counters = [ask.counter.split("\x00")[-1] for asks in draft.asks for ask in asks]
    assert counters == ["lotion", "zinc", "best"]


class TestOverAWindow:
    """What this customer was shown before counts as if it stood on the page."""

    DAYS = 86_400

    def rule(self, **keys):
        return story(window=14 * self.DAYS, **keys)

    def seen(self, *signs):
        names = {counter(Rule("story", "combination"), "sign", sign) for sign in signs}
        return History(lambda asked, window: int(asked in names and window == 14 * self.DAYS))

    def told(self, items, *signs, **keys):
        return run(items, self.rule(), history=self.seen(*signs), **keys)[1]

    def test_a_story_is_not_told_in_instalments_either(self):
        """Two signs last week, the third today: it goes, and the finding says why."""
        result = self.told([COTTON], "lotion", "zinc")
        assert verdicts(result) == ["suppress"]
        (finding,) = result.verdicts[0].findings
        assert finding.because == "together within 14d: cotton, lotion, zinc"

    def test_its_place_goes_to_something_else(self):
        """As on one page."""
        result = self.told([COTTON], "lotion", "zinc", pool=(BEST,))
        assert result.verdicts[0].treatment == "dilute"

    @pytest.mark.parametrize(
        ("items", "signs"),
        [
            ([COTTON], ("lotion",)),
            ([LOTION], ("lotion", "zinc")),
            ([LOTION, ZINC], ("lotion",)),
            ([COTTON], ()),
        ],
    )
    def test_fewer_signs_tell_nothing_yet(self, items, signs):
        """Nor does what was shown before once more."""
        assert set(verdicts(self.told(items, *signs))) == {"allow"}

    def test_as_much_stays_as_tells_nothing_with_what_was_shown(self):
        """Lotion was shown; zinc is the second sign, cotton would be the third."""
        assert verdicts(self.told([ZINC, COTTON], "lotion")) == ["allow", "suppress"]

    def test_a_story_that_is_told_goes_on_no_longer(self):
        """Everything of it was shown: whatever belongs to it goes until the window is over."""
        assert verdicts(self.told([LOTION], "lotion", "zinc", "cotton")) == ["suppress"]

    def test_one_item_alone_is_no_set(self):
        """It showed all of it by itself, before and now."""
        every = Item(
            id="all", title="Lotion, zinc", categories=("beauty.cotton",), signals=(BOUGHT,)
        )
        assert verdicts(self.told([every], "lotion", "zinc", "cotton")) == ["allow"]

    def test_what_uses_nothing_personal_tells_nothing(self):
        """A best seller is shown to everybody, and counts no sign."""
        best = Item(id="c", categories=("beauty.cotton",), signals=())
        draft, result = run([best], self.rule(), history=self.seen("lotion", "zinc"))
        assert verdicts(result) == ["allow"]
        assert draft.asks == ()

    def test_what_is_shown_counts_its_signs(self):
        """By name of the sign, whatever the item is; what goes counts nothing."""
        draft, _ = run(SET, self.rule(), history=NOTHING_SEEN)
        asked = [[a.counter.replace("\x00", "/") for a in asks] for asks in draft.asks]
        assert asked == [["story/sign/lotion"], ["story/sign/zinc"]]
        assert not any(a.enforced for asks in draft.asks for a in asks)

    def test_without_a_window_nothing_is_counted_or_asked(self):
        """The page alone, as ever."""
        draft, result = run([COTTON], story(), history=self.seen("lotion", "zinc"))
        assert verdicts(result) == ["allow"]
        assert draft.asks == ()

    def test_where_nothing_is_known_the_page_alone_counts(self):
        """Nobody is known, or the ledger can't be read."""
        assert verdicts(run([COTTON], self.rule())[1]) == ["allow"]
        assert verdicts(run(SET, self.rule())[1]) == ["allow", "allow", "suppress"]
