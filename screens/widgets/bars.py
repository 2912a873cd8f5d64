"""The line above a place or a form, and the line of keys below it."""

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message
from textual.strip import Strip

from screens import styles
from screens.lines import Part, blank, both_ends, line, width_of
from screens.widgets.line_widget import LineWidget

SIDE = 60
"""Narrower than this there is room for where one is and no more."""


class Header(LineWidget):
    """Where one is, and who one is."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ("", "", "")

    def show(self, left: str, right: str, mark: str = "") -> None:
        """`mark` is shown at any width, `right` where there is room."""
        if (left, right, mark) != self._words:
            self._words = (left, right, mark)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.width
        if y:
            return blank(width)
        left, right, mark = self._words
        ends: list[Part] = [(f" {mark} ", styles.BAR_BOLD)] if mark else []
        ends += [(f" {right} ", styles.BAR)] if width >= SIDE else []
        return both_ends(width, [(f" {left}", styles.BAR_BOLD)], ends, over=styles.BAR)


class KeyWord(NamedTuple):
    """A key as a person would name it, what it does in a word or two, and the action that does it."""

    key: str
    says: str
    action: str


class Spot(NamedTuple):
    """Where a key stands in its line: from its first column to before the end."""

    word: KeyWord
    start: int
    end: int


class KeyBar(LineWidget):
    """The keys that do something here, most wanted first. Each can be clicked or tapped."""

    class Pressed(Message):
        """A click on a key: its action is to be done."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, words: Sequence[KeyWord] = ()) -> None:
        super().__init__()
        self._words: Sequence[KeyWord] = words

    def show(self, words: Sequence[KeyWord]) -> None:
        """Those that do not fit are left out, help last of all."""
        if words != self._words:
            self._words = words
            self.refresh()

    def render_line(self, y: int) -> Strip:
        rows = self._rows(self.width)
        parts: list[Part] = []
        for word, _, _ in rows[y] if y < len(rows) else ():
            parts += [(f" {word.key}", styles.BAR_BOLD), (f" {word.says} ", styles.BAR)]
        return line(self.width, *parts, over=styles.BAR) if parts or not y else blank(self.width)

    def _rows(self, width: int) -> list[list[Spot]]:
        """One line: those that fit."""
        fitting: list[Spot] = []
        at = 0
        widths = [_width(word) for word in self._words]
        for number, (word, wide) in enumerate(zip(self._words, widths, strict=True)):
            end = at + wide
            helps_last = number < len(widths) - 1 and self._words[-1].key == "?"
            if end + (widths[-1] if helps_last else 0) > width:
                continue
            fitting.append(Spot(word, at, end))
            at = end
        return [fitting]

    def on_click(self, event: events.Click) -> None:
        rows = self._rows(self.width)
        for word, start, end in rows[event.y] if event.y < len(rows) else ():
            if start <= event.x < end:
                self.post_message(self.Pressed(word.action))


class AnswerBar(KeyBar):
    """The answers to a question: all of them, on as many lines as they need. What is not seen cannot be chosen."""

    def show(self, words: Sequence[KeyWord]) -> None:
        super().show(words)
        self._make_room(self.app.size.width)

    def on_resize(self) -> None:
        self._make_room(self.width)

    def _make_room(self, width: int) -> None:
        needed = len(self._rows(width))
        if self.styles.height is None or self.styles.height.value != needed:
            self.styles.height = needed

    def _rows(self, width: int) -> list[list[Spot]]:
        rows: list[list[Spot]] = [[]]
        at = 0
        for word in self._words:
            wide = _width(word)
            if at and at + wide > width:
                rows.append([])
                at = 0
            rows[-1].append(Spot(word, at, at + wide))
            at += wide
        return rows


def _width(word: KeyWord) -> int:
    return width_of(word.key) + width_of(word.says) + 3
