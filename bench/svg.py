"""The cost curve as a small SVG: time and memory over the number of assets, both axes logarithmic, linear beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import ceil, floor, log10

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT, LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 860, 380, 60, 40, 320, 260
COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce")
STYLE = "font-family: sans-serif; font-size: 12px; fill: #444"


def curves(panels: Mapping[str, Mapping[str, Points]]) -> str:
    """One panel a unit, each with its lines by name. All numbers are above zero."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}">']
    parts.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>')
    for number, (title, lines) in enumerate(panels.items()):
        parts.append(_panel(LEFT + number * (INNER_WIDTH + 90), title, lines))
    return "\n".join([*parts, "</svg>\n"])


def _panel(left: int, title: str, lines: Mapping[str, Points]) -> str:
    every = [point for points in lines.values() for point in points]
    across, up = _decades(x for x, _ in every), _decades(y for _, y in every)

    def place(x: float, y: float) -> tuple[float, float]:
        right = (log10(x) - across[0]) / (across[1] - across[0]) * INNER_WIDTH
        high = (log10(y) - up[0]) / (up[1] - up[0]) * INNER_HEIGHT
        return left + right, TOP + INNER_HEIGHT - high

    parts = [_text(left, TOP - 15, title, weight="bold")]
    for power in range(across[0], across[1] + 1):
        x, _ = place(10**power, 10 ** up[0])
        parts.append(_line([(x, TOP), (x, TOP + INNER_HEIGHT)], "#ddd"))
        parts.append(_text(x, TOP + INNER_HEIGHT + 16, f"{10**power:,}".replace(",", " "), anchor="middle"))
    for power in range(up[0], up[1] + 1):
        _, y = place(10 ** across[0], 10**power)
        parts.append(_line([(left, y), (left + INNER_WIDTH, y)], "#ddd"))
        parts.append(_text(left - 6, y + 4, f"{10.0**power:g}", anchor="end"))
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(_line([place(x, y) for x, y in points], colour, width=2))
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in (place(*p) for p in points)]
        parts.append(_text(left, TOP + INNER_HEIGHT + 38 + 15 * number, f"● {name}", fill=colour))
    return "\n".join(parts)


def _decades(values: Iterable[float]) -> tuple[int, int]:
    found = [log10(value) for value in values]
    low, high = floor(min(found)), ceil(max(found))
    return low, max(high, low + 1)


def _line(points: Points, colour: str, width: int = 1) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal", fill: str = "#444") -> str:
    style = STYLE.replace("#444", fill)
    words = f'text-anchor="{anchor}" font-weight="{weight}" style="{style}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {words}>{escape(text)}</text>'
