"""The page on the screen, whatever it holds. It asks for the rows that it shows and no others.

A page is a run of items, each of one line or many. The place is kept as (item, line in it), so that nothing above or
below the screen need be drawn or counted.
"""

from collections.abc import Callable
from typing import Protocol

from textual.geometry import Size
from textual.strip import Strip

from screens.lines import blank


class Rows(Protocol):
    """What the pane asks of a page."""

    cursor: int
    top: tuple[int, int]

    def count(self) -> int: ...
    def draw(self, index: int, width: int, *, selected: bool) -> list[Strip]: ...
    def selectable(self, index: int) -> bool: ...
    def clicked(self, index: int) -> None: ...


class Pane:
    """Where a page is, and the lines of it that are on the screen. `changed` is called when they may be others."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.size = Size(0, 0)
        self._changed = changed
        self._page: Rows | None = None
        self._rows: list[tuple[Strip, int]] = []
        self._drawn: dict[tuple[int, bool], list[Strip]] = {}

    def show(self, page: Rows) -> None:
        """Show a page, or the same one after its items changed."""
        self._page = page
        self._drawn = {}
        self.update_rows()

    def let_go(self) -> None:
        """Show nothing any more."""
        self._page, self._rows, self._drawn = None, [], {}

    def resize(self, size: Size) -> None:
        if size == self.size:
            return
        if size.width != self.size.width:
            self._drawn = {}
        self.size = size
        self.update_rows()

    def update_rows(self) -> None:
        """Lay out the rows from the page's place."""
        if self._page is None or not self.size.height:
            return
        self._settle()
        self._rows = self._fill()
        self._changed()

    def _item(self, index: int) -> list[Strip]:
        """An item's lines, drawn once until the page or the width changes."""
        assert self._page is not None  # noqa: S101 - asked by every caller
        key = (index, index == self._page.cursor)
        lines = self._drawn.get(key)
        if lines is None:
            lines = self._drawn[key] = self._page.draw(index, self.size.width, selected=key[1])
        return lines

    def _fill(self) -> list[tuple[Strip, int]]:
        assert self._page is not None  # noqa: S101 - as above
        height, width = self.size.height, self.size.width
        index, offset = self._page.top
        rows: list[tuple[Strip, int]] = []
        while len(rows) < height and index < self._page.count():
            rows += [(strip, index) for strip in self._item(index)[offset : offset + height - len(rows)]]
            index, offset = index + 1, 0
        rows += [(blank(width), -1)] * (height - len(rows))
        return rows

    # -- the place

    def _settle(self) -> None:
        """Keep the place inside the page, with no empty rows below the last item where there is more above."""
        assert self._page is not None  # noqa: S101 - as above
        count = self._page.count()
        index, offset = self._page.top
        if count == 0:
            self._page.top = (0, 0)
            return
        if index >= count:
            index, offset = count - 1, len(self._item(count - 1)) - 1
        offset = max(0, min(offset, len(self._item(index)) - 1))
        below = len(self._item(index)) - offset
        following = index + 1
        while below < self.size.height and following < count:
            below += len(self._item(following))
            following += 1
        self._page.top = (index, offset)
        if below < self.size.height:
            self._page.top = self._back(index, offset, self.size.height - below)

    def _back(self, index: int, offset: int, lines: int) -> tuple[int, int]:
        """The place so many lines above."""
        while lines > offset and index > 0:
            lines -= offset
            index -= 1
            offset = len(self._item(index))
        return index, max(0, offset - lines)

    def _forward(self, index: int, offset: int, lines: int) -> tuple[int, int]:
        assert self._page is not None  # noqa: S101 - as above
        count = self._page.count()
        while index < count - 1 and offset + lines >= len(self._item(index)):
            lines -= len(self._item(index)) - offset
            index, offset = index + 1, 0
        return index, offset + lines

    def scroll(self, lines: int) -> bool:
        """Move by lines, down for a positive number. False when there was nowhere to go."""
        if self._page is None or not self._page.count():
            return False
        before = self._page.top
        move = self._forward(*before, lines) if lines > 0 else self._back(*before, -lines)
        self._page.top = move
        self._settle()
        moved = self._page.top != before
        if moved:
            self.update_rows()
        return moved

    def show_item(self, index: int, *, at_top: bool = False) -> None:
        """Bring an item into view: to the top, or, when it is outside, to the middle: fewer repaints follow."""
        if self._page is None:
            return
        if at_top:
            self._page.top = (index, 0)
        elif not self.shows_start(index):
            self._page.top = self._back(index, 0, self.size.height // 2)
        self.update_rows()

    def shows_start(self, index: int) -> bool:
        """Whether an item's first line is on the screen, with as much of it as there is room for."""
        if self._page is None or not self.size.height:
            return False
        first, offset = self._page.top
        if index < first or (index == first and offset):
            return False
        used = -offset
        for above in range(first, index):
            used += len(self._item(above))
            if used >= self.size.height:
                return False
        return used + min(len(self._item(index)), 3) <= self.size.height

    def last_whole(self) -> int:
        """The last item whose end is on the screen; -1 for none."""
        if self._page is None or not self._rows:
            return -1
        index, offset = self._page.top
        room, last = self.size.height + offset, -1
        while index < self._page.count():
            room -= len(self._item(index))
            if room < 0:
                break
            last = index
            index += 1
        return last

    def first_shown(self) -> int:
        return self._page.top[0] if self._page is not None else 0

    def at_end(self) -> bool:
        """Whether the last line of the last item is on the screen."""
        return self._page is None or self.last_whole() == self._page.count() - 1

    # -- what the frame asks

    def lines(self) -> list[Strip]:
        """As many as the pane is high."""
        return [strip for strip, _ in self._rows] or [blank(self.size.width)] * self.size.height

    def click(self, y: int) -> None:
        """A click on a line of the pane."""
        if self._page is not None and 0 <= y < len(self._rows):
            index = self._rows[y][1]
            if index >= 0 and self._page.selectable(index):
                self._page.clicked(index)
