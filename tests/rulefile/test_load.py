"""Loading: what files say becomes data, defaults included."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.model import Item, Signal
from guardrail.rulefile import (
    RuleFileError,
    RuleFileUnreadable,
    check,
    load,
    yaml_files,
)
from guardrail.ruleset import DEFAULT_PRESETS, Assume, Comparison, RuleSet, Sign, Surface, When

FULL = """\
guardrail: 1
mode: observe
tolerance:
  presets: {low: 40, high: 80.5}
  default: high
categories:
  health.pregnancy:
    title: Pregnancy and fertility
    weight: 57
    evidence: a survey
    ids: {iab-content-2.2: [302, "305"], iab-content-1.0: [IAB7-39]}
    terms: [pregnancy test, prenatal]
    proxies: {iab-ad-product-2.0: [1061]}
surfaces:
  home:
    match: {path: /api/recommendations, methods: [GET, POST]}
    kind: recommendation
    shape: native
    items: data.items
    fields: {id: sku, categories: taxonomy.labels}
    purpose: product
    vertical: fashion
    mode: enforce
    assume:
      signals:
        - {data: purchase_history, method: observed, party: first, via: [{data: cart}]}
      categories: [Fashion.Shoes, "IAB-Content-2.2:305"]
      sponsored: false
    max_depth: 3
    treatments: [replace]
    minimum_items: 4
    fallback: [{sku: "1", price: 1.10, big: 12345678901234567890123, none: null}]
    strip: [why, debug.score]
    keep_signals: true
    on_failure: blank
  bare: {}
rules:
  - id: third-party
    kind: signal
    title: Bought data
    when: {party: third, kind: ad, data: [cart, unknown], jurisdiction: [EU, NO], gpc: true}
    weight: 62
    say: Chosen with data from another company.
    source: judgement
  - id: deep
    kind: inference_depth
    layer: floor
    when:
      depth: [">=3", unknown]
      age_seconds: 60
      not: {party: first, not: {audience_size: "<60"}}
    action: soften
    treatment: demote
    mode: observe
    rollout: 20
  - {id: subject, kind: sensitive_category}
  - {id: said, kind: manner, weight: 30, terms: [we noticed], mentions: [person]}
  - {id: at-work, kind: context, weight: 40, when: {context: work, campaign: 4711}}
  - id: daily
    kind: frequency_cap
    per: campaign
    max_impressions: 3
    window: 24h
    cooldown: 90s
    on_failure: suppress
  - {id: what-for, kind: signal, weight: 9, when: {purpose: job}, concern: subject, unknown: apply}
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    return load(write(tmp_path, {"all.yaml": FULL}))


def test_the_top_of_a_file(rules: RuleSet) -> None:
    """Mode and tolerance; named presets replace the usual ones."""
    assert rules.mode == "observe"
    assert dict(rules.presets) == {"low": 40.0, "high": 80.5}
    assert rules.default_preset == "high"


def test_a_category(rules: RuleSet) -> None:
    """Ids are text in lower case, however they were written."""
    found = rules.categories["health.pregnancy"]
    assert (found.slug, found.title, found.weight) == (
        "health.pregnancy",
        "Pregnancy and fertility",
        57.0,
    )
    assert found.ids == {"iab-content-2.2": ("302", "305"), "iab-content-1.0": ("iab7-39",)}
    assert found.proxies == {"iab-ad-product-2.0": ("1061",)}
    assert found.terms == ("pregnancy test", "prenatal")
    assert found.evidence == "a survey"


def test_a_surface_with_everything(rules: RuleSet) -> None:
    """GET includes HEAD; numbers of a fallback item stay as they were written."""
    signal = Signal(
        data="purchase_history", method="observed", party="first", via=(Signal(data="cart"),)
    )
    assumed = Item(
        signals=(signal,), categories=("fashion.shoes", "iab-content-2.2:305"), sponsored=False
    )
    assert rules.surfaces["home"] == Surface(
        name="home",
        path="/api/recommendations",
        methods=("GET", "POST", "HEAD"),
        items="data.items",
        fields={"id": "sku", "categories": "taxonomy.labels"},
        purpose="product",
        vertical="fashion",
        assume=Assume(("categories", "signals", "sponsored"), assumed),
        max_depth=3,
        treatments=("replace",),
        minimum_items=4,
        fallback=(b'{"sku":"1","price":1.10,"big":12345678901234567890123,"none":null}',),
        strip=("why", "debug.score"),
        keep_signals=True,
        on_failure="blank",
    )


def test_a_surface_says_what_softening_may_draw_on(tmp_path: Path) -> None:
    """Creatives keep their bytes; places, sentences and counts arrive as they are written."""
    text = """\
guardrail: 1
surfaces:
  home:
    creatives: {c-42: [{id: ad-2, price: 1.10, none: null}]}
    language: de
    neutral_reason: Aus dem Katalog
    wider_places: {Elm Street: Springfield}
    show: 8
    minimum_items: 8
    count_fields: [count, meta.count]
"""
    assert load(write(tmp_path, {"a.yaml": text})).surfaces["home"] == Surface(
        name="home",
        creatives={"c-42": (b'{"id":"ad-2","price":1.10,"none":null}',)},
        language="de",
        copy_language="de",
        neutral_reason="Aus dem Katalog",
        wider_places={"Elm Street": "Springfield"},
        show=8,
        minimum_items=8,
        count_fields=("count", "meta.count"),
    )


def test_bids_stand_where_openrtb_has_them(tmp_path: Path) -> None:
    """And are ads, unless the file says otherwise."""
    text = """\
guardrail: 1
surfaces:
  bids: {shape: openrtb-2.6, seatnonbid: true}
  other: {shape: openrtb-2.6, items: bids, kind: recommendation}
"""
    surfaces = load(write(tmp_path, {"a.yaml": text})).surfaces
    bids, other = surfaces["bids"], surfaces["other"]
    assert (bids.items, bids.kind, bids.seatnonbid) == ("seatbid[].bid", "ad", True)
    assert (other.items, other.kind, other.seatnonbid) == ("bids", "recommendation", False)


def test_a_combination(tmp_path: Path) -> None:
    """Signs by name, two of them if nothing else is said."""
    text = """\
guardrail: 1
rules:
  - id: story
    kind: combination
    weight: 57
    signs: {lotion: {terms: [Unscented lotion]}, cotton: {categories: [Beauty.Cotton]}}
"""
    (rule,) = load(write(tmp_path, {"a.yaml": text})).rules
    assert rule.signs == {
        "lotion": Sign(terms=("Unscented lotion",)),
        "cotton": Sign(categories=("beauty.cotton",)),
    }
    assert (rule.at_least, rule.action, rule.concern) == (2, "score", "subject")
    assert (rule.window, rule.remembers) == (0, False)


def test_a_combination_over_a_window(tmp_path: Path) -> None:
    """What was shown within it counts, so it has to be remembered."""
    text = """\
guardrail: 1
rules:
  - id: story
    kind: combination
    weight: 57
    signs: {lotion: {terms: [lotion]}, zinc: {terms: [zinc]}}
    window: 14d
"""
    (rule,) = load(write(tmp_path, {"a.yaml": text})).rules
    assert (rule.window, rule.remembers) == (14 * 86_400, True)


def test_a_repetition(tmp_path: Path) -> None:
    """A stated interest counts half if nothing else is said; the curve is its weight."""
    text = """\
guardrail: 1
rules:
  - {id: a, kind: repetition, per: creative, window: 7d, curve: {3: 10, 5: 45.5, 10: 75}}
  - {id: b, kind: repetition, per: campaign, window: 1h, curve: {1: 0}, stated_interest: whole}
"""
    first, second = load(write(tmp_path, {"a.yaml": text})).rules
    assert first.curve == ((3, 10.0), (5, 45.5), (10, 75.0))
    assert (first.per, first.window, first.stated_interest) == ("creative", 604_800, "half")
    assert (first.concern, first.action, first.weight) == ("repetition", "score", None)
    assert first.remembers
    assert (second.per, second.curve, second.stated_interest) == ("campaign", ((1, 0.0),), "whole")


def test_a_surface_with_nothing(rules: RuleSet) -> None:
    """All defaults, and no path: it is for reviews in code."""
    assert rules.surfaces["bare"] == Surface(name="bare")


def test_an_empty_list_of_treatments_is_kept(tmp_path: Path) -> None:
    """Then only suppression is left, which is not the default."""
    text = "guardrail: 1\nsurfaces:\n  home: {treatments: []}\n"
    assert load(write(tmp_path, {"a.yaml": text})).surfaces["home"].treatments == ()


def test_conditions(rules: RuleSet) -> None:
    """One value is a list of one; Norway is Norway."""
    assert rules.rules[0].when == When(
        party=("third",),
        kind=("ad",),
        data=("cart", "unknown"),
        jurisdiction=("EU", "NO"),
        gpc=True,
    )
    assert rules.rules[4].when == When(context=("work",), campaign=("4711",))


def test_conditions_on_numbers_and_nested_not(rules: RuleSet) -> None:
    """A number is an equality, and `not` nests."""
    inner = When(audience_size=(Comparison("<", 60.0),))
    assert rules.rules[1].when == When(
        depth=(Comparison(">=", 3.0), Comparison("unknown")),
        age_seconds=(Comparison("==", 60.0),),
        not_=When(party=("first",), not_=inner),
    )


def test_what_a_rule_says_is_kept(rules: RuleSet) -> None:
    """Every key of every kind arrives."""
    bought, deep, _, said, _, daily, _ = rules.rules
    assert (bought.title, bought.weight, bought.source) == ("Bought data", 62.0, "judgement")
    assert bought.say == "Chosen with data from another company."
    assert (deep.action, deep.treatment, deep.mode, deep.rollout) == (
        "soften",
        "demote",
        "observe",
        20,
    )
    assert (said.terms, said.mentions) == (("we noticed",), ("person",))
    assert (daily.per, daily.max_impressions, daily.window, daily.cooldown) == (
        "campaign",
        3,
        86_400,
        90,
    )
    assert daily.on_failure == "suppress"


def test_consents_are_named_in_any_case(tmp_path: Path) -> None:
    """Consent names of a customer are compared in lower case."""
    text = "rules: [{id: 7, kind: signal, weight: 1, when: {consent_missing: Health}}]\n"
    (rule,) = load(write(tmp_path, {"a.yaml": "guardrail: 1\n" + text})).rules
    assert rule.id == "7"
    assert rule.when.consent_missing == ("health",)


def test_a_jurisdiction_may_be_unknown(tmp_path: Path) -> None:
    """A missing fact can be asked for by name."""
    text = "rules: [{id: a, kind: signal, weight: 1, when: {jurisdiction: unknown}}]\n"
    (rule,) = load(write(tmp_path, {"a.yaml": "guardrail: 1\n" + text})).rules
    assert rule.when.jurisdiction == ("unknown",)


def test_an_id_stands_for_a_category_that_lists_it_or_one_above(tmp_path: Path) -> None:
    """305 stands below 302, so a sensitive_category rule may name it without a weight."""
    text = """\
guardrail: 1
categories:
  health.pregnancy: {weight: 57, ids: {iab-content-2.2: [302]}}
rules:
  - {id: a, kind: sensitive_category, when: {category: "iab-content-2.2:305"}}
  - {id: b, kind: sensitive_category, weight: 9, when: {category: "iab-content-2.2:1"}}
"""
    rules = load(write(tmp_path, {"a.yaml": text})).rules
    assert rules[0].when.category == ("iab-content-2.2:305",)


def test_defaults_that_depend_on_kind_and_layer(rules: RuleSet) -> None:
    """Concern by kind, caps suppress, floors apply where a fact is missing."""
    assert [rule.concern for rule in rules.rules] == [
        "flow",
        "depth",
        "subject",
        "manner",
        "context",
        "repetition",
        "subject",
    ]
    assert [rule.action for rule in rules.rules] == [
        *("score", "soften", "score", "score", "score", "suppress", "score")
    ]
    assert [rule.unknown for rule in rules.rules] == [
        *("skip", "apply", "skip", "skip", "skip", "skip", "apply")
    ]


def test_files_are_joined_in_name_order_and_the_lowest_mode_holds(tmp_path: Path) -> None:
    """Subfolders count; dotted names, test files and other files do not."""
    rule = "rules: [{id: %s, kind: signal, weight: 1, when: {party: third}}]\n"
    folder = write(
        tmp_path,
        {
            "b.yaml": "guardrail: 1\nmode: off\n" + rule % "b",
            "a.yaml": "guardrail: 1\nmode: enforce\n" + rule % "a",
            "packs/x.yaml": "guardrail: 1\n" + rule % "x",
            "a.test.yaml": "nonsense",
            ".hidden.yaml": "nonsense",
            ".git/y.yaml": "nonsense",
            "notes.txt": "nonsense",
        },
    )
    rules = load(folder)
    assert [one.id for one in rules.rules] == ["a", "b", "x"]
    assert rules.mode == "off"
    assert rules.presets == DEFAULT_PRESETS


def test_a_linked_folder_is_read_and_a_circle_is_not(tmp_path: Path) -> None:
    """Rule sets are often mounted through links."""
    write(tmp_path, {"shared/x.yaml": "guardrail: 1\n", "rules/a.yaml": "guardrail: 1\n"})
    (tmp_path / "rules" / "packs").symlink_to(tmp_path / "shared")
    (tmp_path / "shared" / "back").symlink_to(tmp_path / "rules")
    names = [f.relative_to(tmp_path).as_posix() for f in yaml_files(tmp_path / "rules")]
    assert names == ["rules/a.yaml", "rules/packs/x.yaml"]


def test_the_revision_follows_every_byte_and_every_name(tmp_path: Path) -> None:
    """Of rule files and fallback files alike, and of nothing else."""
    text = "guardrail: 1\nsurfaces:\n  home: {fallback: pool/home.json}\n"
    folder = write(tmp_path, {"a.yaml": text, "pool/home.json": '[{"id": "a"}]'})
    first = load(folder).revision
    assert first.startswith("sha256:")
    assert len(first) == len("sha256:") + 64
    write(tmp_path, {"notes.txt": "x", "a.test.yaml": "x"})
    assert load(folder).revision == first
    write(tmp_path, {"pool/home.json": '[{"id": "b"}]'})
    second = load(folder).revision
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    assert len({first, second, load(folder).revision}) == 3


def test_items_of_a_fallback_file_keep_their_bytes(tmp_path: Path) -> None:
    """Spacing, spelling of numbers and escapes are the app's own."""
    text = "guardrail: 1\nsurfaces:\n  home: {fallback: ../pool.json}\n"
    items = '[ {"id" : 1, "price":1.10, "t":"\\u00e9"} ,{"id":"b","signals":[]}]'
    write(tmp_path, {"rules/a.yaml": text, "pool.json": items})
    assert load(tmp_path / "rules").surfaces["home"].fallback == (
        b'{"id" : 1, "price":1.10, "t":"\\u00e9"}',
        b'{"id":"b","signals":[]}',
    )


@pytest.mark.parametrize("content", [b"[1, {]", b"\xff", b"[" * 5000, b'["\xff"]', b"[\x00]"])
def test_a_fallback_file_of_nonsense_is_a_problem(tmp_path: Path, content: bytes) -> None:
    """Whatever it holds, it is said where the file is named."""
    write(tmp_path, {"a.yaml": "guardrail: 1\nsurfaces:\n  home: {fallback: pool.json}\n"})
    (tmp_path / "pool.json").write_bytes(content)
    (problem,) = check([tmp_path])
    assert problem.line == 3
    assert problem.source.strip() == "home: {fallback: pool.json}"


def test_a_fallback_file_has_a_limit_of_size(tmp_path: Path) -> None:
    """Fallbacks are kept in memory, all of them."""
    write(tmp_path, {"a.yaml": "guardrail: 1\nsurfaces:\n  home: {fallback: pool.json}\n"})
    (tmp_path / "pool.json").write_bytes(b"[" + b" " * 1024 * 1024 + b"]")
    assert "larger than 1024 KiB" in check([tmp_path])[0].message


def test_a_fallback_path_that_can_be_no_path_is_a_problem(tmp_path: Path) -> None:
    """Not even the system may choke on it."""
    write(tmp_path, {"a.yaml": 'guardrail: 1\nsurfaces:\n  home: {fallback: "a\\0b"}\n'})
    assert "not a possible path" in check([tmp_path])[0].message


def test_one_file_is_a_rule_set_of_its_own(tmp_path: Path) -> None:
    """Loaded alone, it must be complete."""
    write(tmp_path, {"a.yaml": FULL})
    assert len(load(tmp_path / "a.yaml").rules) == 7


def test_what_is_missing_is_no_problem_of_a_file(tmp_path: Path) -> None:
    """It is an error of its own, that names the path."""
    for path in (tmp_path / "nowhere", tmp_path / "a.yaml", tmp_path / "a.yaml" / "b"):
        with pytest.raises(RuleFileUnreadable, match=f"{path}: no such file or directory"):
            load(path)
        with pytest.raises(RuleFileUnreadable):
            check([path])


def test_what_may_not_be_read_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path and the reason are named."""

    def refuse(path: Path, _: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    write(tmp_path, {"a.yaml": FULL})
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RuleFileUnreadable, match=r"a\.yaml: permission denied"):
        load(tmp_path)


def test_a_subfolder_that_may_not_be_read_is_not_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a rule set would be worse than none."""
    write(tmp_path, {"a.yaml": FULL, "packs/x.yaml": "guardrail: 1\n"})
    scan = os.scandir

    def refuse(folder: str) -> object:
        if Path(folder).name == "packs":
            raise PermissionError(errno.EACCES, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(RuleFileUnreadable, match="packs: permission denied"):
        load(tmp_path)


def test_a_file_that_vanishes_while_it_is_read_is_an_error_of_its_own(tmp_path: Path) -> None:
    """A link to nothing is listed, and can't be read."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "gone")
    with pytest.raises(RuleFileUnreadable, match="no such file"):
        load(tmp_path)


def test_an_empty_directory_holds_no_rule_set(tmp_path: Path) -> None:
    """It can't be loaded; to check, there is nothing wrong in it."""
    with pytest.raises(RuleFileError, match="no rule file"):
        load(tmp_path)
    assert check([tmp_path]) == []


def test_a_test_file_is_no_rule_set(tmp_path: Path) -> None:
    """It is said what to name instead."""
    write(tmp_path, {"a.test.yaml": "guardrail: 1\n"})
    with pytest.raises(RuleFileError, match="is no rule file"):
        load(tmp_path / "a.test.yaml")


def test_check_judges_all_paths_in_one_run(tmp_path: Path) -> None:
    """Files, folders and test files together, by path and line."""
    write(
        tmp_path,
        {
            "rules/a.yaml": "guardrail: 2\n",
            "rules/b.yaml": "guardrail: 1\nmode: of\n",
            "rules/b.test.yaml": "guardrail: 1\n",
            "rules/c.test.yml": "",
            "x.yaml": "guardrail: 1\nrule: []\n",
            "y.test.yaml": "guardrail: 3\n",
        },
    )
    found = check([tmp_path / "y.test.yaml", tmp_path / "x.yaml", str(tmp_path / "rules")])
    names = [Path(problem.path).relative_to(tmp_path).as_posix() for problem in found]
    assert names == [
        *("rules/a.yaml", "rules/b.test.yaml", "rules/b.yaml", "rules/c.test.yml"),
        *("x.yaml", "y.test.yaml"),
    ]


def test_names_are_not_missed_while_a_file_can_not_be_read(tmp_path: Path) -> None:
    """One stray quote must not accuse every rule of naming nothing."""
    write(
        tmp_path,
        {
            "a.yaml": "guardrail: 1\nsurfaces:\n  home: {kind: 'ad}\n",
            "b.yaml": "guardrail: 1\nrules:\n"
            "  - {id: a, kind: signal, weight: 1, when: {surface: home}}\n",
        },
    )
    assert len(check([tmp_path])) == 1


def test_a_piece_that_is_wrong_still_counts_as_defined(tmp_path: Path) -> None:
    """The rules that name it are not accused as well."""
    text = """\
guardrail: 1
categories:
  health: {weight: 400}
surfaces:
  home: {kind: nothing}
rules:
  - {id: a, kind: sensitive_category, when: {surface: home, category: health.pregnancy}}
"""
    write(tmp_path, {"a.yaml": text})
    assert [p.line for p in check([tmp_path])] == [3, 5]


SCRAPS = st.sampled_from(
    ["[]", "{}", "null", "-1", "yes", '""', "&a ", "*a", "!!int ", ": ", "\n", "  ", "1e400", "305"]
)


@given(st.lists(st.tuples(st.integers(0, len(FULL)), st.integers(0, 12), SCRAPS), max_size=4))
def test_any_damage_gives_problems_or_a_rule_set(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int, str]]
) -> None:
    """However a right file is damaged, nothing but problems comes of it, each with a place."""
    text = FULL
    for at, cut, scrap in damage:
        text = text[:at] + scrap + text[at + cut :]
    path = tmp_path_factory.mktemp("damaged") / "a.yaml"
    path.write_text(text, encoding="utf-8")
    found = check([path])
    for problem in found:
        assert problem.text()
    if found:
        with pytest.raises(RuleFileError) as raised:
            load(path)
        assert set(found) <= set(raised.value.problems)


@given(st.binary(max_size=120), st.sampled_from(["a.yaml", "a.test.yaml", "a.yml"]))
def test_any_bytes_give_problems(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    """Arbitrary bytes never crash a check: they are no rule file, and it says so."""
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    assert check([path])


@given(st.binary(max_size=60))
def test_any_bytes_behind_a_right_beginning_never_crash(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """The same for a file that gets past its first line."""
    path = tmp_path_factory.mktemp("bytes") / "a.yaml"
    path.write_bytes(b"guardrail: 1\nrules:\n- id: a\n  " + data)
    check([path])
