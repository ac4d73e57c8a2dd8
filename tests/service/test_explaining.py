"""Whose tolerance it is, in words; the rest is told by the pages of `guardrail explain`."""

import pytest

from guardrail.customer import read_customer, resolve_tolerance
from guardrail.ruleset import RuleSet
from guardrail.service.explaining import tolerance_of

RULES = RuleSet(regions={"DE": 64.0, "US-CA": 60.0})


@pytest.mark.parametrize(
    ("customer", "tolerance", "whose"),
    [
        ({}, 68.0, "the preset 'balanced', of customers who chose none"),
        ({"jurisdiction": "DE"}, 64.0, "of customers in DE who chose none"),
        ({"jurisdiction": "US-CA"}, 60.0, "of customers in US-CA who chose none"),
        ({"jurisdiction": "DE-BY"}, 64.0, "of customers in DE who chose none"),
        ({"jurisdiction": "FR"}, 68.0, "the preset 'balanced', of customers who chose none"),
        ({"tolerance": 71.5}, 71.5, "the customer's own number"),
        ({"tolerance": "strict"}, 50.0, "the preset 'strict', the customer's own choice"),
        ({"tolerance": "lax"}, 50.0, "the strictest preset, as the customer's own can't be read"),
        ({"tolerance": 400}, 50.0, "the strictest preset, as the customer's own can't be read"),
    ],
)
def test_it_says_whose_the_number_is(customer, tolerance, whose):
    """Of the very number that is compared."""
    known, _ = read_customer(customer)
    assert resolve_tolerance(known, RULES)[0] == tolerance
    assert tolerance_of(known, RULES) == whose
