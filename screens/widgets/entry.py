"""One line of text that is typed in, and one that somebody has opened and is told what is typed."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.style import Style
from textual import events
from textual.strip import Strip

from screens import theme
from screens.lines import Part, line
from screens.widgets.textbox import TextBox, cells, column_at

DOT = "•"


class EntryLine(TextBox):
    """`label` stands in it while nothing is typed; `secret` shows dots."""

    def __init__(self, label: str, text: str, limit: int, *, secret: bool = False, style: Style = theme.PLAIN) -> None:
        super().__init__(text, style=style)
        self._label = label
        self._limit = limit
        self._secret = secret
        self._start = 0
        """The first letter in view."""

    def fitting(self, text: str) -> str:
        """As much of the first line as there is room for."""
        first = (text.splitlines() or [""])[0]
        return first[: max(0, self._limit - self.buffer.length)]

    def copied(self, *, cut: bool) -> str:
        return "" if self._secret else super().copied(cut=cut)

    def letters(self, row: int) -> str:
        text = super().letters(row)
        return DOT * len(text) if self._secret else text

    def point(self, x: int, y: int, *, drag: bool) -> None:
        del y
        self.buffer.move((0, column_at(self.text, self._start, max(0, x - 1))), select=drag)

    def draw(self, width: int, height: int = 1, *, focused: bool = True) -> list[Strip]:
        """The part around the cursor, or what is wanted here while nothing is typed."""
        del height
        if not self.text:
            first = (self._label[:1] or " ", theme.TYPING if focused else theme.DIM)
            return [line(width, _MARGIN, first, (self._label[1:], theme.DIM))]
        self._start = self._first_shown(width - 3)
        return [line(width, _MARGIN, *self.pieces(0, self._start, self.buffer.length, cursor=focused))]

    def _first_shown(self, room: int) -> int:
        """The first letter from which the cursor is in view, moving by half the room so that few keys shift it all."""
        start, at = 0, self.buffer.at[1]
        while cells(self.text[start:at]) > room:
            start += max(1, room // 2)
        return start


_MARGIN: Part = (" ", theme.PLAIN)
_STEPS = {"up": -1, "down": 1, "tab": 1, "shift+tab": -1}


@dataclass(frozen=True, slots=True)
class LineEntry:
    """What is done with what is typed in an opened line: each is given the text."""

    submit: Callable[[str], None]
    cancel: Callable[[str], None]
    change: Callable[[str], None]
    step: Callable[[int], None] | None = None
    """Up (-1) and down (1) while typing."""


class OpenLine(EntryLine):
    """A line that somebody has opened at the bottom of the screen."""

    def __init__(self, label: str, text: str, limit: int, entry: LineEntry) -> None:
        super().__init__(label, text, limit)
        self._entry = entry

    def press(self, key: events.Key) -> None:
        if key.key in {"enter", "ctrl+s"}:
            self._entry.submit(self.text)
        elif key.key in _STEPS and self._entry.step is not None:
            self._entry.step(_STEPS[key.key])
        else:
            self._do(lambda: self.take(key))

    def paste(self, text: str) -> None:
        self._do(lambda: self.insert(text))

    def _do(self, act: Callable[[], object]) -> None:
        before = self.text
        act()
        if self.text != before:
            self._entry.change(self.text)

    def leave(self) -> None:
        """It is taken away unsent."""
        self._entry.cancel(self.text)
