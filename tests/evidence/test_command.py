"""``guardrail evidence`` and ``guardrail taxonomy`` as a person calls them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from guardrail.cli import main
from tests.evidence.published import ROOT, write_all

RULES = str(ROOT / "rules")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GUARDRAIL_EVIDENCE_DIR", raising=False)

    def call(*arguments):
        result = CliRunner().invoke(main, arguments, prog_name="guardrail")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    return call


def test_the_page_names_every_data_set_and_its_figures(run, tmp_path):
    """Agreement, recognition, the ordinary catalogue."""
    result = run("evidence", "--rules", RULES, str(write_all(tmp_path)))
    assert result.exit_code == 0
    for told in (
        "acceptability XX: 4 cases (shares)",
        "Spearman",
        "RMSE",
        "pairs in the right order",
        "passing on scored higher where people like it less: 100.0 % (2 of 2)",
        "recall by terms: 25.0 % (1 of 4)",
        "recall by terms and hints: 50.0 % (2 of 4)",
        "Garden gnomes (not recognised by a term)",
        "precision of recognition over all texts: 100.0 % (1 of 1)",
        "balanced (68) touches 0.0 %",
    ):
        assert told in result.output


def test_json_says_the_same(run, tmp_path):
    """And is JSON; the folder may come from the environment."""
    page = run("evidence", "--rules", RULES, "--format", "json", str(write_all(tmp_path)))
    told = json.loads(page.output)
    assert told["revision"].startswith("sha256:")
    flows = next(one for one in told["sets"] if one["name"] == "flows")
    assert flows["signs"] == {"value": 1.0, "right": 2, "of": 2}
    assert flows["spearman"]["low"] <= flows["spearman"]["value"]


def test_the_folder_may_come_from_the_environment(run, tmp_path, monkeypatch):
    """GUARDRAIL_EVIDENCE_DIR."""
    monkeypatch.setenv("GUARDRAIL_EVIDENCE_DIR", str(write_all(tmp_path)))
    assert run("evidence", "--rules", RULES).exit_code == 0


def test_the_chart_has_a_point_for_each_rated_case(run, tmp_path):
    """Well-formed, with the case named in each point; texts have no rating."""
    folder = write_all(tmp_path)
    assert run("evidence", "--rules", RULES, str(folder), "--svg", "chart.svg").exit_code == 0
    svg = ET.fromstring((tmp_path / "chart.svg").read_text())
    points = [e for e in svg.iter() if e.tag.endswith("circle") and len(e)]
    assert len(points) == 4 + 3 + 3 * 3 + 4 + 7 + 4


def test_the_curve_marks_each_preset(run, tmp_path):
    """A staircase that never rises, and the figure of each preset beside its line."""
    folder = write_all(tmp_path)
    told = json.loads(run("evidence", "--rules", RULES, str(folder), "--format", "json").output)
    assert run("evidence", "--rules", RULES, str(folder), "--curve", "curve.svg").exit_code == 0
    svg = ET.fromstring((tmp_path / "curve.svg").read_text())
    (stairs,) = (e for e in svg.iter() if e.tag.endswith("polyline"))
    heights = [float(point.partition(",")[2]) for point in stairs.attrib["points"].split()]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1]
    texts = [e.text for e in svg.iter() if e.tag.endswith("text")]
    for name, tolerance in (("strict", 58), ("balanced", 68), ("relaxed", 74)):
        share = told["ordinary"]["touched"][f"{tolerance:.1f}"]
        assert f"{name} ({tolerance}): {share:.1%}" in texts


def test_without_harmless_texts_there_is_no_curve(run, tmp_path):
    """Exit 3, and what would be needed."""
    (tmp_path / "own.csv").write_text("id,rating,data\na,10,cart\nb,50,health\n")
    result = run("evidence", "--rules", RULES, str(tmp_path / "own.csv"), "--curve", "c.svg")
    assert (result.exit_code, "table of harmless texts" in result.stderr) == (3, True)


def test_a_chart_that_cannot_be_written_is_exit_4(run, tmp_path):
    """One line, no traceback."""
    result = run("evidence", "--rules", RULES, str(write_all(tmp_path)), "--svg", "no/such/x.svg")
    assert result.exit_code == 4


def test_sensitivity_names_the_weights_on_which_verdicts_hang(run, tmp_path):
    """Only weights that move a score, those without a figure marked."""
    folder = write_all(tmp_path)
    result = run("evidence", "--rules", RULES, str(folder), "--sensitivity", "--format", "json")
    weights = {one["name"]: one for one in json.loads(result.output)["weights"]}
    assert weights["source-religion"]["flips"] > 0
    assert weights["source-device"]["judgement"] is True
    assert "source-typing" not in weights
    page = run("evidence", "--rules", RULES, str(folder), "--sensitivity").output
    assert "verdicts that change when one weight is a fifth lighter or heavier" in page


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 3),
        (["empty"], 3),
        (["missing"], 4),
        (["wrong.csv"], 1),
        (["--format", "xml"], 2),
    ],
)
def test_exit_codes(run, tmp_path, arguments, code):
    """Nothing to look at, can't be read, wrong, badly asked."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.csv").write_text("# kind: votes\nid,rating,data\n")
    assert run("evidence", "--rules", RULES, *arguments).exit_code == code


def test_a_file_of_no_known_layout_is_named(run, tmp_path):
    """On standard error, and the rest goes on."""
    (write_all(tmp_path) / "else.csv").write_text("a,b\n1,2\n")
    result = run("evidence", "--rules", RULES, str(tmp_path))
    assert result.exit_code == 0
    assert "else.csv: its columns are of no known layout" in result.stderr


TAXONOMIES = {
    "parents.csv": "id,parent,name\n1,,Pharmacy\n2,1,Pregnancy tests\n3,2,Digital\nx-4,,Kettles\n"
    "x-5,x-6,Breast pumps\nx-6,x-5,Nursery\n",
    "tiers.tsv": "Some line\nUnique ID\tParent ID\tTier 1\tTier 2\tTier 3\n"
    "1\t\tPharmacy\n2\t1\tPharmacy\tPregnancy tests\n"
    "3\t2\tPharmacy\tPregnancy tests\tDigital\nx-4\t\tKettles\nx-5\t\tBreast pumps\n",
}


@pytest.mark.parametrize("name", TAXONOMIES)
def test_an_own_taxonomy_is_mapped_by_its_names(run, tmp_path, name):
    """Descendants too, hints as proxies, ids that are no numbers in quotes; circles end."""
    (tmp_path / name).write_text(TAXONOMIES[name])
    result = run("taxonomy", "--rules", RULES, name)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    at = lines.index("  health.pregnancy:")
    assert lines[at + 1 : at + 5] == [
        "    ids:",
        "      custom:",
        '        - 2  # Pregnancy tests (says "pregnancy")',
        '        - 3  # Digital (says "pregnancy")',
    ]
    assert '        - "x-5"  # Breast pumps (says "breast pump")' in lines
    assert "Kettles" not in result.stdout


def test_what_is_proposed_is_a_rule_file_when_pasted(run, tmp_path):
    """Under `categories:` it is read without a problem."""
    (tmp_path / "own.csv").write_text(TAXONOMIES["parents.csv"])
    told = run("taxonomy", "--rules", RULES, "own.csv").stdout
    (tmp_path / "pasted.yaml").write_text(f"guardrail: 1\ncategories:\n{told}")
    assert run("check", "pasted.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n", 1),
        (b"\xff\xfe", 1),
        ("id,name\n", 3),
        ("id,name\n1,Kettles\n", 3),
        (None, 4),
    ],
)
def test_exit_codes_of_taxonomy(run, tmp_path, text, code):
    """No header, no text, no node, nothing recognised, no file."""
    if text is not None:
        (tmp_path / "own.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert run("taxonomy", "--rules", RULES, "own.csv").exit_code == code
