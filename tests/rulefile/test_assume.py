"""What rule files assume of items, by surface and by campaign."""

from __future__ import annotations

from pathlib import Path

from guardrail.extract import read_line
from guardrail.model import Customer, Item, Signal
from guardrail.rulefile import load
from guardrail.ruleset import Assume
from guardrail.score.engine import Engine

RULES = """\
guardrail: 1
surfaces:
  home:
    assume:
      signals: [{data: browsing_history, method: observed}]
      campaigns:
        "co-purchase-*": {signals: [{data: purchase_history}], purpose: product, sponsored: true}
        42: {signals: [], categories: [Garden.Tools]}
"""
BOUGHT = Signal(data="purchase_history")


def test_campaigns_are_read_as_the_surface_itself_is(tmp_path: Path) -> None:
    """An empty list says that there is none; a number is a name like any other."""
    (tmp_path / "rules.yaml").write_text(RULES)
    campaigns = load(tmp_path).surfaces["home"].assume.campaigns
    bought = Item(signals=(BOUGHT,), purpose="product", sponsored=True)
    assert dict(campaigns) == {
        "co-purchase-*": Assume(("signals", "purpose", "sponsored"), bought),
        "42": Assume(("categories", "signals"), Item(signals=(), categories=("garden.tools",))),
    }


def test_an_item_of_the_campaign_is_judged_by_it_and_the_verdict_says_so(tmp_path: Path) -> None:
    """From the file to the decision."""
    (tmp_path / "rules.yaml").write_text(RULES)
    rules = load(tmp_path)
    plan = Engine(rules).plan(rules.surfaces["home"], Customer())
    told = {
        name: plan.judge(
            read_line(b'{"id": "1", "campaign": "%s"}' % name, rules.surfaces["home"]), Customer()
        )
        for name in (b"co-purchase-7", b"42", b"7")
    }
    assert told[b"co-purchase-7"].signals == (BOUGHT,)
    assert told[b"co-purchase-7"].assumed[0] == "signals (campaign co-purchase-*)"
    assert told[b"42"].depth == 0
    assert told[b"7"].assumed == ("signals",)
