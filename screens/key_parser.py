"""What terminals send, as Textual's keys. It touches what Textual does not publish: see `driver.py`."""

from __future__ import annotations

from collections.abc import Iterator

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.message import Message

UNANSWERED_BOUND = 4096
"""Letters that may make no key: beyond, the parser collects something without an end, as a paste begun in pieces."""


class TypedKey(events.Key):
    """A key, with all that arrived in the same read: what is pasted arrives together, what is typed mostly alone."""

    __slots__ = ["read"]

    def __init__(self, key: str, character: str | None, read: str) -> None:
        super().__init__(key, character)
        self.read = read

    @property
    def is_text(self) -> bool:
        """Whether it is a letter, or the end of a line, or a tab."""
        return self.is_printable or self.key in {"enter", "tab"}

    @property
    def letter(self) -> str:
        return {"enter": "\n", "tab": "\t"}.get(self.key, self.character or "")


TypedKey.handler_name = events.Key.handler_name  # widgets handle it as any key


class KeyParser:
    """Textual's parser of what terminals send, made to stand anything."""

    def __init__(self) -> None:
        self._parser = XTermParser()
        self._unanswered = 0

    wait = property(lambda _self: constants.ESCAPE_DELAY + 0.01, doc="Seconds after which `tick` is due.")

    @property
    def waits(self) -> bool:
        """Whether a sequence has begun that may have an end."""
        return self._parser._timeout_time is not None

    def feed(self, text: str) -> Iterator[Message]:
        """The keys in a text that is not empty: the parser takes an empty one for the end of everything."""
        self._unanswered += len(text)
        try:
            for message in self._parser.feed(text):
                self._unanswered = 0
                yield message
        except Exception:  # noqa: BLE001 - whatever a client sends, e.g. a code point past Unicode's end
            self._unanswered = UNANSWERED_BOUND
        if self._unanswered >= UNANSWERED_BOUND:
            self._parser, self._unanswered = XTermParser(), 0

    def tick(self) -> Iterator[Message]:
        """End a sequence whose rest did not come."""
        try:
            yield from self._parser.tick()
        except Exception:  # noqa: BLE001 - as above
            self._parser = XTermParser()
