"""Verdicts become bytes: items go, change or stay, and what stays is not written anew."""

from guardrail.act.blank import blank
from guardrail.act.cuts import Cuts
from guardrail.act.objects import apply_objects
from guardrail.act.placed import DROP, KEEP, Placed
from guardrail.act.splice import splice

__all__ = ["DROP", "KEEP", "Cuts", "Placed", "apply_objects", "blank", "splice"]
