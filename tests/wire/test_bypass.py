"""Ways to smuggle an item past the guard, each closed, held back where asked, or out of reach.

`CLOSED` ways are judged like any response. `HELD` ones can't be read: they are counted as such,
and ``on_failure: blank`` lets nothing of them out. `OUT_OF_REACH` ones pass, and
``docs/explanation/wire.md`` gives the reason for each.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from wire_shop import BOTH, CREEPY, FINE, GUARDED, JSON, Way, app, ask, ids_in, outcome_of

WIRE = Path(__file__).parents[2] / "docs" / "explanation" / "wire.md"


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def coded(name: str) -> tuple[str, str]:
    return ("Content-Encoding", name)


def obeys_range(environ: Any, start_response: Any) -> list[bytes]:
    """An app that sends what is asked for: a part, or nothing new."""
    if "HTTP_RANGE" in environ or "HTTP_A_IM" in environ:
        start_response("206 Partial Content", [JSON, ("Content-Range", "bytes 0-9/10")])
    elif "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ:
        start_response("304 Not Modified", [])
        return []
    else:
        start_response("200 OK", [JSON])
    return [BOTH]


def obeys_accept(environ: Any, start_response: Any) -> list[bytes]:
    """An app that compresses, or recodes, as the client wishes."""
    if environ.get("HTTP_ACCEPT_CHARSET", "").startswith("utf-16"):
        start_response("200 OK", [("Content-Type", "application/json; charset=utf-16")])
        return [BOTH.decode().encode("utf-16")]
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        start_response("200 OK", [JSON, coded("br")])
        return [b"\x8b\x00creepy"]
    start_response("200 OK", [JSON])
    return [BOTH]


def overrides_method(environ: Any, start_response: Any) -> list[bytes]:
    """An app that takes a POST for a GET if it is told so."""
    start_response("200 OK", [JSON])
    return [BOTH]


def writes(environ: Any, start_response: Any) -> list[bytes]:
    write = start_response("200 OK", [JSON])
    write(BOTH[:20])
    write(BOTH[20:])
    return []


def wraps_a_file(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", [JSON])
    return environ.get("wsgi.file_wrapper", FileWrapper)(io.BytesIO(BOTH), 7)


def thinks_again(environ: Any, start_response: Any) -> Any:
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    try:
        raise ValueError
    except ValueError as error:
        start_response("200 OK", [JSON], (ValueError, error, error.__traceback__))
    return [BOTH]


def items(*texts: str) -> bytes:
    return f'{{"items":[{",".join(texts)}],"total":2}}'.encode()


THIRD = '"signals":[{"party":"third","method":"observed"}]'

CLOSED = [
    # What the bytes look like.
    Way("gzip", app(gzip.compress(BOTH), coded("gzip"))),
    Way("x-gzip in capitals", app(gzip.compress(BOTH), coded(" X-GZIP "))),
    Way(
        "gzip of several members",
        app(gzip.compress(BOTH[:30]) + gzip.compress(BOTH[30:]), coded("gzip")),
    ),
    Way("deflate", app(zlib.compress(BOTH), coded("deflate"))),
    Way("deflate without its header", app(raw_deflate(BOTH), coded("deflate"))),
    Way("identity named as an encoding", app(BOTH, coded("identity, identity"))),
    Way(
        "gzip that hides behind identity",
        app(gzip.compress(BOTH), coded("identity"), coded("gzip")),
    ),
    Way("byte by byte", app(bytes([byte]) for byte in BOTH)),
    Way("empty pieces in between", app([b"", BOTH[:9], b"", b"", BOTH[9:], b""])),
    Way("a byte order mark", app(b"\xef\xbb\xbf" + BOTH)),
    Way("leading spaces", app(b" \r\n\t" * 50 + BOTH, kind="text/plain")),
    Way("a length that is too short", app(BOTH, ("Content-Length", "2"))),
    Way("a length that is no number", app(BOTH, ("Content-Length", "0x10"))),
    # What it says it is.
    Way("text/html", app(kind="text/html; charset=utf-8")),
    Way("no content type", app(kind=None)),
    Way("application/octet-stream", app(kind="application/octet-stream")),
    Way("a suffix", app(kind="application/vnd.shop+JSON; v=2")),
    Way("a content type in capitals", app(kind="APPLICATION/JSON ;CHARSET=UTF-8")),
    Way("two content types", app(BOTH, ("Content-Type", "image/png"))),
    # How it comes.
    Way("write()", writes),
    Way("a file wrapper", wraps_a_file),
    Way("an error page that becomes the list", thinks_again),
    # What the client asks for.
    Way("Range", obeys_range, environ={"HTTP_RANGE": "bytes=0-99", "HTTP_IF_RANGE": '"1"'}),
    Way("If-None-Match", obeys_range, environ={"HTTP_IF_NONE_MATCH": "*"}),
    Way("If-Modified-Since", obeys_range, environ={"HTTP_IF_MODIFIED_SINCE": "x"}),
    Way("A-IM", obeys_range, environ={"HTTP_A_IM": "vcdiff"}),
    Way(
        "identity;q=0",
        obeys_accept,
        environ={"HTTP_ACCEPT_ENCODING": "gzip;q=1, identity;q=0, *;q=0"},
    ),
    Way("Accept-Charset", obeys_accept, environ={"HTTP_ACCEPT_CHARSET": "utf-16"}),
    Way("a customer in a header", environ={"HTTP_GUARDRAIL_CUSTOMER": '{"tolerance": 100}'}),
    Way("a marker in a header", environ={"HTTP_GUARDRAIL_GUARDED": "1"}),
    Way(
        "X-HTTP-Method-Override",
        overrides_method,
        environ={"REQUEST_METHOD": "POST", "HTTP_X_HTTP_METHOD_OVERRIDE": "GET"},
    ),
    Way(
        "X-Method-Override",
        overrides_method,
        environ={"REQUEST_METHOD": "PUT", "HTTP_X_METHOD_OVERRIDE": "get"},
    ),
    Way(
        "_method in the query",
        overrides_method,
        environ={"REQUEST_METHOD": "POST", "QUERY_STRING": "a=1&_method=GET"},
    ),
    Way("a method in small letters", environ={"REQUEST_METHOD": "get"}),
    # Where it asks.
    Way("a slash at the end", path="/shelf/"),
    Way("two slashes", path="//shelf"),
    Way("capitals", path="/SHELF"),
    Way("a dot segment", path="/./shelf"),
    Way("a parent segment", path="/x/../shelf"),
    Way("parameters of a segment", path="/shelf;jsessionid=1"),
    Way("parameters that hide a parent", path="/x/..;a=b/shelf"),
    Way("percent signs twice", path="/%73helf"),
    Way("a slash in percent signs", path="/x%2f..%2fshelf"),
    Way("the whole address", path="http://shop/shelf"),
    Way("a backslash", path="\\shelf"),
    Way("a dot at the end", path="/shelf."),
    Way("a space at the end", path="/shelf "),
    Way("a letter that is the same when folded", path="/\xc5\xbfhelf"),
    Way("the path split over SCRIPT_NAME", path="", environ={"SCRIPT_NAME": "/shelf"}),
    Way("SCRIPT_NAME with a slash too many", path="/shelf", environ={"SCRIPT_NAME": "/"}),
    Way("a pattern in other letters", path="/ads//X/"),
    # What the JSON does.
    Way(
        "a second list under the same key",
        app(b'{"items":[%b],"items":[%b]}' % (FINE.encode(), CREEPY.encode())),
    ),
    Way(
        "the list first and an empty one after",
        app(b'{"items":[%b,%b],"items":[]}' % (FINE.encode(), CREEPY.encode())),
    ),
    Way("an escaped key", app(BOTH.replace(b'"items"', b'"\\u0069tems"'))),
    Way("an escaped key of an item", app(BOTH.replace(b'"signals"', b'"\\u0073ignals"'))),
    Way("signals twice, clean last", app(items(FINE, f'{{"id":"creepy",{THIRD},"signals":[]}}'))),
    Way("signals twice, clean first", app(items(FINE, f'{{"id":"creepy","signals":[],{THIRD}}}'))),
    Way("half a surrogate pair", app(items(FINE, CREEPY[:-1] + ',"title":"\\ud83d"}'))),
    Way("a number beyond any float", app(items(FINE, CREEPY[:-1] + ',"price":1e999999}'))),
    Way(
        "a number as id",
        app(items(FINE, CREEPY[:-1].replace('"creepy"', "1e5") + ',"x":"creepy"}')),
    ),
    Way("an item without an id", app(items(FINE, f'{{"title":"creepy",{THIRD}}}'))),
    Way(
        "signals that are no list",
        app(items(FINE, f'{{"id":"creepy","signals":{{"party":"third"}},{THIRD}}}')),
    ),
]

HELD = {
    "brotli": ("encoding", app(b"\x8b\x00creepy", coded("br"))),
    "gzip of gzip": ("encoding", app(gzip.compress(gzip.compress(BOTH)), coded("gzip, gzip"))),
    "gzip with something behind it": ("encoding", app(gzip.compress(BOTH) + b"x", coded("gzip"))),
    "gzip that ends early": ("encoding", app(gzip.compress(BOTH)[:-6], coded("gzip"))),
    "an encoding with a quality": ("encoding", app(gzip.compress(BOTH), coded("gzip;q=1"))),
    "framed by the app": (
        "encoding",
        app(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BOTH), BOTH), ("Transfer-Encoding", "chunked")),
    ),
    "a bomb": ("too_large", app(gzip.compress(BOTH + b" " * 9_000_000), coded("gzip"))),
    "longer than is held": ("too_large", app([BOTH, b" " * 5_000_000])),
    "UTF-16": ("charset", app(BOTH.decode().encode("utf-16"))),
    "UTF-16 that is announced": (
        "charset",
        app(BOTH.decode().encode("utf-16"), kind="application/json; charset=utf-16"),
    ),
    "UTF-16 without a mark": ("json", app(BOTH.decode().encode("utf-16-le"))),
    "UTF-7": ("charset", app(kind="application/json; charset=utf-7")),
    "overlong UTF-8": ("charset", app(BOTH.replace(b"creepy", b"cr\xc1\xa5epy"))),
    "Latin-1": ("charset", app(BOTH.replace(b"creepy", b"creepy\xe9"))),
    "a part that nobody asked for": ("partial", app(status="206 Partial Content")),
    "a range in a 200": ("partial", app(BOTH, ("Content-Range", "bytes 0-9/99"))),
    "a file that the web server sends": (
        "elsewhere",
        app(b"creepy", ("X-Accel-Redirect", "/shelf.json")),
    ),
    "NaN": ("json", app(items(FINE, CREEPY[:-1] + ',"price":NaN}'))),
    "a prefix against script inclusion": ("json", app(b")]}',\n" + BOTH)),
    "two values": ("json", app(b'{"items":[]}' + BOTH)),
    "comments": ("json", app(BOTH + b"// creepy")),
    "nested too deep": ("too_deep", app(b'{"deep":' + b"[" * 3000 + b"]" * 3000 + b"," + BOTH[1:])),
    "too many items": ("too_many_items", app(items(*[FINE] * 2000, CREEPY))),
    "an object in place of the list": ("shape", app(b'{"items":{"a":%b}}' % CREEPY.encode())),
    "JSON in a text": ("shape", app(json.dumps({"items": f"[{CREEPY}]"}).encode())),
    "the key in capitals": ("shape", app(BOTH.replace(b"items", b"Items"))),
    "a list and then an object": ("shape", app(b'{"items":[],"items":{"a":%b}}' % CREEPY.encode())),
    "a callback": ("content_type", app(b"show(%b)" % BOTH, kind="text/javascript")),
    "a page": ("content_type", app(b"<p>creepy</p>", kind="text/html")),
    "parts of several types": ("content_type", app(b"--a\r\n" + BOTH, kind="multipart/mixed")),
    "a sequence of texts": ("stream", app(b"\x1e" + BOTH, kind="application/json-seq")),
    "a compressed stream": (
        "encoding",
        app(gzip.compress(BOTH), coded("gzip"), kind="application/x-ndjson"),
    ),
}

OUT_OF_REACH = [
    Way("an error page that shows items", app(status="404 Not Found")),
    Way("a redirect with a body", app(BOTH, ("Location", "/other"), status="302 Found")),
    Way("another method", environ={"REQUEST_METHOD": "POST"}),
    Way("another path", path="/shelf.json"),
    Way("a path in a header", path="/other", environ={"HTTP_X_ORIGINAL_URL": "/shelf"}),
    Way("a second list", app(b'{"items":[],"more":[%b]}' % CREEPY.encode())),
    Way("an item within an item", app(items(f'{{"id":"fine","signals":[],"next":{CREEPY}}}'))),
    Way("JSON in a text of an item", app(items('{"id":"x","signals":[],"html":"creepy"}'))),
]

Wrap = Callable[..., Any]


def test_there_are_enough_ways() -> None:
    """At least forty, and each has a name of its own."""
    names = [*map(str, CLOSED), *HELD, *map(str, OUT_OF_REACH)]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.parametrize("way", CLOSED, ids=str)
def test_a_way_past_the_guard_is_closed(way: Way, guarded_by: Wrap) -> None:
    """The one item is gone, the other is there, although what can't be judged may pass."""
    served, environ = ask(way, guarded_by("pass"))
    assert outcome_of(environ) == "guarded"
    assert served.status == "200 OK"
    assert b"creepy" not in served.body
    assert served.header("Content-Encoding") in (None, "identity, identity")
    assert served.header("Content-Length") == str(len(served.body))
    assert b'"id":"fine"' in served.body
    assert b"signals" not in served.body.replace(b"\\u0073", b"s")


@pytest.mark.parametrize("name", HELD)
def test_what_cannot_be_read_is_held_back_where_that_is_wanted(name: str, guarded_by: Wrap) -> None:
    """Nothing of it goes out, and the reason is counted."""
    why, inner = HELD[name]
    served, environ = ask(Way(name, inner), guarded_by("blank"))
    assert outcome_of(environ) == f"not_readable({why})"
    assert ids_in(served.body) == []
    assert served.header("Content-Length") == str(len(served.body))
    hidden = {"content-encoding", "content-range", "x-accel-redirect", "transfer-encoding"}
    assert not hidden & {key.lower() for key, _ in served.headers}


@pytest.mark.parametrize("name", HELD)
def test_what_cannot_be_read_passes_where_that_is_wanted(name: str, guarded_by: Wrap) -> None:
    """As the app sent it, to the byte, with the reason counted."""
    why, inner = HELD[name]
    served, environ = ask(Way(name, inner), guarded_by("pass"))
    bare, _ = ask(Way(name, inner), lambda bare: bare)  # type: ignore[arg-type,return-value]
    assert outcome_of(environ) == f"not_readable({why})"
    assert (served.status, served.body) == (bare.status, bare.body)


def test_every_reason_is_counted(guarded_by: Wrap) -> None:
    """Whether it passed or was blanked: operations see which and how many."""
    for on_failure in ("pass", "blank"):
        wrap = guarded_by(on_failure, max_body_bytes=100_000)
        middleware = wrap(app())
        for name, (_, inner) in HELD.items():
            ask(Way(name, inner), wrap)
        counted = middleware.guard.stats().outcomes["shelf"]
        expected: dict[str, int] = {}
        for why, _ in HELD.values():
            expected[f"not_readable({why})"] = expected.get(f"not_readable({why})", 0) + 1
        assert counted == expected


@pytest.mark.parametrize("way", OUT_OF_REACH, ids=str)
def test_what_is_out_of_reach_is_said_so(way: Way, guarded_by: Wrap) -> None:
    """It passes, and the page on the wire says why that is so."""
    served, _ = ask(way, guarded_by("blank"))
    assert b"creepy" in served.body
    assert f"| {way.name} |" in WIRE.read_text(encoding="utf-8")


def test_head_and_then_get_through_a_cache(guarded_by: Wrap) -> None:
    """A cache that keeps what it may keep never shows one visitor what another was sent."""
    kept: dict[str, bytes] = {}
    guarded = guarded_by("pass")(
        app(BOTH, ("Cache-Control", "public, max-age=60"), ("ETag", '"1"'))
    )
    for method in ("HEAD", "GET", "HEAD", "GET"):
        served, _ = ask(Way("cached", environ={"REQUEST_METHOD": method}), lambda _: guarded)
        assert served.header("ETag") is None
        if method == "GET":
            assert served.body == GUARDED
            control = served.header("Cache-Control") or ""
            if "no-store" not in control:
                kept["/shelf"] = served.body
    assert not kept


def test_an_alike_path_that_is_another_page_is_left_alone(guarded_by: Wrap) -> None:
    """What is no list of items there is that page's own business, whatever `on_failure` says."""
    page = app(b"<p>shelf</p>", kind="text/html")
    assert ask(Way("page", page, path="/shelf/"), guarded_by("blank"))[0].body == b"<p>shelf</p>"
    other = app(b'{"name":"shelf"}')
    assert (
        ask(Way("other", other, path="/SHELF"), guarded_by("blank"))[0].body == b'{"name":"shelf"}'
    )


def test_the_path_of_another_surface_is_not_taken_for_this_one(guarded_by: Wrap) -> None:
    """Only what some app reads alike is alike."""
    for path in ("/shelve", "/shel", "/shelf/x", "/a/shelf", "/", ""):
        assert ask(Way("far", path=path), guarded_by("blank"))[0].body == BOTH


def test_an_element_that_is_no_item_is_dropped_where_that_is_wanted(guarded_by: Wrap) -> None:
    """A list in the list can't be judged, and follows `on_failure` by itself."""
    nested = app(items(FINE, f"[{CREEPY}]", "null", '"creepy"'))
    assert ids_in(ask(Way("nested", nested), guarded_by("blank"))[0].body) == ["fine"]
    assert b"creepy" in ask(Way("nested", nested), guarded_by("pass"))[0].body
