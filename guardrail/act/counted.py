"""The numbers that a body states of its items are kept true."""

from __future__ import annotations

import msgspec

from guardrail.act.members import with_value_in
from guardrail.extract.paths import field_path
from guardrail.extract.spans import members
from guardrail.ruleset import Surface


def counted(body: bytes, surface: Surface, sent: int, shown: int) -> bytes:
    """The body with ``shown`` where the surface's ``count_fields`` said ``sent``.

    A field that says another number counts something else (all results there are), and stays.
    """
    for text in surface.count_fields if sent != shown else ():
        path = field_path(text)
        if _at(body, path) == str(sent).encode():
            body = with_value_in(body, path, msgspec.json.encode(shown))
    return body


def echoed(body: bytes, surface: Surface) -> bytes:
    """The body with what the request asked for where the app repeats what the guard asked for."""
    more = surface.ask_for
    for text in more.echo if more is not None and more.asked is not None else ():
        path = field_path(text)
        if more is not None and _at(body, path) == str(more.asked).encode():
            body = with_value_in(body, path, msgspec.json.encode(more.stated))
    return body


def _at(body: bytes, path: tuple[str, ...]) -> bytes | None:
    """The bytes of the value at a path of objects; of a repeated key the last, as readers do."""
    found: bytes | None = body.strip(b" \t\n\r")
    for key in path:
        if found is None or found[:1] != b"{":
            return None
        values = [found[start:end] for name, _, start, end in members(found)[0] if name == key]
        found = values[-1] if values else None
    return found
