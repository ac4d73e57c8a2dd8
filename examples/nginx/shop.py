"""A shop whose ads are capped: three of each campaign a day, over all workers of all groups."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from guardrail import GuardrailMiddleware

HERE = Path(__file__).parent


def shop(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Two ads for whoever the query names, and which group answered."""
    environ["guardrail.customer"] = {"id": environ["QUERY_STRING"]}
    items = [
        {"id": "ad-1", "title": "Boots", "campaign": "boots", "signals": []},
        {"id": "ad-2", "title": "Kettle", "campaign": "kettles", "signals": []},
    ]
    headers = [
        ("Content-Type", "application/json"),
        ("X-Group", os.environ.get("SHOP_GROUP", "")),
    ]
    start_response("200 OK", headers)
    return [json.dumps({"items": items}).encode()]


application = GuardrailMiddleware(shop, rules=HERE / "rules")
