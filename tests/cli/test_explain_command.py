"""`guardrail explain`: one item as a page; the cases are files of command, input and page."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.conftest import Run

HERE = Path(__file__).parent / "explain"
CASES = sorted((HERE / "cases").glob("*.txt"))
LINE = re.compile(r"^  (\w+) +(\S+) x \(1 - (\S+)\) += (\S+)$")
SUM = re.compile(r"^  score +100 - (\S+) += ([^\s,]+)(?:, rounded (\S+))?$")
SEARCHED = '{"data": "search_history", "method": "inferred", "party": "first"}'
ACID = f'{{"id": "acid", "title": "Folic acid", "signals": [{SEARCHED}]}}'
NUMBERED = "guardrail: 1\nrules:\n"


@pytest.fixture
def rules(folder: Path) -> Path:
    """The rules of the cases, where the command looks for them."""
    shutil.rmtree(folder / "rules")
    shutil.copytree(HERE, folder / "rules", ignore=shutil.ignore_patterns("cases"))
    return folder / "rules"


def parts(case: Path) -> tuple[list[str], str, str]:
    """The arguments, the input and the page of a case."""
    command, _, rest = case.read_text().partition("\n")
    given_, _, page = rest.partition("\n---\n")
    return shlex.split(command)[3:], given_, page


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_page_says_what_the_case_says(run: Run, case: Path) -> None:
    """Word for word, in at most 80 columns, without control characters."""
    arguments, items, page = parts(case)
    result = run("explain", *arguments, stdin=items)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == page
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_it_tells_the_verdict_that_score_gives(run: Run, case: Path) -> None:
    """The same numbers and the same findings; and as JSON all that is on the page."""
    arguments, items, _ = parts(case)
    found: dict[str, Any] = json.loads(
        run("explain", *arguments, "--format", "json", stdin=items).stdout
    )
    named = arguments.index("--id") if "--id" in arguments else None
    alone = arguments if named is None else arguments[:named] + arguments[named + 2 :]
    told = json.loads(run("score", *alone, stdin=items.replace("\n", " ")).stdout)
    verdicts = told.get("items", [told])
    (verdict,) = [one for one in verdicts if one["id"] == found["item"]["id"]]
    for key in ("intrusiveness", "tolerance", "depth", "capped_by", "retry_after_seconds"):
        assert found[key] == verdict[key], key
    assert [f["rule"] for f in found["findings"]] == [f["rule"] for f in verdict["findings"]]
    assert [one["treatment"] for one in found["tried"]] == verdict.get("tried", [])
    assert [one["rule"] for one in found["unknown"]] == verdict.get("unknown", [])
    if found["enforced"]:
        assert found["verdict"] == verdict["verdict"]
        assert found["softened_intrusiveness"] == verdict["softened_intrusiveness"]
    else:
        assert found["verdict"] == verdict["would"]


def follow(page: str) -> tuple[float, list[float]]:
    """The sum of a page followed with a pencil: what it comes to, and by how much a line is off."""
    left, off = 100.0, []
    for told in filter(None, map(LINE.match, page.splitlines())):
        assert float(told[2]) == left
        off.append(abs(left * (1 - float(told[3])) - float(told[4])))
        left = float(told[4])
    (last,) = filter(None, map(SUM.match, page.splitlines()))
    assert float(last[1]) == left
    off.append(abs(100 - left - float(last[2])))
    return float(last[3] or last[2]), off


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(weights=st.lists(st.integers(1, 999), min_size=1, max_size=5))
def test_the_sum_can_be_followed_with_a_pencil(run: Run, folder: Path, weights: list[int]) -> None:
    """Every line follows from the one above to three decimals, and the last is the score."""
    concerns = ("subject", "purpose", "source", "flow", "depth")
    text = NUMBERED + "".join(
        f"  - {{id: r{at}, kind: signal, title: R, weight: {weight / 10}, concern: {concern}}}\n"
        for at, (weight, concern) in enumerate(zip(weights, concerns, strict=False))
    )
    (folder / "rules" / "main.yaml").write_text(text)
    page = run("explain", stdin=ACID).stdout
    verdict = json.loads(run("score", stdin=ACID).stdout)
    came_to, off = follow(page)
    assert came_to == verdict["intrusiveness"]
    assert max(off) < 0.0011


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(weights=st.lists(st.integers(1, 999), min_size=1, max_size=3), tolerance=st.integers(1, 999))
def test_the_change_that_it_names_gives_another_verdict(
    run: Run, folder: Path, weights: list[int], tolerance: int
) -> None:
    """With it the score crosses the tolerance, with a tenth less it does not yet."""

    def judged(by_rule: dict[str, float]) -> dict[str, Any]:
        (folder / "rules" / "main.yaml").write_text(
            NUMBERED
            + "".join(
                f"  - {{id: {name}, kind: signal, title: R, concern: {concern}, "
                f"weight: {weight}}}\n"
                for (name, weight), concern in zip(
                    by_rule.items(), ("source", "flow", "depth"), strict=False
                )
            )
        )
        customer = json.dumps({"tolerance": tolerance / 10})
        told = run("explain", "--format", "json", "--customer", customer, stdin=ACID).stdout
        found: dict[str, Any] = json.loads(told)
        return found

    by_rule = {f"r{at}": weight / 10 for at, weight in enumerate(weights)}
    found = judged(by_rule)
    change = found["nearest"]
    if change is None:
        return
    assert change["weight"] == by_rule[change["rule"]]
    assert judged({**by_rule, change["rule"]: change["needed"]})["verdict"] != found["verdict"]
    back = 0.1 if change["needed"] < change["weight"] else -0.1
    almost = round(change["needed"] + back, 1)
    assert judged({**by_rule, change["rule"]: almost})["verdict"] == found["verdict"]


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("arguments", "items", "code", "says"),
    [
        ([], "[1, 2]", 1, "no item in it"),
        ([], '{"items": []}', 1, "there is no item in it"),
        ([], "nonsense", 1, "there is no item: "),
        ([], '{"data": {"items": []}}', 1, "no id; if it is a response body, name the surface"),
        ([], f'{{"items": [{ACID}, {{"id": "b"}}]}}', 2, "say which with --id (items: acid, b)"),
        ([], f"{ACID}\n{ACID}", 2, "say which item with --id"),
        (["--id", "acud"], f"[{ACID}]", 1, "no item 'acud'; did you mean 'acid'? (items: acid)"),
        ([], '[{"title": "x"}, {"title": "y"}]', 2, "several items; say which with --id (none has"),
        (["--id", "acud"], ACID, 1, "no item 'acud'; did you mean 'acid'?"),
        (["--id", "b"], '[{"title": "x"}]', 1, "there is no item 'b' (none has an id)"),
        ([], b'[{"id": "\xff"}]', 1, "can't be read: it is not UTF-8"),
        ([], "\n \n", 3, "standard input: it is empty"),
        (["missing.json"], "", 4, "missing.json"),
        (["--rules", "missing"], ACID, 4, "missing"),
        (["--surface", "hom"], ACID, 2, "did you mean 'home'?"),
        (["--customer", "{"], ACID, 2, "--customer is no JSON"),
        (["--now", "soon"], ACID, 2, "2026-11-22T10:00:00Z"),
        (["--format", "xml"], ACID, 2, "'text', 'json'"),
    ],
)
def test_what_can_not_be_explained_is_told_with_what_would_be_right(
    run: Run, arguments: list[str], items: str | bytes, code: int, says: str
) -> None:
    """With the exit codes of the contract, and nothing on standard output."""
    result = run("explain", *arguments, stdin=items)
    assert result.exit_code == code
    assert result.stdout == ""
    assert says in result.stderr


@pytest.mark.usefixtures("rules")
def test_one_line_of_several_is_found_by_its_id(run: Run) -> None:
    """Lines that are no item are skipped on the way."""
    lines = f'{{"id": "x"}}\nnonsense\n{ACID}\n'
    found = json.loads(run("explain", "--id", "acid", "--format", "json", stdin=lines).stdout)
    assert found["item"]["title"] == "Folic acid"


@pytest.mark.usefixtures("rules")
def test_the_only_item_of_a_body_needs_no_id(run: Run, folder: Path) -> None:
    """As the app sent it, from a file."""
    (folder / "body.json").write_text(f'{{"items": [{ACID}]}}')
    assert run("explain", "body.json").stdout.startswith("Folic acid (acid)\n")


@pytest.mark.usefixtures("rules")
def test_nothing_of_the_customer_is_repeated_but_the_tolerance(run: Run) -> None:
    """Neither the id nor names; in both forms."""
    customer = '{"id": "c-1001", "names": ["Ada"], "places": ["Leeds"], "tolerance": 40}'
    for form in ("text", "json"):
        told = run("explain", "--customer", customer, "--format", form, stdin=ACID).stdout
        assert "the customer's own number" in told
        assert not {"c-1001", "Ada", "Leeds"}.intersection(re.findall(r"[\w-]+", told))


@pytest.mark.usefixtures("rules")
def test_an_items_words_do_not_steer_the_terminal(run: Run) -> None:
    """Nor do they make a page wider."""
    title = "\\u001b[2J" + "Folic acid \\n" * 3 + "x" * 200
    told = run("explain", stdin=f'{{"id": "acid", "title": "{title}", "signals": []}}').stdout
    assert "\x1b" not in told
    assert told.count("Folic acid") == 3
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.usefixtures("rules")
def test_the_catalogue_tells_what_an_item_is(run: Run, folder: Path) -> None:
    """What it joins weighs; what it does not know is said on standard error."""
    (folder / "items.csv").write_text("id,categories\np,health.pregnancy\n")
    signals = f'"signals": [{SEARCHED}]'
    known = run("explain", "--catalog", "items.csv", stdin=f'{{"id": "p", {signals}}}')
    assert "Categories: health.pregnancy." in known.stdout
    body = run("explain", "--catalog", "items.csv", stdin=f'[{{"id": "p", {signals}}}]')
    assert body.stdout == known.stdout
    unknown = run("explain", "--catalog", "items.csv", stdin=f'{{"id": "q", {signals}}}')
    assert "not in the catalogue items.csv, such as 'q'" in unknown.stderr
