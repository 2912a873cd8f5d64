"""Textual on a byte channel, many apps in one process. The only file that touches Textual's private names.

Textual was written for one app that owns its process. What is process-wide in it is undone in `prepare_process`, once,
before the first app; each patch there has a test that fails when Textual changes under it.
"""

import asyncio
import codecs
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache, partial, wraps
from typing import Any, Protocol

import textual.app
import textual.strip
from textual import constants, events
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widgets import Input, TextArea

from screens.outgoing import Outgoing, color_system

MIN_SIZE, MAX_SIZE = (20, 5), (500, 200)
"""Below, nothing can be laid out; above, a frame costs megabytes and no real screen is that large."""
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
OUTPUT_HIGH, OUTPUT_LOW = 262_144, 32_768
"""Bytes the client has not taken: above the first, painting is held; below the second, it goes on."""
OUTPUT_SECONDS = 60.0
"""A client that takes nothing for so long is hung up on."""
ESCAPE_WAIT = 0.05
"""Seconds in which the rest of a sequence must follow an Esc. A slow line splits them; a person does not notice."""

PASTE_START, PASTE_END = "\x1b[200~", "\x1b[201~"
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1000h\x1b[?1002h\x1b[?1006h"
_LEAVE = "\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[?25h\x1b[0m\x1b[?1049l"


class Channel(Protocol):
    """What carries the bytes: an SSH channel, or a list in a test."""

    def write(self, data: bytes) -> None: ...
    def backlog(self) -> int:
        """Bytes written that the client has not taken."""

    def hang_up(self) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


def clamp(width: int, height: int) -> tuple[int, int]:
    """A size that can be drawn; 0 by 0 is what a client sends that does not know its own."""
    if not width or not height:
        return 80, 24
    return (
        max(MIN_SIZE[0], min(width, MAX_SIZE[0])),
        max(MIN_SIZE[1], min(height, MAX_SIZE[1])),
    )


@dataclass
class Terminal:
    """One client's terminal as its session reports it. The session calls `feed`, `resize` and `hung_up`."""

    channel: Channel
    term: str = "xterm-256color"
    size: tuple[int, int] = (80, 24)
    env: dict[str, str] = field(default_factory=dict)
    driver: "ChannelDriver | None" = None
    early: bytearray = field(default_factory=bytearray)
    """What came before the driver was there to take it."""
    lost: bool = False

    def feed(self, data: bytes) -> None:
        if self.driver is not None:
            self.driver.feed(data)
        elif len(self.early) < INPUT_BOUND:
            self.early += data

    def resize(self, width: int, height: int) -> None:
        self.size = clamp(width, height)
        if self.driver is not None:
            self.driver.resized(self.size)

    def hung_up(self) -> None:
        """The line is gone: the app saves what is typed, and ends."""
        self.lost = True
        if self.driver is not None:
            self.driver.app.post_message(HungUp())


class HungUp(Message, bubble=False):
    """The client is gone."""


class ChannelDriver(Driver):
    """Reads keys from a channel and writes frames to it: no threads, no signals, no file descriptors."""

    def __init__(
        self, app: "ServedApp", *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.app = app
        self.terminal = app.terminal
        self.terminal.driver = self
        self._parser = XTermParser()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._input = ""
        self._paste: list[str] | None = None
        self._pasted = 0
        self._paste_deadline: asyncio.TimerHandle | None = None
        self._unanswered = 0
        self._waiting: deque[Message] = deque()
        self._delivering: asyncio.TimerHandle | None = None
        self._unsettled = False
        self._feeding: asyncio.TimerHandle | asyncio.Handle | None = None
        self._reading = True
        self._output: list[str] = []
        self._held_since = 0.0
        self._resizing = False

    # -- output

    def write(self, data: str) -> None:
        self._output.append(data)

    def flush(self) -> None:
        if not self._output:
            return
        data = "".join(self._output).encode("utf-8", "replace")
        self._output.clear()
        if self.terminal.lost:
            return
        self.terminal.channel.write(data)
        if not self._held_since and self.terminal.channel.backlog() > OUTPUT_HIGH:
            self._held_since = self._loop.time()
            self.app._begin_batch()
            self._loop.call_later(0.05, self._when_drained)

    def _when_drained(self) -> None:
        """Frames are differences, so none may be dropped: hold painting until the client has taken the last ones."""
        if self.terminal.lost or self.app._exit:
            return
        if self.terminal.channel.backlog() > OUTPUT_LOW:
            if self._loop.time() - self._held_since > OUTPUT_SECONDS:
                self.terminal.channel.hang_up()
            else:
                self._loop.call_later(0.05, self._when_drained)
            return
        self._held_since = 0.0
        self.app._end_batch()
        self.app.screen.refresh()

    def start_application_mode(self) -> None:
        self.write(_ENTER)
        self.flush()
        self.resized(self.terminal.size)
        early, self.terminal.early = bytes(self.terminal.early), bytearray()
        self.feed(early)
        if self.terminal.lost:
            self.send_message(HungUp())

    def disable_input(self) -> None:
        self._input = ""
        self._waiting.clear()
        for handle in (self._feeding, self._delivering, self._paste_deadline):
            if handle is not None:
                handle.cancel()

    def stop_application_mode(self) -> None:
        self.disable_input()
        self.write(_LEAVE)
        self.flush()

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """The base class would open a browser on the server."""

    def deliver_binary(self, binary: object, **_: object) -> None:
        """The base class would write to the server's disk."""

    # -- size

    def resized(self, size: tuple[int, int]) -> None:
        """Tell the app, once for a burst."""
        self._size = size
        if not self._resizing:
            self._resizing = True
            self._loop.call_later(0.02, self._tell_size)

    def _tell_size(self) -> None:
        self._resizing = False
        size = Size(*self.terminal.size)
        self.send_message(events.Resize(size, size))

    # -- input

    @property
    def is_idle(self) -> bool:
        """Whether nothing that the client sent waits to be parsed or delivered."""
        return not self._input and self._feeding is None and not self._waiting

    def process_message(self, message: Message) -> None:
        """Deliver keys in order, each to whatever has the focus once the one before it has had its effect.

        Textual hands a key to the widget that has the focus at that moment, and moves the focus some messages later:
        of a member who types ahead, or a line that delivers late, the next letters would go to the wrong field.
        """
        if isinstance(message, events.AppBlur | events.AppFocus):
            return  # not asked for; Textual would take the focus away from what is being typed in
        self._waiting.append(message)
        if self._delivering is None:
            self._deliver()

    def _deliver(self) -> None:
        self._delivering = None
        while self._waiting and not self.app._exit:
            message = self._waiting[0]
            is_text = isinstance(message, events.Key) and message.is_printable and self.app.takes_text
            if self._unsettled or not is_text:
                if not self.app.is_settled:
                    self._delivering = self._loop.call_later(SETTLE_LOOK, self._deliver)
                    return
                self._unsettled = False
            self._waiting.popleft()
            self._unsettled = not is_text
            super().process_message(message)

    def send_message(self, message: Message) -> None:
        self.app.post_message(message)

    def feed(self, data: bytes) -> None:
        """Bytes from the client, in pieces of any size."""
        self._input += self._decoder.decode(data)
        if len(self._input) > INPUT_BOUND and self._reading:
            self._reading = False
            self.terminal.channel.pause_reading()
        if self._feeding is not None:
            self._feeding.cancel()
        self._parse_some()

    def _parse_some(self) -> None:
        self._feeding = None
        if self.app._exit:
            return
        if len(self._waiting) > EVENTS_BOUND:
            self._feeding = self._loop.call_later(0.01, self._parse_some)
            return
        budget = FEED
        while self._input and budget > 0:
            before = len(self._input)
            if not (self._take_paste() if self._paste is not None else self._take_keys()):
                break
            budget -= before - len(self._input)
        if not self._reading and len(self._input) < INPUT_BOUND // 2:
            self._reading = True
            self.terminal.channel.resume_reading()
        if self._input and budget <= 0:
            self._feeding = self._loop.call_soon(self._parse_some)

    def _take_keys(self) -> bool:
        """Parse up to the start of a paste. False when the rest may be the beginning of one: wait for more."""
        head = self._input[: FEED + len(PASTE_START)]
        start = head.find(PASTE_START)
        if start >= 0:
            self._keys(head[:start])
            self._input = self._input[start + len(PASTE_START) :]
            self._paste, self._pasted = [], 0
            self._paste_deadline = self._loop.call_later(PASTE_SECONDS, self._end_paste)
            return True
        split = _begins(head, PASTE_START)
        more = len(head) < len(self._input)
        self._keys(head[: len(head) - split] if split else head)
        self._input = self._input[len(head) - split :]
        if split and not more:
            self._feeding = self._loop.call_later(ESCAPE_WAIT, self._escape_alone)
            return False
        return True

    def _escape_alone(self) -> None:
        """Nothing followed: it was the key, or a sequence that the parser can end by itself."""
        self._feeding = None
        held, self._input = self._input, ""
        self._keys(held)
        self._loop.call_later(constants.ESCAPE_DELAY + 0.01, self._tick)

    def _tick(self) -> None:
        try:
            for message in self._parser.tick():
                self.process_message(message)
        except Exception:  # noqa: BLE001 - see _keys
            self._parser = XTermParser()

    def _keys(self, text: str) -> None:
        if not text:  # the parser takes an empty string for the end of everything
            return
        try:
            self._unanswered += len(text)
            for message in self._parser.feed(text):
                self._unanswered = 0
                self.process_message(message)
            if self._unanswered > FEED:  # it collects something without an end, such as a paste begun in pieces
                self._parser, self._unanswered = XTermParser(), 0
        except Exception:  # noqa: BLE001 - whatever a client sends, e.g. a code point past Unicode's end
            self._parser = XTermParser()
            return
        if self._parser._timeout_time is not None:
            self._loop.call_later(constants.ESCAPE_DELAY + 0.01, self._tick)

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
            self.process_message(events.Paste(text))


def _begins(text: str, marker: str) -> int:
    """How many letters at the end of `text` may be the beginning of `marker`."""
    for length in range(min(len(text), len(marker) - 1), 0, -1):
        if text.endswith(marker[:length]):
            return length
    return 0


class ServedApp(App[None], inherit_bindings=False):
    """An app for a client somewhere else: its terminal's size and colours, and nothing of the server's."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        super().__init__(driver_class=ChannelDriver, ansi_color=True)
        self._filters = [Outgoing(color_system(terminal.term, terminal.env))]
        self.animation_level = "none"
        self._disable_tooltips = True
        self._disable_notifications = True
        self.failure: BaseException | None = None

    async def serve(self) -> None:
        """Run to the end. What the app died of is in `failure`."""
        await self.run_async(size=self.terminal.size)

    async def _process_messages(self, *args: Any, **kwargs: Any) -> None:
        """From Python 3.12 on the base class has just made every task of the process start at once, in the middle of
        whatever made it. asyncssh does not stand that: after the first session nobody could connect any more."""
        asyncio.get_running_loop().set_task_factory(None)
        await super()._process_messages(*args, **kwargs)

    def _handle_exception(self, error: Exception) -> None:
        """The base class prints a traceback with local variables, passwords among them, to the client."""
        if self.failure is None:
            self.failure = error
            self._exception = error
            self._exception_event.set()
        self._return_code = 1
        self._close_messages_no_wait()

    @property
    def takes_text(self) -> bool:
        """Whether a letter typed now goes into a text, and so moves nothing else."""
        return isinstance(self.focused, Input | TextArea)

    @property
    def is_settled(self) -> bool:
        """Whether what was done last has had all its effects."""
        if not self._running or not self._screen_stack:
            return False
        screen = self.screen
        return _is_idle(self) and _is_idle(screen) and all(map(_is_idle, screen.walk_children()))

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    def get_line_filters(self) -> list[LineFilter]:
        return self._filters


def _is_idle(pump: MessagePump) -> bool:
    """Whether a pump has nothing to do and waits for its next message."""
    queue: Any = pump._message_queue
    return queue.empty() and bool(queue.ready_event._waiters)  # asyncio tells no other way


def prepare_process() -> None:
    """Make this process fit for many apps. Safe to call again."""
    for redirect in ("redirect_stdout", "redirect_stderr"):
        setattr(textual.app, redirect, _no_redirect)
    constants.COLOR_SYSTEM = "truecolor"  # type: ignore[misc] # or it is guessed from the server's environment
    constants.ESCAPE_DELAY = 0.03  # type: ignore[misc] # the driver has waited already
    # These caches are keyed by `self`: each remembered key would keep a whole app alive after its member left.
    XTermParser._parse_extended_key = _uncached(XTermParser._parse_extended_key)  # type: ignore[method-assign]
    StylesCache.get_inner_outer = _without_self(StylesCache.get_inner_outer)  # type: ignore[method-assign]
    # A line has seven caches of its own, each two objects; pages keep what they draw, so they are never asked.
    textual.strip.FIFOCache = lambda _size: _NOTHING_KEPT  # type: ignore[attr-defined, assignment, return-value]
    Stylesheet._parse_rules = _shared_by_all(Stylesheet._parse_rules)  # type: ignore[method-assign]


class _NothingKept:
    """A cache that forgets at once; it has no state, so one serves for all."""

    __slots__ = ()

    def get(self, _key: object, default: object = None) -> object:
        return default

    def __setitem__(self, _key: object, _value: object) -> None:
        pass


_NOTHING_KEPT = _NothingKept()


def _shared_by_all(parse: Any) -> Any:
    """Style sheets are the same for every session: parse each once. What is parsed is not changed afterwards."""
    if hasattr(parse, "__wrapped__"):
        return parse
    parsed: dict[object, Any] = {}

    @wraps(parse)
    def parse_once(sheet: Stylesheet, css: str, *args: Any, **kwargs: Any) -> Any:
        key = (css, args, tuple(kwargs.items()))
        if key not in parsed:
            parsed[key] = parse(sheet, css, *args, **kwargs)
        return parsed[key]

    return parse_once


def _no_redirect(_target: object) -> "nullcontext[None]":
    return nullcontext()


def _uncached(function: Any) -> Any:
    return getattr(function, "__wrapped__", function)


def _without_self(method: Any) -> Any:
    """The same cache for all instances, keyed by the arguments alone."""
    if not hasattr(method, "__wrapped__"):
        return method
    cached = lru_cache(1024)(partial(method.__wrapped__, None))
    return lambda _self, *args: cached(*args)
