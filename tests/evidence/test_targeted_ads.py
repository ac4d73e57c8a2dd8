"""Real advertisements and how they were targeted: the score says of each why, and makes sense."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean

import pytest

from tests.evidence.published import ROOT, published
from tools.score_targeted_ads import ALIKE, Scored, main, read_ads, score, signals_of, to_item

PLAIN = {"Age", "Gender", "Region", "City", "State", "MinAge", "MaxAge", "Language"}


def ad(*targets: tuple[str, str | None], explanation: str = "", message: str = "Shoes"):
    return {
        "advertiser": "Acme",
        "message": message,
        "targets": [{"target": t, "segment": s} if s else {"target": t} for t, s in targets],
        "explanation": explanation,
    }


@pytest.mark.parametrize(
    ("target", "segment", "explanation", "coded"),
    [
        ("List", None, "", ("uploaded_list", "observed", "third")),
        ("Website", "people who visited", "", ("browsing_history", "observed", "third")),
        ("Agency", "DLX", "", ("third_party_segment", "modeled", "third")),
        ("Retargeting", ALIKE, "", ("lookalike", "modeled", "first")),
        ("Retargeting", "recently near", "", ("precise_location", "observed", "first")),
        ("Interest", "Cooking", "", ("likes", "inferred", "first")),
        ("Like", None, "people who like their page", ("likes", "declared", "first")),
        ("Like", None, "whose friends like", ("contacts", "observed", "first")),
        ("Segment", "x", "listed on their Facebook profiles", ("profile", "declared", "first")),
        ("Segment", "x", "based on your activity", ("profile", "inferred", "first")),
        ("Age", "18 and older", "", ("age", "declared", "first")),
        ("City", "York", "", ("ip_address", "observed", "first")),
        ("Horoscope", "Leo", "", ("other", None, "first")),
    ],
)
def test_a_way_of_targeting_is_a_signal(target, segment, explanation, coded):
    """What was used, how it was learned and who passed it on."""
    [signal] = signals_of(ad((target, segment), explanation=explanation))
    assert (signal["data"], signal.get("method"), signal["party"]) == coded


def test_what_only_the_explanation_tells_counts_too():
    """Data of brokers is often no target; what says the same twice counts once."""
    [signal] = signals_of(ad(("MinAge", "18"), explanation="information from data providers"))
    assert signal["data"] == "third_party_segment"
    assert (
        len(list(signals_of(ad(("Agency", "DLX"), explanation="data provided by a data p")))) == 1
    )


def test_a_segment_s_name_says_what_it_is_about():
    """So that the rules can find a subject in it."""
    item = to_item(1, ad(("Interest", "LGBT community")))
    assert item["signals"][0]["category"] == "custom:lgbt community"
    assert item["purpose"] == "commercial_ad"
    assert to_item(1, ad(message="Vote on Tuesday"))["purpose"] == "political_message"


def test_the_command_prints_items_and_names_what_it_can_not_read(tmp_path: Path, capsys):
    """Exit code 0, or 4 with the path."""
    (tmp_path / "ads.jsonl").write_text(json.dumps(ad(("List", None))) + "\n", "utf-8")
    assert main([str(tmp_path / "ads.jsonl"), "--items"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "ad"
    assert main([str(tmp_path / "ads.jsonl"), "--rules", str(ROOT / "rules")]) == 0
    assert "uploaded_list from a third party" in capsys.readouterr().out
    assert main([str(tmp_path / "none.jsonl")]) == 4
    assert "none.jsonl" in capsys.readouterr().err


@pytest.fixture(scope="module")
def scored() -> list[Scored]:
    return score(read_ads(published() / "targeted_ads" / "ads.jsonl"), ROOT / "rules")


def test_every_real_ad_is_explained(scored):
    """321 of them; each has findings with a ground, and a sentence for the customer."""
    assert len(scored) == 321
    for one in scored:
        assert one.verdict.findings
        assert all(finding.because for finding in one.verdict.findings)
        assert one.verdict.say


def test_the_worst_ads_use_strangers_data_or_a_private_subject(scored):
    """Each of the upper twentieth."""
    for one in scored[: len(scored) // 20]:
        concerns = {finding.concern for finding in one.verdict.findings}
        assert concerns & {"subject", "flow"}, one.item["title"]


def test_the_mildest_ads_use_no_more_than_age_gender_and_region(scored):
    """Each of the lower tenth; a way of targeting with more in it scores higher."""
    for one in scored[-(len(scored) // 10) :]:
        assert {t["target"] for t in one.ad["targets"]} <= PLAIN
        assert not {f.concern for f in one.verdict.findings} & {"subject", "flow", "depth"}


def test_ways_of_targeting_keep_the_order_that_people_gave_them(scored):
    """Lists and brokers worst, then tracking, then look-alikes, then age and place alone."""

    def of(target: str, segment: str | None = None) -> float:
        return mean(
            one.verdict.intrusiveness
            for one in scored
            for t in one.ad["targets"]
            if t["target"] == target and (segment is None or t.get("segment") == segment)
        )

    plain = mean(
        one.verdict.intrusiveness
        for one in scored
        if {t["target"] for t in one.ad["targets"]} <= PLAIN
        and "data provider" not in one.ad["explanation"]
    )
    assert min(of("List"), of("Agency")) > of("Website") > of("Retargeting", ALIKE) > plain
