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
from collections.abc import Callable

from guardrail.intercept.headers import (
    ELSEWHERE,
    Headers,
    by_name,
    content_type,
    encodings,
    length_of,
)
from guardrail.intercept.records import KINDS

BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_DECODABLE = frozenset({"gzip", "x-gzip", "deflate"})


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

    __slots__ = (
        "_claimed",
        "_encoding",
        "_look_at",
        "is_encoded",
        "is_whole",
        "language",
        "limit",
        "records",
        "refused",
    )

    def __init__(self, status: str, headers: Headers, limit: int) -> None:
        said = by_name(headers)
        applied = encodings(said["content-encoding"]) if "content-encoding" in said else []
        self.limit = limit
        self.language = said.get("content-language", "")
        self._claimed = content_type(said.get("content-type", ""))
        self._encoding = applied[0] if applied else None
        self.is_encoded = bool(applied)
        self._look_at = 1
        self.records = KINDS.get(self._claimed.essence)
        self.refused = self._refusal(status, said, applied)
        may_hold = self.refused is None and self.records is None
        self.is_whole = may_hold and (self._claimed.is_json or bool(applied))

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

    def _refusal(self, status: str, said: dict[str, str], applied: list[str]) -> str | None:
        are_records = self.records is not None
        why = None
        if status.startswith("206") or "content-range" in said:
            why = "partial"
        elif not ELSEWHERE.isdisjoint(said):
            why = "elsewhere"
        elif self._claimed.is_stream and not are_records:
            why = "stream"
        # A server frames the body; one that was framed by the app is no JSON as it stands.
        elif "transfer-encoding" in said or (applied and (are_records or not _can_undo(applied))):
            why = "encoding"
        elif not self._claimed.is_utf_8 and (are_records or self._claimed.is_json):
            why = "charset"
        elif (length := said.get("content-length")) and not are_records:
            why = "too_large" if length_of(length) > self.limit else None
        return why


def _can_undo(applied: list[str]) -> bool:
    return len(applied) == 1 and applied[0] in _DECODABLE


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
