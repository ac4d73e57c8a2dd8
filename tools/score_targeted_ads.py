"""Score real targeted ads with a rule directory, and say of each why it scores what it does.

Usage: ``python tools/score_targeted_ads.py ADS_JSONL [--rules DIR] [--show N] [--items]``

ADS_JSONL has one ad a line: ``advertiser``, ``message``, ``targets`` (``[{target, segment}]``) and
``explanation``, the platform's own "why am I seeing this". Prints the N ads that score highest and
the N that score lowest, each with its findings; ``--items`` prints all as items in native shape.

How a way of targeting is read as signals is a coding, made once for all ads; it stands in
`CODED`. Nobody's name or number is in it: the platform knew its user, the ads do not say.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from guardrail import Guardrail
from guardrail.model import Verdict

Signal = dict[str, Any]
Ad = Mapping[str, Any]

CUSTOMER = {"id": "c-1", "age_band": "adult", "jurisdiction": "US-TX"}
"""An adult where no floor of a region adds to the score."""
ALIKE = "people who may be similar to their customers"
_LIKED: Signal = {"data": "likes", "method": "observed", "party": "first"}
_LIST: Signal = {"data": "uploaded_list", "method": "observed", "party": "third"}
CODED: Mapping[str, Signal] = {
    "List": _LIST,
    "Website": {"data": "browsing_history", "method": "observed", "party": "third"},
    "Agency": {"data": "third_party_segment", "method": "modeled", "party": "third"},
    # The platform's own guess about its user; the list it began with is the advertiser's.
    "Alike": {"data": "lookalike", "method": "modeled", "party": "first", "via": [_LIST]},
    "Nearby": {
        "data": "precise_location",
        "method": "observed",
        "party": "first",
        "precision": "place",
    },
    "Interest": {"data": "likes", "method": "inferred", "party": "first", "via": [_LIKED]},
    "Like": {"data": "likes", "method": "declared", "party": "first"},
    "Friends": {"data": "contacts", "method": "observed", "party": "first"},
    "Profile": {"data": "profile", "method": "declared", "party": "first"},
    "Segment": {"data": "profile", "method": "inferred", "party": "first"},
    "Activity on the Facebook Family": {
        "data": "browsing_history",
        "method": "observed",
        "party": "first",
    },
    "Age": {"data": "age", "method": "declared", "party": "first"},
    "Gender": {"data": "gender", "method": "declared", "party": "first"},
    "Language": {"data": "profile", "method": "declared", "party": "first"},
    **{
        target: {
            "data": "ip_address",
            "method": "observed",
            "party": "first",
            "precision": "city" if target == "City" else "region",
        }
        for target in ("City", "State", "Region")
    },
}
"""Each way of targeting as a signal."""
ONLY_EXPLAINED = (
    ("data provider", "Agency"),
    ("activity on the Facebook family", "Activity on the Facebook Family"),
)
"""Words of an explanation that tell of a way of targeting that no target names."""
POLITICAL = re.compile(
    r"\b(?:for (?:congress|senate|governor|assembly|mayor)|congress(?:man|woman)|senators?|"
    r"vot(?:e|ers?|ing)|elections?|elected|campaign finance|democrats?|republicans?|gop|trump|"
    r"petition|ballot|legislat\w+|aclu|impeach\w*)\b",
    re.IGNORECASE,
)
"""What marks a message as political, in the words of the ads themselves."""


class Scored(NamedTuple):
    """An ad, the item that was made of it, and the verdict on that."""

    ad: Ad
    item: Mapping[str, Any]
    verdict: Verdict


def read_ads(path: Path) -> list[Ad]:
    """The ads of a file. Raises OSError, ValueError."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def to_item(number: int, ad: Ad) -> dict[str, Any]:
    """The ad as an item in native shape; its id is its line."""
    text = f"{ad['advertiser'] or ''} {ad['message']}"
    return {
        "id": str(number),
        "kind": "ad",
        "title": ad["message"],
        "signals": list(signals_of(ad)),
        "purpose": "political_message" if POLITICAL.search(text) else "commercial_ad",
        "advertiser": ad["advertiser"] or "unknown",
    }


def signals_of(ad: Ad) -> Iterator[Signal]:
    """What the platform used, as it told its user: every way of targeting that is named, and what
    only the explanation names.
    """
    explained = ad["explanation"]
    named = {target["target"] for target in ad["targets"]}
    for target in ad["targets"]:
        signal = _signal(target["target"], target.get("segment") or "", explained)
        if signal is not None:
            yield signal
    for words, target in ONLY_EXPLAINED:
        if words in explained and target not in named:
            yield CODED[target]


def _signal(target: str, segment: str, explained: str) -> Signal | None:
    """One way of targeting as a signal; None for one that says the same as another (an age)."""
    if target in ("MinAge", "MaxAge"):
        return None
    if target == "Retargeting":
        return CODED["Alike" if segment == ALIKE else "Nearby"]
    if target == "Like" and "whose friends like" in explained:
        return CODED["Friends"]
    if target == "Segment" and "listed on their Facebook profiles" in explained:
        target = "Profile"
    coded = CODED.get(target, {"data": "other", "party": "first"})
    if segment and target in ("Interest", "Segment", "Profile"):
        return {**coded, "category": f"custom:{segment.lower()}"}
    return coded


def score(ads: Sequence[Ad], rules: str | Path) -> list[Scored]:
    """Every ad with its verdict on the surface ``ads``, the highest score first."""
    guard = Guardrail(rules=str(rules)).guard
    scored = []
    for number, ad in enumerate(ads, 1):
        item = to_item(number, ad)
        verdict = guard.score_item(json.dumps(item).encode(), "ads", CUSTOMER)
        scored.append(Scored(ad, item, verdict))
    return sorted(scored, key=lambda one: -one.verdict.intrusiveness)


def page(scored: Sequence[Scored], show: int) -> Iterator[str]:
    """The highest and the lowest, each with what speaks against it and the platform's words."""
    for title, listed in (("Highest", scored[:show]), ("Lowest", scored[-show:])):
        yield f"{title} {len(listed)} of {len(scored)}"
        for one in listed:
            text = " ".join(one.item["title"].split())
            yield f"\n{one.verdict.intrusiveness:5.1f}  {one.item['advertiser']}: {text[:90]}"
            found = sorted(one.verdict.findings, key=lambda f: -f.weight)
            yield "       " + "; ".join(f"{f.rule} {f.weight:g} ({f.because})" for f in found)
            told = " ".join(one.ad["explanation"].split())
            yield f"       platform: {told[:150]}"
        yield ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Score a file of ads; exit code 0, or 4 where it can't be read."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("ads", type=Path)
    parser.add_argument("--rules", default="rules")
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--items", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        ads = read_ads(asked.ads)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{asked.ads}: {error}\n")
        return 4
    if asked.items:
        lines: Iterator[str] = (json.dumps(to_item(n, ad)) for n, ad in enumerate(ads, 1))
    else:
        lines = page(score(ads, asked.rules), asked.show)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
