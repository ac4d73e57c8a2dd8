"""The line that tells how far a long work is, and columns of text."""

from __future__ import annotations

import io

from guardrail.cli.table import columns
from guardrail.cli.waiting import Waiting


class Terminal(io.StringIO):
    """A screen that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_who_waits_at_a_terminal_sees_how_far_it_is() -> None:
    """The line is drawn again only when it says something new, and is gone in the end."""
    screen = Terminal()
    waiting = Waiting(screen, patience=0)
    waiting.at("one fact left out", 1, 4)
    drawn = screen.getvalue()
    assert drawn == "\rone fact left out ███████·······················  25 %"
    waiting.at("one fact left out", 1, 4)
    assert screen.getvalue() == drawn
    waiting.end()
    assert screen.getvalue() == drawn + "\r\x1b[K"


def test_short_works_and_pipes_see_nothing() -> None:
    """Nothing is drawn, so nothing is taken away."""
    for screen, patience in ((Terminal(), 60.0), (io.StringIO(), 0.0)):
        waiting = Waiting(screen, patience)
        waiting.at("one fact left out", 1, 4)
        waiting.end()
        assert screen.getvalue() == ""


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    """Under their heads; no head without rows."""
    assert list(columns(("rule", "items"), [("a", "1,000"), ("long", "-")])) == [
        "rule  items",
        "a     1,000",
        "long      -",
    ]
    assert list(columns(("rule", "items"), [])) == []
