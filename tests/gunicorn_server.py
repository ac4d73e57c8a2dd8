"""Two gunicorn workers on a free port of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def started(
    application: str, environ: Mapping[str, str], *options: str
) -> tuple[subprocess.Popen[str], int]:
    """The process, once it listens, and its port. Fails the test where it does not start."""
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, *options, application],
        cwd=ROOT,
        env={
            **os.environ,
            "GUARDRAIL_SECRET": "the-same-secret-for-every-worker-of-the-test",
            "GUARDRAIL_REDIS_TIMEOUT": "10",
            "PYTHONPATH": str(ROOT),
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line):
            return process, int(found[1])
    process.communicate(timeout=30)
    raise AssertionError(f"gunicorn did not start: {''.join(said[-20:])}")
