"""Which bodies can be read, and the word for each that can't."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.intercept.headers import by_name
from guardrail.intercept.reading import Reading, UnreadableError, begins_like_json, decode

JSON = ("Content-Type", "application/json")


def reading(*headers: tuple[str, str], status: str = "200 OK", limit: int = 1000) -> Reading:
    return Reading(status, list(headers), limit)


def why(what: Reading, body: bytes) -> str:
    with pytest.raises(UnreadableError) as caught:
        what.text(body)
    return caught.value.why


@pytest.mark.parametrize(
    ("status", "headers", "refused"),
    [
        ("200 OK", [JSON], None),
        ("206 Partial Content", [JSON], "partial"),
        ("200 OK", [JSON, ("content-range", "bytes 0-9/20")], "partial"),
        ("200 OK", [("Content-Type", "application/json-seq")], "stream"),
        ("200 OK", [("Content-Type", "Application/JSON-Seq; charset=utf-8")], "stream"),
        ("200 OK", [JSON, ("Content-Encoding", "br")], "encoding"),
        ("200 OK", [JSON, ("Content-Encoding", "gzip, gzip")], "encoding"),
        ("200 OK", [JSON, ("Content-Encoding", "gzip"), ("content-encoding", "br")], "encoding"),
        ("200 OK", [JSON, ("Content-Encoding", "GZIP")], None),
        ("200 OK", [JSON, ("Content-Encoding", "identity")], None),
        ("200 OK", [("Content-Type", "application/json; charset=ISO-8859-1")], "charset"),
        ("200 OK", [("Content-Type", 'application/json ; Charset="UTF-8"')], None),
        ("200 OK", [("Content-Type", "application/json; profile=x; charset=utf8")], None),
        ("200 OK", [JSON, ("Content-Length", "1001")], "too_large"),
        ("200 OK", [JSON, ("Content-Length", "1000")], None),
        ("200 OK", [JSON, ("Content-Length", "many")], None),
        ("200 OK", [JSON, ("Content-Length", "9" * 5000)], None),
        ("200 OK", [], None),
    ],
)
def test_headers_alone_can_refuse_a_body(
    status: str, headers: list[tuple[str, str]], refused: str | None
) -> None:
    """Status and headers decide where no byte could change the answer."""
    assert reading(*headers, status=status).refused == refused


@pytest.mark.parametrize(
    "claimed", ["application/json", "APPLICATION/JSON", "application/vnd.shop+json;v=1"]
)
def test_json_types_are_read_whatever_their_spelling(claimed: str) -> None:
    """Case and parameters of a JSON type do not matter."""
    assert reading(("Content-Type", claimed)).text(b"[1]") == b"[1]"


@pytest.mark.parametrize("claimed", ["text/html", "text/plain; charset=utf-8", ""])
def test_a_body_that_begins_like_json_is_read_whatever_it_claims(claimed: str) -> None:
    """A wrong content type does not carry items past the guard."""
    what = reading(("Content-Type", claimed))
    assert what.look(lambda: b"  {", 3) is None
    assert what.text(b'  {"items":[]}') == b'  {"items":[]}'


def test_a_page_is_no_json_as_soon_as_it_begins() -> None:
    """The first byte that is no space tells, so that pages are not held."""
    what = reading(("Content-Type", "text/html"))
    assert what.look(lambda: b"\n\n", 2) is None
    assert what.look(lambda: b"\n\n<h", 4) == "content_type"
    assert why(what, b"") == "content_type"


def test_a_lying_content_type_must_still_be_utf_8() -> None:
    """JSON in another charset is not guessed at."""
    assert why(reading(("Content-Type", "text/html; charset=latin-1")), b"{}") == "charset"


def test_leading_spaces_are_not_joined_again_for_every_piece() -> None:
    """Looking costs what has come so far, so it may not be done at every byte."""
    what = reading(("Content-Type", "text/html"))
    looks = []

    def held() -> bytes:
        looks.append(1)
        return b" " * size

    for size in range(1000):
        assert what.look(held, size) is None
    assert len(looks) < 20


def test_a_compressed_body_is_looked_at_once_it_is_whole() -> None:
    """Compressed bytes say nothing at their beginning."""
    what = reading(("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    assert what.look(lambda: b"\x1f\x8b", 2) is None
    assert what.is_encoded
    assert why(what, gzip.compress(b"<html>")) == "content_type"


def test_a_body_over_the_limit_is_too_large() -> None:
    """Exactly the limit is held, one byte more is not."""
    what = reading(JSON, limit=10)
    assert what.look(lambda: b"", 10) is None
    assert what.look(lambda: b"", 11) == "too_large"


def test_a_byte_order_mark_is_taken_off() -> None:
    """Some programs write one; JSON parsers refuse it."""
    assert reading(JSON).text(b"\xef\xbb\xbf{}") == b"{}"


@pytest.mark.parametrize("body", [b'{"a":"\xe4"}', '{"a":1}'.encode("utf-16"), b'"\xed\xa0\x80"'])
def test_bytes_that_are_not_utf_8_are_refused(body: bytes) -> None:
    """Latin-1, UTF-16 and lone surrogates are none of them UTF-8."""
    assert why(reading(JSON), body) == "charset"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"", None),
        (b"\xef", None),
        (b"\xef\xbb", None),
        (b"\xef\xbb\xbf", None),
        (b"\xef\xbb\xbf [", True),
        (b" \t\r\n", None),
        (b"{", True),
        (b"<", False),
        (b"cb({})", False),
    ],
)
def test_the_beginning_of_json_is_known(start: bytes, expected: bool | None) -> None:
    """An object or a list, after spaces and a byte order mark; None while it can still be one."""
    assert begins_like_json(start) is expected


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
@given(body=st.binary(max_size=300))
def test_what_was_compressed_comes_back(encoding: str, body: bytes) -> None:
    """Decoding undoes compressing, for any bytes."""
    packed = zlib.compress(body) if encoding == "deflate" else gzip.compress(body)
    assert decode(packed, encoding, 300) == body


def test_several_gzip_members_are_one_body() -> None:
    """RFC 1952 allows members one after another; all are judged."""
    assert decode(gzip.compress(b"[1,") + gzip.compress(b"2]"), "gzip", 100) == b"[1,2]"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_not_unpacked(encoding: str) -> None:
    """A small body that unpacks to a large one is refused at the limit."""
    bomb = b"0" * 50_000_000
    packed = zlib.compress(bomb) if encoding == "deflate" else gzip.compress(bomb, 1)
    with pytest.raises(UnreadableError, match="too_large"):
        decode(packed, encoding, 1000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@given(cut=st.integers(min_value=1, max_value=15))
def test_a_damaged_body_is_refused(encoding: str, cut: int) -> None:
    """Half a compressed body is not judged as if it were all of it."""
    text = b'{"items":[{"id":"a"}]}'
    packed = zlib.compress(text) if encoding == "deflate" else gzip.compress(text)
    with pytest.raises(UnreadableError, match="encoding"):
        decode(packed[:-cut], encoding, 1000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_follows_a_compressed_body_is_refused(encoding: str) -> None:
    """Bytes after the end could be shown by one client and ignored by another."""
    packed = zlib.compress(b"{}") if encoding == "deflate" else gzip.compress(b"{}")
    with pytest.raises(UnreadableError, match="encoding"):
        decode(packed + b"more", encoding, 1000)


HEADERS = st.tuples(
    st.sampled_from(
        "Content-Type content-type Content-Length CONTENT-LENGTH ETag "
        "Content-Encoding Content-Range Content-Language X-Sendfile".split()
    ),
    st.sampled_from(["application/json", "text/html", "gzip", "br", "5", "5000", "de", ""]),
)


@given(headers=st.lists(HEADERS, max_size=5), status=st.sampled_from(["200 OK", "206 Some"]))
def test_what_names_say_is_the_same_whatever_else_is_there(
    headers: list[tuple[str, str]], status: str
) -> None:
    """Headers that nobody reads change nothing, and of one that comes twice the first holds."""
    plain = reading(*headers, status=status)
    said = by_name(headers)
    first = [(name, value) for name, value in said.items() if name != "etag"]
    for other in (first, [("X-Else", "1"), *headers, ("Content-Type", "text/event-stream")]):
        if "content-type" not in said and other is not first:
            continue
        again = reading(*other, status=status)
        for name in ("refused", "is_whole", "is_encoded", "language", "records", "limit"):
            assert getattr(again, name) == getattr(plain, name), name
