"""Textual's Input with our keys, our limits, and nothing that is pasted lost without a word."""

from __future__ import annotations

import time
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input
from textual.widgets.input import Selection

from bbs.text import shown

HELD = 0.7
"""Seconds between two Backspaces within which the second belongs to the first: a key that is held down to clear a line
does not go on in the field before."""


class LineInput(Input):
    """One line of text. What does not fit is refused, and the form is told why."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+h", "delete_left", show=False),
        Binding("ctrl+f", "delete_right_word", show=False),
        Binding("ctrl+z", "undo", show=False),
        Binding("ctrl+y", "redo", show=False),
        Binding("f7", "select_all", show=False),
    ]

    class Refused(Message):
        """Something that was typed or pasted has been left out."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class Emptied(Message):
        """Backspace was pressed in an empty line: on a phone, the way back."""

    class Lines(Message):
        """Several lines were pasted: the first is in the field, `rest` is not."""

        def __init__(self, line: LineInput, rest: str) -> None:
            super().__init__()
            self.line, self.rest = line, rest

        @property
        def control(self) -> LineInput:
            return self.line

    def __init__(self, *, password: bool = False, placeholder: str = "", name: str | None = None) -> None:
        super().__init__(placeholder=placeholder, password=password, compact=True, select_on_focus=False, name=name)
        self.cursor_blink = False
        self.takes_lines = False
        """Whether several lines that arrive at once are a paste, from a terminal that does not mark pastes."""
        self._undone: list[str] = []
        self._done: list[str] = []
        self._deleted_at = 0.0

    def fill(self, text: str, *, limit: int = 0) -> None:
        """Begin anew with a text. `limit` is the number of letters there is room for; 0 leaves it as it was."""
        if limit:
            self.max_length = limit
        self._done, self._undone = [], []
        with self.prevent(Input.Changed):
            self.value = text
        self.cursor_position = len(text)

    # -- typing and pasting

    def replace(self, text: str, start: int, end: int) -> None:
        """As the base class, but what is over the limit is said, and what was there can be had back."""
        before = self.value
        super().replace(text, start, end)
        if self.value != before:
            self._remember(before, text)

    def restricted(self) -> None:
        self.post_message(self.Refused(f"There is room for {self.max_length:,} letters here."))

    def _on_paste(self, event: events.Paste) -> None:
        """The first line goes into the field, cut at the limit; the rest is offered to the form."""
        event.stop()
        event.prevent_default()
        lines = [line for line in shown(event.text).split("\n") if line.strip()]
        if not lines:
            return
        start, end = sorted(self.selection)
        first = lines[0].replace("\t", " ")
        room = max(0, (self.max_length or len(first)) - len(self.value) + end - start)
        self.replace(first[:room], start, end)
        if len(lines) > 1:
            self.post_message(self.Lines(self, shown(event.text).split(lines[0], 1)[1].lstrip("\n")))
        if room < len(first):
            self.post_message(self.Refused(f"There is room for {self.max_length:,} letters here: the end is cut off."))

    def action_paste(self) -> None:
        self._on_paste(events.Paste(self.app.clipboard))

    # -- undo, by words

    def _remember(self, before: str, text: str) -> None:
        if text.strip() == "" or len(text) > 1 or not self._done or not before[-1:].strip():
            self._done = [*self._done[-50:], before]
        self._undone = []

    def action_undo(self) -> None:
        if self._done:
            self._undone.append(self.value)
            self._put(self._done.pop())

    def action_redo(self) -> None:
        if self._undone:
            self._done.append(self.value)
            self._put(self._undone.pop())

    def _put(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)

    def action_copy(self) -> None:
        if not self.password:
            super().action_copy()

    def action_cut(self) -> None:
        if not self.password:
            super().action_cut()

    # -- letters and their marks stay together

    def action_cursor_left(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's
        super().action_cursor_left(select)
        self._leave_marks(-1, select=select)

    def action_cursor_right(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - Textual's
        super().action_cursor_right(select)
        self._leave_marks(1, select=select)

    def action_delete_left(self) -> None:
        now, before = time.monotonic(), self._deleted_at
        self._deleted_at = now
        if not self.value:
            if now - before > HELD:
                self.post_message(self.Emptied())
        elif self.selection.is_empty:
            at = self.cursor_position
            self.delete(_letter_start(self.value, at), at)
        else:
            super().action_delete_left()

    def _leave_marks(self, step: int, *, select: bool) -> None:
        """The cursor does not rest between a letter and its combining marks."""
        start, at = self.selection
        while 0 < at < len(self.value) and cell_len(self.value[at]) == 0:
            at += step
        self.selection = Selection(start if select else at, at)


def _letter_start(text: str, at: int) -> int:
    """Where the letter begins that ends at a place, with its marks."""
    at -= 1
    while at > 0 and cell_len(text[at]) == 0:
        at -= 1
    return max(0, at)
