"""One guarded response as the server sees it: an iterable that is held until it can be judged.

On the first ``next`` the app's body is read ahead, without a byte going out, until there is a
plan of what to send; only then is the server's ``start_response`` called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from guardrail.intercept.headers import Headers
from guardrail.intercept.judge import AppResponse, Judge, Plan
from guardrail.intercept.request import Environ

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication

_NOTHING: Iterator[bytes] = iter(())


class HeldResponse:
    """What the server is given to iterate and close. One request, one thread.

    A class and not a generator: a generator that was never started runs none of its ``finally``.
    """

    # As every response begins.
    _iterable: Iterable[bytes] = ()
    _response: AppResponse | None = None
    _plan: Plan | None = None
    _replaces: OptExcInfo | None = None
    _server_write: Callable[[bytes], object] | None = None
    _handed_back = False
    _sent = False
    _sending: Iterator[bytes] | None = None
    _finished = False
    _closed = False

    def __init__(self, judge: Judge, start_response: StartResponse) -> None:
        self._judge = judge
        self._start_server = start_response

    def run(self, app: WSGIApplication, environ: Environ) -> Iterable[bytes]:
        """Call the app, once. Gives its own iterable where its response is not to be judged."""
        try:
            self._iterable = app(environ, self._started)
            response = self._response
            if response is not None and not response.is_covered:
                self._open(self._plan or self._judge.not_covered(response))
                self._handed_back = True
                self._judge.forget()
                return self._iterable
        except BaseException:
            self.close()
            raise
        return self

    def __iter__(self) -> HeldResponse:
        return self

    def __next__(self) -> bytes:
        plan = self._plan
        if self._sending is None:
            # Whatever goes wrong, there is nothing after it.
            self._sending = _NOTHING
            rest = iter(self._iterable)
            plan = plan or self._read_ahead(rest)
            if plan.body is not None:
                self._open(plan)
                self._sent = bool(plan.body)
                return plan.body
            self._sending = self._pieces(rest)
        if plan is not None and plan.stream is not None:
            plan.stream.sent()
        try:
            piece = next(self._sending)
        except StopIteration:
            self._finished = True
            raise
        self._sent = self._sent or bool(piece)
        return piece

    def close(self) -> None:
        """Close the app's iterable, once; give back what was reserved if it never went out."""
        if self._closed:
            return
        self._closed = True
        self._replaces = None
        try:
            close = getattr(self._iterable, "close", None)
            if close is not None:
                close()
        finally:
            self._judge.forget()
            if self._plan is not None and not self._finished:
                self._judge.release(self._plan)

    def _started(
        self, status: str, headers: Headers, exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """The app's ``start_response``; with ``exc_info`` the response begins anew."""
        try:
            if self._sent or self._handed_back:
                # Bytes are out: the server raises what it is given. Some servers take no third
                # argument unless there is an error to tell.
                return self._start_server(status, headers, *((exc_info,) if exc_info else ()))
            if self._response is not None and not exc_info:
                raise AssertionError(
                    "start_response was called a second time; that is for errors alone, "
                    "and needs exc_info to say which one"
                )
            if self._plan is not None:
                self._judge.release(self._plan)
            if self._server_write is not None:
                self._replaces, self._server_write = exc_info, None
            self._plan = None
            self._response = AppResponse(status, list(headers))
        finally:
            exc_info = None  # a frame that is kept alive keeps the whole request
        return self._write

    def _write(self, data: bytes) -> None:
        """The app's ``write``: held like the rest, or handed to the server once that is settled."""
        if self._plan is None:
            response = self._came()
            response.hold(data)
            self._plan = self._judge.early(response)
            data = b"" if self._plan is None else response.take()
        plan = self._plan
        if plan is None or plan.body is not None:
            return
        if judged := data if plan.stream is None else plan.stream.feed(data):
            self._sent = True
            self._open(plan)(judged)
            if plan.stream is not None:
                plan.stream.sent()

    def _pieces(self, rest: Iterator[bytes]) -> Iterator[bytes]:
        """What the server is given, until no other response comes in place of the one begun."""
        response = None
        while response is None or response is not self._response:
            plan = self._plan or self._read_ahead(rest)
            response = self._response or self._came()
            if plan.body is None:
                yield from self._as_it_comes(plan, response, rest)
            else:
                self._open(plan)
                yield plan.body

    def _as_it_comes(
        self, plan: Plan, response: AppResponse, rest: Iterator[bytes]
    ) -> Iterator[bytes]:
        """A piece for each piece, empty where no record has ended yet; what is left at the end."""
        held = response.take()
        for piece in chain((held,), rest) if held else rest:
            if self._response is not response:
                self._came().hold(piece)
                return
            judged = piece if plan.stream is None else plan.stream.feed(piece)
            if self._server_write is None:
                self._open(plan)
            yield judged
        if self._response is response:
            end = b"" if plan.stream is None else plan.stream.finish()
            if self._server_write is None:
                self._open(plan)
            if plan.stream is not None:
                yield end

    def _read_ahead(self, rest: Iterator[bytes]) -> Plan:
        # PEP 3333 asks for an empty piece whenever there is nothing to give yet; no server lets
        # headers change after the first piece, so the reading ahead is bounded by bytes instead.
        response = self._response
        if response is not None:  # what is known before the first piece may do
            self._plan = self._judge.early(response)
            if self._plan is not None:
                return self._plan
        for chunk in rest:
            response = self._response
            if chunk:
                response = response or self._came()
                response.hold(chunk)
            if response is not None and response.size > response.holds_to:
                self._plan = self._judge.early(response)
                if self._plan is not None:
                    return self._plan
        response = self._response or self._came()
        if response.size > response.holds_to:
            self._plan = self._judge.early(response)
        self._plan = self._plan or self._judge.final(response)
        return self._plan

    def _came(self) -> AppResponse:
        if self._response is None:
            raise AssertionError("the app gave its body before it called start_response")
        return self._response

    def _open(self, plan: Plan) -> Callable[[bytes], object]:
        """Let the headers out, once, as late as may be: some servers can't take them back.

        Gives the server's ``write``.
        """
        if self._server_write is None:
            if self._replaces is None:
                self._server_write = self._start_server(plan.status, plan.headers)
            else:
                replaces, self._replaces = self._replaces, None
                self._server_write = self._start_server(plan.status, plan.headers, replaces)
        return self._server_write
