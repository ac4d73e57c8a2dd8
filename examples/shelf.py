"""What every example shop sells, and for whom: made up, and the same everywhere."""

from __future__ import annotations

RULES = "rules/"
"""The rules that come with the project; they guard ``/api/recommendations``."""
CUSTOMER = {"id": "c-1001", "tolerance": "balanced", "age_band": "adult"}
ITEMS = {
    "items": [
        {"id": "hose-1", "title": "Garden hose", "signals": []},
        {
            "id": "folic-1",
            "title": "Folic acid, 90 tablets",
            "categories": ["health.pregnancy"],
            "signals": [{"data": "search_history", "method": "inferred", "party": "third"}],
        },
    ]
}
