"""A shop with the shipped rules, counting in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shop_page import ROOT

# The shop is no part of the package, so it is importable from the repository alone.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests reaches the shop."""
    for name in ("RULES", "REDIS_URL", "MODE", "SECRET", "ON_FAILURE"):
        monkeypatch.delenv(f"GUARDRAIL_{name}", raising=False)


@pytest.fixture
def app() -> Iterator[Flask]:
    from example_app.app import create_app

    app = create_app()
    yield app
    app.extensions["guardrail"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
