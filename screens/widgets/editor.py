"""Textual's text area with a bound: beyond it each key would cost everybody in the process a noticeable pause."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from textual import events
from textual.expand_tabs import get_tab_widths
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from screens import theme
from screens.driver import PlainArea
from screens.lines import Part, line

MAX_LINE = 10_000
"""Letters in one line: it is wrapped anew at each key."""


class Editor(PlainArea):
    """Draws plain text, and of that what has changed. Refuses aloud what does not fit; nothing that is in it is cut."""

    class Refused(Message):
        """A paste or a letter did not fit; `why` is for the member."""

        def __init__(self, why: str) -> None:
            self.why = why
            super().__init__()

    def __init__(self, text: str = "", *, id: str, limit: int) -> None:  # noqa: A002 - Textual's own name
        super().__init__(text, id=id, soft_wrap=True, show_line_numbers=False, compact=True, tab_behavior="focus")
        self._limit = limit
        self.cursor_blink = self.match_cursor_bracket = self.highlight_cursor_line = False  # each costs a repaint
        self._drawn = lru_cache(256)(_drawn)
        self._length = len(text)

    def draw_line(self, y: int) -> Strip:
        """A line of the text as it is wrapped, with the cursor and what is selected."""
        at = self.scroll_offset.y + y
        if at >= self.wrapped_document.height:
            return self._drawn(self.size.width, ())
        row, column = self.wrapped_document.offset_to_location(Offset(0, at))
        letters = self._letters(row)
        cuts = [0, *self.wrapped_document.get_offsets(row), len(letters)]
        section = min(bisect_right(cuts, column), len(cuts) - 1) - 1
        return self._drawn(self.size.width, tuple(self._pieces(letters, row, cuts[section], cuts[section + 1])))

    def _letters(self, row: int) -> Sequence[str]:
        """What each character of a row looks like: a tab is as many spaces as the wrapping takes it for."""
        text = self.document.get_line(row)
        if "\t" not in text:
            return text
        letters: list[str] = []
        for part, width in get_tab_widths(text, self.indent_width):
            letters += [*part, " " * width] if width else part
        return letters

    def _pieces(self, letters: Sequence[str], row: int, start: int, end: int) -> Iterator[Part]:
        """A part of a row, cut where the style changes."""
        first, last = sorted(self.selection)
        chosen = range(0)
        if first != last and first[0] <= row <= last[0]:
            chosen = range(first[1] if row == first[0] else 0, last[1] if row == last[0] else end)
        cursor_row, cursor = self.cursor_location
        here = range(cursor, cursor + 1) if self.has_focus and row == cursor_row else range(0)
        marks = [at for span in (chosen, here) if span for at in (span.start, span.stop) if start < at < end]
        for a, b in pairwise(sorted({start, end, *marks})):
            style = theme.TYPING if a in here else theme.SELECTED if a in chosen else theme.PLAIN
            yield "".join(letters[a:b]), style
        if end == len(letters) and cursor == end and here:
            yield " ", theme.TYPING

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


def _drawn(width: int, pieces: tuple[Part, ...]) -> Strip:
    return line(width, *pieces)
