"""Textual's underside. The only file that touches Textual's private names.

Textual was written for one app that owns its process. What is process-wide in it is undone in `prepare_process`, once,
before the first app; each patch there has a test that fails when Textual changes under it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from contextlib import nullcontext
from functools import cache, lru_cache, partial, wraps
from typing import TYPE_CHECKING, Any

import textual.app
import textual.strip
from textual import constants, events
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES
from textual.widgets import Input, TextArea

from bbs.events import Event
from screens.outgoing import Outgoing, color_system

if TYPE_CHECKING:
    from screens.terminal import Terminal

UNANSWERED_BOUND = 4096
"""Letters that may make no key: beyond, the parser collects something without an end, as a paste begun in pieces."""

FAILED_SECONDS = 1.0
"""An app that has failed has this long to end by itself."""


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


class ChannelDriver(Driver):
    """Writes Textual's frames to the terminal: no threads, no signals, no file descriptors."""

    def __init__(
        self, app: ServedApp, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._terminal = app.terminal
        self._output: list[str] = []

    def write(self, data: str) -> None:
        self._output.append(data)

    def flush(self) -> None:
        data = "".join(self._output)
        self._output.clear()
        self._terminal.write(data)

    def start_application_mode(self) -> None:
        """The terminal is in it for the whole session."""

    def disable_input(self) -> None:
        """The terminal's keys go to the next program."""

    def stop_application_mode(self) -> None:
        """The next program goes on in the same terminal."""

    def send_message(self, message: Message) -> None:
        self._app.post_message(message)

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """The base class would open a browser on the server."""

    def deliver_binary(self, binary: object, **_: object) -> None:
        """The base class would write to the server's disk."""


class Told(Message, bubble=False):
    """Something has happened in the forum that the form may want to hear."""

    def __init__(self, event: Event) -> None:
        self.event = event
        super().__init__()


class ServedApp(App[Any], inherit_bindings=False):
    """Textual with one form in it, for a client somewhere else. It ends with the form's result, or None.

    It has the terminal from the beginning of `serve` to its end.
    """

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "forms.tcss"

    def __init__(
        self,
        terminal: Terminal,
        form: Screen[Any],
        *,
        leave: Callable[[str], None],
        keeps: Callable[[Callable[[], Awaitable[None]]], Callable[[], None]],
    ) -> None:
        """`leave` ends the session and says why; `keeps` has something kept at its end, and answers the undoing."""
        self.terminal = terminal
        super().__init__(driver_class=ChannelDriver, ansi_color=True)
        self.leave = leave
        self.keeps = keeps
        self._form = form
        self._filters = [Outgoing(color_system(terminal.term, terminal.env))]
        self.animation_level = "none"
        self._disable_tooltips = True
        self._disable_notifications = True
        self.failure: BaseException | None = None
        self._serving: asyncio.Task[Any] | None = None

    def get_default_screen(self) -> Screen[Any]:
        return self._form

    def get_css_variables(self) -> dict[str, str]:
        """The colours that style sheets can name. Nobody changes the theme, so they are worked out once."""
        self.theme_variables = _css_variables(self.theme)
        return self.theme_variables

    async def serve(self) -> Any:
        """Run to the end, and raise what it died of."""
        self._serving = asyncio.current_task()
        self.terminal.give(self)
        try:
            await self.run_async(size=self.terminal.size)
        except asyncio.CancelledError:
            if self.failure is None:
                raise
        if self.failure is not None:
            raise self.failure
        return self.return_value

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
            if self._serving is not None:  # of a screen that dies while it is shown first, nobody ends the app
                asyncio.get_running_loop().call_later(FAILED_SECONDS, self._serving.cancel)
        self._return_code = 1
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    def get_line_filters(self) -> list[LineFilter]:
        return self._filters

    def tell(self, event: Event) -> None:
        """From outside the app's own context, where no widget may be touched."""
        self.post_message(Told(event))

    async def on_told(self, message: Told) -> None:
        """A form that hears has a method for it."""
        hear: Callable[[Event], Awaitable[None]] | None = getattr(self._form, "heard", None)
        if hear is not None:
            await hear(message.event)

    # -- what the terminal asks of its program

    @property
    def takes_text(self) -> bool:
        return not self._exit and isinstance(self.focused, Input | TextArea)

    @property
    def is_settled(self) -> bool:
        if self._exit or not self._running or not self._screen_stack:
            return False
        screen = self.screen
        return _is_idle(self) and _is_idle(screen) and all(map(_is_idle, screen.walk_children()))

    @property
    def is_painted(self) -> bool:
        """Whether nothing waits to be painted."""
        screen: Any = self.screen
        return not (screen._dirty_widgets or screen._layout_required or screen._repaint_required or screen._callbacks)

    def take(self, message: Message) -> None:
        if self._driver is not None:
            self._driver.process_message(message)

    def resized(self, size: Size) -> None:
        if self._driver is not None:
            self._driver._size = (size.width, size.height)
        self.post_message(events.Resize(size, size))

    def hold(self) -> None:
        self._begin_batch()

    def go_on(self) -> None:
        self._end_batch()
        if self._screen_stack:
            self.screen.refresh()


@cache
def _css_variables(theme: str) -> dict[str, str]:
    found = BUILTIN_THEMES[theme]
    return found.to_color_system().generate() | found.variables


class PlainArea(TextArea):
    """A text area that draws and repaints only those of its lines that differ from what it painted last.

    Textual's draws and repaints the whole of itself: for one letter as much as for a new page.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._painted: list[Strip] = []
        self._told: list[Strip] = []
        """The lines of which the compositor was told last."""
        self._doubtful: set[int] = set()
        """Lines that have been drawn otherwise since: a layout draws in passing, and may send that or not."""

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # type: ignore[override] # the base's is cached
        """None of the dozen parts that Textual's can be coloured in: each would be styled anew at each focus."""
        return frozenset()

    def draw_lines(self) -> list[Strip]:
        """The lines that are in view, as they are now."""
        raise NotImplementedError

    def place(self, y: int) -> tuple[int, int] | None:
        """(row of the text, which part of it as it is wrapped) at a line in view; None below the end."""
        shown = self.wrapped_document._offset_to_line_info
        return shown[y] if y < len(shown) else None

    def _regions(self, lines: Iterable[int]) -> list[Region]:
        top, width = self.content_offset.y, self.outer_size.width
        return [Region(0, top + y, width, 1) for y in lines]

    def render_lines(self, crop: Region) -> list[Strip]:
        lines = self.draw_lines()
        self._styles_cache.set_dirty(*self._regions(_differing(lines, self._painted)))
        self._doubtful |= _differing(lines, self._told)
        self._painted = lines
        return super(TextArea, self).render_lines(crop)  # not TextArea's, which looks its colours up anew

    def render_line(self, y: int) -> Strip:
        return self._painted[y]

    def _set_dirty(self, *regions: Region) -> None:
        """Something has changed: which lines, is found when the compositor asks."""
        self._repaint_regions.add(self.outer_size.region)
        self._dirty_regions.update(regions)

    def _exchange_repaint_regions(self) -> Collection[Region]:
        """The regions that the compositor paints next."""
        self._repaint_regions.clear()
        lines = self.draw_lines()
        changed = _differing(lines, self._told) | self._doubtful
        self._told, self._doubtful = lines, set()
        return self._regions(changed)


def _differing(lines: list[Strip], before: list[Strip]) -> set[int]:
    return {y for y, line in enumerate(lines) if y >= len(before) or line != before[y]}


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


def _no_redirect(_target: object) -> nullcontext[None]:
    return nullcontext()


def _uncached(function: Any) -> Any:
    return getattr(function, "__wrapped__", function)


def _without_self(method: Any) -> Any:
    """The same cache for all instances, keyed by the arguments alone."""
    if not hasattr(method, "__wrapped__"):
        return method
    cached = lru_cache(1024)(partial(method.__wrapped__, None))
    return lambda _self, *args: cached(*args)
