"""Bytes from a client become keys, each delivered once the one before it has had its effect."""

from __future__ import annotations

import asyncio
import codecs
import re
from collections import deque
from collections.abc import Callable

from textual import events
from textual.message import Message

from screens.channel import Channel, Program
from screens.key_parser import KeyParser, TypedKey

FEED = 512
"""Letters parsed in one turn of the loop. The parser takes 6 to 12 µs for each, and 28 where they are the mouse's."""
INPUT_BOUND = 65_536
"""Letters that may wait; then the channel is not read until they are parsed."""
PASTE_BOUND = 262_144
PASTE_SECONDS = 20.0
"""A paste whose end does not come for so long is taken as it is: or every key would be part of it."""
EVENTS_BOUND = 512
"""Keys that may wait their turn before parsing pauses."""
LETTERS_BOUND = 4
"""Letters of a text that are handed over before they must have had their effect: a widget takes all that waits for it
in one turn of the loop, and hundreds of them held everybody up for half a second."""
ESCAPE_WAIT = 0.05
"""Seconds in which the rest of a sequence must follow an Esc. A slow line splits them; a person does not notice."""
PASTED_LINES = 3
"""Lines that arrive in one read and are taken for a paste, from a terminal that does not mark pastes. Two are typed
ahead: two messages, sent while the line was slow."""
PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"

_UNFINISHED = re.compile(r"\x1b{1,2}(?:\[[0-9;?<]{0,20}|O)?$")
"""The beginning of a sequence, at the end of what has arrived."""
_ALT_ARROW = re.compile(r"\x1b\x1b(?:\[|O)([A-D])|\x1b\[1;[39]([A-D])")
"""Alt with an arrow, as PuTTY and urxvt send it, and as xterm does."""
# mypy knows no error but the base class, which has no `object`; a decoder raises UnicodeDecodeError, which has.
codecs.register_error("latin-1", lambda error: (error.object[error.start : error.end].decode("latin-1"), error.end))  # type: ignore[attr-defined]


class Keyboard:
    """Decodes, takes pastes out, parses the rest into keys, and hands all of it in order to the terminal's program."""

    def __init__(self, channel: Channel, program: Callable[[], Program | None], encoding: str) -> None:
        self._channel = channel
        self._program = program
        self._parser = KeyParser()
        known = "utf-8" if encoding == "ascii" else encoding
        self._decoder = codecs.getincrementaldecoder(known)("latin-1")
        """Bytes that are no letters in the client's character set are read as Latin-1, never lost."""
        self._input = ""
        self._read = ""
        """What has arrived in one read with the keys that are being parsed."""
        self._paste: list[str] | None = None
        self._pasted = 0
        self._paste_deadline: asyncio.TimerHandle | None = None
        self._waiting: deque[Message] = deque()
        self._delivering: asyncio.Task[None] | None = None
        self._unsettled = False
        self._letters = 0
        """Those of a text that were handed over since all was settled."""
        self._feeding: asyncio.TimerHandle | asyncio.Handle | None = None
        self._reading = True
        self._stopped = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing that the client sent waits to be parsed or delivered."""
        return not (self._input or self._feeding or self._waiting or self._delivering or self._parser.waits)

    @property
    def has_more(self) -> bool:
        """Whether keys wait for the one that is being handled."""
        return bool(self._waiting)

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

        Textual hands a key to the widget that has the focus at that moment, and moves the focus some messages later:
        of a member who types ahead, or a line that delivers late, the next letters would go to the wrong field.
        """
        if isinstance(message, events.Key):
            message = TypedKey(message.key, message.character, self._read)
        elif not isinstance(message, events.Paste | events.MouseEvent):
            return  # a terminal's reports, not asked for
        self._waiting.append(message)
        if self._delivering is None:
            self._delivering = asyncio.get_running_loop().create_task(self._deliver())

    async def _deliver(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting and (program := self._program()) is not None:
                several = len(self._waiting) > 1
                while self._waiting:
                    began = loop.time()
                    await self._deliver_next(program)
                    await self._channel.allowance.worked(loop.time() - began)
                if several:
                    await program.settled()  # what was held is painted once the last key has had its effect
                    program.keys_taken()
        except Exception as fault:  # noqa: BLE001 - the boundary of the session
            self._waiting.clear()
            if (program := self._program()) is not None:
                program.failed(fault)
        finally:
            self._delivering = None

    async def _deliver_next(self, program: Program) -> None:
        message = self._waiting[0]
        is_text = isinstance(message, TypedKey) and message.is_printable and program.takes_text
        if self._unsettled or not is_text or self._letters >= LETTERS_BOUND:
            await program.settled()
            self._letters = 0
        self._letters += 1
        if not self._waiting:
            return
        message = self._meant(self._waiting.popleft(), program)
        self._unsettled = not (isinstance(message, TypedKey) and message.is_printable and program.takes_text)
        program.take(message)

    def _meant(self, message: Message, program: Program) -> Message:
        """A key as it is; or the paste that a terminal has sent as keys."""
        if not isinstance(message, TypedKey) or not program.takes_text:
            return message
        lines = [line for line in message.read.split("\r") if line]
        if program.takes_lines and len(lines) >= PASTED_LINES and message.is_text:
            return events.Paste(self._rest_of(message))
        others = message.read.replace("\t", "").replace("\r", "")
        if message.key == "tab" and program.takes_tabs and others.isprintable() and others:
            return events.Paste("\t")
        return message

    def _rest_of(self, first: TypedKey) -> str:
        """The letters of a key, and of those behind it that have arrived in the same read."""
        letters = [first.letter]
        while self._waiting:
            following = self._waiting[0]
            if not isinstance(following, TypedKey) or following.read is not first.read or not following.is_text:
                break
            letters.append(following.letter)
            self._waiting.popleft()
        return "".join(letters)

    # -- parsing

    def feed(self, data: bytes) -> None:
        """Bytes from the client, in pieces of any size."""
        self._input += self._decoder.decode(data)
        self._read = self._input.replace("\r\n", "\r").replace("\n", "\r")
        if len(self._input) > INPUT_BOUND and self._reading:
            self._reading = False
            self._channel.pause_reading()
        if isinstance(self._feeding, asyncio.TimerHandle):  # it waits for what has come now
            self._feeding.cancel()
            self._feeding = None
        if self._feeding is None:
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
            self._channel.resume_reading()
        is_long = budget <= FEED // 2  # then this turn parses no more, however many packets come in it
        if (self._input and budget <= 0) or (is_long and self._feeding is None):
            self._feeding = asyncio.get_running_loop().call_soon(self._parse_some)

    def _take_keys(self) -> bool:
        """Parse up to the start of a paste. False when the rest may be the beginning of a sequence: wait for more."""
        head = self._input[: FEED + len(PASTE_START)]
        start = head.find(PASTE_START)
        if start >= 0:
            self._keys(head[:start])
            self._input = self._input[start + len(PASTE_START) :]
            self._paste, self._pasted = [], 0
            self._paste_deadline = asyncio.get_running_loop().call_later(PASTE_SECONDS, self._end_paste)
            return True
        unfinished = _UNFINISHED.search(head)
        end = unfinished.start() if unfinished else len(head)
        more = len(head) < len(self._input)
        self._keys(head[:end])
        self._input = self._input[end:]
        if unfinished and not more:
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
        text = text.replace("\r\n", "\r").replace("\n", "\r")  # some terminals send LF for Enter
        text = _ALT_ARROW.sub(lambda match: f"\x1b[1;5{match[1] or match[2]}", text)
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
