"""Any file is read, or refused with problems that have a line and a column; nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fuzz.running import run
from guardrail.rulefile import check
from guardrail.rulefile.reader import read

FOLDER = Path(tempfile.mkdtemp(prefix="guardrail-fuzz-"))


def promise(data: bytes) -> None:
    """Read as a tree, then judged as a rule file."""
    document = read(data, "rules.yaml")
    for problem in document.problems:
        assert problem.line >= 1, problem
        assert problem.column >= 1, problem
    if document.problems:
        return
    path = FOLDER / "rules.yaml"
    path.write_bytes(data)
    for found in check([path]):
        assert found.text(), "a problem says what is wrong"


if __name__ == "__main__":
    run(promise)
