"""What a log needs as a page of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from guardrail.cli.table import columns
from guardrail.cli.words import many
from guardrail.facts.minimise import Effect, Minimised
from guardrail.facts.names import SIGNALS

WIDTH = 96
_HONEST = (
    "This holds for this log and these rules. It says nothing of traffic that isn't in it, of what "
    "your law wants you to keep, or of who else reads these facts. A log doesn't say what was "
    "shown before, so no cap refused anything; what caps count was compared instead. The "
    "customer's own choices are never left out."
)
_HEAD = ("fact", "items", "verdicts", "caps", "scores", "words")


def page(
    report: Minimised, surface: str, presets: Mapping[str, float], *, cut: bool
) -> Iterator[str]:
    """The page of one log. ``cut``: it was longer than what was looked at."""
    at = ", ".join(f"{name} {tolerance:g}" for name, tolerance in presets.items())
    beginning = "the beginning of the log (see --most), " if cut else ""
    yield from wrap(
        f"{surface}: {beginning}{many(report.items, 'item')} in "
        f"{many(report.responses, 'response')}, judged at {at} and each customer's own tolerance.",
        WIDTH,
    )
    needed = [effect for effect in report.effects if effect.needed]
    idle = [effect for effect in report.effects if not effect.needed]
    yield from _part("Left out, it changed a verdict or what a cap counts", needed)
    yield from _part("Left out, it changed neither", idle)
    yield ""
    yield "verdicts, caps, scores, words: items for which the verdict or treatment, what a cap"
    yield "counts, the score, or the reason that a customer may read was another without it."
    yield from _together(report, idle)
    if report.absent:
        yield ""
        yield from _sentence("Never sent: ", report.absent)
    yield ""
    yield from wrap(_HONEST, WIDTH)


def _part(title: str, effects: Sequence[Effect]) -> Iterator[str]:
    yield ""
    yield f"{title}: {len(effects) or 'none'}"
    yield from columns(_HEAD, (_row(effect) for effect in effects))


def _row(effect: Effect) -> tuple[str, ...]:
    changed = (effect.verdicts, effect.caps, effect.scores, effect.words)
    return (effect.piece.name, f"{effect.items:,}", *(f"{n:,}" if n else "-" for n in changed))


def _together(report: Minimised, idle: Sequence[Effect]) -> Iterator[str]:
    read = [effect.piece.name for effect in idle if effect.read_by_people]
    if report.together:
        yield ""
        names = [piece.name for piece in report.together]
        if SIGNALS in names:
            names = [name for name in names if name == SIGNALS or not name.startswith(SIGNALS)]
        yield from _sentence("Need not be sent, all of these left out at once: ", names)
    if report.stand_ins:
        yield ""
        names = [piece.name for piece in report.stand_ins]
        yield from _sentence("One stands in for another; beside those above, still needed: ", names)
    if read:
        yield ""
        yield from _sentence("Not left out, because people read them: ", read)


def _sentence(begin: str, names: Sequence[str]) -> list[str]:
    return wrap(begin + ", ".join(names) + ".", WIDTH, break_long_words=False)
