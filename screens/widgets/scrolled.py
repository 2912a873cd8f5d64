"""A text that is read and not changed: it scrolls."""

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from screens.lines import blank

WHEEL = 3
"""Lines that one turn of the mouse's wheel moves."""


class Scrolled(Widget, can_focus=True):
    """Subclasses say which lines there are; they are asked for at each painting, and so keep them."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.top = 0

    def lines(self, width: int) -> list[Strip]:
        raise NotImplementedError

    def scroll_by(self, rows: int) -> None:
        last = len(self.lines(self.size.width)) - self.size.height
        self.top = max(0, min(self.top + rows, last))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        rows, at, width = self.lines(self.size.width), y + self.top, self.size.width
        return rows[at] if at < len(rows) else blank(width)

    def on_key(self, event: events.Key) -> None:
        screenful = max(1, self.size.height - 1)
        step = {"down": 1, "j": 1, "up": -1, "k": -1, "pagedown": screenful, "pageup": -screenful,
                "space": screenful}.get(event.key)  # fmt: skip
        if step is not None:
            event.stop()
            self.scroll_by(step)

    def on_mouse_scroll_down(self) -> None:
        self.scroll_by(WHEEL)

    def on_mouse_scroll_up(self) -> None:
        self.scroll_by(-WHEEL)
