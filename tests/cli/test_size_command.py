"""`guardrail size`: what to provision, for a person and for a program."""

import json
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "rules"


def test_a_page_says_what_to_provision(run):
    """Counters by rule, memory, calls, cores and network."""
    result = run("size", "--rules", str(RULES), "--customers", "100M")
    assert result.exit_code == 0
    assert result.output.startswith("100,000,000 customers, 5 responses a day of 5 items\n")
    for word in ("cap-ad-item", "to provision", "GiB", "calls at the peak", "cores", "Mbit/s"):
        assert word in result.output


def test_more_than_a_customer_can_hold_is_said(run):
    """A hundred full pages a day: what could not be counted would be withheld."""
    for responses, items, crowded in (("100", "50", True), ("20", "20", False)):
        arguments = ("--customers", "1M", "--responses", responses, "--items", items)
        result = run("size", "--rules", str(RULES), *arguments)
        assert ("capped items will be withheld" in result.output) is crowded


def test_as_json_every_number_is_there(run):
    """With what was given, so that it can be kept."""
    result = run(
        "size",
        "--rules",
        str(RULES),
        "--customers",
        "1e6",
        "--format",
        "json",
        "--distinct",
        "campaign=50",
        "--responses",
        "2.5",
    )
    said = json.loads(result.output)
    assert said["given"]["customers"] == 1_000_000
    assert said["given"]["distinct"]["campaign"] == 50
    assert said["memory_bytes"] < said["provision_bytes"]
    assert 8 < said["bytes_per_counter"] < 40
    assert {one["rule"] for one in said["counting"]} >= {"cap-ad-item", "cap-ad-vice"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "--customers"),
        (["--customers", "many"], 2, "250000, 250k or 100M"),
        (["--customers", "0"], 2, "at least 1"),
        (["--customers", "5", "--distinct", "creativ=4"], 2, "did you mean 'creative'"),
        (["--customers", "5", "--distinct", "item"], 2, "no number"),
        (["--customers", "5", "--rules", "/nowhere"], 4, "/nowhere"),
    ],
)
def test_what_can_not_be_meant_is_said(run, arguments, code, words):
    """With the right form."""
    if "--rules" not in arguments:
        arguments = [*arguments, "--rules", str(RULES)]
    result = run("size", *arguments)
    assert result.exit_code == code
    assert words in result.output


def test_rules_that_count_nothing_need_no_ledger(run, tmp_path):
    """Exit 3: there is nothing to add up."""
    (tmp_path / "none.yaml").write_text("guardrail: 1\n")
    result = run("size", "--rules", str(tmp_path / "none.yaml"), "--customers", "9")
    assert result.exit_code == 3
    assert "no rule counts anything" in result.output
