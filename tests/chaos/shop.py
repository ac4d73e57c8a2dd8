"""The real middleware around a small app, with a proxy between it and a real Redis."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from guardrail import GuardrailMiddleware
from guardrail.service import Guard

TIMEOUT = 0.2
"""Seconds. Longer than the default, so that a busy machine is not taken for a slow Redis."""
LIMIT = 5
RULES = f"""\
guardrail: 1
surfaces:
  ads:
    match: {{path: /ads}}
    kind: ad
    treatments: []
rules:
  - id: campaign
    kind: frequency_cap
    per: campaign
    max_impressions: {LIMIT}
    window: 24h
    on_failure: ON_FAILURE
"""


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Two ads, for whoever the query names."""
    environ["guardrail.customer"] = {"id": environ["QUERY_STRING"]}
    items = [{"id": f"ad-{c}", "campaign": c, "signals": []} for c in ("boots", "kettles")]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"items": items}).encode()]


class Shop:
    """A guarded app, what it showed to whom, and how long each page took."""

    def __init__(self, folder: Path, url: str, on_failure: str) -> None:
        folder.mkdir()
        (folder / "rules.yaml").write_text(RULES.replace("ON_FAILURE", on_failure))
        self._app = GuardrailMiddleware(
            app,
            rules=folder,
            redis_url=url,
            secret="a secret for chaos alone",
            redis_timeout=TIMEOUT,
        )
        self.guard: Guard = self._app.guard
        self.shown: Counter[tuple[str, str]] = Counter()
        self.seconds: list[float] = []
        self.later = 0.0
        connection = self.guard._stores._connection
        assert connection is not None
        connection._clock = lambda: time.monotonic() + self.later
        self.connection = connection

    def page(self, customer: str) -> list[str]:
        """The campaigns on one page, which must be whole whatever happens."""
        statuses: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/ads",
            "QUERY_STRING": customer,
            "SERVER_NAME": "shop",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
        }
        began = time.perf_counter()
        answer = self._app(environ, lambda status, _headers, _info=None: statuses.append(status))
        body = b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        self.seconds.append(time.perf_counter() - began)
        assert statuses == ["200 OK"]
        campaigns = [item["campaign"] for item in json.loads(body)["items"]]
        self.shown.update((customer, campaign) for campaign in campaigns)
        return campaigns

    def pages(self, count: int, customers: int = 20) -> list[float]:
        """So many pages for customers in turn: the seconds that each took."""
        self.seconds.clear()
        for k in range(count):
            self.page(f"customer-{k % customers}")
        return list(self.seconds)

    def state(self) -> str:
        """That of the breaker."""
        return self.connection.breaker.state(self.connection._clock())

    def caps(self) -> dict[str, int]:
        """What became of impressions."""
        self.guard.refresh()
        return self.guard.stats(0).caps.get("campaign", {})

    def close(self) -> None:
        """Let go of everything."""
        self.guard.close()
