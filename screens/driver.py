"""Textual's underside: what it makes of a terminal's keys. The only file that touches Textual's private names.

What is process-wide in it is undone in `prepare_process`; each patch there has a test that fails when Textual changes
under it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import textual.strip
from textual import constants
from textual._xterm_parser import XTermParser
from textual.message import Message

UNANSWERED_BOUND = 4096
"""Letters that may make no key: beyond, the parser collects something without an end, as a paste begun in pieces."""


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


def prepare_process() -> None:
    """Make this process fit for many sessions. Safe to call again."""
    constants.ESCAPE_DELAY = 0.03  # type: ignore[misc] # the keyboard has waited already
    # This cache is keyed by `self`: each remembered key would keep a parser alive after its member left.
    XTermParser._parse_extended_key = _uncached(XTermParser._parse_extended_key)  # type: ignore[method-assign]
    # A line has seven caches of its own, each two objects; pages keep what they draw, so they are never asked.
    textual.strip.FIFOCache = lambda _size: _NOTHING_KEPT  # type: ignore[attr-defined, assignment, return-value]


class _NothingKept:
    """A cache that forgets at once; it has no state, so one serves for all."""

    __slots__ = ()

    def get(self, _key: object, default: object = None) -> object:
        return default

    def __setitem__(self, _key: object, _value: object) -> None:
        pass


_NOTHING_KEPT = _NothingKept()


def _uncached(function: Any) -> Any:
    return getattr(function, "__wrapped__", function)
