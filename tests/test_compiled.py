"""The compiled parts: there where they can be, and never needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from guardrail.caps import asked, plan, redis
from guardrail.extract import scan

ROOT = Path(__file__).resolve().parent.parent
WITHOUT = """
import sys
sys.modules["guardrail.extract.scanner"] = sys.modules["guardrail.caps.packing"] = None
sys.modules["guardrail.caps.reckoning"] = sys.modules["guardrail.caps.counting"] = None
from guardrail.extract import scan
from guardrail.caps import asked, plan, redis
assert asked.compiled is None
assert scan.compiled is None and plan.compiled is None and redis.compiled is None
from guardrail.service import Guard
guard = Guard.from_arguments({"rules": sys.argv[1], "unknown_identity": "allow"})
surface = guard.surface_for("GET", "/api/recommendations")
body = b'{"items":[{"id":"a","title":"Kettle","signals":[]},{"id":"b","title":"Tea","signals":[]}]}'
answer = guard.answer(body, surface, customer={"id": "c-1"})
sent = b'{"items":[{"id":"a","title":"Kettle"},{"id":"b","title":"Tea"}]}'
assert answer.body == sent, answer.body
assert answer.decision.counts["allow"] == 2
"""
RULES = """guardrail: 1
surfaces:
  home: {match: {path: /api/recommendations, methods: [GET]}}
rules:
  - {id: cap, kind: frequency_cap, per: item, max_impressions: 3, window: 24h}
"""


def test_what_is_released_is_tested_with_its_compiled_parts() -> None:
    """A run that leaves them out would say nothing of them."""
    if not os.environ.get("CI"):
        pytest.skip("they are compiled where there is a C compiler; in CI there is one")
    assert scan.compiled is not None
    assert plan.compiled is not None
    assert asked.compiled is not None
    assert redis.compiled is not None


def test_without_compiled_parts_a_response_is_guarded_all_the_same(tmp_path: Path) -> None:
    """Read and counted in Python."""
    (tmp_path / "rules.yaml").write_text(RULES)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
