"""Draw groups of bars as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.report import Bars

LABELS, LENGTH, ROW, GAP = 190, 520, 22, 40  # pixels
OURS, THEIRS = "#2f6f8f", "#b8b8b8"


def draw(groups: Sequence[Bars]) -> str:
    """Return one picture of all groups, on one scale."""
    largest = max(value for group in groups for value in group.values.values())
    parts, y = [], 10
    for group in groups:
        parts.append(f'<text x="0" y="{y + 14}" font-weight="bold">{escape(group.title)}</text>')
        y += ROW
        for label, value in group.values.items():
            parts.append(_bar(label, value, round(LENGTH * value / largest), y))
            y += ROW
        y += GAP - ROW
    width = LABELS + LENGTH + 60
    style = 'font-family="sans-serif" font-size="13" fill="#333"'
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" {style}>'
    return "\n".join([frame, f'<rect width="{width}" height="{y}" fill="#fff"/>', *parts, "</svg>", ""])


def _bar(label: str, value: float, length: int, y: int) -> str:
    colour = OURS if label.startswith("Roughy") else THEIRS
    return (
        f'<text x="{LABELS - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{LABELS}" y="{y + 2}" width="{length}" height="{ROW - 6}" fill="{colour}"/>'
        f'<text x="{LABELS + length + 6}" y="{y + 14}">{value:.0f}</text>'
    )
