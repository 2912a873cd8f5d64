"""The message of a form: as many lines as it needs, above the keys, and none while there is nothing to say."""

from textual.strip import Strip

from screens import styles
from screens.lines import Part, line, wrap
from screens.widgets.line_widget import LineWidget

SAID_LINES = 3
"""Lines that a message may take from the form."""


class Said(LineWidget):
    """A line that says what happened, or what went wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._said: list[Part] = []
        self.display = False

    @property
    def text(self) -> str:
        return self._said[0][0] if self._said else ""

    def say(self, text: str, *, fault: bool = False) -> None:
        """Show a message; '' takes it away."""
        said: list[Part] = [(text, styles.FAULT if fault else styles.SAID)] if text else []
        if said != self._said:
            self._said = said
            self.styles.height = max(1, len(self._wrapped(self.app.size.width)))
            self.display = bool(text)
            self.refresh()

    def on_resize(self) -> None:
        self.styles.height = max(1, len(self._wrapped(self.app.size.width)))

    def _wrapped(self, width: int) -> list[list[Part]]:
        return wrap(self._said, max(1, width - 2))[:SAID_LINES] if self._said else []

    def render_line(self, y: int) -> Strip:
        width, rows = self.width, self._wrapped(self.width)
        style = self._said[0][1] if self._said else styles.PLAIN
        return line(width, (" ", style), *(rows[y] if y < len(rows) else ()), over=style)
