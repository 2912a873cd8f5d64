"""A text that is read and not changed, inside a form: it scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from screens import styles
from screens.lines import line
from screens.rows import Row
from screens.widgets.row_list import RowList


class Reader(RowList, can_focus=True):
    """A list without a cursor. Its last line says how many lines follow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_by(1)", show=False),
        Binding("up,k", "scroll_by(-1)", show=False),
        Binding("pagedown,space", "turn(1)", show=False),
        Binding("pageup", "turn(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self.cursor = -1
        self.top = (0, 0)

    def show(self, rows: Sequence[Row]) -> None:  # type: ignore[override] # it is its own place: it takes the rows alone
        """Show other rows, from their beginning."""
        self.rows, self.top = rows, (0, 0)
        super().show(self)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As many lines as there are: style sheets bound it."""
        return sum(len(row.draw(max(1, width - 1), None)) for row in self.rows) or 1

    def action_scroll_by(self, lines: int) -> None:
        self.scroll_lines(lines)

    def action_turn(self, direction: int) -> None:
        self.scroll_lines(direction * max(1, self.room - 1))

    def render_line(self, y: int) -> Strip:
        below = self._lines_below()
        if y == self.height - 1 and below and not self.has_class("page"):
            more = f"↓ {below + 1} more" + ("" if self.has_focus else ": Tab")
            return line(self.width, (" ▎ ", styles.DIM), (more, styles.ACCENT if self.has_focus else styles.DIM))
        return super().render_line(y)

    def _lines_below(self) -> int:
        drawn = sum(len(self._row(index)) for index in range(len(self.rows)))
        return max(0, drawn - self.top[1] - self.height)

    # -- what a list asks of its rows

    def count(self) -> int:
        return len(self.rows)

    def draw(self, index: int, width: int, *, selected: bool) -> list[Strip]:
        del selected
        return self.rows[index].draw(width, None)

    def selectable(self, index: int) -> bool:
        del index
        return False

    def clicked(self, index: int) -> None:
        """Nothing can be opened here."""

    def view_changed(self) -> None:
        """Nothing more is read."""
