"""One client's terminal: what carries the bytes, how large it is, and who has it just now."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from typing import Protocol

from textual.geometry import Size
from textual.message import Message

from screens.keyboard import INPUT_BOUND, Keyboard
from screens.outgoing import printable

MIN_SIZE, MAX_SIZE = (20, 5), (500, 200)
"""Below, nothing can be laid out; above, a frame costs megabytes and no real screen is that large."""
OUTPUT_HIGH, OUTPUT_LOW = 262_144, 32_768
"""Bytes the client has not taken: above the first, painting is held; below the second, it goes on."""
OUTPUT_SECONDS = 60.0
"""A client that takes nothing for so long is hung up on."""
DRAIN_LOOK = 0.05
CLIPBOARD_BOUND = 16_384
"""Letters: with more, the base64 of four-byte ones passes the 100,000 bytes at which terminals drop a sequence."""
RESIZE_WAIT = 0.02
"""Seconds in which a burst of sizes, as from a window that is being dragged, becomes one."""

_ENTER = "\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h\x1b[?1000h\x1b[?1002h\x1b[?1006h"
_LEAVE = "\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[?7h\x1b[0m\x1b[?1049l"
"""Lines do not wrap by themselves: a terminal that takes a letter for wider than it is would go on in the next line,
and from the last one move the whole screen.
"""

_KEEP_TITLE, _OWN_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""xterm's stack of titles; a terminal without one keeps the last title."""


class Channel(Protocol):
    """What carries the bytes: an SSH channel, or a list in a test."""

    def write(self, data: bytes) -> None: ...
    def backlog(self) -> int:
        """Bytes written that the client has not taken."""

    def hang_up(self) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class Program(Protocol):
    """What has the terminal: it takes the keys and paints."""

    @property
    def takes_text(self) -> bool:
        """Whether a letter typed now goes into a text, and so moves nothing else."""

    @property
    def is_settled(self) -> bool:
        """Whether what was done last has had all its effects."""

    def take(self, message: Message) -> None:
        """A key, a paste or the mouse."""

    def resized(self, size: Size) -> None: ...
    def hold(self) -> None:
        """Paint nothing until `go_on`: the client has not taken what was painted before."""

    def go_on(self) -> None: ...


def clamp(width: int, height: int) -> tuple[int, int]:
    """A size that can be drawn; 0 by 0 is what a client sends that does not know its own."""
    if not width or not height:
        return 80, 24
    return (
        max(MIN_SIZE[0], min(width, MAX_SIZE[0])),
        max(MIN_SIZE[1], min(height, MAX_SIZE[1])),
    )


class Terminal:
    """A session reports its client to it by `feed`, `resize` and `hung_up`; a program writes and is given the keys."""

    def __init__(
        self, channel: Channel, term: str = "xterm-256color", size: tuple[int, int] = (80, 24),
        env: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.channel = channel
        self.term = term
        self.size = size
        self.env = env or {}
        self.lost = False
        self.program: Program | None = None
        self.copied = ""
        """What was copied here last, for terminals that give nothing back."""
        self.keyboard = Keyboard(self)
        self._when_lost: Callable[[], None] | None = None
        self._first = ""
        """What goes out with the first frame: a write of its own would be a packet of its own."""
        self._early = bytearray()
        self._entitled = False
        self._held_since = 0.0
        self._resizing: asyncio.TimerHandle | None = None

    # -- what the session reports

    def feed(self, data: bytes) -> None:
        if self.program is not None:
            self.keyboard.feed(data)
        elif len(self._early) < INPUT_BOUND:
            self._early += data

    def resize(self, width: int, height: int) -> None:
        self.size = clamp(width, height)
        if self.program is not None and self._resizing is None:
            self._resizing = asyncio.get_running_loop().call_later(RESIZE_WAIT, self._tell_size)

    def _tell_size(self) -> None:
        self._resizing = None
        if self.program is not None:
            self.program.resized(Size(*self.size))

    def hung_up(self) -> None:
        """The line is gone."""
        self.lost = True
        if self._when_lost is not None:
            self._when_lost()

    # -- who has it

    def open(self, when_lost: Callable[[], None]) -> None:
        """Take the client's screen. `when_lost` is called when the line is gone, at once if it is gone already."""
        self._when_lost = when_lost
        self._first = _ENTER
        if self.lost:
            when_lost()

    def give(self, program: Program) -> None:
        """Let a program have the keys and the screen."""
        self.program = program
        if self._held_since:
            program.hold()
        early, self._early = bytes(self._early), bytearray()
        if early:
            self.keyboard.feed(early)

    def close(self) -> None:
        """Give the screen back to the client."""
        self.program = self._when_lost = None
        self.keyboard.stop()
        if self._resizing is not None:
            self._resizing.cancel()
        self.write(_LEAVE + (_OWN_TITLE if self._entitled else ""))

    def entitle(self, title: str, *, ring: bool) -> None:
        """Say something in the window's title, and ring. The client's own title comes back at the end."""
        if not self._entitled:
            self._entitled = True
            self.write(_KEEP_TITLE)
        self.write(f"\x1b]2;{printable(title)}\x07" + ("\x07" if ring else ""))

    # -- output

    @property
    def is_held(self) -> bool:
        """Whether the client has not taken what was painted, and so nothing may be."""
        return bool(self._held_since)

    def write(self, text: str) -> None:
        """One write to the channel."""
        if self.lost or not text:
            return
        self.channel.write((self._first + text).encode("utf-8", "replace"))
        self._first = ""
        if not self._held_since and self.channel.backlog() > OUTPUT_HIGH:
            loop = asyncio.get_running_loop()
            self._held_since = loop.time()
            if self.program is not None:
                self.program.hold()
            loop.call_later(DRAIN_LOOK, self._when_drained)

    def copy(self, text: str) -> None:
        """Ask the client's terminal to keep a text (OSC 52), because the member has just pressed a key for it.

        It goes out as base64, so that nothing in it can end the sequence. A terminal may refuse; none says so.
        """
        self.copied = text
        if len(text) <= CLIPBOARD_BOUND:
            self.write(f"\x1b]52;c;{b64encode(text.encode()).decode()}\a")

    def _when_drained(self) -> None:
        """Frames are differences, so none may be dropped: painting waits until the client has taken the last ones."""
        if self.lost or self.program is None:
            return
        loop = asyncio.get_running_loop()
        if self.channel.backlog() <= OUTPUT_LOW:
            self._held_since = 0.0
            self.program.go_on()
        elif loop.time() - self._held_since > OUTPUT_SECONDS:
            self.channel.hang_up()
        else:
            loop.call_later(DRAIN_LOOK, self._when_drained)
