"""The app that the server runs put under load: Flask, `jsonify`, fifty items, guarded or not.

``BENCH_RULES`` names the rules of the guard; without it there is none. ``BENCH_SPIN``: so many
seconds an app without a guard computes nothing of use before each answer.
"""

from __future__ import annotations

import json
import os
import time
from itertools import count

from flask import Flask, Response, jsonify, request

from benchmarks import bodies
from guardrail import Guardrail

app = Flask("bench")
app.config["GUARDRAIL_UNKNOWN_IDENTITY"] = "allow"
_made = bodies.bodies(50, share=0.23)
_shelves = [json.loads(next(_made)) for _ in range(64)]
_turn = count()


_spin = float(os.environ.get("BENCH_SPIN", "0"))


@app.get("/home")
def home() -> Response:
    """A shelf, another one each time."""
    until = time.perf_counter() + _spin
    while _spin and time.perf_counter() < until:
        pass
    return jsonify(_shelves[next(_turn) % len(_shelves)])


if os.environ.get("BENCH_RULES"):
    guard = Guardrail(app, rules=os.environ["BENCH_RULES"])

    @guard.customer
    def current_customer() -> dict[str, str]:
        """Whoever the query names."""
        name = request.query_string.decode()
        return {"id": name, "tolerance": "balanced", "age_band": "adult"}
