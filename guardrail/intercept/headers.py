"""Rules about response headers: what a body claims to be, and what holds after it was changed.

Headers are lists of (name, value) as in WSGI. Every function gives a new list; headers that it
does not speak of keep their order, spelling and value.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from guardrail.ruleset import Surface

Headers = list[tuple[str, str]]

STREAMS = frozenset(
    {
        "application/jsonl",
        "application/json-seq",
        "application/jsonlines",
        "application/ndjson",
        "application/x-jsonlines",
        "application/x-ndjson",
        "text/event-stream",
    }
)
ELSEWHERE = frozenset({"x-accel-redirect", "x-lighttpd-send-file", "x-sendfile"})
"""With these a web server in front sends a file of its own choice instead of the body."""
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})

# True of the bytes that the app made, not of those that go out.
_OF_THE_BODY = frozenset(
    {
        "accept-ranges",
        "content-digest",
        "content-encoding",
        "content-md5",
        "content-range",
        "digest",
        "etag",
        "last-modified",
        "repr-digest",
        "signature",
        "signature-input",
        # A server frames the body itself; an app that did so too speaks of its own bytes.
        "transfer-encoding",
        "trailer",
        *ELSEWHERE,
    }
)
_OF_A_HEAD = _OF_THE_BODY - {"content-encoding"} | {"content-length"}
_OF_A_STREAM = _OF_THE_BODY | {"content-length"}

# Shared caches obey some of these before Cache-Control.
_OF_CACHES = frozenset({"expires", "pragma", "surrogate-control", "x-accel-expires"})
_TARGETED = "cdn-cache-control"
_PRIVATE = ("Cache-Control", "private, no-store")
_NOTHING: frozenset[str] = frozenset()

_NAMED_SO = 256
"""So many ways are remembered in which apps name headers: what follows from it is the same."""


class _Rewriting(NamedTuple):
    """What becomes of headers with certain names. ``kept``: the places of those that stay, None =
    all of them do; then where among these the length and the word to caches come, and their names
    as they are spelt.
    """

    kept: tuple[int, ...] | None
    length: tuple[int, str] | None
    caches: tuple[int, tuple[str, str]] | None


class ContentType(NamedTuple):
    """A content type in lower case, without parameters but the charset ('' = not given).

    ``is_json``: ``application/json`` or anything that ends in ``+json``. ``is_stream``: records
    one after another, perhaps without an end. ``is_utf_8``: the charset is one that JSON may
    have; none given is UTF-8.
    """

    essence: str
    charset: str
    is_json: bool
    is_stream: bool
    is_utf_8: bool


def by_name(headers: Headers) -> dict[str, str]:
    """The first value of each header by its name in lower case; all codings of the body as one."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key == "content-encoding" and key in found:
            found[key] += "," + value
        else:
            found.setdefault(key, value)
    return found


@lru_cache(maxsize=256)
def content_type(value: str) -> ContentType:
    """What a ``Content-Type`` claims."""
    essence, *parameters = value.lower().split(";")
    charset = ""
    for parameter in parameters:
        key, _, said = parameter.partition("=")
        if key.strip() == "charset":
            charset = said.strip().strip("\"'")
            break
    essence = essence.strip()
    return ContentType(
        essence,
        charset,
        is_json=essence == "application/json" or essence.endswith("+json"),
        is_stream=essence in STREAMS,
        is_utf_8=not charset or charset in _UTF_8,
    )


def encodings(value: str) -> list[str]:
    """The codings in a ``Content-Encoding``, in the order they were applied, without identity."""
    names = (name.strip().lower() for name in value.split(","))
    return [name for name in names if name and name != "identity"]


def length_of(value: str) -> int:
    """The number in a ``Content-Length``, 0 where there is none that can be read."""
    digits = value.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


def for_new_body(headers: Headers, length: int) -> Headers:
    """The headers of a body that is not the app's own, ``length`` bytes long."""
    return sized(_without(headers, _OF_THE_BODY), length)


def for_stream(headers: Headers) -> Headers:
    """The headers of a stream of which records may be missing: nothing about its bytes."""
    return _without(headers, _OF_A_STREAM)


def sized(headers: Headers, length: int) -> Headers:
    """The same, with the length that the body really has."""
    return _with(headers, "Content-Length", str(length))


def for_head(headers: Headers) -> Headers:
    """The headers of an answer to HEAD: nothing about a body that is not known yet."""
    return _without(headers, _OF_A_HEAD)


def not_shared(headers: Headers) -> Headers:
    """The same, but no cache may keep the response, whatever the app said."""
    kept = [
        header
        for header in headers
        if (name := header[0].lower()) not in _OF_CACHES and not name.endswith(_TARGETED)
    ]
    return _with(kept, *_PRIVATE)


def as_json(headers: Headers) -> Headers:
    """The same, with a content type under which a client reads JSON in UTF-8."""
    claimed = content_type(by_name(headers).get("content-type", ""))
    if claimed.is_json and claimed.is_utf_8:
        return headers
    return _with(headers, "Content-Type", "application/json")


def rewritten(
    headers: Headers, length: int, *, of_new_body: bool = False, private: bool = False
) -> Headers:
    """What `for_new_body` (else `sized`) and then `not_shared` (if ``private``) give, in one go."""
    how = _rewriting(next(zip(*headers, strict=False), ()), of_new_body, private)
    out = headers.copy() if how.kept is None else [headers[place] for place in how.kept]
    if how.length is None:
        out.append(("Content-Length", str(length)))
    else:
        place, name = how.length
        out[place] = (name, str(length))
    if private:
        if how.caches is None:
            out.append(_PRIVATE)
        else:
            place, said = how.caches
            out[place] = said
    return out


@lru_cache(maxsize=_NAMED_SO)
def _rewriting(names: tuple[str, ...], of_new_body: bool, private: bool) -> _Rewriting:
    dropped = _OF_THE_BODY if of_new_body else _NOTHING
    new = {"content-length"}
    if private:
        new.add("cache-control")
        dropped |= _OF_CACHES
    kept: list[int] = []
    placed: dict[str, int] = {}
    for place, name in enumerate(names):
        key = name.lower()
        if key in new:
            if key in placed:
                continue
            placed[key] = len(kept)
        elif key in dropped or (private and key.endswith(_TARGETED)):
            continue
        kept.append(place)
    length, caches = placed.get("content-length"), placed.get("cache-control")
    return _Rewriting(
        None if len(kept) == len(names) else tuple(kept),
        None if length is None else (length, names[kept[length]]),
        None if caches is None else (caches, (names[kept[caches]], _PRIVATE[1])),
    )


def _without(headers: Headers, names: Collection[str]) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in names]


def _with(headers: Headers, name: str, value: str) -> Headers:
    """``headers`` with this one exactly once, where the app had it, else at the end."""
    out: Headers = []
    placed = False
    wanted = name.lower()
    for key, old in headers:
        if key.lower() != wanted:
            out.append((key, old))
        elif not placed:
            out.append((key, value))
            placed = True
    if not placed:
        out.append((name, value))
    return out


def in_language(surface: Surface, said: str) -> Surface:
    """The surface with the language of its items' copy, where a ``Content-Language`` says one."""
    language = said.split("-", 1)[0].strip().lower()
    return replace(surface, copy_language=language) if language.isalpha() else surface
