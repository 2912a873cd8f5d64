"""A text that is read and not changed: it scrolls."""

from textual import events
from textual.strip import Strip

from screens.lines import blank
from screens.widgets.box import Box


class Scrolled(Box):
    """Subclasses say which lines there are; they are asked for at each painting, and so keep them."""

    def __init__(self) -> None:
        self.top = 0
        self._size = (80, 1)

    def lines(self, width: int) -> list[Strip]:
        raise NotImplementedError

    def draw(self, width: int, height: int, *, focused: bool) -> list[Strip]:
        del focused
        self._size = (width, height)
        self.wheel(0)
        shown = self.lines(width)[self.top : self.top + height]
        return shown + [blank(width)] * (height - len(shown))

    def take(self, key: events.Key) -> bool:
        screenful = max(1, self._size[1] - 1)
        step = {"down": 1, "j": 1, "up": -1, "k": -1, "pagedown": screenful, "pageup": -screenful,
                "space": screenful}.get(key.key)  # fmt: skip
        if step is not None:
            self.wheel(step)
        return step is not None

    def wheel(self, lines: int) -> None:
        last = len(self.lines(self._size[0])) - self._size[1]
        self.top = max(0, min(self.top + lines, last))
