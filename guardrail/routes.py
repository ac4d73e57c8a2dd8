"""Which surface a request belongs to: by method and path, patterns included."""

from __future__ import annotations

import re
from collections.abc import Iterable

from guardrail.ruleset import Surface

_REMEMBERED = 4_096


class Routes:
    """The surfaces of a rule set that guard a path. Exact paths win over patterns."""

    def __init__(self, surfaces: Iterable[Surface]) -> None:
        self._exact: dict[tuple[str, str], Surface] = {}
        self._patterns: list[tuple[re.Pattern[str], frozenset[str], Surface]] = []
        self._seen: dict[tuple[str, str], Surface | None] = {}
        for surface in surfaces:
            if surface.path is None:
                continue
            methods = frozenset(surface.methods) | ({"HEAD"} if "GET" in surface.methods else set())
            if "*" in surface.path:
                self._patterns.append((_compile(surface.path), methods, surface))
            else:
                for method in methods:
                    self._exact.setdefault((method, surface.path), surface)

    def find(self, method: str, path: str) -> Surface | None:
        """The surface for a request, None where nothing guards it."""
        exact = self._exact.get((method, path))
        if exact is not None or not self._patterns:
            return exact
        key = (method, path)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = next(
                (
                    s
                    for form, methods, s in self._patterns
                    if method in methods and form.match(path)
                ),
                None,
            )
        return self._seen[key]


def _compile(pattern: str) -> re.Pattern[str]:
    """``*`` stands for one segment (or a part of it), ``**`` for any number of them."""
    parts = re.split(r"(/\*\*(?=/|$)|\*\*|\*)", pattern)
    forms = {"/**": r"(?:/.*)?", "**": r".*", "*": r"[^/]*"}
    return re.compile(
        "".join(forms.get(part, re.escape(part)) for part in parts) + r"\Z", re.DOTALL
    )
