"""Names for people and things that nobody can read back: keyed pseudonyms, codes, Redis keys.

Everything is keyed with the secret. Several secrets, separated by commas, are a rotation: the
first is current, the rest are still read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Callable
from typing import NamedTuple

HOUR = 3600
DAY = 24 * HOUR
STATS_SECONDS = 8 * DAY
MODE_SECONDS = 30 * DAY
CHOICES_SECONDS = 400 * DAY


class Retention(NamedTuple):
    """One kind of thing that is kept: ``seconds`` it lives, or None where ``rule`` alone says."""

    what: str
    key: str
    value: str
    seconds: int | None
    rule: str


RETENTION = (
    Retention(
        "Impressions of one customer",
        "caps:{pseudonym}",
        "keyed hashes of counters, and when each counted; packed bytes",
        None,
        "the longest window or cooldown of what is held, from the last impression",
    ),
    Retention(
        "Tolerance and choices of one customer",
        "choices:{pseudonym}",
        "encrypted JSON",
        CHOICES_SECONDS,
        "from the last time they were set",
    ),
    Retention(
        "Counts of verdicts and facts in one hour",
        "stats:<hour>",
        "numbers by minute and keyed code",
        STATS_SECONDS,
        "from the last count that was added",
    ),
    Retention(
        "Names behind the codes of the counts",
        "stats:names",
        "what a code counts: rule, surface, verdict, fact; nothing about a customer",
        STATS_SECONDS,
        "from the last time one was added",
    ),
    Retention(
        "Mode in force for every worker",
        "mode",
        "off, observe or enforce, for everything or one surface",
        MODE_SECONDS,
        "from the last time a worker read it",
    ),
)


def _text_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_PSEUDONYM_LENGTH = 22


class _Secret:
    """One secret, with a key of its own for each use."""

    def __init__(self, text: str) -> None:
        raw = _text_bytes(text)

        def key(use: bytes) -> bytes:
            root = hashlib.blake2b(raw, digest_size=32, person=b"guardrail").digest()
            return hashlib.blake2b(key=root, digest_size=32, person=use).digest()

        self.pseudonyms = hashlib.blake2b(key=key(b"pseudonym"), digest_size=16)
        self.codes = hashlib.blake2b(key=key(b"code"), digest_size=6)
        self.counters = hashlib.blake2b(key=key(b"counter"), digest_size=5)
        self.signing = key(b"sign")
        self.choices = key(b"choices")


def _digest(keyed: hashlib.blake2b, text: str) -> bytes:
    started = keyed.copy()
    started.update(_text_bytes(text))
    return started.digest()


def _namer(keyed: hashlib.blake2b) -> Callable[[str], bytes]:
    """`_digest` under one key, for the many counters of a response."""
    copy = keyed.copy

    def name(text: str) -> bytes:
        started = copy()
        started.update(text.encode("utf-8", "surrogatepass"))
        return started.digest()

    return name


def _pseudonym(secret: _Secret, text: bytes) -> str:
    """A digest of 16 bytes as URL-safe base64 without its padding."""
    started = secret.pseudonyms.copy()
    started.update(text)
    said = b2a_base64(started.digest(), newline=False)[:_PSEUDONYM_LENGTH]
    return said.translate(_URL_SAFE).decode("ascii")


class Keys:
    """Pseudonyms, codes, signatures and Redis key names under one secret and one prefix.

    Raises ValueError for a secret without a current part and for a prefix with braces, which
    would break the hash slot of a customer's keys.
    """

    def __init__(self, secret: str, prefix: str = "guardrail:") -> None:
        parts = [part.strip() for part in secret.split(",")]
        if not parts[0]:
            raise ValueError(
                "the secret is empty; give GUARDRAIL_SECRET a long random text "
                "(current first, previous ones after commas)"
            )
        if "{" in prefix or "}" in prefix:
            raise ValueError(f"the key prefix {prefix!r} has a brace; use a name such as 'shop:'")
        self.prefix = prefix
        self._secrets = tuple(_Secret(part) for part in dict.fromkeys(parts) if part)
        self._begin_pseudonym = self._secrets[0].pseudonyms.copy

    def __repr__(self) -> str:
        return f"Keys(prefix={self.prefix!r}, secrets={len(self._secrets)})"

    def pseudonym(self, customer_id: str) -> str:
        """The customer's pseudonym under the current secret: 22 characters, safe in a URL."""
        return _pseudonym(self._secrets[0], _text_bytes(customer_id))

    def previous(self, customer_id: str) -> tuple[str, ...]:
        """The customer's pseudonyms under the previous secrets, newest first."""
        return tuple(_pseudonym(s, _text_bytes(customer_id)) for s in self._secrets[1:])

    def identity(self, customer_id: str) -> str:
        """What a ledger and the choices take as ``customer``: current pseudonym, then previous.

        They are separated by spaces, so that what is kept under a previous one can be moved.
        """
        # As bytes once, and not by way of the two above: this is asked with every request.
        text = customer_id.encode("utf-8", "surrogatepass")
        if len(self._secrets) > 1:
            return " ".join([_pseudonym(secret, text) for secret in self._secrets])
        started = self._begin_pseudonym()
        started.update(text)
        said = b2a_base64(started.digest(), newline=False)[:_PSEUDONYM_LENGTH]
        return said.translate(_URL_SAFE).decode("ascii")

    def bucket(self, pseudonym: str, salt: str) -> int:
        """A number 0-99 that stays the same for this pseudonym and salt."""
        raw = hashlib.blake2b(_text_bytes(f"{salt}\0{pseudonym}"), digest_size=8).digest()
        return int.from_bytes(raw) % 100

    def code(self, text: str) -> str:
        """A keyed code of 12 hex digits for a text that must not be readable where it is kept."""
        return _digest(self._secrets[0].codes, text).hex()

    def counter(self, text: str) -> tuple[bytes, ...]:
        """The 5 bytes that stand for a counter, under the current and each previous secret."""
        return tuple([name(text) for name in self.counter_namers])

    @property
    def counter_namers(self) -> tuple[Callable[[str], bytes], ...]:
        """What gives the 5 bytes of a counter: one callable for each secret, as in `counter`."""
        return tuple([_namer(s.counters) for s in self._secrets])

    def caps(self, pseudonym: str) -> str:
        """Where a customer's impressions are kept."""
        return f"{self.prefix}caps:{{{pseudonym}}}"

    def choices(self, pseudonym: str) -> str:
        """Where a customer's tolerance and choices are kept."""
        return f"{self.prefix}choices:{{{pseudonym}}}"

    def stats(self, hour: int) -> str:
        """Where one hour's counts are kept; ``hour`` is whole hours since the epoch."""
        return f"{self.prefix}stats:{hour}"

    def stats_names(self) -> str:
        """Where the names behind the codes of the counts are kept."""
        return f"{self.prefix}stats:names"

    def mode(self) -> str:
        """Where the mode in force for every worker is kept."""
        return f"{self.prefix}mode"

    def choice_keys(self) -> tuple[bytes, ...]:
        """32-byte keys that encrypt choices, current first; for `guardrail.choices` alone."""
        return tuple(s.choices for s in self._secrets)

    def sign(self, text: str) -> str:
        """The text with a signature after its last dot, for a cookie."""
        return f"{text}.{_unpadded(self._signature(self._secrets[0], text))}"

    def unsign(self, text: str) -> str | None:
        """The text that `sign` was given, or None when no secret of ours signed it."""
        said, dot, signature = text.rpartition(".")
        if not dot:
            return None
        given = _text_bytes(signature)
        good = False
        for secret in self._secrets:
            ours = _unpadded(self._signature(secret, said)).encode("ascii")
            good |= hmac.compare_digest(ours, given)
        return said if good else None

    @staticmethod
    def _signature(secret: _Secret, text: str) -> bytes:
        return hmac.digest(secret.signing, _text_bytes(text), "sha256")
