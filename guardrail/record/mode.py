"""The mode switched by hand, for everything or one surface: in memory, or for all workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from guardrail.connection import Connection
from guardrail.keys import MODE_SECONDS, Keys
from guardrail.model import MODES
from guardrail.ruleset import lowest_mode

if TYPE_CHECKING:
    from guardrail.connection import Client

EVERYTHING = "*"


class _Said(msgspec.Struct, frozen=True):
    mode: str
    surface: str | None = None


class Switch(Protocol):
    """A switch that operations throw without a deploy."""

    def get(self) -> dict[str, str]:
        """The modes that were switched, by surface; ``*`` for everything. Raises Unreachable."""
        ...

    def set(self, mode: str, surface: str | None = None) -> None:
        """Switch everything, or one surface. ValueError for no mode; raises Unreachable."""
        ...


class ModeSwitch:
    """A switch for this process alone."""

    def __init__(self) -> None:
        self._modes: dict[str, str] = {}

    def get(self) -> dict[str, str]:
        """A copy of the modes that were switched."""
        return dict(self._modes)

    def set(self, mode: str, surface: str | None = None) -> None:
        """Switch everything, or one surface."""
        self._modes = {**self._modes, surface or EVERYTHING: _checked(mode)}


class RedisModeSwitch:
    """A switch for every process that shares the Redis and the secret.

    It is kept for 30 days, and reading it starts them anew: a switch that was thrown holds for
    as long as anybody asks.
    """

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys

    def get(self) -> dict[str, str]:
        """The modes that were switched; what is no mode (written by somebody else) is left out."""
        modes: dict[str, str] = {}
        for place, mode in self._connection.call(self._kept).values():
            modes[place] = lowest_mode(mode, modes.get(place))
        return modes

    def set(self, mode: str, surface: str | None = None) -> None:
        """Switch everything, or one surface, for all."""
        place = surface or EVERYTHING
        field = EVERYTHING if surface is None else self._keys.code(surface)
        value = msgspec.json.encode(_Said(_checked(mode), surface))
        key = self._keys.mode()

        def write(client: Client) -> None:
            # Under another secret the surface had another code; that old field must not bind on.
            kept = self._kept(client).items()
            stale = [f for f, (where, _) in kept if where == place and f != field.encode()]
            trip = client.pipeline(transaction=True)
            if stale:
                trip.hdel(key, *stale)
            trip.hset(key, field, value)
            trip.expire(key, MODE_SECONDS)
            trip.execute()

        self._connection.call(write)

    def _kept(self, client: Client) -> dict[bytes, tuple[str, str]]:
        """field -> (surface or ``*``, mode); reading starts the days anew."""
        key = self._keys.mode()
        trip = client.pipeline(transaction=False)
        trip.hgetall(key)
        trip.expire(key, MODE_SECONDS)
        fields: dict[bytes, bytes] = trip.execute()[0]
        read = {field: _read(value) for field, value in fields.items()}
        return {field: said for field, said in read.items() if said}


def _read(value: bytes) -> tuple[str, str] | None:
    try:
        said = msgspec.json.decode(value, type=_Said)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return (said.surface or EVERYTHING, said.mode) if said.mode in MODES else None


def _checked(mode: str) -> str:
    if mode not in MODES:
        raise ValueError(f"{mode!r} is no mode; it is one of {', '.join(MODES)}")
    return mode
