"""Can the body of a response be read as JSON? Each no has a word: ``not_readable(why)``.

``partial``: a range of a body. ``elsewhere``: a file that the web server in front sends instead.
``stream``: records that are told apart in no way that is known here. ``encoding``: compressed in
a way that can't be undone. ``charset``: not UTF-8. ``content_type``: not JSON, by what it says
and by how it begins. ``too_large``: longer than the limit, as sent or as decoded.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from guardrail.intercept.headers import (
    ELSEWHERE,
    ContentType,
    Headers,
    by_name,
    content_type,
    encodings,
    length_of,
)
from guardrail.intercept.layout import layout_of
from guardrail.intercept.records import KINDS, Records

BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_DECODABLE = frozenset({"gzip", "x-gzip", "deflate"})
_SEVERAL = "several, one after the other"
_NOTHING: Mapping[str, str] = MappingProxyType({})


class UnreadableError(Exception):
    """A body can't be judged; ``why`` is the word for it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Reading:
    """How one response is to be read, from its status and headers alone.

    ``refused``: why it can't be read whatever its bytes are, else None. ``limit``: the most
    bytes of a body, as sent and as decoded. ``records``: how the records of a stream are told
    apart, None where the body is one whole. ``language``: what its ``Content-Language`` says.
    ``is_encoded``: the bytes that were sent are not those that are judged.
    ``is_whole``: nothing but its length can speak any more against holding the body to its end.
    """

    language = ""
    is_encoded = False
    _encoding: str | None = None
    _look_at = 1

    def __init__(self, status: str, headers: Headers, limit: int) -> None:
        self.limit = limit
        said: Mapping[str, str] = _NOTHING
        layout = layout_of(headers)
        if not layout.is_plain:
            said = by_name(headers)
            self.language = said.get("content-language", "")
            if applied := encodings(said.get("content-encoding", "")):
                self._encoding = applied[0] if len(applied) == 1 else _SEVERAL
                self.is_encoded = True
        claims = _claims("" if layout.type_at is None else headers[layout.type_at][1])
        self._claimed, self.records, self.refused, self.is_whole = claims
        if not layout.is_plain or status.startswith("206"):
            self.refused = self._refusal(status, said)
            may_hold = self.refused is None and self.records is None
            self.is_whole = may_hold and (self._claimed.is_json or self.is_encoded)
        if (
            layout.length_at is not None
            and self.refused is None
            and self.records is None
            and length_of(headers[layout.length_at][1]) > limit
        ):
            self.refused, self.is_whole = "too_large", False

    def look(self, held: Callable[[], bytes], size: int) -> str | None:
        """Why the body can't be read, by what is ``held`` of it, ``size`` bytes; None = go on."""
        if size > self.limit:
            return "too_large"
        if not self.is_whole and size >= self._look_at:
            # Joining the pieces costs their length, so it is done when that has doubled.
            self._look_at = 2 * size
            begins = begins_like_json(held())
            if begins is False:
                return "content_type"
            self.is_whole = begins is True
        return None

    def text(self, body: bytes) -> bytes:
        """The whole body as UTF-8 without a byte order mark. Raises UnreadableError."""
        plain = decode(body, self._encoding, self.limit) if self._encoding else body
        # A content type may lie: what begins like a list of items is read as one.
        if not self._claimed.is_json and not begins_like_json(plain):
            raise UnreadableError("content_type")
        if not self._claimed.is_utf_8:
            raise UnreadableError("charset")
        if not plain.isascii():
            try:
                plain.decode("utf-8")
            except UnicodeDecodeError:
                raise UnreadableError("charset") from None
        return plain.removeprefix(BOM)

    def _refusal(self, status: str, said: Mapping[str, str]) -> str | None:
        """Why not, where more is said than a type and a length."""
        are_records = self.records is not None
        why = self.refused
        if status.startswith("206") or "content-range" in said:
            why = "partial"
        elif not ELSEWHERE.isdisjoint(said):
            why = "elsewhere"
        elif why == "stream":
            pass
        # A server frames the body; one that was framed by the app is no JSON as it stands.
        elif "transfer-encoding" in said or (
            self.is_encoded and (are_records or self._encoding not in _DECODABLE)
        ):
            why = "encoding"
        return why


class _Claims(NamedTuple):
    """What a content type alone says of a body; see `Reading`."""

    claimed: ContentType
    records: type[Records] | None
    refused: str | None
    is_whole: bool


@lru_cache(maxsize=256)
def _claims(value: str) -> _Claims:
    claimed = content_type(value)
    records = KINDS.get(claimed.essence)
    refused = None
    if claimed.is_stream and records is None:
        refused = "stream"
    elif not claimed.is_utf_8 and (records is not None or claimed.is_json):
        refused = "charset"
    is_whole = refused is None and records is None and claimed.is_json
    return _Claims(claimed, records, refused, is_whole)


def begins_like_json(start: bytes) -> bool | None:
    """Whether the first byte that is no space opens an object or a list; None = not come yet."""
    if len(start) < len(BOM) and BOM.startswith(start):
        return None
    text = start.removeprefix(BOM).lstrip(_SPACE)
    return text[0] in b"{[" if text else None


def decode(body: bytes, encoding: str, limit: int) -> bytes:
    """``body`` without its gzip or deflate; never unpacks more than ``limit`` + 1 bytes.

    Raises UnreadableError: ``too_large``, or ``encoding`` where it is damaged or ends early.
    """
    try:
        plain = _inflate(body, limit) if encoding == "deflate" else _gunzip(body, limit)
    except (OSError, EOFError, zlib.error):
        raise UnreadableError("encoding") from None
    if len(plain) > limit:
        raise UnreadableError("too_large")
    return plain


def _gunzip(body: bytes, limit: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
        return stream.read(limit + 1)


def _inflate(body: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        # Some servers leave out the header, and clients read that too.
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        plain = stream.decompress(body, limit + 1)
    if len(plain) <= limit and (not stream.eof or stream.unused_data):
        raise EOFError
    return plain
