"""One client's terminal: what carries the bytes, how large it is, what it shows, and which app has it."""

from __future__ import annotations

import asyncio
import weakref
from base64 import b64encode
from collections.abc import Callable

from textual.geometry import Size

from screens.channel import Channel, Program
from screens.frames import Frames
from screens.keyboard import INPUT_BOUND, Keyboard
from screens.outgoing import charset, color_system, printable

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
SIZE_COST, CELL_COST = 0.016, 0.000_001
"""Seconds that a size and each of its cells count for. It is twice what laying out takes: nobody needs many sizes."""

_MOUSE, _NO_MOUSE = "\x1b[?1000h\x1b[?1002h\x1b[?1006h", "\x1b[?1006l\x1b[?1002l\x1b[?1000l"
_ENTER = f"\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h{_MOUSE}"
_LEAVE = f"{_NO_MOUSE}\x1b[?2004l\x1b[?25h\x1b[?7h\x1b[0m\x1b[?1049l"
"""Lines do not wrap by themselves: a terminal that takes a letter for wider than it is would go on in the next line,
and from the last one move the whole screen.
"""

_KEEP_TITLE, _OWN_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""xterm's stack of titles; a terminal without one keeps the last title."""


def clamp(width: int, height: int) -> tuple[int, int]:
    """A size that can be drawn; 0 by 0 is what a client sends that does not know its own."""
    if not width or not height:
        return 80, 24
    return (
        max(MIN_SIZE[0], min(width, MAX_SIZE[0])),
        max(MIN_SIZE[1], min(height, MAX_SIZE[1])),
    )


class Terminal:
    """A session reports its client to it by `feed`, `resize` and `hung_up`; an app shows frames and is given keys."""

    def __init__(
        self, channel: Channel, term: str = "xterm-256color", size: tuple[int, int] = (80, 24),
        env: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.channel = channel
        self.size = size
        self.colors = color_system(term, env or {})
        self.encoding = charset(env or {})
        self.has_mouse = True
        """Whether this program is told of the mouse; else the terminal selects and pastes with it."""
        self.lost = False
        self.program: Program | None = None
        this = weakref.ref(self)  # what refers to itself is not freed when its session ends
        self.keyboard = Keyboard(channel, lambda: it.program if (it := this()) else None, self.encoding)
        self._frames = Frames(size)
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
            columns, rows = self.size
            wait = self.channel.allowance.spend(SIZE_COST + columns * rows * CELL_COST)
            self._resizing = asyncio.get_running_loop().call_later(max(wait, RESIZE_WAIT), self._tell_size)

    def _tell_size(self) -> None:
        self._resizing = None
        if self.program is not None:
            self.forget()
            self.program.resized(Size(*self.size))

    def hung_up(self) -> None:
        """The line is gone."""
        self.lost = True
        if self._when_lost is not None:
            self._when_lost()

    @property
    def has_more(self) -> bool:
        return self.keyboard.has_more

    # -- which app has it

    def open(self, when_lost: Callable[[], None]) -> None:
        """Take the client's screen. `when_lost` is called when the line is gone, at once if it is gone already."""
        self._when_lost = when_lost
        self._first = _ENTER
        if self.lost:
            when_lost()

    def give(self, program: Program) -> None:
        """Let an app have the keys and the screen."""
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

    def show(self, painted: str) -> None:
        """Send a frame: what is not shown already."""
        self.write(self._frames.shorten(painted))

    def forget(self) -> None:
        """The client's screen may show anything: the next frame is sent whole."""
        self._frames.forget(self.size)

    def write(self, text: str) -> None:
        """One write to the channel."""
        if self.lost or not text:
            return
        self.channel.write((self._first + text).encode(self.encoding, "replace"))
        self._first = ""
        if not self._held_since and self.channel.backlog() > OUTPUT_HIGH:
            loop = asyncio.get_running_loop()
            self._held_since = loop.time()
            if self.program is not None:
                self.program.hold()
            loop.call_later(DRAIN_LOOK, self._when_drained)

    def copy(self, text: str) -> bool:
        """Ask the client's terminal to keep a text (OSC 52), because the member has just asked for it.

        It goes out as base64, so that nothing in it can end the sequence. A terminal may refuse; none says so. False
        for a text that is too long for terminals.
        """
        if len(text) > CLIPBOARD_BOUND:
            return False
        self.write(f"\x1b]52;c;{b64encode(text.encode()).decode()}\a")
        return True

    def turn_mouse(self, *, on: bool) -> None:
        """Have the mouse, or give it back to the terminal, which selects text and pastes with it."""
        self.has_mouse = on
        self.write(_MOUSE if on else _NO_MOUSE)

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
