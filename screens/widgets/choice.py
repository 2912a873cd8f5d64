"""One of a few: `← →` or Space goes through them."""

from collections.abc import Sequence

from textual import events
from textual.strip import Strip

from screens import theme
from screens.lines import line
from screens.widgets.box import Box


class ChoiceLine(Box):
    """`options` are (value, what it says)."""

    def __init__(self, options: Sequence[tuple[str, str]], value: str) -> None:
        self._options = options
        self._at = 0
        self.fill(value)

    @property
    def text(self) -> str:
        """The value that is chosen."""
        return self._options[self._at][0]

    def fill(self, value: str) -> None:
        """Choose a value, if it is among them."""
        self._at = next((at for at, (known, _) in enumerate(self._options) if known == value), self._at)

    def draw(self, width: int, height: int, *, focused: bool) -> list[Strip]:
        del height
        return [line(width, (f" ‹ {self._options[self._at][1]} ›", theme.ACCENT if focused else theme.PLAIN))]

    def take(self, key: events.Key) -> bool:
        step = {"right": 1, "space": 1, "enter": 1, "left": -1}.get(key.key)
        if step is not None:
            self._turn(step)
        return step is not None

    def point(self, x: int, y: int, *, drag: bool) -> None:
        del x, y
        if not drag:
            self._turn(1)

    def _turn(self, step: int) -> None:
        self._at = (self._at + step) % len(self._options)
