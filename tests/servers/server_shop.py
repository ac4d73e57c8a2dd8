"""A guarded app for real servers. Run as a program it serves itself and prints its port:

``server_shop.py wsgiref|werkzeug|waitress``
"""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "intercept")]

from intercept_fakes import BLANK, CLEAN, CREEPY, GUARDED, FakeGuard  # noqa: E402
from served_bodies import bodies, guard, packed  # noqa: E402

from guardrail import GuardrailMiddleware  # noqa: E402

__all__ = ["BLANK", "CLEAN", "CREEPY", "GUARDED", "application"]

JSON = ("Content-Type", "application/json")
LENGTH = ("Content-Length", str(len(CREEPY)))


def creepy(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [JSON, LENGTH, ("ETag", '"1"')])
    return [CREEPY]


def clean(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [JSON])
    return [CLEAN]


def late(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [JSON])
    for byte in CREEPY:
        yield bytes([byte])


def written(environ: Any, start_response: Any) -> list[bytes]:
    write = start_response("200 OK", [JSON])
    write(CREEPY[:9])
    return [CREEPY[9:]]


def zipped(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [JSON, ("Content-Encoding", "gzip")])
    return [gzip.compress(CREEPY)]


def stream(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    yield b"data: 1\n\n"
    yield b"data: 2\n\n"


def oversize(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [JSON])
    yield b"["
    for _ in range(500):
        yield b"0123456789,"
    yield b"0]"


def missing(environ: Any, start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"gone"]


def nothing(environ: Any, start_response: Any) -> list[bytes]:
    start_response("204 No Content", [])
    return []


def second_thought(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [JSON])
    yield CREEPY[:9]
    try:
        raise RuntimeError
    except RuntimeError:
        page = [("Content-Type", "text/plain"), ("Content-Length", "5")]
        start_response("503 Sorry", page, sys.exc_info())
    yield b"sorry"


def list_after_all(environ: Any, start_response: Any) -> Iterator[bytes]:
    """A stream that becomes a list before its first byte."""
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    try:
        raise RuntimeError
    except RuntimeError:
        start_response("200 OK", [JSON, LENGTH, ("ETag", '"1"')], sys.exc_info())
    yield CREEPY[:9]
    yield CREEPY[9:]


def stream_for_a_moment(environ: Any, start_response: Any) -> Iterator[bytes]:
    """The same, where the server was told of the stream already."""
    write = start_response("200 OK", [("Content-Type", "application/x-ndjson")])
    write(b"{")
    yield from list_after_all(environ, lambda *told: len(told) < 3 or start_response(*told))


def broken(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [JSON])
    yield CREEPY[:9]
    raise RuntimeError("on purpose")


LINES = b'{"id":"a","signals":[]}\n{"id":"b","signals":[{"party":"third"}]}\n{"id":"c"}\n'


def lines(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "application/x-ndjson")])
    for at in range(0, len(LINES), 3):
        yield LINES[at : at + 3]


def lines_written(environ: Any, start_response: Any) -> list[bytes]:
    write = start_response("200 OK", [("Content-Type", "application/x-ndjson")])
    for at in range(0, len(LINES) - 9, 3):
        write(LINES[at : min(at + 3, len(LINES) - 9)])
    return [LINES[-9:]]


def events(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    yield b": hi\n\n"
    for number, line in enumerate(LINES.splitlines(), 1):
        event = b"id: %d\ndata: %b\n\n" % (number, line)
        for at in range(0, len(event), 3):
            yield event[at : at + 3]


def recorded(environ: Any, start_response: Any) -> list[bytes]:
    """A body by its number, in a coding, as ``3.gzip``."""
    number, _, coding = environ["QUERY_STRING"].partition(".")
    coded = [("Content-Encoding", coding)] if coding in ("gzip", "deflate") else []
    start_response("200 OK", [JSON, *coded])
    return packed(all_bodies()[int(number)][1], coding)


@lru_cache(maxsize=1)
def all_bodies() -> list[tuple[str, bytes, bytes]]:
    return bodies(os.environ)


KINDS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        creepy,
        clean,
        late,
        written,
        zipped,
        stream,
        oversize,
        missing,
        nothing,
        second_thought,
        list_after_all,
        stream_for_a_moment,
        broken,
        lines,
        lines_written,
        events,
    )
}


def shop(environ: Any, start_response: Any) -> Any:
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        wrapper = environ.get("wsgi.file_wrapper", FileWrapper)
        return wrapper(io.BytesIO(b"file"))
    if environ["QUERY_STRING"].partition(".")[2]:
        return recorded(environ, start_response)
    return KINDS[environ["QUERY_STRING"]](environ, start_response)


SECRET = b'{"items":[{"id":"creepy","signals":[{"party":"third"}]}]}'


def reads_any_spelling(environ: Any, start_response: Any) -> list[bytes]:
    """An app that answers every spelling of a path with what is creepy."""
    start_response("200 OK", [JSON])
    return [SECRET]


lenient = GuardrailMiddleware(reads_any_spelling, guard=guard())
ruled = GuardrailMiddleware(shop, guard=guard())
passing = GuardrailMiddleware(shop, guard=FakeGuard())
blanking = GuardrailMiddleware(shop, guard=FakeGuard(on_failure="blank"))


PREFIXES = {"/bare": shop, "/blank": blanking, "/ruled": ruled, "/lenient": lenient}


def application(environ: Any, start_response: Any) -> Any:
    """``/bare`` has no guard, ``/blank`` one that sends a blank for what it can't read, ``/ruled``
    one with rules, and ``/lenient`` such a one around an app that reads any spelling of a path.
    """
    chosen: Any = passing
    for prefix, app in (
        ("/bare", shop),
        ("/blank", blanking),
        ("/ruled", ruled),
        ("/lenient", lenient),
    ):
        if environ["PATH_INFO"].startswith(prefix):
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(prefix)
            chosen = app
    return chosen(environ, start_response)


def tell(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


def serve_wsgiref() -> None:
    from wsgiref.simple_server import make_server

    server = make_server("127.0.0.1", 0, application)
    tell(server.server_port)
    server.serve_forever()


def serve_werkzeug() -> None:
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, application, threaded=True)
    tell(server.server_port)
    server.serve_forever()


def serve_waitress() -> None:
    from waitress.server import create_server

    server: Any = create_server(application, host="127.0.0.1", port=0, threads=2)
    tell(server.effective_port)
    server.run()


if __name__ == "__main__":
    {"wsgiref": serve_wsgiref, "werkzeug": serve_werkzeug, "waitress": serve_waitress}[
        sys.argv[1]
    ]()
