"""Which surface a request belongs to: by method and path, patterns included."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from msgspec.structs import replace

from guardrail.ruleset import Surface

_REMEMBERED = 4_096
_LONGEST_REMEMBERED = 1_024
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
_NEW: Any = object()
_Pattern = tuple[re.Pattern[str], frozenset[str], Surface]
_Seen = dict[tuple[str, str], Surface | None]
_PARAMETERS = re.compile(r";[^/]*")


class Routes:
    """The surfaces of a rule set that guard a path. Exact paths win over patterns."""

    def __init__(self, surfaces: Iterable[Surface]) -> None:
        self._exact: dict[tuple[str, str], Surface] = {}
        self._patterns: list[_Pattern] = []
        self._seen: _Seen = {}
        self._alike: list[_Pattern] = []
        for surface in surfaces:
            if surface.path is None:
                continue
            methods = frozenset(surface.methods) | ({"HEAD"} if "GET" in surface.methods else set())
            lenient = replace(surface, on_failure="pass", ask_for=None)
            self._alike.append((_compile(plain_spelling(surface.path)), methods, lenient))
            if "*" in surface.path:
                self._patterns.append((_compile(surface.path), methods, surface))
            else:
                for method in methods:
                    self._exact.setdefault((method, surface.path), surface)

    def of(self, method: str, path: str) -> Surface | None:
        """What `find` says of a request, else what `find_alike` does; remembered."""
        key = (method, path)
        known: Surface | None = self._seen.get(key, _NEW)
        if known is _NEW:
            known = self.find(method, path) or self.find_alike(method, path)
            if len(path) <= _LONGEST_REMEMBERED:
                if len(self._seen) >= _REMEMBERED:
                    self._seen.clear()
                self._seen[key] = known
        return known

    def find(self, method: str, path: str) -> Surface | None:
        """The surface for a request, None where nothing guards it."""
        return self._exact.get((method, path)) or _first(self._patterns, method, path)

    def find_alike(self, method: str, path: str) -> Surface | None:
        """The surface of a request that `find` knows nothing of, but some apps would answer alike.

        The path is read as the most lenient app reads it, and ``get`` as GET. It may still be
        another page, so what can't be judged there passes: `on_failure` of the surface is
        ``pass``. Nor is anything else asked of it: it has no ``ask_for``.
        """
        return _first(self._alike, method.upper(), plain_spelling(path))


def _first(patterns: Iterable[_Pattern], method: str, path: str) -> Surface | None:
    return next((s for form, verbs, s in patterns if method in verbs and form.match(path)), None)


def plain_spelling(path: str) -> str:
    """The path as the most lenient app reads it.

    No scheme and host before it, percent signs decoded once more, no ``;parameters``, no empty
    and no dot segments, no dots or spaces at the end, backslashes as slashes, in lower case.
    """
    text = _PARAMETERS.sub("", unquote(_ORIGIN.sub("", path, count=1))).replace("\\", "/")
    kept: list[str] = []
    for segment in text.split("/"):
        name = segment.strip()
        if name == "..":
            del kept[-1:]
        elif name := name.rstrip("."):
            kept.append(name)
    return "/" + "/".join(kept).casefold()


def _compile(pattern: str) -> re.Pattern[str]:
    """``*`` stands for one segment (or a part of it), ``**`` for any number of them."""
    parts = re.split(r"(/\*\*(?=/|$)|\*\*|\*)", pattern)
    forms = {"/**": r"(?:/.*)?", "**": r".*", "*": r"[^/]*"}
    return re.compile(
        "".join(forms.get(part, re.escape(part)) for part in parts) + r"\Z", re.DOTALL
    )
