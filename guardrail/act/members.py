"""Members of JSON objects go, change or are added; every other byte stays.

All functions take valid JSON and give valid JSON. A repeated key is treated at every place
where it stands, so that no reader, whichever one it takes, sees the old value.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from guardrail.extract.spans import Member, Span, members, skip_space

_OBJECT, _COMMA, _COLON, _QUOTE = b'{,:"'
_SPACE = b" \t\n\r"
Path = tuple[str, ...]


def rejoin(
    src: bytes, start: int, end: int, spans: Sequence[Span], chosen: Sequence[tuple[int, bytes]]
) -> bytes:
    """The container ``src[start:end]`` with other contents, in its own spacing.

    ``spans`` are its parts, ``chosen`` the index and the new bytes of those that shall stand
    in it, in order; a part that is new has the index -1. A part keeps the separator before it;
    one that had none takes the container's first.
    """
    if not chosen:
        tail = spans[-1][1] if spans else start + 1
        return src[start : start + 1] + src[tail:end]
    if not spans:
        return src[start : start + 1] + b",".join(text for _, text in chosen) + src[start + 1 : end]
    first = src[spans[0][1] : spans[1][0]] if len(spans) > 1 else b","
    out = [src[start : spans[0][0]], chosen[0][1]]
    for index, text in chosen[1:]:
        out.append(src[spans[index - 1][1] : spans[index][0]] if index > 0 else first)
        out.append(text)
    out.append(src[spans[-1][1] : end])
    return b"".join(out)


def without(raw: bytes, paths: Sequence[Path]) -> bytes:
    """The JSON value without the members at those paths; what is no object stays as it is."""
    if raw[0] != _OBJECT:
        return raw
    if len(paths) == 1 and len(paths[0]) == 1:
        quick = _without_text(raw, msgspec.json.encode(paths[0][0]))
        if quick is not None:
            return quick
    found, end = members(raw)
    chosen = []
    for index, (key, start, value, stop) in enumerate(found):
        inner = [path[1:] for path in paths if path[0] == key]
        if not inner:
            chosen.append((index, raw[start:stop]))
        elif () not in inner:
            chosen.append((index, raw[start:value] + without(raw[value:stop], inner)))
    return rejoin(raw, 0, end, _spans(found), chosen)


def _without_text(raw: bytes, key: bytes) -> bytes | None:
    """The object without that member where it is a text, stands once, behind another one and
    before everything that holds more; None where that can't be told quickly.
    """
    at = raw.find(key)
    if b"\\" in raw or raw.find(key, at + 1) >= 0:
        return None
    if at < 0:
        return raw
    before = raw[:at].rstrip(_SPACE)
    if before[-1] != _COMMA or before.find(b"{", 1) > 0 or b"[" in before:
        return None
    colon = skip_space(raw, at + len(key))
    value = skip_space(raw, colon + 1)
    if raw[colon] != _COLON or raw[value] != _QUOTE:
        return None
    return before[:-1].rstrip(_SPACE) + raw[raw.index(b'"', value + 1) + 1 :]


def with_value(raw: bytes, path: Path, value: bytes) -> bytes:
    """The JSON object with that value at the path; objects on the way are made where none are."""
    found, end = members(raw)
    chosen = []
    for index, (key, start, begin, stop) in enumerate(found):
        text = raw[start:stop]
        if key == path[0]:
            text = raw[start:begin] + _inner(raw[begin:stop], path[1:], value)
        chosen.append((index, text))
    if all(key != path[0] for key, *_ in found):
        name = msgspec.json.encode(path[0])
        chosen.append((-1, name + b":" + _inner(b"{}", path[1:], value)))
    return rejoin(raw, 0, end, _spans(found), chosen)


def with_value_in(body: bytes, path: Path, value: bytes) -> bytes:
    """A whole body with that value at the path; white space around it stays."""
    inner = body.strip(_SPACE)
    before, _, after = body.partition(inner)
    return before + with_value(inner, path, value) + after


def carried(old: bytes, new: bytes, keys: Sequence[str]) -> bytes:
    """The JSON object ``new`` with the values that ``old`` has at those keys of its top level."""
    if keys and old[0] == _OBJECT:
        for key, _, begin, stop in members(old)[0]:
            if key in keys:
                new = with_value(new, (key,), old[begin:stop])
    return new


def _inner(old: bytes, path: Path, value: bytes) -> bytes:
    if not path:
        return value
    return with_value(old if old[0] == _OBJECT else b"{}", path, value)


def _spans(found: Sequence[Member]) -> list[Span]:
    return [(start, end) for _, start, _, end in found]
