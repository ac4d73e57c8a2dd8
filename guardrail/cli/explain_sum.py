"""How findings became the number, drawn and reckoned, and what it was compared with."""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.cli.explain_words import number, part, text, verb
from guardrail.decide.capped import duration
from guardrail.service.explaining import Explained

BAR = 40
"""Signs of a whole bar, which stands for 100."""


def reckoned(found: Explained) -> Iterator[str]:
    """A bar for each concern that counts, then the sum line by line."""
    score = number(found.verdict.intrusiveness)
    if not found.lines:
        yield from part(f"How that becomes a number: nothing counts, so the score is {score}")
        return
    yield from part("How that becomes a number: the strongest concern whole, each further one half")
    for line in found.lines:
        share = "whole" if line.share == 1 else "half"
        yield _bar(line.finding.concern, line.finding.weight, share)
    yield _bar("together", found.verdict.intrusiveness)
    at = min(BAR - 1, round(found.verdict.tolerance * BAR / 100))
    empty = "." * at + "|" + "." * (BAR - at - 1)
    yield f"  {'tolerance':11} {empty} {number(found.verdict.tolerance):>5}"
    yield from _sum(found)


def _bar(name: str, value: float, share: str = "") -> str:
    filled = round(value * BAR / 100)
    bar = "#" * filled + "." * (BAR - filled)
    return f"  {name:11} {bar} {number(value):>5}  {share}".rstrip()


def _sum(found: Explained) -> Iterator[str]:
    verdict = found.verdict
    yield ""
    yield "  Of 100 people so many accept it:"
    before = 100.0
    for line in found.lines:
        objecting = f"{round(line.counts / 100, 4):g}"
        step = f"{number(before)} x (1 - {objecting})"
        yield f"  {line.finding.concern:11} {step:21} = {number(line.left)}"
        before = line.left
    step = f"100 - {number(before)}"
    whole = number(100 - before)
    score = number(verdict.intrusiveness)
    rounded = "" if whole == score else f", rounded {score}"
    yield f"  {'score':11} {step:21} = {whole}{rounded}"
    if verdict.creepy and verdict.annoying:
        yield from text(
            f"Creepy alone is {number(verdict.creepy)}, annoying alone {number(verdict.annoying)}."
        )


def compared(found: Explained) -> Iterator[str]:
    """The tolerance, whose it is, and what acts beside the score."""
    verdict = found.verdict
    fits = verdict.intrusiveness <= verdict.tolerance
    yield from part("What it is compared with")
    yield from text(
        f"Score {number(verdict.intrusiveness)}, tolerance {number(verdict.tolerance)} "
        f"({found.tolerance_of}): {'it fits' if fits else 'it is too much'}."
    )
    if found.acting:
        yield from text(f"Whatever the score is, {verb(found.acting, 'act')}.")
    if verdict.capped_by:
        again = verdict.retry_after_seconds
        when = "" if again is None else f"; it permits again in {duration(again)}"
        yield from text(f"The cap {verdict.capped_by} is over{when}.")
