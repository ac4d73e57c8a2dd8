"""The catalogue in force: what it completes, when it is read again, what it counts."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from guardrail.enrich import complete, open_catalogue
from guardrail.enrich.recent import Recent
from guardrail.extract import Read
from guardrail.model import Item, Signal

FACTS = ("Folic acid", ("health.pregnancy",), "Clara")


class Clock:
    """Epoch milliseconds that move when they are told to."""

    now = 1_000_000

    def __call__(self) -> int:
        return self.now


def read(**facts) -> Read:
    return Read(Item(**facts), ("a problem",))


def test_what_an_item_says_itself_stays():
    """Only silence is filled, and signals never come from a catalogue."""
    signals = (Signal(data="likes"),)
    said = read(id="1", title="Own title", signals=signals, reason="Because")
    (done,) = complete((said,), lambda ids: {"1": FACTS})
    assert done.item == Item(
        id="1",
        title="Own title",
        categories=("health.pregnancy",),
        advertiser="Clara",
        signals=signals,
        reason="Because",
    )
    assert done.problems == ("a problem",)
    own = read(id="1", categories=(), advertiser="Own")
    (done,) = complete((own,), lambda ids: {"1": FACTS})
    assert (done.item.categories, done.item.advertiser, done.item.signals) == ((), "Own", None)


def test_a_category_that_nobody_can_read_is_completed():
    """A bare number from the app, the right one from the catalogue."""
    (done,) = complete((read(id="1", categories=("?",)),), lambda ids: {"1": FACTS})
    assert done.item.categories == ("health.pregnancy",)
    (done,) = complete((read(id="1", categories=("?", "home")),), lambda ids: {"1": FACTS})
    assert done.item.categories == ("?", "home")


def test_items_that_say_everything_are_not_looked_up():
    """The very same reads come back, and nobody is asked."""
    reads = (read(id="1", title="a", categories=(), advertiser="b"), read(id=None))

    def never(ids):
        raise AssertionError(ids)

    assert complete(reads, never) is reads


def test_an_unknown_item_stays_unknown():
    """And its neighbours are completed all the same."""
    reads = (read(id="1"), read(id="2"), read(id=None))
    done = complete(reads, lambda ids: {"2": FACTS} if list(ids) == ["1", "2"] else {})
    assert done[0] is reads[0]
    assert done[1].item.title == "Folic acid"
    assert done[2] is reads[2]


@given(st.lists(st.sampled_from(["1", "2", "3", None]), max_size=8))
def test_completing_changes_nothing_but_silent_facts(ids):
    """For any items: order, ids and everything else are as they were."""
    reads = tuple(read(id=ident) for ident in ids)
    done = complete(reads, lambda asked: {one: FACTS for one in asked if one != "3"})
    assert [one.item.id for one in done] == ids
    for one in done:
        known = one.item.id in ("1", "2")
        assert (one.item.title, one.item.categories, one.item.advertiser) == (
            FACTS if known else (None, None, None)
        )
        assert one.item.signals is None


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def titles(catalogue, *ids: str) -> list[str | None]:
    return [one.item.title for one in catalogue.complete([read(id=ident) for ident in ids])]


def test_a_changed_file_is_read_again_once_it_stands_still(tmp_path):
    """A half-written one is not: two looks in a row must see the same."""
    path = written(tmp_path / "a.csv", "id,title\n1,Hose\n")
    catalogue = open_catalogue(str(path), Clock())
    catalogue.refresh()
    written(path, "id,title\n1,Hose\n2,Ket")
    catalogue.refresh()
    assert titles(catalogue, "1", "2") == ["Hose", None]
    written(path, "id,title\n1,Hose\n2,Kettle\n")
    catalogue.refresh()
    assert titles(catalogue, "2") == [None]
    catalogue.refresh()
    assert titles(catalogue, "2") == ["Kettle"]
    assert catalogue.report().items == 2
    catalogue.close()


def test_a_wrong_file_leaves_the_last_good_one_in_force(tmp_path, caplog):
    """It is told once, with the line; the next good one takes over and the problem is gone."""
    path = written(tmp_path / "a.csv", "id,title\n1,Hose\n")
    catalogue = open_catalogue(str(path), Clock())
    written(path, "id,title\n,Kettle\n")
    for _ in range(4):
        catalogue.refresh()
    assert titles(catalogue, "1") == ["Hose"]
    assert "a.csv:2: no id in this row" in str(catalogue.report().problem)
    assert [record.levelno for record in caplog.records].count(logging.ERROR) == 1
    written(path, "id,title\n1,Garden hose\n")
    catalogue.refresh()
    catalogue.refresh()
    assert titles(catalogue, "1") == ["Garden hose"]
    assert catalogue.report().problem is None


def test_a_file_that_goes_away_leaves_what_was_read(tmp_path):
    """And the report says so."""
    path = written(tmp_path / "a.csv", "id,title\n1,Hose\n")
    catalogue = open_catalogue(str(path), Clock())
    path.unlink()
    catalogue.refresh()
    catalogue.refresh()
    assert titles(catalogue, "1") == ["Hose"]
    assert "can't be read (FileNotFoundError)" in str(catalogue.report().problem)


def test_unknown_ids_are_counted_and_told_once_a_minute(tmp_path, caplog):
    """In the report with examples, in the log as numbers alone."""
    clock = Clock()
    path = written(tmp_path / "a.csv", "id,title\n1,Hose\n")
    catalogue = open_catalogue(str(path), clock)
    titles(catalogue, "1", "person-anna")
    catalogue.refresh()
    titles(catalogue, "x" * 200)
    clock.now += 59_999
    catalogue.refresh()
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"1 of 2 items were not in the catalogue {path}"]
    clock.now += 1
    catalogue.refresh()
    catalogue.refresh()
    told = [record.getMessage() for record in caplog.records]
    assert told[1:] == [f"1 of 1 items were not in the catalogue {path}"]
    report = catalogue.report()
    assert (report.asked, report.unknown, report.items) == (3, 2, 1)
    assert report.examples == ("person-anna", "x" * 80)
    assert "anna" not in caplog.text


def test_a_callable_is_asked_for_many_ids_at_once_and_its_answers_are_believed_a_minute():
    """Also that an id is unknown; then it is asked again."""
    clock, asked = Clock(), []

    def answers(ids):
        asked.append(ids)
        return {1: {"name": "Hose", "category": "home.garden"}, None: {}, "2": None}

    catalogue = open_catalogue(answers, clock)
    assert titles(catalogue, "1", "2", "1") == ["Hose", None, "Hose"]
    assert titles(catalogue, "1", "3") == ["Hose", None]
    assert titles(catalogue, "1", "2", "3") == ["Hose", None, None]
    assert asked == [["1", "2"], ["3"]]
    clock.now += 60_000
    catalogue.refresh()
    assert titles(catalogue, "1") == ["Hose"]
    assert asked[2:] == [["1"]]
    assert catalogue.report()[:3] == ("callable", None, 0)
    catalogue.close()


def test_a_callable_that_fails_leaves_items_unknown(caplog):
    """Told with its place and without its text, which may hold anything."""

    said = "password=" + "".join(reversed("2retnuh"))

    def answers(ids):
        raise ConnectionError(said)

    clock = Clock()
    catalogue = open_catalogue(answers, clock)
    assert titles(catalogue, "1") == [None]
    assert titles(catalogue, "1") == [None]
    catalogue.refresh()
    assert "hunter2" not in caplog.text
    told = [record.getMessage().splitlines()[0] for record in caplog.records]
    assert told[0].startswith("the catalogue callable can't be asked; items stay unknown")
    assert told[1:] == [
        "2 of 2 items were not in the catalogue callable",
        "the catalogue callable could not be asked 2 times",
    ]


def database(path: Path, title: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE IF NOT EXISTS catalogue (id TEXT PRIMARY KEY, title TEXT)")
        connection.execute("INSERT OR REPLACE INTO catalogue VALUES ('1', ?)", (title,))
    connection.close()


def test_sqlite_is_asked_again_after_somebody_wrote(tmp_path):
    """What was remembered is forgotten; so is the connection where the file is another one."""
    path = tmp_path / "a.db"
    database(path, "Hose")
    catalogue = open_catalogue(str(path), Clock())
    assert titles(catalogue, "1") == ["Hose"]
    database(path, "Garden hose")
    catalogue.refresh()
    assert titles(catalogue, "1") == ["Garden hose"]
    database(tmp_path / "b.db", "Another hose")
    (tmp_path / "b.db").replace(path)
    catalogue.refresh()
    catalogue.refresh()
    assert titles(catalogue, "1") == ["Another hose"]
    assert catalogue.report()[:3] == (str(path), None, 0)
    path.unlink()
    catalogue.refresh()
    assert titles(catalogue, "1") == ["Another hose"]
    assert catalogue.report().problem is not None
    catalogue.close()
    catalogue.close()


def test_a_table_opens_its_own_connection_in_another_process(tmp_path, monkeypatch):
    """One that was made before a fork is not used after it."""
    path = tmp_path / "a.db"
    database(path, "Hose")
    catalogue = open_catalogue(str(path), Clock())
    table = catalogue._source
    before = table._connection
    monkeypatch.setattr("guardrail.enrich.table.os.getpid", lambda: -1)
    assert titles(catalogue, "1") == ["Hose"]
    assert table._connection is not before
    catalogue.close()
    before.close()


def test_only_one_thread_refreshes_at_a_time(tmp_path):
    """Another one goes on with what is in force."""
    path = written(tmp_path / "a.csv", "id,title\n1,Hose\n")
    catalogue = open_catalogue(str(path), Clock())
    written(path, "id,title\n1,Garden hose\n")
    with catalogue._refreshing:
        catalogue.refresh()
        catalogue.refresh()
    assert titles(catalogue, "1") == ["Hose"]


def test_the_least_recently_asked_is_forgotten_first():
    """Memory is bounded; what is asked often stays."""
    recent = Recent(most=2)
    recent.keep(["a", "b"], {"a": FACTS})
    assert recent.get(["a"]) == {"a": FACTS}
    recent.keep(["c"], {})
    assert recent.get(["c"]) == {}
    assert recent.missing(["a", "b", "c", "b"]) == ["b"]
