"""How a target is started: with atheris, which watches what the code under test does."""

from __future__ import annotations

import sys
from collections.abc import Callable


def run(promise: Callable[[bytes], None]) -> None:
    """Fuzz ``promise`` with the arguments of the command line, libFuzzer's own."""
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, promise)
    atheris.Fuzz()
