"""Which facts of a log made no difference."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.extract import Read
from guardrail.facts.minimise import Judgement, Minimised, Response, minimise
from guardrail.facts.without import Piece, pieces_in, without
from guardrail.model import Customer, Item, Signal
from tests.facts.traffic import SEARCHED, reads_of

NOBODY = Customer()
ANN = Customer(age_band="teen", jurisdiction="DE")


def log(*items: object, customer: Customer = NOBODY, tolerances: tuple[float, ...] = (50.0,)):
    """A log of one response."""
    return [Response(reads_of(*items), customer, tolerances)]


def by(ask):
    """A judge by one question about an item; it tells nothing else."""

    def judge(reads: Sequence[Read], customer: Customer, tolerance: float) -> Judgement:
        acts = tuple(ask(read.item, customer, tolerance) for read in reads)
        nothing = (None,) * len(acts)
        return Judgement(acts, nothing, (0.0,) * len(acts), nothing)

    return judge


def effect(report: Minimised, name: str):
    """What leaving out one fact did."""
    return next(one for one in report.effects if one.piece.name == name)


def names(pieces: Sequence[Piece]) -> list[str]:
    return [piece.name for piece in pieces]


def test_a_fact_that_decides_is_needed_and_others_are_not():
    """Counted in items that had it, and in items that changed."""
    judge = by(lambda item, _, __: item.campaign == "c")
    log_ = log({"id": "1", "campaign": "c"}, {"id": "2", "campaign": "d", "purpose": "news"})
    report = minimise(log_, judge)
    campaign = effect(report, "campaign")
    assert (campaign.items, campaign.verdicts, campaign.needed) == (2, 1, True)
    assert names(report.together) == ["purpose"]
    assert report.items == 2


def test_a_fact_counts_as_needed_at_any_tolerance():
    """Once for each item, however many tolerances it decides at."""
    judge = by(lambda item, _, tolerance: item.purpose == "news" and tolerance > 60)
    report = minimise(log({"id": "1", "purpose": "news"}, tolerances=(50.0, 68.0, 80.0)), judge)
    assert effect(report, "purpose").verdicts == 1


def test_what_caps_count_is_needed_even_where_no_verdict_changes():
    """A log does not say how often something was shown."""

    def judge(reads: Sequence[Read], _: Customer, __: float) -> Judgement:
        n = len(reads)
        return Judgement((0,) * n, tuple(r.item.campaign for r in reads), (0.0,) * n, (None,) * n)

    report = minimise(log({"id": "1", "campaign": "c"}), judge)
    assert (effect(report, "campaign").caps, effect(report, "campaign").needed) == (1, True)
    assert report.together == ()


def test_scores_and_words_are_told_but_need_nothing():
    """The columns beside the verdict."""

    def judge(reads: Sequence[Read], _: Customer, __: float) -> Judgement:
        n = len(reads)
        scores = tuple(float(r.item.sponsored or 0) for r in reads)
        return Judgement((0,) * n, (0,) * n, scores, tuple(r.item.advertiser for r in reads))

    report = minimise(log({"id": "1", "sponsored": True, "advertiser": "a"}), judge)
    assert effect(report, "sponsored")[3:] == (0, 1, 0)
    assert effect(report, "advertiser")[3:] == (0, 0, 1)
    assert len(report.together) == 2


def test_other_substitutes_count_only_where_no_verdict_explains_them():
    """Else the verdict is what changed."""

    def judge(reads: Sequence[Read], _: Customer, __: float) -> Judgement:
        n = len(reads)
        acts = tuple(r.item.purpose for r in reads)
        beside = [(r.item.purpose, r.item.campaign) for r in reads]
        return Judgement(acts, (0,) * n, (0.0,) * n, (0,) * n, beside)

    report = minimise(log({"id": "1", "campaign": "c"}, {"id": "2", "purpose": "news"}), judge)
    assert effect(report, "campaign").verdicts == effect(report, "purpose").verdicts == 1


def test_two_facts_that_stand_in_for_each_other_cannot_both_go():
    """Neither was needed alone; the report says which one stays."""
    judge = by(lambda item, _, __: item.campaign == "c" or item.purpose == "news")
    report = minimise(log({"id": "1", "campaign": "c", "purpose": "news", "attr": [1]}), judge)
    assert not any(one.needed for one in report.effects)
    assert names(report.together) == ["attr", "campaign"]
    assert names(report.stand_ins) == ["purpose"]


def test_what_people_read_is_told_but_never_left_out_together():
    """A title is sent to be read."""
    report = minimise(log({"id": "1", "title": "Hose", "reason": "x"}), by(lambda *_: 0))
    assert effect(report, "title").read_by_people
    assert report.together == ()
    assert report.to_dict()["facts"][0]["read_by_people"] is True


def test_what_was_never_sent_is_named():
    """Keys of signals only where there are signals."""
    report = minimise(log({"id": "1", "signals": [SEARCHED]}), by(lambda *_: 0))
    assert "signals[].context" in report.absent
    assert "signals[].data" not in report.absent
    bare = minimise(log({"id": "1"}), by(lambda *_: 0))
    assert "signals" in bare.absent
    assert not any(name.startswith("signals[]") for name in bare.absent)


def test_facts_of_the_customer_are_facts_too_but_their_choices_are_not():
    """Age and place may be left out; a refusal is never tried."""
    who = Customer(age_band="teen", topics_off=("health",), gpc=True, personalisation=False)
    judge = by(lambda _, customer, __: customer.age_band == "teen")
    report = minimise(log({"id": "1"}, {"id": "2"}, customer=who), judge)
    assert names([one.piece for one in report.effects]) == ["customer.age_band"]
    assert (report.effects[0].items, report.effects[0].verdicts) == (2, 2)


def test_how_far_it_is_is_told():
    """Each fact of each response, then the responses without several."""
    steps: list[tuple[str, int, int]] = []
    minimise(
        log({"id": "1", "campaign": "c", "purpose": "news"}),
        by(lambda *_: 0),
        lambda *step: steps.append(step),
    )
    assert steps == [
        ("one fact left out", 1, 2),
        ("one fact left out", 2, 2),
        ("several left out", 1, 1),
    ]


def test_the_report_as_json_has_everything():
    """Names instead of pieces."""
    told = minimise(log({"id": "1", "campaign": "c"}), by(lambda *_: 0)).to_dict()
    assert told["not_needed_together"] == ["campaign"]
    assert told["needed_beside_those"] == []
    assert told["facts"] == [
        {
            "fact": "campaign",
            "items": 1,
            "verdicts_changed": 0,
            "caps_changed": 0,
            "scores_changed": 0,
            "words_changed": 0,
            "read_by_people": False,
        }
    ]


# -- leaving out


def left(*pieces: Piece, customer: Customer = ANN, **facts: object) -> tuple[Item, Customer]:
    """An item and customer without some pieces."""
    reads, who = without(reads_of({"id": "1", **facts}), customer, pieces)
    return reads[0].item, who


def test_a_key_is_left_out_of_every_signal_and_of_what_it_came_from():
    """However deep."""
    signal = {**SEARCHED, "via": [{"data": "cart", "method": "observed"}]}
    item, _ = left(Piece("signals[].method", "signal", "method"), signals=[signal])
    (one,) = item.signals or ()
    assert (one.method, one.via) == (None, (Signal(data="cart"),))
    item, _ = left(Piece("signals[].via", "signal", "via"), signals=[signal])
    assert (item.signals or (one,))[0].via == ()


def test_a_kind_of_data_is_left_out_as_whole_signals():
    """What is left is nothing personal, if there is nothing left."""
    item, _ = left(Piece("signals of cart", "data", "cart"), signals=[SEARCHED, {"data": "cart"}])
    assert [s.data for s in item.signals or ()] == ["search_history"]
    item, _ = left(Piece("x", "data", "search_history"), signals=[SEARCHED])
    assert item.signals == ()


def test_without_signals_there_are_no_keys_to_leave_out():
    """The whole is gone."""
    gone = (Piece("signals", "item", "signals"), Piece("signals[].data", "signal", "data"))
    assert left(*gone, signals=[SEARCHED])[0].signals is None


def test_what_is_not_there_leaves_everything_as_it_is():
    """The very same objects, so that nobody counts them as changed."""
    reads = reads_of({"id": "1", "signals": [SEARCHED]})
    pieces = (
        Piece("x", "signal", "context"),
        Piece("y", "data", "cart"),
        Piece("z", "item", "purpose"),
    )
    after, who = without(reads, ANN, pieces)
    assert after[0] is reads[0]
    assert who is ANN


def test_a_customer_is_left_as_if_the_app_had_not_said_it():
    """Only that key."""
    _, who = left(Piece("customer.age_band", "customer", "age_band"))
    assert who == Customer(jurisdiction="DE")


SIGNAL = st.fixed_dictionaries(
    {}, optional={"data": st.sampled_from(["cart", "likes"]), "method": st.just("observed")}
)
ITEM = st.fixed_dictionaries(
    {"id": st.just("1")},
    optional={
        "campaign": st.sampled_from(["c", "d"]),
        "purpose": st.sampled_from(["news", "job"]),
        "advertiser": st.just("a"),
        "signals": st.lists(SIGNAL, max_size=2),
    },
)


@settings(max_examples=60)
@given(st.lists(ITEM, min_size=1, max_size=3), st.integers(0, 40))
def test_what_is_said_to_be_unneeded_together_really_changes_nothing(
    items: list[dict[str, object]], salt: int
):
    """By a judge of any whim."""

    def whim(item: Item, _: Customer, __: float) -> int:
        return hash((item.campaign, item.purpose, item.signals, salt)) % 3

    log_ = log(*items)
    report = minimise(log_, by(whim))
    reads, customer = without(log_[0].reads, log_[0].customer, report.together)
    before = by(whim)(log_[0].reads, log_[0].customer, 50.0)
    assert by(whim)(reads, customer, 50.0) == before
    seen = pieces_in(log_[0].reads, customer)
    assert {one.piece for one in report.effects} == seen
