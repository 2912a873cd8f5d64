"""The line above a page or a sheet, and the line of keys below it."""

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from screens import theme
from screens.lines import Part, both_ends, line, width_of, wrap

SIDE = 60
"""Narrower than this there is room for where one is and no more."""
SAID_LINES = 3
"""Lines that what is said may take from the page."""


class HeaderLine:
    """Where one is, and who one is."""

    def __init__(self) -> None:
        self._words = ("", "", "")

    def show(self, left: str, right: str, mark: str = "") -> bool:
        """`mark` is shown at any width. Whether that changes anything."""
        changed = (left, right, mark) != self._words
        self._words = (left, right, mark)
        return changed

    def draw(self, width: int) -> Strip:
        left, right, mark = self._words
        ends: list[Part] = [(f" {mark} ", theme.BAR_BOLD)] if mark else []
        ends += [(f" {right} ", theme.BAR_DIM)] if width >= SIDE else []
        return both_ends(width, [(f" {left}", theme.BAR_BOLD)], ends, over=theme.BAR)


class KeyLines:
    """The keys that do something here, each of which can be clicked; or a line that says what happened."""

    def __init__(self) -> None:
        self._keys: Sequence[tuple[str, str]] = ()
        self._said: tuple[str, Style] | None = None

    def show(self, keys: Sequence[tuple[str, str]]) -> bool:
        """`keys` are (key, what it does), most wanted first: those that do not fit are left out."""
        changed = keys != self._keys
        self._keys = keys
        return changed

    def say(self, text: str, *, fault: bool = False) -> bool:
        """Put a line in place of the keys; '' takes it away. Whether that changes anything."""
        said = (text, theme.FAULT if fault else theme.BAR) if text else None
        changed = said != self._said
        self._said = said
        return changed

    def draw(self, width: int) -> list[Strip]:
        """One line of keys, or as many as what is said needs, up to three."""
        if self._said is not None:
            rows = wrap([self._said], max(1, width - 2))[:SAID_LINES]
            return [line(width, (" ", theme.BAR), *row, over=self._said[1]) for row in rows]
        parts: list[Part] = []
        for key, says, _, _ in self._fitting(width):
            parts += [(f" {key}", theme.KEY), (f" {says} ", theme.BAR_DIM)]
        return [line(width, *parts, over=theme.BAR)]

    def _fitting(self, width: int) -> list[tuple[str, str, int, int]]:
        """(key, what it does, first column, end column) of those that fit."""
        found = []
        at = 0
        widths = [width_of(key) + width_of(says) + 3 for key, says in self._keys]
        for number, ((key, says), wide) in enumerate(zip(self._keys, widths, strict=True)):
            end = at + wide
            kept = widths[-1] if number < len(widths) - 1 and self._keys[-1][0] == "?" else 0  # help has its place
            if end + kept > width:
                continue
            found.append((key, says, at, end))
            at = end
        return found

    def key_at(self, column: int, width: int) -> str:
        """The key that is shown there, or ''."""
        if self._said is not None:
            return ""
        return next((key for key, _, start, end in self._fitting(width) if start <= column < end), "")
