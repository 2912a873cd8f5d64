"""One line of text that is being typed: what a page asks for without a form."""

from collections.abc import Callable

from textual import events
from textual.strip import Strip

from screens import theme
from screens.lines import Part, line, width_of


class EntryLine:
    """The text, where the cursor is in it, and the usual keys."""

    def __init__(self, label: str, text: str, limit: int) -> None:
        self.text = text
        self._label = label
        self._limit = limit
        self._at = len(text)
        self._keys: dict[str, Callable[[], None]] = {
            "left": lambda: self._go(self._at - 1), "right": lambda: self._go(self._at + 1),
            "ctrl+left": lambda: self._go(self._word_before()), "ctrl+right": lambda: self._go(self._word_after()),
            "home": lambda: self._go(0), "ctrl+a": lambda: self._go(0),
            "end": lambda: self._go(len(self.text)), "ctrl+e": lambda: self._go(len(self.text)),
            "backspace": lambda: self._cut(self._at - 1, self._at), "delete": lambda: self._cut(self._at, self._at + 1),
            "ctrl+d": lambda: self._cut(self._at, self._at + 1),
            "ctrl+w": lambda: self._cut(self._word_before(), self._at), "ctrl+u": lambda: self._cut(0, self._at),
            "ctrl+k": lambda: self._cut(self._at, len(self.text)),
        }  # fmt: skip

    def take(self, key: events.Key) -> None:
        """A key: a letter, or one that moves or removes."""
        if key.is_printable and key.character:
            self.insert(key.character)
        elif key.key in self._keys:
            self._keys[key.key]()

    def insert(self, text: str) -> None:
        """As much of the first line as there is room for."""
        first = (text.splitlines() or [""])[0][: max(0, self._limit - len(self.text))]
        self.text = self.text[: self._at] + first + self.text[self._at :]
        self._at += len(first)

    def clear(self) -> None:
        self.text, self._at = "", 0

    def _go(self, at: int) -> None:
        self._at = max(0, min(at, len(self.text)))

    def _cut(self, start: int, end: int) -> None:
        start = max(0, start)
        self.text = self.text[:start] + self.text[end:]
        self._go(start)

    def _word_before(self) -> int:
        return self.text[: self._at].rstrip(" ").rfind(" ") + 1

    def _word_after(self) -> int:
        space = self.text.find(" ", self._at)
        return len(self.text) if space < 0 else space + 1

    def draw(self, width: int) -> Strip:
        """The part around the cursor, or what is wanted here while nothing is typed."""
        if not self.text:
            return line(width, _MARGIN, (self._label[:1], theme.TYPING), (self._label[1:], theme.DIM))
        start = self._first_shown(width - 3)
        after = self.text[self._at + 1 :]
        here = self.text[self._at : self._at + 1] or " "
        return line(
            width, _MARGIN, (self.text[start : self._at], theme.PLAIN), (here, theme.TYPING), (after, theme.PLAIN)
        )

    def _first_shown(self, room: int) -> int:
        """The first letter from which the cursor is in view, moving by half the room so that few keys shift it all."""
        start = 0
        while width_of(self.text[start : self._at]) > room:
            start += max(1, room // 2)
        return start


_MARGIN: Part = (" ", theme.PLAIN)
