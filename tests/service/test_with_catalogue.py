"""The whole guard with a catalogue: bare ids are judged by what the catalogue knows of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guardrail.enrich import CatalogueError
from service.shop import ANNA, BAD, BOUGHT, Clock, body, make_guard, verdicts

CATALOGUE = "id,title,categories\nacid,Folic acid,health.pregnancy\nhose,Garden hose,home.garden\n"
USED = [BOUGHT]
WHO = {"id": ANNA, "tolerance": "balanced"}
GOOD = {"id": "hose", "title": "Hose", "categories": ["home.garden"], "advertiser": "a"}


def guard_with(folder: Path, text: str = CATALOGUE, **more):
    (folder / "items.csv").write_text(text)
    return make_guard(folder / "rules", catalog=str(folder / "items.csv"), **more)


def test_a_bare_item_is_judged_by_what_the_catalogue_knows(tmp_path):
    """Its category makes it sensitive; the response itself says nothing of it, before or after."""
    items = [{"id": "acid", "signals": USED}, {"id": "hose", "signals": USED}]
    plain, joined = make_guard(tmp_path / "plain"), guard_with(tmp_path)
    home = joined.rules.surface("home")
    assert verdicts(plain.answer(body(*items), home, customer=WHO).decision) == ["allow", "allow"]
    answer = joined.answer(body(*items), home, customer=WHO)
    assert verdicts(answer.decision) == ["suppress", "allow"]
    assert json.loads(answer.body or b"")["items"] == [{"id": "hose"}]
    assert joined.catalogue is not None
    assert joined.catalogue.report().unknown == 0
    for guard in (plain, joined):
        guard.close()


def test_items_that_say_their_categories_get_the_same_verdicts(tmp_path):
    """A catalogue that knows the same changes nothing."""
    plain, joined = make_guard(tmp_path / "plain"), guard_with(tmp_path)
    for surface in ("home", "default"):
        first = plain.review([GOOD, BAD], customer=WHO, surface=surface)
        second = joined.review([GOOD, BAD], customer=WHO, surface=surface)
        assert [v.to_dict() for v in first.items] == [v.to_dict() for v in second.items]
    for guard in (plain, joined):
        guard.close()


def test_reviews_lines_and_bodies_are_completed_too(tmp_path):
    """Every way in; a catalogue may be a callable."""
    guard = make_guard(
        tmp_path / "rules", catalog=lambda ids: {"acid": {"categories": "health.pregnancy"}}
    )
    item = {"id": "acid", "signals": USED}
    raw = json.dumps(item).encode()
    assert verdicts(guard.review([item], surface="home")) == ["suppress"]
    assert verdicts(guard.score_body(body(item), "home")) == ["suppress"]
    assert guard.score_item(raw, "home").verdict == "suppress"
    guard.close()


def test_the_heartbeat_takes_over_a_changed_catalogue(tmp_path):
    """As it does changed rules."""
    guard = guard_with(tmp_path, clock=Clock())
    (tmp_path / "items.csv").write_text("id,categories\nhose,health.pregnancy\n")
    guard.refresh()
    guard.refresh()
    assert verdicts(guard.review([{"id": "hose", "signals": USED}], surface="home")) == ["suppress"]
    guard.close()


def test_a_wrong_catalogue_stops_the_start(tmp_path):
    """With the line, as wrong rules do; one that is not there too."""
    with pytest.raises(CatalogueError, match=r"items\.csv:2: no id"):
        guard_with(tmp_path, "id,title\n,Hose\n")
    with pytest.raises(FileNotFoundError):
        make_guard(tmp_path / "rules", catalog=str(tmp_path / "missing.csv"))


def test_without_the_setting_there_is_no_catalogue(tmp_path):
    """And nothing to ask."""
    guard = make_guard(tmp_path / "rules")
    assert guard.catalogue is None
    guard.close()
