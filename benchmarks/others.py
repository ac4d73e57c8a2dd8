"""What a page costs that is not the usual one: who it is for, what rules ask, what caps say."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from benchmarks import bodies, rulesets
from benchmarks.measure import Quantity, interleaved, ratio
from benchmarks.report import Row
from benchmarks.scoring import ACTED
from guardrail.service import Guard

OTHERS = "Other pages against the usual one: `Guard.answer` in memory, 5 caps, 23 % acted on"
_PAGES = 100
BEAT = f"the heartbeat after {_PAGES} pages"
_REPEATS = """guardrail: 1
rules:
  - {id: again, kind: repetition, title: Again, per: item, window: 24h, curve: {3: 5, 9: 40}}
"""
_TELLS = """guardrail: 1
rules:
  - id: told
    kind: combination
    title: Told
    at_least: 2
    weight: 30
    signs: {a: {categories: [garden]}, b: {categories: [music]}}
"""
_REFUSES = {"consent": {"health": False}, "topics_off": ["vice.gambling"], "gpc": True}


def others(folder: Path, turns: int) -> Iterator[Row]:
    """Each page in turn, of the same bodies."""
    log = logging.getLogger("guardrail")
    with ExitStack() as stack:
        # That each process counts alone in memory is no news here.
        stack.callback(log.setLevel, log.level)
        log.setLevel(logging.ERROR)

        def page(more: str = "", show: int | None = None, **said: Any) -> Quantity:
            """``more``: rules beside the twenty. ``said``: a setting ``mode``, or what is said of
            the customer; whoever has no id is somebody else each time.
            """
            rules = rulesets.twenty(folder / f"others-{next(number)}", caps=True)
            (rules / "more.yaml").write_text(more or "guardrail: 1\n")
            if show is not None:
                _shows(rules / "surfaces.yaml", show)
            settings = {"rules": rules, "redis_url": None, "mode": said.pop("mode", "enforce")}
            guard = stack.enter_context(closing(Guard.from_arguments(settings)))
            surface = guard.rules.surface("home")
            turn = itertools.count()

            def run(body: bytes) -> object:
                customer = {**rulesets.CUSTOMER, "id": f"c-{next(turn)}", **said}
                session = None if customer["id"] else f"s-{next(turn)}"
                return guard.answer(body, surface, customer=customer, session=session)

            return Quantity(run)

        number = itertools.count()
        quantities = {
            "usual": page(),
            "in mode observe": page(mode="observe"),
            "for somebody who refuses a topic, a consent and third-party data": page(**_REFUSES),
            "for somebody whose name the app gives": page(names=["Anna"], places=["Ulm"]),
            "for a visitor nobody knows, by the strictest preset": page(id=None, tolerance=None),
            "that caps have emptied": page(id="the same"),
            "with a rule on repetition for every item": page(_REPEATS),
            "with items that show signs of a combination": page(_TELLS),
            "of which 40 items are to be shown": page(show=40),
        }
        names = [*quantities]
        quantities[BEAT] = _heartbeat(stack, folder / "beat")
        made = bodies.bodies(50, share=ACTED)
        times = interleaved(quantities, made, turns=turns)
        for name in names[1:]:
            found = ratio(times[name], times["usual"])
            yield Row(OTHERS, f"a page {name}", 50, "x", found)
        yield Row(OTHERS, BEAT, 50, "x", ratio(times[BEAT], times["usual"]))


def _heartbeat(stack: ExitStack, folder: Path) -> Quantity:
    """What a worker does once a second beside its requests, which wait meanwhile."""
    # Without caps, lest a hundred customers a turn fill the memory that later sections use.
    rules = rulesets.twenty(folder, caps=False)
    guard = stack.enter_context(closing(Guard.from_arguments({"rules": rules, "redis_url": None})))
    surface = guard.rules.surface("home")
    turn = itertools.count()

    def pages(body: bytes) -> None:
        for _ in range(_PAGES):
            guard.answer(body, surface, customer={**rulesets.CUSTOMER, "id": f"c-{next(turn)}"})

    return Quantity(lambda _: guard.refresh(), pages)


def _shows(file: Path, items: int) -> None:
    said = file.read_text()
    assert "  home:\n" in said
    file.write_text(said.replace("  home:\n", f"  home:\n    show: {items}\n"))
