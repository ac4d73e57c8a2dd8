"""Choices in Redis, encrypted: what somebody does not want to see says much about them."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from guardrail.choices.store import packed, unpacked
from guardrail.connection import Connection, Script, Unreachable, after_moves, reason
from guardrail.keys import CHOICES_SECONDS, Keys

if TYPE_CHECKING:
    from guardrail.connection import Client

log = logging.getLogger("guardrail.choices")

CUSTOMERS_PER_TRIP = 250

# Choices that were set meanwhile must not be written over with the old ones.
_REPLACE = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
end
return 1
""")


class RedisChoices:
    """Keeps choices for 400 days from when they were set, encrypted with the secret of `Keys`.

    What was kept under a previous secret is moved, and encrypted anew, when it is next read. A
    value that can't be decrypted counts as absent, and a line in the log says so.

    Raises ImportError where cryptography is missing.
    """

    def __init__(self, connection: Connection, keys: Keys) -> None:
        try:
            from cryptography.fernet import Fernet, InvalidToken, MultiFernet
        except ImportError:
            raise ImportError(
                "choices in Redis are encrypted with cryptography, which is not installed; "
                "install guardrail-middleware[redis]"
            ) from None
        self._connection = connection
        self._keys = keys
        boxes = [Fernet(base64.urlsafe_b64encode(key)) for key in keys.choice_keys()]
        self._box = MultiFernet(boxes)
        self._invalid = InvalidToken

    def places(self, customer: str) -> list[str]:
        """The key of a customer's choices, then the previous ones that are moved to it."""
        if " " not in customer:  # mostly there is one secret
            return [self._keys.choices(customer)]
        return [self._keys.choices(name) for name in customer.split(" ")]

    def get(self, customer: str) -> dict[str, Any] | None:
        """What was last set, or None. Raises Unreachable."""
        key, *older = self.places(customer)

        def read(client: Client) -> tuple[bool, bytes | None]:
            if not older:
                return False, client.get(key)  # type: ignore[return-value]
            moves = [(old, key) for old in older]
            *moved, raw = after_moves(client, moves, lambda trip: trip.get(key))
            return any(moved), raw

        return self.opened(key, *self._connection.call(read))

    def get_many(self, customers: Sequence[str]) -> list[dict[str, Any] | Unreachable | None]:
        """`get` for many customers in order, 250 in a trip."""
        out: list[dict[str, Any] | Unreachable | None] = []
        for begin in range(0, len(customers), CUSTOMERS_PER_TRIP):
            keys = [
                [self._keys.choices(name) for name in customer.split(" ")]
                for customer in customers[begin : begin + CUSTOMERS_PER_TRIP]
            ]
            try:
                got = self._connection.call(partial(_read_each, keys))
            except Unreachable as error:
                out += [error] * len(keys)
            else:
                out += [self._answered(*one) for one in zip(keys, got, strict=True)]
        return out

    def _answered(
        self, keys: Sequence[str], got: tuple[bool, bytes | Exception | None]
    ) -> dict[str, Any] | Unreachable | None:
        moved, raw = got
        if isinstance(raw, Exception):
            return Unreachable(reason(raw), self._connection.where)
        try:
            return self.opened(keys[0], moved, raw)
        except Unreachable as error:
            return error

    def opened(self, key: str, moved: bool, raw: bytes | None) -> dict[str, Any] | None:
        """The choices in a value of that key; what was ``moved`` there is encrypted anew.

        Raises Unreachable.
        """
        if raw is None:
            return None
        try:
            choices = unpacked(self._box.decrypt(raw))
        except (self._invalid, msgspec.DecodeError):
            log.warning(
                "a customer's kept choices can't be decrypted and count as absent; "
                "was a secret dropped that is still needed?"
            )
            return None
        if moved:
            anew = self._box.rotate(raw)
            self._connection.call(lambda client: _REPLACE.run(client, [key], [raw, anew]))
        return choices

    def set(self, customer: str, choices: Mapping[str, Any]) -> None:
        """Keep these in place of all before; ValueError for what can't be kept.

        Raises Unreachable.
        """
        value = self._box.encrypt(packed(choices))
        key, *older = (self._keys.choices(name) for name in customer.split(" "))

        def write(client: Client) -> None:
            trip = client.pipeline(transaction=False)
            trip.set(key, value, ex=CHOICES_SECONDS)
            for old in older:
                trip.unlink(old)
            trip.execute()

        self._connection.call(write)

    def erase(self, customer: str) -> None:
        """Forget that customer's choices. Raises Unreachable."""
        names = [self._keys.choices(name) for name in customer.split(" ")]
        self._connection.call(lambda client: [client.unlink(name) for name in names])


def _read_each(
    keys: Sequence[Sequence[str]], client: Client
) -> list[tuple[bool, bytes | Exception | None]]:
    """In one trip, of each: whether it was moved from a previous key, and what is there."""
    trip = client.pipeline(transaction=False)
    for key, *older in keys:
        for old in older:
            trip.renamenx(old, key)
        trip.get(key)
    answers = iter(trip.execute(raise_on_error=False))
    got: list[tuple[bool, bytes | Exception | None]] = []
    for _, *older in keys:
        # An answer for each that may have been moved, and every one of them is read.
        moved = [next(answers) == 1 for _ in older]
        got.append((any(moved), next(answers)))
    if got and all(isinstance(raw, Exception) for _, raw in got):
        raise got[0][1]  # type: ignore[misc]
    return got
