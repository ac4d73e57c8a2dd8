"""The shell for any WSGI app: ``GuardrailMiddleware(application, rules="rules/")``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Unpack

from msgspec.structs import replace

from guardrail.intercept.asking import ask_for_more
from guardrail.intercept.held import HeldResponse
from guardrail.intercept.judge import Judge
from guardrail.intercept.needs import GUARDED, Arguments, CustomerOf, make_guard
from guardrail.intercept.request import Environ, as_text, for_app, other_methods
from guardrail.ruleset import Surface
from guardrail.trouble import report

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


class GuardrailMiddleware:
    """A WSGI app that guards what another one answers.

    ``customer``: called with environ once the app has answered, to say who the response is for
    (an id, a customer dict, or None); ``environ["guardrail.customer"]``, set by the app, comes
    first. With Redis it is called before the app too, so that what is kept of the customer is
    read meanwhile; what it raises then is no error. ``settings``: the settings by their names in
    lower case, and ``clock``, a callable giving epoch seconds. ``guard``: a ready one instead of
    settings. Raises `ConfigError` for a setting that is wrong, and what loading the rules raises.

    Nothing of a request is kept here; one instance serves any number of threads.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        guard: Any = None,
        customer: CustomerOf | None = None,
        **settings: Unpack[Arguments],
    ) -> None:
        if guard is not None and settings:
            raise TypeError(
                "GuardrailMiddleware takes a ready guard or settings to make one from, "
                f"not both; with guard= leave out {', '.join(settings)}"
            )
        self.app = app
        self.customer = customer
        self.guard = make_guard(settings) if guard is None else guard

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 has it."""
        surface = self._surface_for(environ)
        if surface is None or environ.get(GUARDED):
            return self.app(environ, start_response)
        inner = for_app(environ)
        if surface.ask_for is not None:
            surface = ask_for_more(self.guard, surface, inner)
        judge = Judge(self.guard, surface, environ, inner, self.customer)
        self._read_ahead(judge, inner)
        return HeldResponse(judge, start_response).run(self.app, inner)

    def _read_ahead(self, judge: Judge, inner: Environ) -> None:  # noqa: ARG002
        """Begin to read what is kept of the customer; ``inner`` is for shells that do it later."""
        judge.read_ahead()

    def _surface_for(self, environ: Environ) -> Surface | None:
        try:
            path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
            if not path.isascii():
                path = as_text(path)
            found: Surface | None = self.guard.surface_for(environ["REQUEST_METHOD"], path)
            if found is not None:
                return found
            for method in other_methods(environ):
                alike: Surface | None = self.guard.surface_for(method, path)
                if alike is not None:
                    # It may be another page after all, so nothing but items is touched.
                    return replace(alike, on_failure="pass", ask_for=None)
        except Exception as error:  # noqa: BLE001 - a page never breaks because of its guard
            report("the guard failed, the request goes to the app unguarded", error)
            return None
        return None
