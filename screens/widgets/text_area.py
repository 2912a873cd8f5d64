"""Textual's TextArea with our limits, pastes and keys, and with less to paint: only lines that have changed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult, Location

from bbs.text import shown

MAX_LINE = 10_000
"""Letters of one paragraph: each letter typed in a longer one would take longer to wrap than a fast typist's next."""
MAX_LINES = 5_000
"""More than any text may have in the end. All that are pasted are wrapped at once, which takes 6 to 12 µs for each."""
COMMANDS = frozenset({".", "..", ".keep"})
"""Lines that are typed alone, for members whose keyboard has only letters, Enter and Backspace."""


class TextField(TextArea):
    """A text of several lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+h", "delete_left", show=False),
        Binding("ctrl+f", "delete_word_right", show=False),
    ]

    class Refused(Message):
        """Something that was typed or pasted has been left out."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class Command(Message):
        """A line of '.' or '.keep' was typed, alone, and is taken out of the text again."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, limit: int, placeholder: str = "") -> None:
        super().__init__(soft_wrap=True, tab_behavior="focus", compact=True, highlight_cursor_line=False,
                         placeholder=placeholder, max_checkpoints=100)  # fmt: skip
        self.cursor_blink = False
        self.limit = limit
        self._painted: list[object] = []
        """What each visible line showed when it was painted."""
        self._is_comparing = False
        self._typed_with_others = -1
        """The row in which letters have arrived together with others, so that it is no command."""

    # -- the text

    def fill(self, text: str) -> None:
        """Begin anew with a text; undo goes no further back."""
        with self.prevent(TextArea.Changed):
            self.load_text(text)
        self._typed_with_others = -1
        self.move_cursor(self.document.end)

    def replace_all(self, text: str) -> None:
        """Put another text in place of this one, so that undo brings this one back."""
        self.history.checkpoint()
        self.replace(text, self.document.start, self.document.end, maintain_selection_offset=False)
        self.move_cursor(self.document.end)

    @property
    def typed(self) -> str:
        """The line up to the cursor."""
        row, column = self.cursor_location
        return self.document.get_line(row)[:column]

    def complete(self, beginning: int, text: str) -> None:
        """Put a text in place of the last letters before the cursor."""
        row, column = self.cursor_location
        self.replace(text, (row, column - beginning), (row, column), maintain_selection_offset=False)

    def edit(self, edit: Edit) -> EditResult:
        """As the base class; what there is no room for is left out, and said."""
        why = self._why_not(edit)
        if why:
            self.post_message(self.Refused(why))
            return EditResult(self.selection.end, "")
        return super().edit(edit)

    def _why_not(self, edit: Edit) -> str:
        added = len(edit.text)
        if not added:
            return ""
        lines = edit.text.count("\n")
        if lines and self.document.line_count + lines - (edit.bottom[0] - edit.top[0]) > MAX_LINES:
            room = f"A text has at most {MAX_LINES:,} lines"
            return f"{room}; that paste has {lines + 1:,}, so it was left out." if added > 1 else f"{room}."
        taken = len(self.get_text_range(edit.top, edit.bottom)) if edit.top != edit.bottom else 0
        if len(self.text) + added - taken > self.limit:
            room = f"There is room for {self.limit:,} characters"
            return f"{room}; that paste has {added:,}, so it was left out." if added > 1 else f"{room}."
        here = len(self.document.get_line(edit.top[0]))
        if max(map(len, edit.text.split("\n"))) + here > MAX_LINE:
            if added > 1:
                return f"That paste has a line of more than {MAX_LINE:,} characters, so it was left out."
            return f"A paragraph has at most {MAX_LINE:,} characters: begin a new one." if edit.text != "\n" else ""
        return ""

    # -- keys

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = shown(event.text)
        start, end = self.selection
        self.replace(text, start, end, maintain_selection_offset=False)
        self._typed_with_others = self.cursor_location[0]

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter" and self.selection.is_empty and self._take_command(getattr(event, "read", "\r")):
            event.stop()
            event.prevent_default()
        elif event.is_printable:
            others = getattr(event, "read", event.character or "").strip("\r")
            if len(others) > 1 and not any(command.startswith(others) for command in COMMANDS):
                self._typed_with_others = self.cursor_location[0]

    def _take_command(self, read: str) -> bool:
        """Whether the line is a command that was typed by itself, and not in the middle of a paste."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        alone = read.replace("\r", "")
        if line not in COMMANDS or column != len(line) or row == self._typed_with_others or not line.endswith(alone):
            return False
        if line == "..":
            self.replace(".\n", (row, 0), (row, column), maintain_selection_offset=False)
            return True
        self.replace("", (row, 0), (row, column), maintain_selection_offset=False)
        self.post_message(self.Command(line))
        return True

    def get_cursor_left_location(self) -> Location:
        """As the base class; a letter and its combining marks are one."""
        return self._whole_letter(super().get_cursor_left_location(), -1)

    def get_cursor_right_location(self) -> Location:
        return self._whole_letter(super().get_cursor_right_location(), 1)

    def _whole_letter(self, place: Location, step: int) -> Location:
        row, column = place
        line = self.document.get_line(row)
        while 0 < column < len(line) and cell_len(line[column]) == 0:
            column += step
        return row, column

    # -- painting

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:  # noqa: ARG002 - Textual's
        """Nobody writes programs here."""
        return None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Any:
        """Where the base class would paint every line, paint those that differ from what was painted."""
        if regions or layout or recompose or not repaint or not self.is_mounted or not self._painted:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        if not self._is_comparing:
            self._is_comparing = True
            self.call_next(self._repaint_what_differs)
        return self

    def refresh_lines(self, y_start: int, line_count: int = 1) -> None:
        """The base class names lines; here we find out ourselves which they are."""
        if self._painted:
            self.refresh()
        else:
            super().refresh_lines(y_start, line_count)

    def _repaint_what_differs(self) -> None:
        self._is_comparing = False
        now, before = self._contents(), self._painted
        self._painted = now
        if len(now) != len(before):
            super().refresh()
            return
        left, top, width = self.gutter.left, self.gutter.top, self.content_size.width
        differs = [Region(left, top + y, width, 1) for y, content in enumerate(now) if content != before[y]]
        if differs:
            super().refresh(*differs)

    def _contents(self) -> list[object]:
        """What each visible line shows. To compare this costs a tenth of what it costs to render the lines."""
        wrapped, scrolled = self.wrapped_document, self.scroll_offset
        lines = [part for index, line in enumerate(self.document.lines) for part in self._wrapped(index, line)]
        start, end = map(wrapped.location_to_offset, sorted(self.selection))
        cursor = wrapped.location_to_offset(self.cursor_location)

        def content(row: int) -> object:
            text = lines[row] if row < len(lines) else None
            chosen = start != end and start.y <= row <= end.y and (row == start.y, start.x, row == end.y, end.x)
            return text, chosen, row == cursor.y and self.has_focus and cursor.x, lines == [""], scrolled.x

        return [content(scrolled.y + y) for y in range(self.content_size.height)]

    def _wrapped(self, index: int, line: str) -> list[str]:
        ends = [0, *self.wrapped_document.get_offsets(index), len(line)]
        return [line[start:end] for start, end in pairwise(ends)]

    def render_lines(self, crop: Region) -> list[Strip]:
        lines = super().render_lines(crop)
        if not self._painted and self.content_size.height:
            self._painted = self._contents()
        return lines

    def on_resize(self) -> None:
        self._painted = []

    def forget_painted(self) -> None:
        """The screen shows something else now."""
        self._painted = []
        self.refresh()
