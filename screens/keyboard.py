"""Bytes from a client become keys, each delivered once the one before it has had its effect."""

from __future__ import annotations

import asyncio
import codecs
from collections import deque
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from screens.driver import KeyParser

if TYPE_CHECKING:
    from screens.terminal import Terminal

FEED = 4096
"""Letters parsed in one turn of the loop: 25 ms at the parser's 6 µs each."""
INPUT_BOUND = 65_536
"""Letters that may wait; then the channel is not read until they are parsed."""
PASTE_BOUND = 262_144
PASTE_SECONDS = 20.0
"""A paste whose end does not come for so long is taken as it is: or every key would be part of it."""
EVENTS_BOUND = 512
"""Keys that may wait their turn before parsing pauses."""
SETTLE_LOOK = 0.002
"""Seconds between looks whether the last key has had its effect, for a client that types ahead."""
ESCAPE_WAIT = 0.05
"""Seconds in which the rest of a sequence must follow an Esc. A slow line splits them; a person does not notice."""
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"


class Keyboard:
    """Decodes, takes pastes out, parses the rest into keys, and hands all of it in order to the terminal's program."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._parser = KeyParser()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._input = ""
        self._paste: list[str] | None = None
        self._pasted = 0
        self._paste_deadline: asyncio.TimerHandle | None = None
        self._waiting: deque[Message] = deque()
        self._delivering: asyncio.TimerHandle | None = None
        self._unsettled = False
        self._feeding: asyncio.TimerHandle | asyncio.Handle | None = None
        self._reading = True
        self._stopped = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing that the client sent waits to be parsed or delivered."""
        return not (self._input or self._feeding or self._waiting or self._parser.waits)

    def stop(self) -> None:
        """Take nothing any more, and leave no timer behind."""
        self._stopped = True
        self._input = ""
        self._waiting.clear()
        for handle in (self._feeding, self._delivering, self._paste_deadline):
            if handle is not None:
                handle.cancel()

    # -- delivering

    def take(self, message: Message) -> None:
        """Deliver in order, each to whatever has the focus once the one before it has had its effect.

        A key can open a form or move the focus some messages later: of a member who types ahead, or a line that
        delivers late, the next letters would go to the wrong field.
        """
        if not isinstance(message, events.Key | events.Paste | events.MouseEvent):
            return  # a terminal's reports, not asked for
        self._waiting.append(message)
        if self._delivering is None:
            self._deliver()

    def _deliver(self) -> None:
        self._delivering = None
        while self._waiting and (program := self._terminal.program) is not None:
            message = self._waiting[0]
            is_text = isinstance(message, events.Key) and message.is_printable and program.takes_text
            if self._unsettled or not is_text:
                if not program.is_settled:
                    self._delivering = asyncio.get_running_loop().call_later(SETTLE_LOOK, self._deliver)
                    return
                self._unsettled = False
            self._waiting.popleft()
            self._unsettled = not is_text
            program.take(message)

    # -- parsing

    def feed(self, data: bytes) -> None:
        """Bytes from the client, in pieces of any size."""
        self._input += self._decoder.decode(data)
        if len(self._input) > INPUT_BOUND and self._reading:
            self._reading = False
            self._terminal.channel.pause_reading()
        if self._feeding is not None:
            self._feeding.cancel()
        self._parse_some()

    def _parse_some(self) -> None:
        self._feeding = None
        if self._stopped:
            return
        if len(self._waiting) > EVENTS_BOUND:
            self._feeding = asyncio.get_running_loop().call_later(0.01, self._parse_some)
            return
        budget = FEED
        while self._input and budget > 0:
            before = len(self._input)
            if not (self._take_paste() if self._paste is not None else self._take_keys()):
                break
            budget -= before - len(self._input)
        if not self._reading and len(self._input) < INPUT_BOUND // 2:
            self._reading = True
            self._terminal.channel.resume_reading()
        if self._input and budget <= 0:
            self._feeding = asyncio.get_running_loop().call_soon(self._parse_some)

    def _take_keys(self) -> bool:
        """Parse up to the start of a paste. False when the rest may be the beginning of one: wait for more."""
        head = self._input[: FEED + len(PASTE_START)]
        start = head.find(PASTE_START)
        if start >= 0:
            self._keys(head[:start])
            self._input = self._input[start + len(PASTE_START) :]
            self._paste, self._pasted = [], 0
            self._paste_deadline = asyncio.get_running_loop().call_later(PASTE_SECONDS, self._end_paste)
            return True
        split = _begins(head, PASTE_START)
        more = len(head) < len(self._input)
        self._keys(head[: len(head) - split] if split else head)
        self._input = self._input[len(head) - split :]
        if split and not more:
            self._feeding = asyncio.get_running_loop().call_later(ESCAPE_WAIT, self._escape_alone)
            return False
        return True

    def _escape_alone(self) -> None:
        """Nothing followed: it was the key, or a sequence that the parser can end by itself."""
        self._feeding = None
        held, self._input = self._input, ""
        self._keys(held)
        asyncio.get_running_loop().call_later(self._parser.wait, self._tick)

    def _tick(self) -> None:
        if not self._stopped:
            for message in self._parser.tick():
                self.take(message)

    def _keys(self, text: str) -> None:
        if not text:
            return
        for message in self._parser.feed(text):
            self.take(message)
        if self._parser.waits:
            asyncio.get_running_loop().call_later(self._parser.wait, self._tick)

    def _take_paste(self) -> bool:
        """Collect a paste, bounded; what is over the bound is dropped and the end still found."""
        assert self._paste is not None  # noqa: S101 - asked by the caller
        end = self._input.find(PASTE_END)
        part = self._input if end < 0 else self._input[:end]
        split = _begins(part, PASTE_END) if end < 0 else 0
        part = part[: len(part) - split] if split else part
        if self._pasted < PASTE_BOUND:
            self._paste.append(part[: PASTE_BOUND - self._pasted])
        self._pasted += len(part)
        if end < 0:
            self._input = self._input[len(part) :]
            return False
        self._input = self._input[end + len(PASTE_END) :]
        self._end_paste()
        return True

    def _end_paste(self) -> None:
        """Hand over what was pasted; also when its end does not come."""
        if self._paste_deadline is not None:
            self._paste_deadline.cancel()
        if self._paste is not None:
            text = "".join(self._paste).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
            self._paste = None
            self.take(events.Paste(text))


def _begins(text: str, marker: str) -> int:
    """How many letters at the end of `text` may be the beginning of `marker`."""
    for length in range(min(len(text), len(marker) - 1), 0, -1):
        if text.endswith(marker[:length]):
            return length
    return 0
