"""The whole story of one response: extract -> enrich -> score -> decide -> reserve -> act.

It runs in two halves, because counting first and checking later would race: `first_pass` gives
verdicts and the impressions to reserve; the caller reserves them in one atomic batch;
`second_pass` finishes with the grants. Nothing here reads a clock, a network or a file.
"""

from guardrail.pipeline.draft import Draft, Entry, Request
from guardrail.pipeline.first import first_pass
from guardrail.pipeline.result import Result
from guardrail.pipeline.second import second_pass

__all__ = ["Draft", "Entry", "Request", "Result", "first_pass", "second_pass"]
