"""The base of the widgets that draw their own lines: what they have drawn stays until they say that it has changed."""

from __future__ import annotations

from typing import Any

from textual.color import Color
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget


class LineWidget(Widget):
    """Subclasses draw a line in `render_line`. They have no border and no padding.

    Textual composes every widget anew at each painting, whatever has changed, and puts each line through the session's
    filters. Here that is done once for a line: half of what a cursor key would cost otherwise.
    """

    ALLOW_SELECT = False
    virtual_size = reactive(Size(0, 0), init=False)
    """Textual's own asks for another layout whenever it changes; nothing that Textual scrolls is in here."""

    def __init__(self) -> None:
        super().__init__()
        self._finished: dict[int, Strip] = {}

    @property
    def width(self) -> int:
        """In cells. `size` asks the layout at each use; this is what it has said last."""
        return self.outer_size.width

    @property
    def height(self) -> int:
        """In lines."""
        return self.outer_size.height

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = [self._line(y) for y in crop.line_range]
        if crop.column_span == (0, self.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _line(self, y: int) -> Strip:
        strip = self._finished.get(y)
        if strip is None:
            strip = self.render_line(y)
            for line_filter in self.app.get_line_filters():
                strip = strip.apply_filter(line_filter, _NO_COLOR)
            self._finished[y] = strip
        return strip

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Any:
        """Paint some lines anew, or all."""
        if regions:
            for region in regions:
                for y in region.line_range:
                    self._finished.pop(y, None)
        elif repaint:
            self._finished.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """The theme has changed."""
        self._finished.clear()
        super().notify_style_update()

    def forget_lines(self) -> None:
        """Keep nothing that has been drawn: it can be drawn again."""
        self._finished.clear()


_NO_COLOR = Color(0, 0, 0)
"""Our filter asks for no background."""
