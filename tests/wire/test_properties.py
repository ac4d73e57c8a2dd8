"""For any app shape, cut, coding and list: what may be shown is shown, and nothing else."""

from __future__ import annotations

import gzip
import itertools
import json
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.validate import validator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intercept_fakes import Server, environ_for, serve
from test_bypass import raw_deflate
from test_sandwich import SHAPES
from werkzeug.middleware.lint import LintMiddleware
from wire_shop import JSON, ids_in

Wrap = Callable[..., Any]
CODINGS: dict[str, tuple[str | None, Callable[[bytes], bytes]]] = {
    "plain": (None, bytes),
    "marked": (None, lambda body: b"\xef\xbb\xbf" + body),
    "gzip": ("gzip", gzip.compress),
    "members": ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
    "deflate": ("deflate", zlib.compress),
    "raw": ("deflate", raw_deflate),
}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(0, 99).map(str), "title": TEXTS},
        optional={
            "signals": st.lists(
                st.fixed_dictionaries({}, optional={"party": st.sampled_from(["first", "third"])}),
                max_size=2,
            ),
            "extra": st.recursive(TEXTS | st.integers() | st.none(), st.lists, max_leaves=4),
        },
    ),
    max_size=6,
)


def may_be_shown(item: dict[str, Any]) -> bool:
    return all(signal.get("party") != "third" for signal in item.get("signals", ()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    items=ITEMS,
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    coding=st.sampled_from(sorted(CODINGS)),
    shape=st.sampled_from(SHAPES),
    cuts=st.lists(st.integers(0, 2000), max_size=6),
)
def test_what_may_be_shown_is_shown_and_nothing_else(
    items: list[dict[str, Any]],
    indent: int | None,
    ascii_only: bool,
    coding: str,
    shape: Callable[..., Any],
    cuts: list[int],
    guarded_by: Wrap,
) -> None:
    """Between two validators of the standard library, and past the one of Werkzeug."""
    name, pack = CODINGS[coding]
    text = json.dumps({"items": items, "n": 1.10}, indent=indent, ensure_ascii=ascii_only)
    body = pack(text.encode())
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in itertools.pairwise(edges)]
    headers = [JSON, *([("Content-Encoding", name)] if name else [])]
    inner = shape("200 OK", headers, pieces)
    served = serve(validator(guarded_by("blank")(validator(inner))))
    assert served.errors == ""
    left = [item for item in items if may_be_shown(item)]
    bare = [{key: value for key, value in item.items() if key != "signals"} for item in left]
    assert json.loads(served.body) == {"items": bare, "n": 1.10}
    assert served.header("Content-Length") == str(len(served.body))
    assert serve(LintMiddleware(guarded_by("blank")(inner))).body == served.body


def test_threads_share_one_guard_and_mix_nothing_up(guarded_by: Wrap) -> None:
    """Each request gets its own list, its own customer and its own decision."""

    def own_list(environ: Any, start_response: Any) -> Iterator[bytes]:
        number = environ["QUERY_STRING"]
        environ["guardrail.customer"] = f"c-{number}"
        start_response("200 OK", [JSON])
        yield b'{"items":[{"id":"%b",' % number.encode()
        yield b'"signals":[]},{"id":"x","signals":[{"party":"third"}]}]}'

    guarded = guarded_by("blank")(own_list)

    def one(number: int) -> tuple[list[str], str]:
        environ = environ_for(QUERY_STRING=str(number))
        served = Server(environ).run(guarded)
        return ids_in(served.body), environ["guardrail.decision"].items[0].id

    with ThreadPoolExecutor(8) as threads:
        for number, found in enumerate(threads.map(one, range(400))):
            assert found == ([str(number)], str(number))
