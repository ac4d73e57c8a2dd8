"""Choices in Redis, encrypted: what somebody does not want to see says much about them."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from guardrail.choices.store import packed, unpacked
from guardrail.connection import Connection, Script, after_moves
from guardrail.keys import CHOICES_SECONDS, Keys

if TYPE_CHECKING:
    from guardrail.connection import Client

log = logging.getLogger("guardrail.choices")

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

    def get(self, customer: str) -> dict[str, Any] | None:
        """What was last set, or None. Raises Unreachable."""
        key, *older = (self._keys.choices(name) for name in customer.split(" "))

        def read(client: Client) -> tuple[bool, bytes | None]:
            if not older:
                return False, client.get(key)  # type: ignore[return-value]
            moves = [(old, key) for old in older]
            *moved, raw = after_moves(client, moves, lambda trip: trip.get(key))
            return any(moved), raw

        moved, raw = self._connection.call(read)
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
