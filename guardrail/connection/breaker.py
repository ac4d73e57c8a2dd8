"""Leaving a server alone that does not answer."""

from __future__ import annotations

from threading import Lock


class Breaker:
    """Lets calls through until three in a row failed, then none for 1 s, doubling up to 30 s.

    After that time one call goes through as a probe; its success closes the breaker. All times
    are seconds on any clock that runs forward. Safe among threads.
    """

    def __init__(self, failures: int = 3, shortest: float = 1.0, longest: float = 30.0) -> None:
        self._most = failures
        self._shortest = shortest
        self._longest = longest
        self._failures = 0
        self._hold = 0.0
        self._until = 0.0
        self._probing = False
        self._lock = Lock()
        self.calm = True
        """Whether the last report was a success, or there was none: every call is permitted, and
        of another success nothing has to be told."""

    def permits(self, now: float) -> bool:
        """Whether a call may be made now; each permitted one is reported back."""
        if not self._hold:  # mostly there is nothing to keep apart
            return True
        with self._lock:
            if not self._hold:
                return True
            if now < self._until:
                return False
            # A probe that is never reported back (its thread died) is replaced after the hold.
            self._probing = True
            self._until = now + self._hold
            return True

    def succeeded(self) -> None:
        """Report that the server answered."""
        if not (self._failures or self._hold):
            return
        with self._lock:
            self._failures = 0
            self._hold = 0.0
            self._probing = False
            self.calm = True

    def failed(self, now: float) -> None:
        """Report that it did not."""
        with self._lock:
            self.calm = False
            self._failures += 1
            if not self._hold:
                if self._failures >= self._most:
                    self._hold = self._shortest
                    self._until = now + self._hold
            elif self._probing:
                self._hold = min(self._hold * 2, self._longest)
                self._until = now + self._hold
                self._probing = False

    def state(self, now: float) -> str:
        """``closed``, ``open`` or ``half-open`` (the next call, or one under way, is a probe)."""
        with self._lock:
            if not self._hold:
                return "closed"
            return "half-open" if self._probing or now >= self._until else "open"
