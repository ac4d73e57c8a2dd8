"""The rule set in force, read again when its files change; the last good one stays."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from guardrail.rulefile.fallback import Signature
from guardrail.rulefile.load import Attempt, attempt_load, rule_files, states
from guardrail.rulefile.problem import Problem, RuleFileError, RuleFileUnreadable
from guardrail.ruleset import RuleSet

OnProblem = Callable[[tuple[Problem, ...]], object]
_States = dict[Path, Signature]


class RuleStore:
    """Holds the rule set of a path. Safe to use from several threads.

    Raises `RuleFileError` or `RuleFileUnreadable` when there is nothing good to begin with.
    ``on_problem`` is called with the problems of every new state of the files that is wrong.
    """

    def __init__(self, path: str | Path, *, on_problem: OnProblem) -> None:
        self._path = Path(path)
        self._on_problem = on_problem
        self._lock = Lock()
        attempt = attempt_load(self._path)
        if attempt.rules is None:
            raise RuleFileError(attempt.problems)
        self._current: RuleSet = attempt.rules
        self._broken: tuple[Problem, ...] = ()
        self._seen: _States = attempt.states

    @property
    def current(self) -> RuleSet:
        """The newest rule set that was right."""
        return self._current

    @property
    def broken(self) -> tuple[Problem, ...]:
        """What is wrong with the newest state of the files; empty when it is in force."""
        return self._broken

    @property
    def stale(self) -> bool:
        """Whether the files say something else than what is in force."""
        return bool(self._broken)

    def refresh(self) -> bool:
        """Read the files again if they changed; True when another rule set is now in force.

        Never raises: whatever is wrong stands in `broken`, and the rule set in force stays. A
        state that was refused is not read again. A thread that finds another one refreshing
        goes on with what is in force.
        """
        if not self._lock.acquire(blocking=False):
            return False
        try:
            return self._refresh()
        finally:
            self._lock.release()

    def _refresh(self) -> bool:
        try:
            listed = states([*rule_files(self._path), *self._seen])
            if listed == self._seen:
                return False
            attempt = attempt_load(self._path)
        except RuleFileUnreadable as error:
            self._seen = {}
            return self._refused((Problem(error.path, 1, 1, error.why),))
        except Exception as error:  # noqa: BLE001  # a fault of the reader must not end a request
            fault = f"the rules could not be read ({type(error).__name__})"
            return self._refused((Problem(str(self._path), 1, 1, fault),))
        self._seen = attempt.states
        return self._taken(attempt)

    def _taken(self, attempt: Attempt) -> bool:
        if attempt.rules is None:
            return self._refused(attempt.problems)
        self._broken = ()
        if attempt.rules.revision == self._current.revision:
            return False
        self._current = attempt.rules
        return True

    def _refused(self, problems: tuple[Problem, ...]) -> bool:
        if problems != self._broken:
            self._broken = problems
            # Telling must not stop what is told about.
            with suppress(Exception):
                self._on_problem(problems)
        return False
