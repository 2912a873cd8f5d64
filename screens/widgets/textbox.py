"""What all fields have in common in which a text is typed: the usual keys, what is selected, and how that looks."""

from collections.abc import Callable
from itertools import pairwise

from rich.style import Style
from textual import events

from bbs.text import shown
from screens import theme
from screens.lines import Part, width_of
from screens.widgets.box import Box
from screens.widgets.buffer import Buffer, Place

TAB = " " * 4


class TextBox(Box):
    """Subclasses say what of a text fits, add keys, and draw."""

    is_text = True

    def __init__(self, text: str, *, style: Style = theme.PLAIN) -> None:
        self.buffer = Buffer(text)
        self._style = style
        self.moves: dict[str, Callable[[Place], Place]] = {
            "left": self.buffer.before, "right": self.buffer.after,
            "ctrl+left": self.buffer.word_before, "ctrl+right": self.buffer.word_after,
            "home": self.line_start, "ctrl+a": self.line_start, "end": self.line_end, "ctrl+e": self.line_end,
            "ctrl+home": lambda _: (0, 0), "ctrl+end": lambda _: self.buffer.end,
        }  # fmt: skip
        """What each key makes of the place of the cursor; with Shift, what is between is selected."""
        self._removes: dict[str, Callable[[Place], Place]] = {
            "backspace": self.moves["left"], "shift+backspace": self.moves["left"], "ctrl+h": self.moves["left"],
            "delete": self.moves["right"], "ctrl+d": self.moves["right"],
            "ctrl+w": self.moves["ctrl+left"], "ctrl+f": self.moves["ctrl+right"],
            "ctrl+u": self._row_start, "ctrl+k": self._row_end,
        }  # fmt: skip
        self.acts: dict[str, Callable[[], None]] = {
            "ctrl+z": self.buffer.undo, "ctrl+y": self.buffer.redo,
            "f6": self._select_row, "f7": self._select_all,
        }  # fmt: skip

    # -- the text

    @property
    def text(self) -> str:
        return self.buffer.text

    def fill(self, text: str) -> None:
        """Begin anew with a text."""
        self.buffer.fill(text)

    def replace(self, text: str) -> None:
        """Put another text in place of all, so that undo brings this one back."""
        self.buffer.replace((0, 0), self.buffer.end, text)

    def fitting(self, text: str) -> str:
        """What of a text there is room for."""
        raise NotImplementedError

    def insert(self, text: str) -> None:
        """In place of what is selected."""
        if fits := self.fitting(shown(text)):
            self.buffer.replace(*self.buffer.selection, fits)

    def copied(self, *, cut: bool) -> str:
        found = self.buffer.between(*self.buffer.selection)
        if cut and found:
            self.buffer.replace(*self.buffer.selection, "")
        return found

    # -- keys

    def take(self, key: events.Key) -> bool:
        move = key.key.replace("shift+", "", 1)
        if key.is_printable and key.character:
            self.insert(key.character)
        elif move in self.moves:
            self.buffer.move(self.moves[move](self.buffer.at), select=move != key.key)
        elif key.key in self._removes:
            self._remove(self._removes[key.key])
        elif key.key in self.acts:
            self.acts[key.key]()
        else:
            return False
        return True

    def _remove(self, to: Callable[[Place], Place]) -> None:
        """What is selected; or what is between the cursor and another place."""
        start, end = self.buffer.selection
        if start == end:
            start, end = sorted((start, to(start)))
        self.buffer.replace(start, end, "")

    def line_start(self, at: Place) -> Place:
        return at[0], 0

    def line_end(self, at: Place) -> Place:
        return at[0], len(self.buffer.rows[at[0]])

    def _row_start(self, at: Place) -> Place:
        """The start of the row; at the start, the end of the row above."""
        return (at[0], 0) if at[1] else self.buffer.before(at)

    def _row_end(self, at: Place) -> Place:
        """The end of the row; at the end, the start of the row below."""
        end = (at[0], len(self.buffer.rows[at[0]]))
        return self.buffer.after(at) if at == end else end

    def _select_row(self) -> None:
        row = self.buffer.at[0]
        self.buffer.anchor, self.buffer.at = (row, 0), (row, len(self.buffer.rows[row]))

    def _select_all(self) -> None:
        self.buffer.anchor, self.buffer.at = (0, 0), self.buffer.end

    # -- how it looks

    def letters(self, row: int) -> str:
        """What is shown of a row, letter for letter."""
        return self.buffer.rows[row]

    def pieces(self, row: int, start: int, end: int, *, cursor: bool) -> tuple[Part, ...]:
        """The letters of a row from one column to another, cut where their style changes."""
        text, at = self.letters(row), self.buffer.at
        chosen = self._chosen(row)
        here = range(at[1], self.buffer.after(at)[1]) if cursor and at[1] < len(text) else range(0)
        marks = {mark for span in (chosen, here) if span for mark in (span.start, span.stop) if start < mark < end}
        found = []
        for a, b in pairwise(sorted({start, end, *marks})):
            style = theme.TYPING if a in here else theme.SELECTED if a in chosen else self._style
            found.append((text[a:b].replace("\t", TAB), style))
        if cursor and at[1] == len(text):
            found.append((" ", theme.TYPING))
        return tuple(found)

    def _chosen(self, row: int) -> range:
        """The columns of a row that are selected."""
        first, end = self.buffer.selection
        if first == end or not first[0] <= row <= end[0]:
            return range(0)
        return range(first[1] if row == first[0] else 0, end[1] if row == end[0] else len(self.buffer.rows[row]))


def cells(text: str) -> int:
    """Cells that a text takes in a field, where a tab is four."""
    return width_of(text.replace("\t", TAB))


def column_at(text: str, start: int, cell: int) -> int:
    """The column of the letter that is so many cells from another, or the end of the text."""
    column, used = start, 0
    while column < len(text):
        used += cells(text[column])
        if used > cell:
            break
        column += 1
    return column
