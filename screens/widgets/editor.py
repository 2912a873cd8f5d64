"""Textual's text area with a bound: beyond it each key would cost everybody in the process a noticeable pause."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

MAX_LINE = 10_000
"""Letters in one line: it is wrapped anew at each key."""


class Editor(TextArea):
    """Refuses aloud what does not fit; nothing that is in it is cut."""

    class Refused(Message):
        """A paste or a letter did not fit; `why` is for the member."""

        def __init__(self, why: str) -> None:
            self.why = why
            super().__init__()

    def __init__(self, text: str = "", *, id: str, limit: int) -> None:  # noqa: A002 - Textual's own name
        super().__init__(text, id=id, soft_wrap=True, show_line_numbers=False, compact=True, tab_behavior="focus")
        self._limit = limit
        self._length = len(text)

    def on_text_area_changed(self) -> None:
        self._length = len(self.text)

    # Textual calls each class's handler in turn, up to the one that prevents its bases'.

    def _on_paste(self, event: events.Paste) -> None:  # type: ignore[override]
        if why := self._why_not(event.text):
            self._refuse(event, why)

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        if event.is_printable and self._length >= self._limit:
            self._refuse(event, f"There is room for {self._limit:,} characters.")

    def _refuse(self, event: events.Event, why: str) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Refused(why))

    def _why_not(self, text: str) -> str:
        if self._length + len(text) > self._limit:
            return f"There is room for {self._limit:,} characters; that paste has {len(text):,}, so it was left out."
        here = len(self.document.get_line(self.cursor_location[0]))
        if max(map(len, text.split("\n"))) + here > MAX_LINE:
            return f"That paste has a line of more than {MAX_LINE:,} characters, so it was left out."
        return ""
