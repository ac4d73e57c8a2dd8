"""How much of an ordinary shelf each tolerance touches, as a staircase. Plain SVG, no script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from guardrail.evidence.catalogue import Curve

WIDTH, HEIGHT, LEFT, TOP = 560, 240, 60, 40
LINE, MARK, TEXT = "#1b6ca8", "#c8553d", "#222222"


def curve_svg(curve: Curve, presets: Mapping[str, float]) -> str:
    """Tolerance across, percent touched up, a line for each preset with its name and figure."""
    width, height = LEFT + WIDTH + 30, TOP + HEIGHT + 60
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" '
            f'fill="{TEXT}" role="img">',
            "<title>Percent of an ordinary catalogue that is touched, by tolerance</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *_axes(),
            f'<polyline points="{_stairs(curve)}" fill="none" stroke="{LINE}" stroke-width="2"/>',
            *(_line(at) for at in presets.values()),
            *(
                _label(name, at, curve.at(at), row)
                for row, (name, at) in enumerate(sorted(presets.items(), key=lambda p: p[1]))
            ),
            "</svg>",
            "",
        ]
    )


def _x(tolerance: float) -> float:
    return round(LEFT + WIDTH * tolerance / 100, 1)


def _y(share: float) -> float:
    return round(TOP + HEIGHT * (1 - share), 1)


def _stairs(curve: Curve) -> str:
    """What was measured at one tolerance holds until the next."""
    points: list[str] = []
    before = curve.touched[0][1]
    for tolerance, share in curve.touched:
        points += [f"{_x(tolerance)},{_y(before)}", f"{_x(tolerance)},{_y(share)}"]
        before = share
    return " ".join(points)


def _line(tolerance: float) -> str:
    x = _x(tolerance)
    return (
        f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{TOP + HEIGHT}" stroke="{MARK}" '
        'stroke-dasharray="4 3"/>'
    )


def _label(name: str, tolerance: float, share: float, row: int) -> str:
    """Beside its line; white around it, for it may cross the next one."""
    return (
        f'<text x="{_x(tolerance) + 5}" y="{TOP + 16 + 18 * row}" fill="{MARK}" stroke="#ffffff" '
        f'stroke-width="5" paint-order="stroke">{escape(name)} ({tolerance:g}): {share:.1%}</text>'
    )


def _axes() -> list[str]:
    parts = []
    for tick in range(0, 101, 20):
        x, y = _x(tick), _y(tick / 100)
        parts += [
            f'<line x1="{_x(0)}" y1="{y}" x2="{_x(100)}" y2="{y}" stroke="#dddddd"/>',
            f'<text x="{x}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{tick}</text>',
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{tick}</text>',
        ]
    middle = TOP + HEIGHT / 2
    return [
        *parts,
        f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 36}" text-anchor="middle">'
        "tolerance</text>",
        f'<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">'
        "percent touched</text>",
    ]
