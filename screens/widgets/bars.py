"""The line above the page, and the line of keys below it."""

from collections.abc import Callable, Sequence

from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from screens import theme
from screens.lines import Part, blank, both_ends, line, width_of, wrap


class HeaderBar(Widget):
    """Where one is, and who one is."""

    DEFAULT_CSS = "HeaderBar { height: 1; dock: top; }"

    def __init__(self) -> None:
        super().__init__()
        self._left = ""
        self._right = ""

    def show(self, left: str, right: str) -> None:
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y:
            return blank(width)
        right = f"{self._right} " if width >= 60 else ""
        return both_ends(width, [(f" {self._left}", theme.BAR_BOLD)], [(right, theme.BAR_DIM)], over=theme.BAR)


class KeyBar(Widget):
    """The keys that do something here, each of which can be clicked; or a line that says what happened."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; }"

    def __init__(self, press: Callable[[str], None]) -> None:
        super().__init__()
        self._press = press
        self._keys: Sequence[tuple[str, str]] = ()
        self._said: tuple[str, Style] | None = None

    def show(self, keys: Sequence[tuple[str, str]]) -> None:
        """`keys` are (key, what it does), most wanted first: those that do not fit are left out."""
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def say(self, text: str, *, fault: bool = False) -> None:
        """Put a line in place of the keys until the next key; '' takes it away."""
        said = (text, theme.FAULT if fault else theme.BAR) if text else None
        if said != self._said:
            self._said = said
            self._fit_height()
            self.refresh()

    def _fit_height(self) -> None:
        """As many lines as what is said needs, up to three."""
        needed = min(3, len(self._said_lines())) if self._said else 1
        if self.styles.height is None or self.styles.height.value != needed:
            self.styles.height = needed

    def _said_lines(self) -> list[list[Part]]:
        return wrap([self._said], max(1, self.size.width - 2)) if self._said else []

    def on_resize(self) -> None:
        self._fit_height()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._said is not None:
            lines = self._said_lines()
            return line(width, (" ", theme.BAR), *(lines[y] if y < len(lines) else ()), over=self._said[1])
        if y:
            return blank(width)
        parts: list[Part] = []
        for key, says, _, _ in self._fitting():
            parts += [(f" {key}", theme.KEY), (f" {says} ", theme.BAR_DIM)]
        return line(width, *parts, over=theme.BAR)

    def _fitting(self) -> list[tuple[str, str, int, int]]:
        """(key, what it does, first column, end column) of those that fit."""
        found = []
        at = 0
        widths = [width_of(key) + width_of(says) + 3 for key, says in self._keys]
        for number, ((key, says), width) in enumerate(zip(self._keys, widths, strict=True)):
            end = at + width
            kept = widths[-1] if number < len(widths) - 1 and self._keys[-1][0] == "?" else 0  # help has its place
            if end + kept > self.size.width:
                continue
            found.append((key, says, at, end))
            at = end
        return found

    def on_click(self, event: events.Click) -> None:
        for key, _, start, end in self._fitting():
            if start <= event.x < end and self._said is None:
                self._press(key)
