"""What somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection

_FEW = 16


def nearest(word: str, choices: Collection[str]) -> str | None:
    """The choice most like a word, in any case; None when none is near."""
    by_lower = {choice.lower(): choice for choice in sorted(choices)}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def did_you_mean(word: str, choices: Collection[str]) -> str:
    """``; did you mean 'x'?``, else the choices where they are few, else nothing."""
    near = nearest(word, choices)
    if near is not None:
        return f"; did you mean {near!r}?"
    if 0 < len(choices) <= _FEW:
        listed = choices if isinstance(choices, (tuple, list)) else sorted(choices)
        return f"; it is one of {', '.join(listed)}"
    return ""
