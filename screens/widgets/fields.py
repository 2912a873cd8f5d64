"""The fields of forms besides lines and texts: a label, a choice, a tick, a button. Textual's own, with our keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Button, Checkbox, Select

from screens import styles
from screens.lines import Part, line, wrap
from screens.widgets.line_widget import LineWidget


class FieldLabel(LineWidget):
    """A field's name, beside it a hint, or under it what is wrong with what stands in the field."""

    def __init__(self, label: str, hint: str = "") -> None:
        super().__init__()
        self._label, self._hint, self._fault = label, hint, ""

    def show_hint(self, hint: str) -> None:
        self._hint = hint
        self.refresh()

    def show_fault(self, fault: str) -> None:
        """Say what is wrong; '' takes it away."""
        if fault != self._fault:
            self._fault = fault
            self.styles.height = self.needed(self.app.size.width)
            self.refresh(layout=True)

    def needed(self, width: int) -> int:
        return len(self._rows(width))

    def _rows(self, width: int) -> list[list[Part]]:
        parts: list[Part] = [(self._label, styles.BOLD)]
        if self._fault:
            parts.append((f"  {self._fault}", styles.WARN))
        elif self._hint:
            parts.append((f"  {self._hint}", styles.DIM))
        return wrap(parts, max(1, width - 4))[: 3 if self._fault else 1]

    def on_resize(self) -> None:
        needed = self.needed(self.width + 2)
        if self.styles.height is None or self.styles.height.value != needed:
            self.styles.height = needed

    def render_line(self, y: int) -> Strip:
        rows = self._rows(self.width + 2)
        return line(self.width, (" ", styles.PLAIN), *(rows[y] if y < len(rows) else ()))


class ChoiceField(Select[str]):
    """One of a few. Space, the arrows or an option's first letter change it; Enter goes on to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", show=False),
        Binding("space,right,down", "step(1)", show=False),
        Binding("left,up", "step(-1)", show=False),
        Binding("backspace", "go_back", show=False),
    ]

    def __init__(self, options: Sequence[tuple[str, str]], value: str) -> None:
        self._values = [known for known, _ in options]
        self._letters = [says[:1].lower() for _, says in options]
        super().__init__([(says, known) for known, says in options], value=value, allow_blank=False, compact=True)

    @property
    def text(self) -> str:
        """The value that is chosen."""
        return str(self.value)

    def fill(self, value: str) -> None:
        """Choose a value, if it is among them."""
        if value in self._values:
            with self.prevent(Select.Changed):
                self.value = value

    def action_step(self, step: int) -> None:
        self.value = self._values[(self._values.index(self.text) + step) % len(self._values)]

    def action_go_on(self) -> None:
        self.screen.focus_next()

    def action_go_back(self) -> None:
        self.screen.focus_previous()

    def on_key(self, event: events.Key) -> None:
        letter = (event.character or "").lower()
        if not self.expanded and letter and letter in self._letters:
            event.stop()
            event.prevent_default()
            after = self._values.index(self.text) + 1
            order = [*range(after, len(self._values)), *range(after)]
            self.value = self._values[next(at for at in order if self._letters[at] == letter)]


class Tick(Checkbox):
    """Yes or no. Space, the arrows, y or n change it; Enter goes on to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", show=False),
        Binding("space,left,right", "toggle_button", show=False),
        Binding("y", "tick(True)", show=False),
        Binding("n", "tick(False)", show=False),
        Binding("backspace", "go_back", show=False),
    ]

    def __init__(self, label: str, *, value: bool) -> None:
        super().__init__(Content(label), value, compact=True)

    def render(self) -> Content:
        """With a mark that is there or not: the base class tells it by colour alone."""
        style = self.get_visual_style("toggle--label")
        return Content.assemble("[x]" if self.value else "[ ]", self.label.pad(1, 1).stylize_before(style))

    @property
    def text(self) -> str:
        return "yes" if self.value else "no"

    def fill(self, value: str) -> None:
        with self.prevent(Checkbox.Changed):
            self.value = value == "yes"

    def action_tick(self, value: Any) -> None:
        self.value = bool(value)

    def action_go_on(self) -> None:
        self.screen.focus_next()

    def action_go_back(self) -> None:
        self.screen.focus_previous()


class FormButton(Button):
    """A button at the end of a form. Enter or its first letter presses it, Backspace goes back a field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace,up,left", "go_back", show=False),
        Binding("right,down", "go_on", show=False),
    ]

    def action_go_on(self) -> None:
        self.screen.focus_next()

    def action_go_back(self) -> None:
        self.screen.focus_previous()

    def __init__(self, label: str, action: str) -> None:
        super().__init__(Content(label), compact=True, action=action)
