"""A guarded app for real servers. Run as a program it serves itself and prints its port:

``server_shop.py wsgiref|werkzeug|waitress``
"""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "intercept")]

from intercept_fakes import BLANK, CLEAN, CREEPY, GUARDED, FakeGuard  # noqa: E402

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


def broken(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [JSON])
    yield CREEPY[:9]
    raise RuntimeError("on purpose")


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
        broken,
    )
}


def shop(environ: Any, start_response: Any) -> Any:
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        wrapper = environ.get("wsgi.file_wrapper", FileWrapper)
        return wrapper(io.BytesIO(b"file"))
    return KINDS[environ["QUERY_STRING"]](environ, start_response)


passing = GuardrailMiddleware(shop, guard=FakeGuard())
blanking = GuardrailMiddleware(shop, guard=FakeGuard(on_failure="blank"))


def application(environ: Any, start_response: Any) -> Any:
    """``/bare`` has no guard, ``/blank`` one that sends a blank for what it can't read."""
    chosen: Any = passing
    for prefix, app in (("/bare", shop), ("/blank", blanking)):
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
