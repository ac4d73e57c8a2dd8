"""How an exception of our own is logged: its kind and place, never its text.

The text of an exception often repeats the value that it tripped over, and that may be a
customer's id.
"""

from __future__ import annotations

import logging
import traceback

log = logging.getLogger("guardrail")


def report(what: str, error: Exception) -> None:
    """Log that ``what`` failed, with the frames that led there."""
    frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    log.error("%s: %s (text withheld)\n%s", what, type(error).__name__, frames)
