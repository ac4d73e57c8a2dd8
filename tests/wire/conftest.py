"""Guards that pass, and guards that blank, what can't be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wire_shop import WsgiApp, rules_in

from guardrail import GuardrailMiddleware

Wrap = Callable[[WsgiApp], GuardrailMiddleware]


@pytest.fixture
def guarded_by(tmp_path: Path) -> Iterator[Callable[..., Wrap]]:
    """``guarded_by("blank")(app)``: the app behind a guard with that ``on_failure``.

    Within one test the same words give the same guard.
    """
    guards: dict[str, Any] = {}

    def by(on_failure: str, **settings: Any) -> Wrap:
        folder = tmp_path / on_failure
        if not folder.exists():
            folder.mkdir()
            rules_in(folder, on_failure)
        key = f"{on_failure} {settings}"

        def wrap(inner: WsgiApp) -> GuardrailMiddleware:
            if key in guards:
                return GuardrailMiddleware(inner, guard=guards[key])
            middleware = GuardrailMiddleware(inner, rules=str(folder), **settings)
            guards[key] = middleware.guard
            return middleware

        return wrap

    yield by
    for guard in guards.values():
        guard.close()
