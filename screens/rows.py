"""What a list is made of: rows, each of which draws its own lines, and the usual kinds of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from rich.style import Style
from textual.strip import Strip

from screens import styles
from screens.lines import Part, blank, line, wrap

Draw: TypeAlias = Callable[[int, Style | None], list[Strip]]
"""(width, style laid over the row when the cursor rests on it) to the row's lines."""


@dataclass(frozen=True, slots=True)
class Row:
    """How something is drawn, and what it stands for (`target`) when the cursor can rest on it."""

    draw: Draw
    target: Any = None


def text_row(*parts: Part, target: Any = None, indent: int = 1) -> Row:
    """Running text, wrapped to the width."""

    def draw(width: int, over: Style | None) -> list[Strip]:
        margin: Part = (" " * indent, styles.PLAIN)
        return [line(width, margin, *row, over=over) for row in wrap(parts, width - indent - 1)]

    return Row(draw, target)


def boxed_text(lines: Callable[[int], list[Strip]]) -> Row:
    """Ready-made lines, with a margin."""

    def draw(width: int, _over: Style | None) -> list[Strip]:
        return [Strip([*line(1), *strip, *line(1)], width) for strip in lines(width - 2)]

    return Row(draw)


def line_row(*parts: Part, target: Any = None) -> Row:
    """One line, cut at the edge."""
    return Row(lambda width, over: [line(width, (" ", styles.PLAIN), *parts, over=over)], target)


def gap_row() -> Row:
    return Row(lambda width, _over: [blank(width)])


def heading_row(text: str) -> Row:
    return line_row((text, styles.HEADING))
