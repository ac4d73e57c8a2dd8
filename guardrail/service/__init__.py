"""The one place that wires rules, ledger, choices and record to the pipeline."""

from guardrail.service.guard import Answer, Guard

__all__ = ["Answer", "Guard"]
