"""A list of rows, whatever they hold: the one widget of every place. It asks for the rows that it shows and no others.

A row has one line or many. The position is kept as (row, line in it), so that nothing above or below the screen need be
drawn or counted. The widget draws its own scroll bar: Textual's ScrollView and ScrollBar cost half as much again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region
from textual.selection import Selection
from textual.strip import Strip

from screens import styles
from screens.lines import Part, blank, line, wrap
from screens.widgets.line_widget import LineWidget

WHEEL = 3
"""Lines that one turn of the mouse's wheel moves."""
SAID_LINES = 3
"""Lines that a message may take from the list."""


class Rows(Protocol):
    """What a list asks of the place whose rows it shows."""

    cursor: int
    top: tuple[int, int]

    def count(self) -> int: ...
    def draw(self, index: int, width: int, *, selected: bool) -> list[Strip]: ...
    def selectable(self, index: int) -> bool: ...
    def clicked(self, index: int) -> None: ...
    def view_changed(self) -> None:
        """Other rows may be on the screen than before."""


class ListLine(NamedTuple):
    """A line of the list, and the row that it belongs to; -1 for none."""

    strip: Strip
    row: int


class RowList(LineWidget):
    """Where a place is, and the lines of it that are on the screen. A message can stand in its last lines."""

    ALLOW_SELECT = True

    def __init__(self) -> None:
        super().__init__()
        self._rows: Rows | None = None
        self._lines: list[ListLine] = []
        self._drawn: dict[tuple[int, bool], list[Strip]] = {}
        self._said: list[Part] = []
        self._said_lines: list[Strip] = []
        self._selection: Selection | None = None
        self._dragged = False

    # -- what a place does with it

    def show(self, rows: Rows) -> None:
        """Show a place's rows, or the same ones after they have changed."""
        self._rows = rows
        self._drawn = {}
        self.update_rows()

    def forget_lines(self) -> None:
        super().forget_lines()
        self._lines, self._drawn = [], {}

    def say(self, text: str, style: Style) -> None:
        """Show a message in the last lines, with the rows above it; '' takes it away."""
        said: list[Part] = [(text, style)] if text else []
        if said != self._said:
            self._said = said
            self._said_lines = self._wrap_said()
            self.update_rows()

    @property
    def is_saying(self) -> bool:
        return bool(self._said)

    def _wrap_said(self) -> list[Strip]:
        if not self._said or not self.width:
            return []
        style = self._said[0][1]
        rows = wrap(self._said, max(1, self.width - 2))[:SAID_LINES]
        return [line(self.width, (" ", style), *row, over=style) for row in rows]

    def on_resize(self) -> None:
        self._drawn = {}
        self._said_lines = self._wrap_said()
        self.update_rows()

    @property
    def room(self) -> int:
        """Lines there are for rows."""
        return max(1, self.height - len(self._said_lines))

    @property
    def row_width(self) -> int:
        """Cells there are for rows: the last column is the scroll bar's."""
        return max(1, self.width - 1)

    def update_rows(self) -> None:
        """Lay out the rows from the place's position, and repaint the lines that differ."""
        if self._rows is None or not self.height:
            return
        self._settle()
        before, self._lines = self._lines, self._fill()
        self._repaint(before)
        if self.screen.is_current:
            self._rows.view_changed()

    def _has_moved(self, before: Sequence[ListLine]) -> bool:
        """Whether another text stands where the member has selected one."""
        ends = [end.y for end in (self._selection or ()) if end is not None]
        span = slice(min(ends), max(ends) + 1) if len(ends) == 2 else slice(None)
        return [line.strip.text for line in before[span]] != [line.strip.text for line in self._lines[span]]

    def _repaint(self, before: Sequence[ListLine]) -> None:
        if self._selection is not None and self._has_moved(before):
            self.screen.clear_selection()
        if len(before) != len(self._lines):
            self.refresh()
            return
        changed = [
            y for y, (now, then) in enumerate(zip(self._lines, before, strict=True))
            if now.strip is not then.strip and now.strip != then.strip
        ]  # fmt: skip
        if len(changed) > len(before) // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self.width, 1) for y in changed))

    def _row(self, index: int) -> list[Strip]:
        """A row's lines, drawn once until the rows or the width change."""
        assert self._rows is not None  # noqa: S101 - asked by every caller
        key = (index, index == self._rows.cursor)
        lines = self._drawn.get(key)
        if lines is None:
            lines = self._drawn[key] = self._rows.draw(index, self.row_width, selected=key[1])
        return lines

    def _fill(self) -> list[ListLine]:
        assert self._rows is not None  # noqa: S101 - as above
        index, offset = self._rows.top
        lines: list[ListLine] = []
        while len(lines) < self.room and index < self._rows.count():
            lines += [ListLine(strip, index) for strip in self._row(index)[offset : offset + self.room - len(lines)]]
            index, offset = index + 1, 0
        lines += [ListLine(blank(self.row_width), -1)] * (self.room - len(lines))
        bar = self._bar()
        lines = [ListLine(Strip([*each.strip, mark], self.width), each.row)
                 for each, mark in zip(lines, bar, strict=True)]  # fmt: skip
        return lines + [ListLine(strip, -1) for strip in self._said_lines][: self.height - len(lines)]

    # -- the scroll bar

    def _thumb(self) -> tuple[int, int]:
        """(first line, end) of the scroll bar's mark; (0, 0) where all rows are on the screen. Measured in rows."""
        assert self._rows is not None  # noqa: S101 - as above
        count, first, last = self._rows.count(), self._rows.top[0], self.last_whole(partly=True)
        if (first == 0 and self._rows.top[1] == 0 and last >= count - 1 and self.at_end()) or not count:
            return 0, 0
        size = max(1, self.room * (last - first + 1) // count)
        free = self.room - size
        start = free if self.at_end() else min(max(0, free - 1), free * first // max(1, count - 1))
        return start, start + size

    def _bar(self) -> list[Segment]:
        start, end = self._thumb()
        return [_THUMB if start <= y < end else _TRACK for y in range(self.room)]

    def _drag_to(self, y: int) -> None:
        """Go to the row that stands for a place on the scroll bar."""
        assert self._rows is not None  # noqa: S101 - as above
        count = self._rows.count()
        self._rows.top = (min(count - 1, max(0, y) * count // max(1, self.room - 1)), 0)
        self.update_rows()

    # -- the position

    def _settle(self) -> None:
        """Keep the position inside the rows, with no empty lines below the last row where there is more above."""
        assert self._rows is not None  # noqa: S101 - as above
        count = self._rows.count()
        index, offset = self._rows.top
        if count == 0:
            self._rows.top = (0, 0)
            return
        if index >= count:
            index, offset = count - 1, len(self._row(count - 1)) - 1
        offset = max(0, min(offset, len(self._row(index)) - 1))
        below = len(self._row(index)) - offset
        following = index + 1
        while below < self.room and following < count:
            below += len(self._row(following))
            following += 1
        self._rows.top = (index, offset)
        if below < self.room:
            self._rows.top = self._back(index, offset, self.room - below)

    def _back(self, index: int, offset: int, lines: int) -> tuple[int, int]:
        """The position so many lines above."""
        while lines > offset and index > 0:
            lines -= offset
            index -= 1
            offset = len(self._row(index))
        return index, max(0, offset - lines)

    def _forward(self, index: int, offset: int, lines: int) -> tuple[int, int]:
        assert self._rows is not None  # noqa: S101 - as above
        count = self._rows.count()
        while index < count - 1 and offset + lines >= len(self._row(index)):
            lines -= len(self._row(index)) - offset
            index, offset = index + 1, 0
        return index, offset + lines

    def scroll_lines(self, lines: int) -> bool:
        """Move by lines, down for a positive number. False when there was nowhere to go."""
        if self._rows is None or not self._rows.count():
            return False
        before = self._rows.top
        self._rows.top = self._forward(*before, lines) if lines > 0 else self._back(*before, -lines)
        self._settle()
        moved = self._rows.top != before
        if moved:
            self.update_rows()
        return moved

    def show_row(self, index: int, *, at_top: bool = False) -> None:
        """Bring a row into view: to the top, or, when it is outside, to the middle: fewer repaints follow."""
        if self._rows is None:
            return
        if at_top:
            self._rows.top = (index, 0)
        elif not self.shows_start(index):
            self._rows.top = self._back(index, 0, self.room // 2)
        self.update_rows()

    def shows_start(self, index: int) -> bool:
        """Whether a row's first line is on the screen, with as much of it as there is room for."""
        if self._rows is None or not self.height:
            return False
        first, offset = self._rows.top
        if index < first or (index == first and offset):
            return False
        used = -offset
        for above in range(first, index):
            used += len(self._row(above))
            if used >= self.room:
                return False
        return used + min(len(self._row(index)), 3) <= self.room

    def last_whole(self, *, partly: bool = False) -> int:
        """The last row whose end is on the screen; -1 for none. `partly`: the last of which a line is."""
        if self._rows is None or not self.height:
            return -1
        index, offset = self._rows.top
        room, last = self.room + offset, -1
        while index < self._rows.count():
            if partly and room > 0:
                last = index
            room -= len(self._row(index))
            if room < 0:
                break
            last = index
            index += 1
        return last

    def first_shown(self) -> int:
        return self._rows.top[0] if self._rows is not None else 0

    def at_end(self) -> bool:
        """Whether the last line of the last row is on the screen."""
        return self._rows is None or self.last_whole() == self._rows.count() - 1

    # -- what Textual asks

    def render_line(self, y: int) -> Strip:
        if y >= len(self._lines):
            return blank(self.width)
        strip = self._lines[y].strip
        span = self._selection.get_span(y) if self._selection is not None else None
        return strip if span is None else _selected(strip, *span)

    def letter_at(self, x: int, y: int) -> Offset | None:
        """The letter of a line that is at a cell: what Textual's selection counts in."""
        if not 0 <= y < len(self._lines) or x >= self.row_width:
            return None
        return Offset(len(self._lines[y].strip.crop(0, x).text), y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        text = "\n".join(line.strip.text[: self.row_width].rstrip() for line in self._lines[: self.room])
        return selection.extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Repaint the lines between the ends of the selection: the base class repaints all at each step of a drag."""
        self._selection = selection
        ends = [] if selection is None else [end.y for end in (selection.start, selection.end) if end is not None]
        if len(ends) == 2:
            self.refresh(*(Region(0, y, self.width, 1)
                           for y in range(max(0, min(ends) - 1), min(self.height, max(ends) + 2))))  # fmt: skip
        else:
            self.refresh()

    def text_select_all(self) -> None:
        """A double click opens; it does not select the whole list."""

    # -- the mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self._rows is not None and int(event.x) >= self.row_width and self._thumb() != (0, 0):
            self._dragged = True
            self.capture_mouse()
            self._drag_to(int(event.y))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged:
            self._drag_to(int(event.y))

    def on_mouse_up(self) -> None:
        if self._dragged:
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        if self._dragged:
            self._dragged = False
            return
        y = int(event.y)
        if self._rows is None or self._selection is not None or not 0 <= y < len(self._lines):
            return
        row = self._lines[y].row
        if row >= 0 and self._rows.selectable(row):
            self._rows.clicked(row)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL)


_THUMB, _TRACK = Segment("▐", styles.DIM), Segment(" ", styles.PLAIN)


def _selected(strip: Strip, start: int, end: int) -> Strip:
    """A line of which the letters between two columns are selected; an end of -1 is the line's own."""
    before, chosen, after = [], [], []
    at = 0
    end = len(strip.text.rstrip()) if end < 0 else end
    for text, style, _ in strip:
        cuts = [max(0, min(len(text), place - at)) for place in (start, end)]
        before.append(Segment(text[: cuts[0]], style))
        chosen.append(Segment(text[cuts[0] : cuts[1]], (style or styles.PLAIN) + styles.SELECTED))
        after.append(Segment(text[max(cuts) :], style))
        at += len(text)
    parts = [part for three in zip(before, chosen, after, strict=True) for part in three if part.text]
    return Strip(parts, strip.cell_length)
