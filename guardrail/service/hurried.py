"""A page waits for the stores once, and not once for each thing that it asks of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from guardrail.config import Settings
from guardrail.connection import hurry


class Set(Protocol):
    """Something with settings."""

    @property
    def settings(self) -> Settings:
        """The settings in effect."""
        ...


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Set)


def hurried(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """The method, all of whose waits for Redis share one allowance of ``redis_timeout``."""

    @wraps(method)
    def within(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.settings.redis_url is None:
            return method(self, *args, **kwargs)
        with hurry(self.settings.redis_timeout):
            return method(self, *args, **kwargs)

    return within
