"""Middleware between recommendations or ads and the person who would see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guardrail.intercept.flask import Guardrail
    from guardrail.intercept.wsgi import GuardrailMiddleware
    from guardrail.tolerance import TOLERANCE_QUESTIONS, tolerance_from_answers

__version__ = "0.1.0"
__all__ = [
    "TOLERANCE_QUESTIONS",
    "Guardrail",
    "GuardrailMiddleware",
    "__version__",
    "tolerance_from_answers",
]

# The pure packages below are imported through this file, so it loads a shell only when asked.
_SHELLS = {
    "Guardrail": "guardrail.intercept.flask",
    "GuardrailMiddleware": "guardrail.intercept.wsgi",
    "TOLERANCE_QUESTIONS": "guardrail.tolerance",
    "tolerance_from_answers": "guardrail.tolerance",
}


def __getattr__(name: str) -> Any:
    if name not in _SHELLS:
        raise AttributeError(f"module 'guardrail' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_SHELLS[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_SHELLS})
