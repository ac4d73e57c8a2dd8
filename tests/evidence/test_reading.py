"""Published tables become cases, whichever country, survey or place they are of."""

from __future__ import annotations

import pytest

from guardrail.evidence import EvidenceError, read_folders
from guardrail.evidence.coding import data_of, purpose_of
from guardrail.evidence.folder import text_hash
from tests.evidence.published import FLOWS, HARMLESS, SENSITIVE, write_all


@pytest.fixture
def sets(tmp_path):
    return {one.name: one for one in read_folders([write_all(tmp_path)]).sets}


def test_each_layout_is_known_by_its_columns(sets):
    """One data set for each country, and the mean of the countries where they were asked alike."""
    assert {name: (one.kind, len(one.cases)) for name, one in sets.items()} == {
        "acceptability XX": ("shares", 4),
        "acceptability YY": ("shares", 3),
        "joint mean": ("shares", 3),
        "joint XX": ("shares", 3),
        "joint YY": ("shares", 3),
        "flows": ("ratings", 4),
        "practices": ("practices", 7),
        "practices not cool": ("practices", 4),
        "sensitive": ("texts", 4),
        "harmless": ("texts", 2),
    }


def test_a_question_about_data_names_the_data_and_one_about_a_service_the_purpose(sets):
    """A service has a signal of which nothing is known but that the person knows of it."""
    cases = {one.id: one for one in sets["acceptability XX"].cases}
    assert cases["info_religion"].item.signals[0].data == "religion"
    assert cases["info_religion"].rating == 70
    assert cases["commercials"].item.purpose == "commercial_ad"
    assert cases["commercials"].item.signals[0].data is None


def test_the_mean_of_countries_is_their_mean(sets):
    """58 and 50."""
    assert sets["joint mean"].cases[0].rating == 54


def test_a_flow_has_its_actor_as_vertical_and_knows_the_flow_that_stays(sets):
    """Passed on is third party and an ad; ratings are turned round and put on 0-100."""
    own, passed, _, _ = sets["flows"].cases
    assert (own.surface.vertical, own.item.purpose, own.rating) == ("doctor", "health_service", 15)
    assert (passed.own, passed.item.kind, passed.item.signals[0].party) == ("1", "ad", "third")
    assert passed.rating == 80


def test_a_flow_without_a_class_is_known_by_its_words(tmp_path):
    """What is sold is passed on."""
    lines = [line.split(",") for line in FLOWS.splitlines()]
    text = "\n".join(",".join(row[1:4] + row[5:]) for row in lines)
    (tmp_path / "flows.csv").write_text(text)
    (found,) = read_folders([tmp_path]).sets
    assert [one.item.signals[0].party for one in found.cases] == ["first", "third"] * 2
    assert found.cases[1].own == "0"


def test_practices_are_coded_by_their_features(sets):
    """Named, at a place, on the page, in private, across sites, from two sources."""
    cases = {one.label: one for one in sets["practices"].cases}
    signals = {label: [s.data for s in one.item.signals] for label, one in cases.items()}
    assert signals["Birthday offers"] == ["age"]
    assert cases["Birthday offers"].item.reason == "Just for you, Anna"
    assert cases["Birthday offers"].surface.vertical == "shop"
    assert signals["Reminder of your cart"] == ["cart"]
    assert cases["Ads from tracking"].item.kind == "ad"
    assert cases["Ads from tracking"].item.signals[0].party == "third"
    assert "visited" in cases["E-mail naming a place"].item.reason
    assert signals["Browsed and bought"] == ["browsing_history", "purchase_history"]
    assert signals["Fitting room screen"] == ["device"]
    assert cases["Face seen"].item.signals[0].method == "inferred"
    assert cases["Face seen"].surface.vertical == "shop floor"


def test_where_creepy_was_not_told_cool_is_turned_round(sets):
    """A survey with a gap is compared by what was not found cool."""
    cases = {one.label: one for one in sets["practices not cool"].cases}
    assert set(cases) == {
        "Scan a product",
        "Fitting room screen",
        "Browsed and bought",
        "Face seen",
    }
    assert cases["Scan a product"].rating == 21
    assert cases["Scan a product"].item.signals[0].data == "current_item"


def test_struck_texts_are_left_out_and_counted(tmp_path):
    """By their hash alone, and sensitive ones only."""
    folder = write_all(tmp_path)
    (folder / "struck.csv").write_text(
        f"text_sha256_16,reason\n{text_hash('thigh ')},anatomy\n{text_hash('/Home/Kettles')},x\n"
    )
    sets = {one.name: one for one in read_folders([folder]).sets}
    assert [one.label for one in sets["sensitive"].cases] == SENSITIVE.split("\n")[1:4]
    assert sets["sensitive"].struck == (("anatomy", 1),)
    assert len(sets["harmless"].cases) == len(HARMLESS.splitlines()) - 1


def test_a_table_of_one_s_own(tmp_path):
    """A header of a few lines, then items in our terms."""
    (tmp_path / "own.csv").write_text(
        "# name: Survey of 2030\n# kind: ratings\n# scale: 100..-100\n"
        "id,rating,data,method,party,purpose,kind,vertical,context,title,reason,category,own,group\n"
        "a,50,cart,,,product,,shop,,Kettle,,,,\n"
        "b,-50,cart,inferred,third,,ad,,work,,,health,a,\n"
        "c,none,,,,,,,,,,,,\n"
        "d,0,,,,,,,,,,,,\n"
    )
    (found,) = read_folders([tmp_path / "own.csv"]).sets
    a, b, d = found.cases
    assert (found.name, found.kind) == ("Survey of 2030", "ratings")
    assert (a.rating, b.rating, d.rating) == (25, 75, 50)
    assert (a.item.title, a.surface.vertical, a.item.purpose) == ("Kettle", "shop", "product")
    assert (b.item.kind, b.item.categories, b.own) == ("ad", ("health",), "a")
    assert b.item.signals[0].context == "work"
    assert d.item.signals == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# kind: votes\nid,rating,data\n", "shares, ratings, practices"),
        ("# scale: a lot\nid,rating,data\n", "two numbers"),
        ("# scale: 5..5\nid,rating,data\n", "two numbers"),
        ("id,rating,data,party\na,1,cart,fourth\n", "row a: party is one of"),
    ],
)
def test_a_wrong_table_of_one_s_own_is_told(tmp_path, text, says):
    """What would be right."""
    (tmp_path / "own.csv").write_text(text)
    with pytest.raises(EvidenceError, match=says):
        read_folders([tmp_path])


def test_files_that_nobody_knows_are_named_and_bytes_that_are_no_text_are_told(tmp_path):
    """A table of something else is skipped; a file that is no UTF-8 is an error."""
    (tmp_path / "else.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_text("")
    folder = read_folders([tmp_path])
    assert (folder.sets, [path.name for path in folder.skipped]) == ((), ["else.csv", "empty.csv"])
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(EvidenceError, match=r"bytes\.csv: it is not UTF-8"):
        read_folders([tmp_path])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("purchasing habits", "purchase_history"),
        ("the details of your physical location over time", "location_history"),
        ("social security number", "government_id"),
        ("email_messages_content", "message_content"),
        ("Credit card debt", "credit"),
        ("something new", "other"),
    ],
)
def test_information_is_coded_by_its_words(text, kind):
    """So that a survey that nobody has seen yet is read as well."""
    assert data_of(text) == kind


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("Customised_Newspapers", "news"),
        ("calculate your premium", "insurance"),
        ("Prioritize search results", "search_results"),
        ("something new", "other"),
        ("job", "job"),
    ],
)
def test_purposes_are_coded_by_their_words(text, purpose):
    """As above."""
    assert purpose_of(text) == purpose
