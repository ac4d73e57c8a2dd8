"""A service over the small rule set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrail.serve import ReviewService
from tests.serve.asking import make_service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ReviewService]:
    made = make_service(tmp_path)
    yield made
    made.close()
