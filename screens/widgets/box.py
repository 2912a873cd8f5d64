"""What a sheet is made of: something with lines of its own that can have the focus and be typed in."""

from textual import events
from textual.strip import Strip


class Box:
    """One field. It takes what it can do something with, and leaves the rest to its sheet."""

    is_text = False
    """Whether a letter typed goes into a text, and so moves nothing else."""

    def draw(self, width: int, height: int, *, focused: bool) -> list[Strip]:
        """As many lines as it is given room for."""
        raise NotImplementedError

    def take(self, key: events.Key) -> bool:
        """Whether the key did anything here."""
        raise NotImplementedError

    def insert(self, text: str) -> None:
        """What was pasted."""

    def copied(self, *, cut: bool) -> str:
        """What is selected, for the clipboard."""
        del cut
        return ""

    def point(self, x: int, y: int, *, drag: bool) -> None:
        """The mouse's button is pressed, or moved while it is."""

    def wheel(self, lines: int) -> None:
        """The mouse's wheel is turned, down for a positive number."""
