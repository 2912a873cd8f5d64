"""A text of many lines that is typed in, wrapped to its width, and drawn from the first line that is in view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache

from textual import events
from textual.strip import Strip

from screens import theme
from screens.lines import Part, line, words
from screens.widgets.buffer import Place
from screens.widgets.textbox import TextBox, cells, column_at

MAX_LINE = 10_000
"""Letters in one line: it is wrapped anew at each key."""
MARGIN = 1
"""Cells on either side; the cursor after a full line stands in the right one."""


class Editor(TextBox):
    """What does not fit is refused aloud, by `refuse`; nothing that is in the text is cut."""

    def __init__(self, text: str, limit: int, refuse: Callable[[str], None]) -> None:
        super().__init__(text)
        self._limit = limit
        self._refuse = refuse
        self._size = (80, 24)
        self._top: Place = (0, 0)
        """The first line in view: (row, which of the lines in which the row is shown)."""
        self._wanted: int | None = None
        """The cell to which going up and down keeps."""
        self._follows = True
        """Whether the cursor is to be in view; the wheel may have turned it out."""
        self._cuts = lru_cache(256)(cuts)
        self._drawn = lru_cache(256)(_drawn)
        self._by_line: dict[str, Callable[[], int]] = {
            "up": lambda: -1, "down": lambda: 1,
            "pageup": lambda: 1 - self._size[1], "pagedown": lambda: self._size[1] - 1,
        }  # fmt: skip
        self.moves |= {name: self._mover(lines) for name, lines in self._by_line.items()}
        self.acts |= {name: lambda: self.insert("\n") for name in ("enter", "shift+enter")}

    def fill(self, text: str) -> None:
        super().fill(text)
        self._top, self._follows = (0, 0), True

    @property
    def typed(self) -> str:
        """What stands before the cursor in its row."""
        row, column = self.buffer.at
        return self.buffer.rows[row][:column]

    def complete(self, beginning: int, text: str) -> None:
        """Put a text in place of the last letters before the cursor."""
        row, column = self.buffer.at
        self.buffer.replace((row, column - beginning), (row, column), text)

    def insert(self, text: str) -> None:
        super().insert(text)
        self._wanted, self._follows = None, True

    def fitting(self, text: str) -> str:
        why = self._why_not(text)
        if why:
            self._refuse(why)
        return "" if why else text

    def _why_not(self, text: str) -> str:
        if self.buffer.length + len(text) > self._limit:
            room = f"There is room for {self._limit:,} characters"
            return f"{room}; that paste has {len(text):,}, so it was left out." if len(text) > 1 else f"{room}."
        here = len(self.buffer.rows[self.buffer.at[0]])
        if len(text) > 1 and max(map(len, text.split("\n"))) + here > MAX_LINE:
            return f"That paste has a line of more than {MAX_LINE:,} characters, so it was left out."
        return ""

    def take(self, key: events.Key) -> bool:
        if key.key.removeprefix("shift+") not in self._by_line:
            self._wanted = None
        self._follows = True
        return super().take(key)

    # -- lines as they are shown

    def _starts(self, row: int) -> Sequence[int]:
        """Where in a row its lines begin."""
        return self._cuts(self.buffer.rows[row], max(1, self._size[0] - 2 * MARGIN))

    def _line_of(self, at: Place) -> Place:
        return at[0], bisect_right(self._starts(at[0]), at[1]) - 1

    def _span(self, line: Place) -> tuple[int, int]:
        """(first column, end column) of a line in its row."""
        starts = self._starts(line[0])
        is_last = line[1] + 1 == len(starts)
        return starts[line[1]], len(self.buffer.rows[line[0]]) if is_last else starts[line[1] + 1]

    def _next(self, line: Place) -> Place | None:
        row, number = line
        if number + 1 < len(self._starts(row)):
            return row, number + 1
        return (row + 1, 0) if row + 1 < len(self.buffer.rows) else None

    def _previous(self, line: Place) -> Place | None:
        row, number = line
        if number:
            return row, number - 1
        return (row - 1, len(self._starts(row - 1)) - 1) if row else None

    def _moved(self, line: Place, lines: int) -> Place:
        """The line so many further, or the last there is that way."""
        step = self._next if lines > 0 else self._previous
        for _ in range(abs(lines)):
            found = step(line)
            if found is None:
                break
            line = found
        return line

    def _mover(self, lines: Callable[[], int]) -> Callable[[Place], Place]:
        return lambda at: self._by_lines(at, lines())

    def _by_lines(self, at: Place, lines: int) -> Place:
        here = self._line_of(at)
        if self._wanted is None:
            self._wanted = cells(self.buffer.rows[at[0]][self._span(here)[0] : at[1]])
        there = self._moved(here, lines)
        if there == here:  # the first line, or the last
            return self.line_end(at) if lines > 0 else self.line_start(at)
        return self._at_cell(there, self._wanted)

    def _at_cell(self, line: Place, cell: int) -> Place:
        """The letter of a line that is in a cell, or the last one."""
        column = column_at(self.buffer.rows[line[0]], self._span(line)[0], cell)
        return line[0], min(column, self._last(line))

    def _last(self, line: Place) -> int:
        """The last column in a line at which the cursor can be: not after it, where the next line begins."""
        start, end = self._span(line)
        return end if end == len(self.buffer.rows[line[0]]) else max(start, end - 1)

    def line_start(self, at: Place) -> Place:
        return at[0], self._span(self._line_of(at))[0]

    def line_end(self, at: Place) -> Place:
        return at[0], self._last(self._line_of(at))

    # -- the mouse

    def point(self, x: int, y: int, *, drag: bool) -> None:
        self.buffer.move(self._at_cell(self._moved(self._top, y), max(0, x - MARGIN)), select=drag)
        self._wanted = None

    def wheel(self, lines: int) -> None:
        self._top, self._follows = self._moved(self._top, lines), False

    # -- drawing

    def draw(self, width: int, height: int, *, focused: bool) -> list[Strip]:
        self._size = (width, height)
        self._settle(height)
        typed_in = self._line_of(self.buffer.at) if focused else None
        shown: list[Strip] = []
        place: Place | None = self._top
        while place is not None and len(shown) < height:
            pieces = self.pieces(place[0], *self._span(place), cursor=place == typed_in)
            shown.append(self._drawn(width, pieces))
            place = self._next(place)
        return shown + [self._drawn(width, ())] * (height - len(shown))

    def _settle(self, height: int) -> None:
        """Keep the first line inside the text, and the cursor in view unless the wheel has turned it out."""
        row = min(self._top[0], len(self.buffer.rows) - 1)
        top = row, min(self._top[1], len(self._starts(row)) - 1)
        if self._follows:
            here = self._line_of(self.buffer.at)
            top = min(max(top, self._moved(here, 1 - height)), here)
        self._top = min(top, self._moved(self._line_of(self.buffer.end), 1 - height))


def cuts(text: str, width: int) -> tuple[int, ...]:
    """Where the lines begin in which a row is shown: at words, and in words that are longer. Spaces hang over."""
    if len(text) <= width and text.isascii() and "\t" not in text:
        return (0,)
    starts, used, at = [0], 0, 0
    for word in words(text):
        bare, whole = cells(word.rstrip(" ")), cells(word)
        if used and used + bare > width:
            starts.append(at)
            used = 0
        if bare > width:
            inner = _letter_cuts(word.rstrip(" "), width)
            starts += [at + cut for cut in inner]
            whole = cells(word[inner[-1] :])
        used, at = used + whole, at + len(word)
    return tuple(starts)


def _letter_cuts(word: str, width: int) -> list[int]:
    """Where a word is cut that no line can hold."""
    found, used = [], 0
    for at, letter in enumerate(word):
        wide = cells(letter)
        if used and used + wide > width:
            found.append(at)
            used = 0
        used += wide
    return found


def _drawn(width: int, pieces: tuple[Part, ...]) -> Strip:
    return line(width, (" " * MARGIN, theme.PLAIN), *pieces)
