"""The example shops of every framework run, and are guarded."""

from __future__ import annotations

import importlib
import io
import json
import warnings
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

ROOT = Path(__file__).parents[2]
SHOPS = ["flask", "wsgi", "bottle", "django", "fastapi"]


@pytest.fixture(params=SHOPS)
def shop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    for name in ("GUARDRAIL_RULES", "GUARDRAIL_REDIS_URL", "GUARDRAIL_MODE"):
        monkeypatch.delenv(name, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the frameworks' own
        return importlib.import_module(f"examples.{request.param}_shop").application


def get(application: Any, path: str, **extra: str) -> tuple[str, dict[str, str], bytes]:
    environ: dict[str, Any] = {"SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "", **extra}
    setup_testing_defaults(environ)
    environ["wsgi.errors"] = io.StringIO()
    told: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        told[:] = [status, headers]

    iterable = application(environ, start_response)
    try:
        body = b"".join(iterable)
    finally:
        if hasattr(iterable, "close"):
            iterable.close()
    return told[0], {key.lower(): value for key, value in told[1]}, body


def test_a_shop_shows_what_may_be_shown(shop: Any) -> None:
    """The hose is there, the folic acid is not, and no signal leaves the building."""
    status, headers, body = get(shop, "/api/recommendations")
    assert status == "200 OK"
    ids = [item["id"] for item in json.loads(body)["items"]]
    assert "hose-1" in ids
    assert "folic-1" not in ids
    assert b"signals" not in body
    assert headers["content-length"] == str(len(body))
    assert headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in headers, "the customer has a name"


def test_a_shop_sends_no_half_and_no_old_list(shop: Any) -> None:
    """Whatever the framework makes of conditions, ranges and compression."""
    asked = {
        "HTTP_ACCEPT_ENCODING": "gzip",
        "HTTP_IF_NONE_MATCH": "*",
        "HTTP_RANGE": "bytes=0-9",
    }
    status, headers, body = get(shop, "/api/recommendations", **asked)
    assert (status, "etag" in headers, "content-encoding" in headers) == ("200 OK", False, False)
    assert b"folic-1" not in body
    assert b"hose-1" in body


def test_a_shop_answers_head(shop: Any) -> None:
    """Without a body; one that does not know HEAD says so itself."""
    status, _, body = get(shop, "/api/recommendations", REQUEST_METHOD="HEAD")
    assert (status[:3], body == b"") in (("200", True), ("405", False))


def test_every_framework_has_its_guide() -> None:
    """One page each."""
    for name in SHOPS:
        assert (ROOT / "docs" / "how-to" / f"{name}.md").is_file(), name
