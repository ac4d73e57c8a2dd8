"""Which facts reach the rules, which rules wait for one in vain, and which facts nothing needs."""

from guardrail.facts.minimise import Log, Minimised, minimise
from guardrail.facts.names import STATES
from guardrail.facts.report import SurfaceFacts, report_on
from guardrail.facts.tally import Tally, tally

__all__ = [
    "STATES",
    "Log",
    "Minimised",
    "SurfaceFacts",
    "Tally",
    "minimise",
    "report_on",
    "tally",
]
