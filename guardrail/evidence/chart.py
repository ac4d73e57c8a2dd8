"""One point per case: what people said across, what the score says up. Plain SVG, no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from guardrail.evidence.measure import Scored
from guardrail.evidence.report import Report

SIDE, LEFT, TOP = 480, 60, 40
COLOURS = ("#1b6ca8", "#c8553d", "#2a7f62", "#7a4f9a", "#8a6d1d", "#555555", "#b0347a", "#e0a100")


def svg(report: Report) -> str:
    """The chart of all data sets with ratings; texts have none and are left out."""
    shown = [
        (one.name, scored)
        for one, scored in zip(report.sets, report.scored, strict=True)
        if one.kind != "texts"
    ]
    height = TOP + SIDE + 60 + 20 * len(shown)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + SIDE + 40}" height="{height}" '
        f'viewBox="0 0 {LEFT + SIDE + 40} {height}" font-family="sans-serif" font-size="12" '
        'role="img">',
        "<title>Score against published rating, one point per case</title>",
        f'<rect width="{LEFT + SIDE + 40}" height="{height}" fill="#ffffff"/>',
        *_axes(),
    ]
    for index, (name, scored) in enumerate(shown):
        colour = COLOURS[index % len(COLOURS)]
        parts += _points(scored, colour)
        y = TOP + SIDE + 60 + 20 * index
        parts.append(f'<circle cx="{LEFT + 6}" cy="{y - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + 18}" y="{y}">{escape(name)} ({len(scored)})</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(rating: float) -> float:
    return round(LEFT + SIDE * rating / 100, 1)


def _y(score: float) -> float:
    return round(TOP + SIDE * (1 - score / 100), 1)


def _axes() -> list[str]:
    parts = []
    for tick in range(0, 101, 20):
        x, y = _x(tick), _y(tick)
        parts += [
            f'<line x1="{x}" y1="{_y(0)}" x2="{x}" y2="{_y(100)}" stroke="#dddddd"/>',
            f'<line x1="{_x(0)}" y1="{y}" x2="{_x(100)}" y2="{y}" stroke="#dddddd"/>',
            f'<text x="{x}" y="{_y(0) + 16}" text-anchor="middle">{tick}</text>',
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{tick}</text>',
        ]
    middle = TOP + SIDE / 2
    return [
        *parts,
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(100)}" y2="{_y(100)}" stroke="#999999" '
        'stroke-dasharray="4 4"/>',
        f'<text x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 34}" text-anchor="middle">'
        "people who object, percent (or a mean rating put on 0-100)</text>",
        f'<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">'
        "score</text>",
    ]


def _points(scored: Sequence[Scored], colour: str) -> list[str]:
    return [
        f'<circle cx="{_x(s.case.rating)}" cy="{_y(s.score)}" r="3.5" fill="{colour}" '
        f'fill-opacity="0.6"><title>{escape(s.case.label)}: published {s.case.rating:.1f}, '
        f"score {s.score:.1f}</title></circle>"
        for s in scored
    ]
