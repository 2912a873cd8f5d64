"""Lines of styled text, exactly as wide as asked: the one way in which anything reaches the screen."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.styles import PLAIN

Part: TypeAlias = tuple[str, Style]
_WORDS = re.compile(r"[^ ]+ *| +")


_UNDRAWN = {0x200D: None, 0xFE0E: None, 0xFE0F: None}
"""Joiners and variation selectors: terminals disagree on the width of what they make, and a line would be off."""


def drawn(text: str) -> str:
    """The text as it is drawn."""
    return text if text.isascii() else text.translate(_UNDRAWN)


def hint(*choices: str) -> str:
    """Choices such as 'y yes' in a line, each kept whole where the line is wrapped."""
    return "   ".join(choice.replace(" ", "\u00a0") for choice in choices)


def width_of(text: str) -> int:
    """Cells that a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, with '…' where something is missing."""
    if width <= 0:
        return ""
    text = drawn(text)
    if width_of(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells."""
    short = cut(text, width)
    return short + " " * (width - width_of(short))


def line(width: int, *parts: Part, over: Style | None = None) -> Strip:
    """One line: the parts one after another, cut at the right edge. `over` is laid over all of it."""
    segments: list[Segment] = []
    left = width
    for part, style in parts:
        if left <= 0:
            break
        whole = drawn(part)
        taken = width_of(whole)
        text = whole if taken <= left else fit(whole, left)
        left -= min(taken, left)
        if text:
            segments.append(Segment(text, style + over if over else style))
    if left > 0:
        segments.append(Segment(" " * left, over or PLAIN))
    return Strip(segments, width)


def both_ends(width: int, left: Sequence[Part], right: Sequence[Part], *, over: Style | None = None) -> Strip:
    """A line with a left part, which gives way, and a right part, which stays whole."""
    right_width = sum(width_of(text) for text, _ in right)
    room = max(0, width - right_width - 1)
    kept: list[Part] = []
    used = 0
    for text, style in left:
        short = cut(text, room - used)
        used += width_of(short)
        kept.append((short, style))
        if width_of(drawn(text)) > width_of(short):
            break
    return line(width, *kept, (" " * (width - right_width - used), PLAIN), *right, over=over)


def blank(width: int) -> Strip:
    return Strip([Segment(" " * width, PLAIN)], width)


def wrap(parts: Iterable[Part], width: int) -> list[list[Part]]:
    """Break styled text into lines of at most `width` cells, at spaces where there are any; '\\n' always breaks."""
    width = max(1, width)
    lines: list[list[Part]] = [[]]
    used = 0
    for text, style in parts:
        for number, piece in enumerate(drawn(text).split("\n")):
            if number:
                lines.append([])
                used = 0
            for word in words(piece):
                used = _place(lines, word, style, used, width)
    return [_merged(kept) for kept in lines]


def words(text: str) -> list[str]:
    """Words with the spaces after them."""
    return _WORDS.findall(text)


def _place(lines: list[list[Part]], word: str, style: Style, used: int, width: int) -> int:
    """Put a word on the last line or on new ones; the cells then used on the last."""
    bare = width_of(word.rstrip(" "))
    if used and used + bare > width:
        lines.append([])
        used = 0
    while bare > width:
        head = _head(word, width)
        lines[-1].append((head, style))
        lines.append([])
        word = word[len(head) :]
        bare -= width_of(head)  # measured anew, a word of 20,000 letters would take half a second
    if word:
        if used + width_of(word) > width:
            lines[-1].append((word.rstrip(" "), style))
            return width  # its spaces did not fit, so the next word begins a line
        lines[-1].append((word, style))
        used += width_of(word)
    return used


def _head(word: str, width: int) -> str:
    """As many letters as fit, and at least one."""
    taken = 0
    for at, letter in enumerate(word):
        taken += width_of(letter)
        if taken > width:
            return word[: max(1, at)]
    return word


def _merged(parts: list[Part]) -> list[Part]:
    """Neighbours of one style as one part: fewer objects, fewer bytes."""
    merged: list[Part] = []
    for text, style in parts:
        if merged and merged[-1][1] is style:
            merged[-1] = (merged[-1][0] + text, style)
        else:
            merged.append((text, style))
    return merged
