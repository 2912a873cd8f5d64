"""A question in the last lines of the screen, answered by one key; and a line of text that is asked for there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Input

from screens import styles
from screens.forms.modal import Modal
from screens.lines import Part, line, wrap
from screens.widgets.bars import AnswerBar, KeyBar, KeyWord
from screens.widgets.line_input import LineInput
from screens.widgets.line_widget import LineWidget

QUESTION_LINES = 5
"""Lines that a question may take from the place it is asked in."""


class Words(LineWidget):
    """The text of a question: as many lines as it needs."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def show(self, text: str) -> None:
        if text == self._text:  # a flood of letters that find no room is refused letter by letter
            return
        self._text = text
        self.styles.height = len(self._wrapped(self.app.size.width))
        self.refresh(layout=True)

    def on_resize(self) -> None:
        needed = len(self._wrapped(self.width))
        if self.styles.height is None or self.styles.height.value != needed:
            self.styles.height = needed

    def _wrapped(self, width: int) -> list[list[Part]]:
        return wrap([(self._text, styles.BAR_BOLD)], max(1, width - 2))[:QUESTION_LINES]

    def render_line(self, y: int) -> Strip:
        rows = self._wrapped(self.width)
        return line(self.width, (" ", styles.BAR), *(rows[y] if y < len(rows) else ()), over=styles.BAR)


class Question(Modal[str]):
    """One of several answers by its letter; '' when it is left with Esc or Backspace. Enter gives the first answer."""

    def __init__(self) -> None:
        super().__init__()
        self._words, self._keys = Words(), AnswerBar()
        self._text = ""
        self._answers: Sequence[tuple[str, str]] = ()
        self._enter = ""

    def compose(self) -> ComposeResult:
        yield self._words
        yield self._keys

    def ask(self, text: str, answers: Sequence[tuple[str, str]], *, enter: str = "", leave: str = "leave") -> Question:
        """Set what is asked. `answers` are (letter, what it does); `enter` is the answer of the Enter key, if any."""
        self._text, self._answers, self._enter, self._leave = text, answers, enter, leave
        return self

    async def opened(self) -> None:
        words = [KeyWord("Enter" if key == self._enter else key, says, f"answer('{key}')")
                 for key, says in self._answers]  # fmt: skip
        self._words.show(self._text)
        self._keys.show([*words, KeyWord("Esc", self._leave, "answer('')")])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in {"escape", "backspace"}:
            self.finish("")
        elif event.key == "enter":
            if self._enter:
                self.finish(self._enter)
        elif event.character in {key for key, _ in self._answers}:
            self.finish(event.character)

    def action_answer(self, key: str) -> None:
        self.finish(key)


class Prompt(Modal[str]):
    """A line of text; '' when it is left with Esc, or with Enter while it is empty."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave")]

    def __init__(self) -> None:
        super().__init__()
        self._words, self._input = Words(), LineInput()
        self._keys = KeyBar([KeyWord("Enter", "done", "done"), KeyWord("Esc", "leave", "leave")])
        self._label, self._initial, self._limit = "", "", 0

    def compose(self) -> ComposeResult:
        yield self._words
        yield self._input
        yield self._keys

    def ask(self, label: str, *, initial: str, limit: int) -> Prompt:
        """Set what is asked for."""
        self._label, self._initial, self._limit = label, initial, limit
        return self

    async def opened(self) -> None:
        self._words.show(self._label)
        self._input.fill(self._initial, limit=self._limit)
        self._input.focus()

    def say(self, text: str, *, fault: bool = False) -> None:
        del fault
        self._words.show(text or self._label)

    @on(LineInput.Refused)
    def tell_why(self, event: LineInput.Refused) -> None:
        event.stop()
        self.say(event.why)

    @on(Input.Submitted)
    def action_done(self) -> None:
        self.finish(self._input.value.strip())

    @on(LineInput.Emptied)
    def action_leave(self) -> None:
        self.finish("")
