"""Where the published data lies, and a small folder of made-up data in the same layouts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STRUCK = ROOT / "tests" / "evidence" / "struck_interests.csv"
BESIDE = ROOT.parent / "shared"

ACCEPTABILITY = """\
topic,item,label,pct_unacceptable_XX,pct_unacceptable_YY
acceptability_information,info_age,age,40,30
acceptability_information,info_religion,religion,70,60
acceptability_information,info_income,income,75,
acceptability_service,commercials,ads,45,40
"""
JOINT = """\
data,purpose,pct_rejecting_either_XX,pct_rejecting_either_YY
age,commercial_ad,58,50
religion,news,80,70
purchase_history,events,57,55
"""
FLOWS = """\
id,info_type,actor,use,use_class,mean_rating
1,the state of your health,doctor,diagnose and treat,primary_service,70
2,the state of your health,doctor,sell to others,secondary_third_party,-60
3,purchasing habits,corner shop,recommend products,primary_service,10
4,purchasing habits,corner shop,sell to others,secondary_third_party,-40
"""
PRACTICES = """\
survey_id,practice,pct_creepy,pct_cool,data_source_feature,context_feature,location_feature,identity_feature
s1,Birthday offers,9,80,stated_profile,same_context,none,named
s1,Reminder of your cart,20,57,observed_browse,same_brand_later,none,identified
s1,Ads from tracking,53,26,third_party_tracking,cross_site,none,pseudonymous
s1,E-mail naming a place,50,35,location_history,cross_channel,visited_place,identified
s2,Scan a product,,79,user_initiated,same_context,none,anonymous
s2,Fitting room screen,42,41,contextual_current_item,private_space,in_store,anonymous
s2,Browsed and bought,45,32,first_party_browse_and_purchase,cross_channel,none,identified
s2,Face seen,67,13,biometric_inferred,in_store,in_store,identified
"""
SENSITIVE = "removed_interest\nPregnancy test\nBreast pump\nGarden gnomes\nThigh\n"
HARMLESS = "id,topic\n1,/Home/Kettles\n2,/Sports/Running\n"


def write_all(folder: Path) -> Path:
    """A folder with one file of each layout."""
    for name, text in (
        ("acceptability.csv", ACCEPTABILITY),
        ("joint.csv", JOINT),
        ("flows.csv", FLOWS),
        ("practices.csv", PRACTICES),
        ("sensitive.csv", SENSITIVE),
        ("harmless.csv", HARMLESS),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def published() -> Path:
    """The folder of published data; a reason to skip where it is absent, a failure in CI."""
    said = os.environ.get("GUARDRAIL_EVIDENCE_DIR")
    folder = Path(said) if said else BESIDE / "data"
    if not folder.is_dir():
        assert not (os.environ.get("CI") and BESIDE.is_dir()), f"{folder} must be there in CI"
        pytest.skip("the published data is not on this machine (GUARDRAIL_EVIDENCE_DIR)")
    return folder
