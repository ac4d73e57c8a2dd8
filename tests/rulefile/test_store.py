"""The store keeps a good rule set in force, whatever happens to the files."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from guardrail.rulefile import Problem, RuleFileError, RuleFileUnreadable, RuleStore, load, store

GOOD = "guardrail: 1\nmode: %s\nsurfaces:\n  home: {fallback: pool.json}\n"


class Shop:
    """A folder of rules, a store on it, and what the store told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[tuple[Problem, ...]] = []
        self.write("a.yaml", GOOD % "observe")
        self.write("pool.json", "[]")
        self.store = RuleStore(folder, on_problem=self.told.append)

    def write(self, name: str, text: str) -> None:
        """Write a file anew, so that its state surely differs."""
        fresh = self.folder / f"{name}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.folder / name)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_it_needs_a_good_rule_set_to_begin_with(tmp_path: Path) -> None:
    """A guard never starts on rules that are wrong or not there."""
    with pytest.raises(RuleFileUnreadable):
        RuleStore(tmp_path / "nowhere", on_problem=print)
    (tmp_path / "a.yaml").write_text("guardrail: 2\n")
    with pytest.raises(RuleFileError):
        RuleStore(tmp_path, on_problem=print)


def test_nothing_is_read_while_nothing_changes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh is then no more than a look at the files' states."""
    monkeypatch.setattr(store, "attempt_load", lambda _: pytest.fail("read without need"))
    before = shop.store.current
    assert shop.store.refresh() is False
    assert shop.store.current is before
    assert shop.store.stale is False


def test_a_change_comes_into_force(shop: Shop) -> None:
    """The kill switch: the mode in a file."""
    shop.write("a.yaml", GOOD % "off")
    assert shop.store.refresh() is True
    assert shop.store.current.mode == "off"
    assert shop.store.refresh() is False


@pytest.mark.parametrize("name", ["b.yaml", "packs/b.yaml"])
def test_a_new_file_comes_into_force_and_goes_again(shop: Shop, name: str) -> None:
    """Files that are added or removed are changes too."""
    (shop.folder / "packs").mkdir()
    shop.write(name, "guardrail: 1\nmode: off\n")
    assert shop.store.refresh() is True
    (shop.folder / name).unlink()
    assert shop.store.refresh() is True
    assert shop.store.current.mode == "observe"


def test_a_changed_fallback_file_comes_into_force(shop: Shop) -> None:
    """It belongs to the rule set."""
    shop.write("pool.json", '[{"id": "a"}]')
    assert shop.store.refresh() is True
    assert shop.store.current.surfaces["home"].fallback == (b'{"id": "a"}',)


def test_a_touched_file_changes_nothing(shop: Shop) -> None:
    """The same bytes are the same rule set, so nothing is compiled again."""
    before = shop.store.current
    shop.write("a.yaml", GOOD % "observe")
    assert shop.store.refresh() is False
    assert shop.store.current is before


def test_the_last_good_rule_set_stays_and_the_fault_is_visible(shop: Shop) -> None:
    """It is told once, with its place, and it is gone when the file is right again."""
    before = shop.store.current
    shop.write("a.yaml", GOOD % "of")
    assert shop.store.refresh() is False
    assert shop.store.current is before
    assert shop.store.stale is True
    assert [(p.line, p.column) for p in shop.store.broken] == [(2, 7)]
    assert shop.store.refresh() is False
    assert shop.told == [shop.store.broken]
    shop.write("a.yaml", GOOD % "observe")
    assert shop.store.refresh() is False
    assert shop.store.stale is False
    assert shop.store.broken == ()


def test_a_refused_state_is_not_read_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken file costs one reading, not one for each request."""
    shop.write("a.yaml", "guardrail: 2\n")
    shop.store.refresh()
    monkeypatch.setattr(store, "attempt_load", lambda _: pytest.fail("read again"))
    shop.store.refresh()
    assert shop.store.stale


def test_a_missing_fallback_file_is_read_as_soon_as_it_comes(shop: Shop) -> None:
    """Though no rule file changed."""
    (shop.folder / "pool.json").unlink()
    shop.store.refresh()
    assert shop.store.stale
    shop.write("pool.json", '[{"id": "late"}]')
    assert shop.store.refresh() is True
    assert not shop.store.stale


def test_a_folder_that_vanishes_and_comes_back(shop: Shop) -> None:
    """Deployments move folders; the rules stay in force meanwhile."""
    before = shop.store.current
    away = shop.folder.with_name("away")
    shutil.move(shop.folder, away)
    assert shop.store.refresh() is False
    assert shop.store.refresh() is False
    assert shop.store.current is before
    assert [p.message for p in shop.store.broken] == ["no such file or directory"]
    assert len(shop.told) == 1
    shutil.move(away, shop.folder)
    shop.store.refresh()
    assert not shop.store.stale


def test_a_fault_of_the_reader_ends_no_request(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens inside, a refresh never raises."""

    def fail(_: Path) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(store, "attempt_load", fail)
    shop.write("a.yaml", GOOD % "off")
    assert shop.store.refresh() is False
    assert "ZeroDivisionError" in shop.store.broken[0].message


def test_a_listener_that_fails_ends_no_request(tmp_path: Path) -> None:
    """Telling must not stop what is told about."""

    def fail(_: tuple[Problem, ...]) -> None:
        raise OSError

    path = tmp_path / "a.yaml"
    path.write_text("guardrail: 1\n")
    kept = RuleStore(path, on_problem=fail)
    path.write_text("guardrail: 22\n")
    assert kept.refresh() is False
    assert kept.stale


def test_one_thread_reads_while_the_others_go_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk holds up one request, not all."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(path: Path) -> Any:
        inside.set()
        assert go_on.wait(5)
        return real(path)

    real = store.attempt_load
    monkeypatch.setattr(store, "attempt_load", slow)
    shop.write("a.yaml", GOOD % "off")
    reading = threading.Thread(target=shop.store.refresh)
    reading.start()
    assert inside.wait(5)
    assert shop.store.refresh() is False
    assert shop.store.current.mode == "observe"
    go_on.set()
    reading.join(5)
    assert shop.store.current == load(shop.folder)
    assert shop.store.current.mode == "off"
