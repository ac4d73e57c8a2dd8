"""What is in force: the newest good rule set, and the mode that everybody's word adds up to."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from guardrail.config import Settings
from guardrail.rulefile import Problem, RuleStore
from guardrail.ruleset import RuleSet, Surface, lowest_mode
from guardrail.service.armed import Armed, arm
from guardrail.service.stores import Stores

log = logging.getLogger("guardrail")


class InForce:
    """Rules and mode, exchanged as whole values, so that readers need no lock."""

    def __init__(self, settings: Settings, stores: Stores) -> None:
        """Raises `guardrail.rulefile.RuleFileError` without a good rule set to start with."""
        self._settings = settings
        self._stores = stores
        self._files = RuleStore(settings.rules, on_problem=_log_problems)
        self._switch: Mapping[str, str] = {}
        self._in_effect: dict[tuple[str, str], str] = {}
        self.armed: Armed = arm(self._files.current)

    @property
    def rules(self) -> RuleSet:
        """The rule set in force."""
        return self.armed.rules

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the newest rule files are not in force; empty when they are."""
        return self._files.broken

    def refresh(self) -> None:
        """Take over changed rule files and switched modes."""
        self._files.refresh()
        if self._files.current is not self.armed.rules:
            self.armed = arm(self._files.current)
            self._in_effect = {}
            log.info("rules %s are in force", self.rules.revision)
        self._ask_for_switch()

    def mode_of(self, surface: Surface) -> str:
        """The mode in effect on a surface: the lowest that anybody asks for."""
        # Taken before what it follows from: whoever changes that puts an empty one in its place.
        in_effect = self._in_effect
        asked = (surface.name, surface.mode)
        known = in_effect.get(asked)
        if known is None:
            switch = self._switch
            known = in_effect[asked] = lowest_mode(
                self._settings.mode,
                self.armed.rules.mode,
                surface.mode,
                switch.get("*"),
                switch.get(surface.name),
            )
        return known

    def modes(self, surface: str | None = None) -> dict[str, str]:
        """Who asks for which mode: source -> mode; a source that says nothing is left out."""
        self._ask_for_switch()
        asked = {
            "settings": self._settings.mode,
            "rule files": self.rules.mode,
            "guardrail mode": self._switch.get("*"),
        }
        if surface is not None:
            asked[f"rule files, surface {surface}"] = self.rules.surface(surface).mode
            asked[f"guardrail mode --surface {surface}"] = self._switch.get(surface)
        return {source: mode for source, mode in asked.items() if mode}

    def switch(self, mode: str, surface: str | None) -> None:
        """Switch the mode for every worker that shares the stores; raises `Unreachable`."""
        self._stores.switch(mode, surface)
        self._ask_for_switch()

    def _ask_for_switch(self) -> None:
        """Take over what was switched; the modes in effect are worked out anew."""
        self._switch = self._stores.switched(self._switch)
        self._in_effect = {}


def _log_problems(problems: Sequence[Problem]) -> None:
    for problem in problems:
        log.error("rules not taken over: %s", problem.text())
