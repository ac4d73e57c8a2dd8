"""One request before the guard: what has come of the app's response becomes what is sent.

Whatever goes wrong in here, the app's own response goes out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from guardrail.intercept.headers import (
    Headers,
    as_json,
    for_head,
    for_stream,
    in_language,
    not_shared,
    rewritten,
)
from guardrail.intercept.identity import Identity, expected, identify
from guardrail.intercept.needs import DECISION, READ_AHEAD, Answer, CustomerOf, Guard
from guardrail.intercept.reading import Reading, UnreadableError
from guardrail.intercept.records import Records
from guardrail.intercept.request import Environ, is_head, is_prefetch, wants_privacy
from guardrail.intercept.stream import Asker, Stream
from guardrail.model import Decision
from guardrail.ruleset import Surface
from guardrail.trouble import report

_FAILED = "the guard failed, the app's own response goes out"
_JUDGED_OUTCOMES = ("guarded", "observed")
_COVERED = frozenset({"200", "206"})


class AppResponse:
    """What has come of the app's response so far. ``size``: bytes held. ``is_covered``: its
    status is one of which responses can show items; an error page shows none. ``holds_to``: up to
    so many bytes nothing can speak against holding more of it.
    """

    __slots__ = ("_held", "headers", "holds_to", "is_covered", "reading", "size", "status")

    def __init__(self, status: str, headers: Headers) -> None:
        self.status = status
        self.is_covered = status[:3] in _COVERED
        self.headers = headers
        self.reading: Reading | None = None
        self.size = 0
        self.holds_to = -1
        self._held: list[bytes] = []

    def hold(self, chunk: bytes) -> None:
        """Keep one more piece of the body."""
        self._held.append(chunk)
        self.size += len(chunk)

    def body(self) -> bytes:
        """All that is held, as one piece."""
        if len(self._held) > 1:
            self._held = [b"".join(self._held)]
        return self._held[0] if self._held else b""

    def take(self) -> bytes:
        """All that is held, and hold it no longer."""
        body, self._held = self.body(), []
        return body


class Plan(msgspec.Struct, frozen=True):
    """What is sent. ``body`` None: what is held of the app's body, then the rest as it comes,
    through ``stream`` where there is one.
    """

    status: str
    headers: Headers
    body: bytes | None = None
    answer: Answer | None = None
    stream: Stream | None = None


class Judge:
    """Asks the guard about the responses to one request.

    ``outer`` is environ as the server gave it, ``inner`` the copy that the app is given.
    """

    def __init__(
        self,
        guard: Guard,
        surface: Surface,
        outer: Environ,
        inner: Environ,
        customer_of: CustomerOf | None,
    ) -> None:
        self._guard = guard
        self._surface = surface
        self._outer = outer
        self._inner = inner
        self._customer_of = customer_of
        self._is_head = is_head(outer)
        self._ahead: Any = None

    def read_ahead(self, named: Callable[[], object] | None = None) -> None:
        """Ask for what is kept of the customer while the app works, where it shows who that is.

        ``named``: says who, where environ does not and the app can tell by now. `forget` is to be
        called when the response is over.
        """
        try:
            if self._is_head or not self._guard.reads_ahead:
                return
            who = expected(self._outer, self._inner, self._customer_of, self._guard, named)
            if who is not None:
                self._ahead = self._guard.read_ahead(
                    self._surface, customer=who.customer, session=who.session
                )
        except Exception as error:  # noqa: BLE001 - it is read once the app has answered
            report("what is kept of a customer could not be read ahead", error)

    def forget(self) -> None:
        """Let go of what was read ahead, if nobody used it. Never raises."""
        self._inner.pop(READ_AHEAD, None)
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.drop()

    def not_covered(self, response: AppResponse) -> Plan:
        """Send a response that shows no items just as it comes; to a HEAD headers alone."""
        try:
            self._note(self._guard.not_covered(self._surface))
        except Exception as error:  # noqa: BLE001 - a page never breaks because of its guard
            report(_FAILED, error)
        if response.is_covered:
            return Plan(response.status, for_head(response.headers), b"")
        return Plan(response.status, response.headers)

    def early(self, response: AppResponse) -> Plan | None:
        """What to send, where its headers and beginning already say so; None = read on."""
        try:
            reading = response.reading
            if reading is None:
                if self._is_head or not response.is_covered:
                    return self.not_covered(response)
                reading = self._reading(response)
            why = reading.refused
            if why is None:
                if reading.records is not None:
                    return self._streamed(response, reading.records)
                why = reading.look(response.body, response.size)
            if why is not None:
                return self._unreadable(response, why, None)
            if reading.is_whole:
                response.holds_to = reading.limit
            return None
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed(error, response, None)

    def final(self, response: AppResponse) -> Plan:
        """What to send for a response that is held whole and gave no early plan."""
        try:
            reading = response.reading or self._reading(response)
            body = response.body()
            try:
                text = reading.text(body)
            except UnreadableError as error:
                return self._unreadable(response, error.why, body)
            outer = self._outer
            who = identify(outer, self._inner, self._customer_of, self._guard)
            count = not is_prefetch(outer)
            surface = self._surface
            if reading.language:
                surface = in_language(surface, reading.language)
            answer = self._guard.answer(
                text,
                surface,
                customer=who.customer,
                gpc=wants_privacy(outer),
                session=who.session,
                count=count,
                fresh=who.cookie is not None,
                early=self._ahead,
            )
            outer[DECISION] = self._inner[DECISION] = answer.decision
            decoded = text if reading.is_encoded else None
            return compose(response, answer, who.cookie if count else None, decoded)
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed(error, response, response.body())

    def release(self, plan: Plan) -> None:
        """Give back what was reserved for a response that never went out."""
        try:
            if plan.answer is not None:
                self._guard.release(plan.answer)
            if plan.stream is not None:
                plan.stream.release()
        except Exception as error:  # noqa: BLE001 - called while closing: nobody could mend it
            report("impressions that nobody saw could not be given back", error)

    def _streamed(self, response: AppResponse, kind: type[Records]) -> Plan:
        self.forget()  # a stream may last for hours, and what was read with it
        who = self._identify()
        count = not is_prefetch(self._outer)
        asker = Asker(
            self._guard,
            self._surface,
            who,
            gpc=wants_privacy(self._outer),
            counts=count,
            in_force=lambda: self._guard.mode_of(self._surface) != "off",
            note=self._note,
        )
        headers = for_stream(response.headers)
        if self._guard.mode_of(self._surface) == "enforce":
            headers = not_shared(headers)
            if who.cookie is not None and count:
                headers = [*headers, ("Set-Cookie", who.cookie)]
        limit = self._guard.settings.max_body_bytes
        return Plan(response.status, headers, stream=Stream(asker, kind, limit))

    def _reading(self, response: AppResponse) -> Reading:
        limit = self._guard.settings.max_body_bytes
        response.reading = Reading(response.status, response.headers, limit)
        return response.reading

    def _unreadable(self, response: AppResponse, why: str, body: bytes | None) -> Plan:
        who = self._identify()
        answer = self._guard.unreadable(
            why,
            self._surface,
            customer=who.customer,
            gpc=wants_privacy(self._outer),
            session=who.session,
            body=body,
            early=self._ahead,
        )
        self._note(answer.decision)
        return compose(response, answer, None, None)

    def _identify(self) -> Identity:
        return identify(self._outer, self._inner, self._customer_of, self._guard)

    def _failed(self, error: Exception, response: AppResponse, body: bytes | None) -> Plan:
        """Our own mistake: the app's own response, or a blank where the surface wants one."""
        try:
            answer = self._guard.failed(error, self._surface, customer=None, body=body)
            self._note(answer.decision)
            plan = replace(compose(response, answer, None, None), answer=None)
        except Exception as again:  # noqa: BLE001 - as above
            report(_FAILED, again)
            plan = Plan(response.status, response.headers)
        report(_FAILED if plan.body is None else "the guard failed, a blank goes out", error)
        return plan

    def _note(self, decision: Decision) -> None:
        self._outer[DECISION] = self._inner[DECISION] = decision


def compose(
    response: AppResponse, answer: Answer, cookie: str | None, decoded: bytes | None
) -> Plan:
    """The response that says what the answer says.

    ``cookie``: a session to keep, where the result depends on who the visitor is. ``decoded``:
    the app's body without its compression, where it came with one.
    """
    outcome = answer.decision.outcome
    status, headers, body = response.status, response.headers, answer.body
    if body is None and outcome == "observed":
        return Plan(status, headers, answer=answer)
    private = answer.personal
    if body is None and outcome == "guarded":
        body = decoded
    if body is not None:
        headers = rewritten(headers, len(body), of_new_body=True, private=private)
        if outcome not in _JUDGED_OUTCOMES:
            status, headers = "200 OK", as_json(headers)
    elif outcome == "guarded":
        headers = rewritten(headers, response.size, private=private)
    elif private:
        headers = not_shared(headers)
    # Without anything personal in it the response may be shared, and the cookie with it.
    if private and cookie is not None and outcome in _JUDGED_OUTCOMES:
        headers = [*headers, ("Set-Cookie", cookie)]
    return Plan(status, headers, body, answer)
