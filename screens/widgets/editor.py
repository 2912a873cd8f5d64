"""Textual's text area with a bound: beyond it each key would cost everybody in the process a noticeable pause."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from textual import events
from textual.expand_tabs import get_tab_widths
from textual.message import Message
from textual.strip import Strip

from screens import theme
from screens.driver import PlainArea
from screens.lines import Part, line

MAX_LINE = 10_000
"""Letters in one line: it is wrapped anew at each key."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is selected, and where the cursor is, as (row, column)."""

    first: tuple[int, int]
    last: tuple[int, int]
    at: tuple[int, int]

    def chosen(self, row: int, end: int) -> range:
        """The columns of a row that are selected."""
        if self.first == self.last or not self.first[0] <= row <= self.last[0]:
            return range(0)
        return range(self.first[1] if row == self.first[0] else 0, self.last[1] if row == self.last[0] else end)

    def cursor(self, row: int) -> range:
        return range(self.at[1], self.at[1] + 1) if row == self.at[0] else range(0)


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

    def draw_lines(self) -> list[Strip]:
        """The text as it is wrapped, with the cursor and what is selected."""
        width, height, above = self.size.width, self.size.height, self.scroll_offset.y
        places = [self.place(above + y) for y in range(height)]
        first, last = self.selection
        shown = _Shown(min(first, last), max(first, last), self.cursor_location if self.has_focus else (-1, 0))
        return [self._drawn(width, self._pieces(place, shown) if place else ()) for place in places]

    def _letters(self, row: int) -> Sequence[str]:
        """What each character of a row looks like: a tab is as many spaces as the wrapping takes it for."""
        text = self.document.get_line(row)
        if "\t" not in text:
            return text
        letters: list[str] = []
        for part, width in get_tab_widths(text, self.indent_width):
            letters += [*part, " " * width] if width else part
        return letters

    def _pieces(self, place: tuple[int, int], shown: _Shown) -> tuple[Part, ...]:
        """A part of a row, cut where the style changes."""
        row, section = place
        letters = self._letters(row)
        cuts = [0, *self.wrapped_document.get_offsets(row), len(letters)]
        start, end = cuts[section], cuts[section + 1]
        chosen, here = shown.chosen(row, end), shown.cursor(row)
        if not chosen and not here:
            return (("".join(letters[start:end]), theme.PLAIN),)
        marks = [at for span in (chosen, here) for at in (span.start, span.stop) if start < at < end]
        pieces = [
            ("".join(letters[a:b]), theme.TYPING if a in here else theme.SELECTED if a in chosen else theme.PLAIN)
            for a, b in pairwise(sorted({start, end, *marks}))
        ]
        if end == len(letters) in here:
            pieces.append((" ", theme.TYPING))
        return tuple(pieces)

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
