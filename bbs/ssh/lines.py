"""A client that takes and gives lines: no cursor addressing and no escape sequence, for screen readers and teletypes.

Without a pseudo-terminal the client shows and mends what is typed by itself; with one it is we who echo.
"""

import asyncio
import codecs
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from wcwidth import wcwidth, wrap

from bbs.allowance import Allowance
from bbs.text import shown

LINE_BOUND = 100_000
"""Letters in one line: what is more is dropped, so that nobody fills the memory."""
INPUT_BOUND = 65_536
"""Letters typed ahead; past it the client is not read from until they are taken."""
WIDTH_UNKNOWN = 78
TURN = 2048
"""Letters that are taken in one turn of the loop."""
LINE_COST = 0.001
"""Seconds that a line counts for on top of what is done with it: it was echoed, and asked for."""
IDLE_SECONDS = 1.0
"""A pause in typing after which a half line is worth keeping."""
NARROWEST, FEWEST_ROWS = 20, 5
ESC, BELL = "\x1b", "\a"
INTERRUPT, END, KILL_LINE, KILL_WORD = "\x03", "\x04", "\x15", "\x17"
RUBOUT = frozenset("\b\x7f")

Idle = Callable[[str], Awaitable[None]]


class Left(Exception):
    """The member has left a question, or what was being shown. `rest` is what was typed and not taken."""

    def __init__(self, rest: str = "") -> None:
        super().__init__()
        self.rest = rest


class Interrupted(Left):
    """Ctrl+C."""


class Stopped(Left):
    """They have seen enough of what is shown page by page."""


class HungUp(Left):
    """Nothing more comes."""


class Channel(Protocol):
    """What carries the bytes."""

    @property
    def is_open(self) -> bool:
        """Whether somebody is still there to read."""

    @property
    def allowance(self) -> Allowance:
        """What the lines of its member's sessions may cost, all together."""

    def write(self, data: bytes) -> None: ...
    async def write_all(self, data: bytes) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class LineTerminal:
    """`size` is (columns, rows) of a pseudo-terminal, or None without one."""

    def __init__(self, channel: Channel, size: tuple[int, int] | None) -> None:
        self._channel = channel
        self._size = size
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting: deque[str] = deque()
        self._arrived = asyncio.Event()
        self._paused = self._ended = self._stopped = False
        self._after_return = False
        self._escape = ""
        self._read_at = time.monotonic()
        """When the last line was handed over."""

    # -- what the channel tells

    def feed(self, data: bytes) -> None:
        self._waiting.extend(self._decoder.decode(data))
        self._arrived.set()
        if len(self._waiting) > INPUT_BOUND and not self._paused:
            self._paused = True
            self._channel.pause_reading()

    def resize(self, width: int, height: int) -> None:
        if self._size is not None:
            self._size = (width, height)

    def hung_up(self) -> None:
        """What was sent before is still taken."""
        self._ended = True
        self._arrived.set()

    def stop(self) -> None:
        """The session ends now: what is waiting is not obeyed any more."""
        self._stopped = True
        self.hung_up()

    # -- size

    @property
    def echoes(self) -> bool:
        return self._size is not None

    @property
    def width(self) -> int:
        return max(NARROWEST, self._size[0]) if self._size and self._size[0] else WIDTH_UNKNOWN

    @property
    def height(self) -> int:
        """Rows, or 0 where nobody said how many, or so few that a page would hold nothing."""
        return self._size[1] if self._size and self._size[1] >= FEWEST_ROWS else 0

    # -- output

    async def write(self, text: str) -> None:
        """Lines as they are, once the client has taken those before."""
        await self._channel.write_all(self._encoded(text))

    def warn(self, text: str) -> None:
        """Say something at once, whatever is being typed."""
        self._channel.write(self._encoded("\n" + "".join(f"{line}\n" for line in wrapped(text, self.width))))

    def ring(self) -> None:
        self._channel.write(BELL.encode())

    def _encoded(self, text: str) -> bytes:
        return (text.replace("\n", "\r\n") if self.echoes else text).encode("utf-8", "replace")

    # -- input

    async def read_line(self, *, secret: bool = False, idle: Idle | None = None) -> str:
        """One line without its end. `idle` is given what stands of it when the typing pauses.

        Raises HungUp at the end of input and Interrupted at Ctrl+C. A `secret` line is not echoed.
        """
        await self._channel.allowance.worked(LINE_COST + time.monotonic() - self._read_at)
        try:
            return await self._read_line(secret=secret, idle=idle)
        finally:
            self._read_at = time.monotonic()

    async def _read_line(self, *, secret: bool, idle: Idle | None) -> str:
        typed: list[str] = []
        told = ""
        while True:
            if self._stopped:
                raise HungUp("".join([*typed, *self._waiting]))
            echo: list[str] = []
            try:
                ended = self._take(typed, echo)
            finally:
                await self._echo([c for c in echo if c == "\n"] if secret else echo)
            if ended:
                return "".join(typed)
            if self._waiting:
                await asyncio.sleep(0)
                continue
            if self._ended:
                raise HungUp("".join(typed))
            self._resume()
            self._arrived.clear()
            half = "".join(typed) if idle is not None else ""
            try:
                await asyncio.wait_for(self._arrived.wait(), IDLE_SECONDS if idle and half != told else None)
            except TimeoutError:
                if idle is not None:
                    await idle(half)
                told = half

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._channel.resume_reading()

    async def _echo(self, echo: list[str]) -> None:
        """As the client takes it: one that types and never reads is hung up on in the end."""
        if echo and self.echoes:
            await self.write("".join(echo))

    def _take(self, typed: list[str], echo: list[str]) -> bool:
        """Move letters from what waits into the line, as many as a turn has; True at the end of the line."""
        for _ in range(min(TURN, len(self._waiting))):
            letter = self._waiting.popleft()
            if self._is_end(letter):
                echo.append("\n")
                return True
            if self._after_return:
                self._after_return = False
                if letter == "\n":
                    continue
            self._key(letter, typed, echo)
        return False

    @property
    def is_watched(self) -> bool:
        """Whether somebody is still there to read what is written."""
        return self._channel.is_open

    @property
    def is_drained(self) -> bool:
        """Whether all that was typed has been taken."""
        return not self._waiting

    def _is_end(self, letter: str) -> bool:
        """Return ends a line, line feed too; the two together end one."""
        if letter == "\n" and not self._after_return:
            return True
        if letter == "\r":
            self._after_return = True
            return True
        return False

    def _key(self, letter: str, typed: list[str], echo: list[str]) -> None:
        """What one letter does to the line, and what is shown of it."""
        if self._escape or letter == ESC:
            self._escape = _escape_after(self._escape, letter)
        elif not self.echoes:
            if letter != "\0" and len(typed) < LINE_BOUND:
                typed.append(letter)
        elif letter in RUBOUT:
            echo.append(_rub_out(typed))
        elif letter in {KILL_LINE, KILL_WORD}:
            echo.append(_kill(typed, whole=letter == KILL_LINE))
        elif letter == INTERRUPT:
            echo.append("\n")
            raise Interrupted("".join(typed))
        elif letter == END and not typed:
            echo.append("\n")
            raise HungUp
        else:
            text = "    " if letter == "\t" else letter if letter.isprintable() or letter == "\u200d" else ""
            if text and len(typed) < LINE_BOUND:
                typed.extend(text)
                echo.append(text)


class Talk:
    """Saying and asking, over one terminal: a page at a time where its height is known."""

    def __init__(self, terminal: LineTerminal) -> None:
        self.terminal = terminal
        self._rows = 0
        """Shown since somebody last pressed Enter."""

    async def write(self, text: str) -> None:
        """Lines as they are. Raises Stopped when the member has seen enough."""
        rows = text.splitlines(keepends=True)
        while rows:
            if self.terminal.height and self._rows >= self.terminal.height - 1:
                await self._turn_the_page()
            room = max(1, self.terminal.height - 1 - self._rows) if self.terminal.height else len(rows)
            await self.terminal.write("".join(rows[:room]))
            self._rows += min(room, len(rows))
            rows = rows[room:]

    async def _turn_the_page(self) -> None:
        if (await self.ask("-- more: Enter goes on, q stops -- ")).casefold() in {"q", "quit", "no", "stop"}:
            raise Stopped

    async def say(self, text: str) -> None:
        """Text of any length, wrapped."""
        rows = [row for line in text.split("\n") for row in wrapped(line, self.terminal.width)]
        await self.write("".join(f"{row}\n" for row in rows))

    async def ask(self, question: str, *, secret: bool = False) -> str:
        """The member's answer, without spaces around it if it is no `secret`; Talk stands at a new page then."""
        await self.terminal.write(shown(question))
        answer = await self.terminal.read_line(secret=secret)
        self._rows = 0
        return answer if secret else answer.strip()

    async def hear(self, *, idle: Idle) -> str:
        """A line of a longer text."""
        line = await self.terminal.read_line(idle=idle)
        self._rows = 0
        return line


def _escape_after(escape: str, letter: str) -> str:
    """The sequence that an arrow or function key sends, as far as it has come; '' at its end (ECMA-48 5.4)."""
    if escape == "" or (escape == ESC and letter in "[O"):
        return escape + letter
    return "" if escape == ESC or "@" <= letter <= "~" else escape


def _rub_out(typed: list[str]) -> str:
    """Take the last letter, with the marks upon it, off the line. Backspace does not climb over a terminal's edge."""
    width = 0
    while typed and not width:
        width = max(0, wcwidth(typed.pop()))
    return _rubbed_out(width)


def _rubbed_out(width: int) -> str:
    return "\b" * width + " " * width + "\b" * width


def _kill(typed: list[str], *, whole: bool) -> str:
    """Take the last word, or all, off the line."""
    line = "".join(typed)
    kept = 0 if whole else len(line.rstrip(" ").rpartition(" ")[0] + " ") if " " in line.rstrip(" ") else 0
    gone = line[kept:]
    del typed[kept:]
    return _rubbed_out(len(gone) if gone.isascii() else sum(max(0, wcwidth(letter)) for letter in gone))


def wrapped(line: str, width: int) -> list[str]:
    """A line as rows of at most `width` cells, its indent or quote mark kept; an address stays whole to be copied."""
    line = shown(line)
    if len(line) <= width and line.isascii() and "\t" not in line:
        return [line.rstrip()]  # most lines fit, and taking a line apart costs 10 µs
    body = line.lstrip("> ")
    lead = line[: len(line) - len(body)][: width // 2]
    return wrap(body, width, initial_indent=lead, subsequent_indent=lead, break_long_words=False,
                break_on_hyphens=False, tabsize=4) or [line.rstrip()]  # fmt: skip
