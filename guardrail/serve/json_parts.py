"""JSON taken apart without being written anew: what is shown later is cut from these bytes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from guardrail.config import suggestion
from guardrail.extract import spans
from guardrail.extract.read import BOM, SPACE, whole_characters
from guardrail.extract.spans import elements_as_parsed, read_key, skip_comma, skip_space
from guardrail.serve.refused import step, wrong

_OBJECT_END = 0x7D


class Json(NamedTuple):
    """A JSON value: ``sent`` as it came, ``read`` the same length as it is parsed.

    They differ only where half of a surrogate pair was sent, which browsers write and the
    parser does not read.
    """

    sent: bytes
    read: bytes

    @property
    def is_object(self) -> bool:
        """Whether it is an object."""
        return self.read[:1] == b"{"

    @property
    def is_array(self) -> bool:
        """Whether it is an array."""
        return self.read[:1] == b"["

    def value(self) -> Any:
        """The value as plain data."""
        return msgspec.json.decode(self.read)

    def part(self, start: int, end: int) -> Json:
        """What stands there."""
        return Json(self.sent[start:end], self.read[start:end])


def parse(raw: bytes) -> Json:
    """The one JSON value of a request. Raises `Refused` (400)."""
    sent = raw.removeprefix(BOM).strip(SPACE)
    if not sent:
        raise wrong('the body is empty; send a JSON object such as {"items": [{"id": "sku-1"}]}')
    try:
        sent.decode()
    except UnicodeDecodeError as fault:
        raise wrong(f"the body is not UTF-8 (byte {fault.start})") from None
    for read in (sent, whole_characters(sent)):
        try:
            msgspec.json.decode(read, type=msgspec.Raw)
        except RecursionError:
            raise wrong("the JSON is nested too deep to be read") from None
        except msgspec.DecodeError as fault:
            said = str(fault).removeprefix("JSON is malformed: ")
        else:
            return Json(sent, read)
    raise wrong(f"the body is not JSON: {said}")


def members(json: Json, known: Collection[str]) -> dict[str, Json]:
    """The members of an object. Raises `Refused`: no object, an unknown key, one given twice."""
    if not json.is_object:
        raise wrong("a JSON object is expected here")
    values = msgspec.json.decode(json.read, type=dict[str, msgspec.Raw])
    for key in values:
        if key not in known:
            near = suggestion(key, known) or f"; it may have {', '.join(known)}"
            raise wrong(f"there is no such key{near}", step(key))
    found: dict[str, Json] = {}
    at = skip_space(json.read, 1)
    while json.read[at] != _OBJECT_END:
        key, start = read_key(json.read, at)
        end = start + len(bytes(values[key]))
        at = skip_comma(json.read, end)
        ends_here = at > end or json.read[at] == _OBJECT_END
        # Of a repeated key the parser keeps the last value, which does not stand here then.
        if key in found or json.read[start:end] != bytes(values[key]) or not ends_here:
            raise wrong("this key is given twice", step(key))
        found[key] = json.part(start, end)
    return found


def elements(json: Json) -> list[Json]:
    """The elements of an array."""
    values = msgspec.json.decode(json.read, type=list[msgspec.Raw])
    found = elements_as_parsed(json.read, 0, values) or spans.elements(json.read, 0)
    return [json.part(start, end) for start, end in found[0]]
