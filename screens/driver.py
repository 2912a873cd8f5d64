"""Textual on a byte channel: the driver, and the base of all screens and apps.

With `patches.py` and `key_parser.py`, the only file that touches what Textual does not publish. Each place where it
does has its reason, and a test that fails when Textual changes underneath.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from textual import events
from textual.app import App
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget
from textual.widgets import Input, TextArea

from screens.channel import Client
from screens.outgoing import Outgoing
from screens.themes import DEFAULT, STYLE_SHEETS, THEMES, Look

SETTLE_LOOK = 0.002
"""Seconds between looks whether what a key has started is over, for a client that types ahead."""
PAINT_WAIT = 0.05
"""Seconds by which painting waits, at most, for keys that have arrived already: they are painted together."""

LEFT = frozenset({"terminal", "failure", "farewell", "successor", "is_over"})
"""What can still be asked of an app that has ended and was freed."""


class ChannelDriver(Driver):
    """Writes frames to the client's channel. Keys come from `Keyboard`: no threads, signals or file descriptors."""

    def __init__(
        self, app: ServedApp, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size or app.terminal.size)
        self._served = app
        self._output: list[str] = []

    def write(self, data: str) -> None:
        self._output.append(data)

    def flush(self) -> None:
        painted, self._output = "".join(self._output), []
        self._served.terminal.show(painted)

    def send_message(self, message: Message) -> None:
        """The base class makes a future across threads for each message."""
        self._served.post_message(message)

    def start_application_mode(self) -> None:
        self._served.terminal.give(self._served)

    def disable_input(self) -> None:
        """`Terminal` stops the keyboard."""

    def stop_application_mode(self) -> None:
        """`Terminal` gives the screen back."""

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """The base class would open a browser on the server."""

    def deliver_binary(self, binary: object, **_: object) -> None:
        """The base class would write to the server's disk."""


class ServedScreen(Screen[Any], inherit_bindings=False):
    """A screen that is painted as soon as it has changed, once, and not at the next sixtieth of a second."""

    AUTO_FOCUS = ""
    virtual_size = reactive(Size(0, 0), init=False)
    """Textual's own asks for another layout whenever it changes; no screen here scrolls as a whole."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._paint: asyncio.Handle | None = None
        self._paint_context = contextvars.copy_context()
        """That of this screen: painting asks which app it is in."""
        self._ground: Strip | None = None
        self._last_map: Any = None
        self._laid_out: Size | None = None
        self._styled_for = ""
        """The theme that its nodes have the styles of."""

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """The base class, which is called next, would compute all styles again. Only another theme changes them."""
        theme = self.app.theme
        event.refresh_styles = self._styled_for not in {"", theme}
        self._styled_for = theme

    async def _on_idle(self, event: events.Idle) -> None:
        event.prevent_default()
        app = self.app
        if self._callbacks and not self._is_dirty():
            await self._invoke_and_clear_callbacks()
        elif self._paint is None and not app._batch_count and self.is_current and self._is_dirty():
            self._paint_soon()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground under the widgets, which they cover: one line, painted once. Textual would paint it all anew."""
        if self.styles.background.a < 1:
            return super().render_lines(crop)
        if self._ground is None or self._ground.cell_length != crop.width:
            ground = Strip.blank(crop.width)
            for line_filter in self.app.get_line_filters():
                ground = ground.apply_filter(line_filter, self.styles.background)
            self._ground = ground
        return [self._ground] * crop.height

    def notify_style_update(self) -> None:
        self._ground = None
        super().notify_style_update()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Any:
        """When its widgets have been mounted Textual asks for a layout, mostly long after one that had all of them."""
        return super().refresh(*regions, repaint=repaint, layout=layout and not self._has_laid_out_all(),
                               recompose=recompose)  # fmt: skip

    def _has_laid_out_all(self) -> bool:
        """Whether the last layout had every widget that is displayed, and no other."""
        return {self, *(node for node in self.walk_children() if node.display)} == self._compositor.widgets

    def _is_dirty(self) -> bool:
        return bool(self._layout_required or self._scroll_required or self._repaint_required or self._dirty_widgets)

    def _paint_soon(self) -> None:
        self._paint_context = contextvars.copy_context()
        keys_wait = isinstance(self.app, ServedApp) and self.app.terminal.has_more
        loop = asyncio.get_running_loop()
        self._paint = loop.call_later(PAINT_WAIT, self._paint_now) if keys_wait else loop.call_soon(self._paint_now)

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """The compositor paints what differs from its map, and makes the map anew when it is asked for in between:
        what a scroll had moved by then would never be painted. So it compares with the map of the last layout.

        A screen that is opened is told its size by three events, and asks for a layout by itself: one does for all.
        """
        if size is not None and size == self._laid_out and self._has_laid_out_all():
            return
        if self._last_map is not None:
            self._compositor._full_map = self._last_map
        self._layout_required = False
        super()._refresh_layout(size, scroll)
        self._laid_out = size or self.outer_size
        self._last_map = self._compositor._full_map

    def _compositor_refresh(self) -> None:
        """While painting is held, Textual would compose the whole screen and then not show it."""
        if not self.app._batch_count:
            super()._compositor_refresh()

    def _paint_now(self) -> None:
        self._paint = None
        if not self.is_running:
            return
        try:
            self._on_timer_update()
        except Exception as error:  # noqa: BLE001 - the boundary of the session: nobody waits for this call
            self.app._handle_exception(error)

    def paint_at_once(self) -> None:
        """No more keys wait: paint what was held for them."""
        if self._paint is not None:
            self._paint.cancel()
            self._paint = asyncio.get_running_loop().call_soon(self._paint_now, context=self._paint_context)

    async def close(self) -> None:
        """Close the screen for good, and free what it holds at once: its thousand objects refer to each other."""
        nodes = [self, *self.walk_children()]
        if self._paint is not None:
            self._paint.cancel()
        await self.remove()
        for node in nodes:
            _free(node)


class ServedApp(App[None], inherit_bindings=False):
    """An app for a client somewhere else: its terminal's size and colours, and nothing of the server's."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, terminal: Client, theme: str = DEFAULT) -> None:
        self.terminal = terminal
        self.failure: BaseException | None = None
        self.is_over = False
        """Whether it is ending, or has ended."""
        self._closed_nodes: list[Any] = []
        self._outgoing = Outgoing(Look(theme, terminal.colors), terminal.encoding)
        super().__init__(driver_class=ChannelDriver, css_path=[*STYLE_SHEETS])
        self.set_reactive(App.theme, theme)
        self.animation_level = "none"
        self._disable_tooltips = True
        self._disable_notifications = True

    async def run_here(self) -> None:
        """Run to the end, in the context of the caller, which must be the session's own. See `failure`."""
        await self.run_async(size=self.terminal.size)

    async def stop(self) -> None:
        """End everything that works on the screens. They are closed next, and a screen that is closed stands no change.
        Subclasses say what that is."""

    async def _shutdown(self) -> None:
        """The base class closes its nodes here and forgets them; what was typed in them is still to be kept."""
        await self.stop()
        self._closed_nodes = list(self._registry)
        await super()._shutdown()

    def free(self) -> None:
        """Free what an app that has ended holds, at once: it would else wait for a collection of all objects."""
        for screen in self.open_screens():
            if screen._paint is not None:
                screen._paint.cancel()
        for node in (*self._registry, *self._closed_nodes):
            _free(node)
        vars(self._animator).clear()
        left = {name: value for name, value in vars(self).items() if name in LEFT}
        vars(self).clear()
        vars(self).update(left, is_over=True)

    def __rich_repr__(self) -> Iterator[Any]:
        """The base class tells its title, which is gone once the app is freed; a log may name it then."""
        return iter(())

    def open_screens(self) -> list[ServedScreen]:
        """All of them, those that are kept for later too."""
        nodes = {*self._registry, *self._closed_nodes}
        return [node for node in nodes if isinstance(node, ServedScreen)]

    async def _process_messages(self, *args: Any, **kwargs: Any) -> None:
        """From Python 3.12 on the base class has just made every task of the process start at once, in the middle of
        whatever made it. asyncssh does not stand that: after the first session nobody could connect any more."""
        asyncio.get_running_loop().set_task_factory(None)
        await super()._process_messages(*args, **kwargs)

    # -- what of the server's must not be touched, or told

    def _handle_exception(self, error: Exception) -> None:
        """The base class prints a traceback with local variables, passwords among them, to the client.

        A widget that is mounted while its app ends looks for parts that it does not get any more: that is no fault.
        """
        if self.failure is None and not (self.is_over and isinstance(error, NoMatches)):
            self.failure = error
            self._exception = error
            self._exception_event.set()
        self._return_code = 1
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    def _set_pointer_shape(self, shape: str) -> None:
        """OSC 22, which few terminals know and others show."""

    def _update_mouse_over(self, screen: Screen[Any]) -> None:
        """Nothing here changes under the pointer, and terminals are not asked to report each movement."""

    def bell(self) -> None:
        """Textual rings at each refused letter. We say what is wrong."""

    def copy_to_clipboard(self, text: str) -> None:
        self._clipboard = text
        self.terminal.copy(text)

    # -- colours

    @property
    def available_themes(self) -> dict[str, Theme]:
        return THEMES

    @property
    def current_theme(self) -> Theme:
        return THEMES[self._outgoing.look.theme]

    def get_css_variables(self) -> dict[str, str]:
        self.theme_variables = dict(_css_variables(self.current_theme.name))
        return self.theme_variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [self._outgoing]

    def _watch_theme(self, theme_name: str) -> None:
        self._outgoing.look = Look(theme_name, self.terminal.colors)
        super()._watch_theme(theme_name)
        self.terminal.forget()

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """Not of a widget that is being made: its fields set classes, and mounting computes its styles anyway. It was a
        quarter of the time that a form takes to open."""
        if node.parent is not None or not isinstance(node, Widget) or isinstance(node, Screen):
            super().update_styles(node, animate)

    # -- what the keyboard asks

    @property
    def takes_text(self) -> bool:
        """Whether a letter that is typed now goes into a text, and so moves nothing else."""
        return isinstance(self.focused, Input | TextArea)

    @property
    def takes_lines(self) -> bool:
        """Whether several lines that arrive at once are a paste to what has the focus."""
        return isinstance(self.focused, TextArea) or bool(getattr(self.focused, "takes_lines", False))

    @property
    def takes_tabs(self) -> bool:
        """Whether a tab among other letters is part of the text to what has the focus."""
        return isinstance(self.focused, TextArea)

    def take(self, message: Message) -> None:
        """A key, a paste or the mouse. Right and middle buttons are the terminal's own, for pasting."""
        is_other_button = isinstance(message, events.MouseEvent) and message.button > 1
        if self._driver is not None and not is_other_button:
            self._driver.process_message(message)

    def failed(self, fault: Exception) -> None:
        """Something that nobody waits for has failed: the session ends."""
        self._handle_exception(fault)

    async def settled(self) -> None:
        """Wait until what was taken last has had all its effects.

        A key passes from the app to the widget with the focus and back up to the app, whose action may send a message
        the same way, and may start a job. So does this, behind it.
        """
        if not self._is_at_rest():
            await self._pass_along()
            await self._pass_along()
        while not self.is_ready:  # noqa: ASYNC110 - many things make it ready
            await asyncio.sleep(SETTLE_LOOK)

    def _is_at_rest(self) -> bool:
        """Whether none of the nodes that a key passes has anything to do: the usual case, and quick to find out."""
        if not self._running or not self._screen_stack:
            return False
        return all(map(_is_idle, (self.focused or self.screen).ancestors_with_self))

    @property
    def is_ready(self) -> bool:
        """Whether nothing is under way that the next key must wait for. Subclasses know of more."""
        return self._running and bool(self._screen_stack) and self.screen.is_mounted

    async def _pass_along(self) -> None:
        """Go through the message queues that a key goes through."""
        await _turn_of(self)
        if not self._screen_stack:
            return
        for node in (self.focused or self.screen).ancestors_with_self:
            if isinstance(node, Widget):
                await _turn_of(node)
        await _turn_of(self)

    def keys_taken(self) -> None:
        """No more keys wait."""
        if self._screen_stack and isinstance(self.screen, ServedScreen):
            self.screen.paint_at_once()

    # -- what the terminal tells

    def resized(self, size: Size) -> None:
        self.post_message(events.Resize(size, size))

    def hold(self) -> None:
        """The client has not taken what was painted: paint nothing until `go_on`."""
        self._begin_batch()

    def go_on(self) -> None:
        if self._batch_count:
            self._end_batch()
        self.repaint()

    def repaint(self) -> None:
        """Paint all of it, for a terminal that shows something else."""
        self.terminal.forget()
        if self._screen_stack:
            self.screen.refresh()

    # -- showing a screen

    @contextlib.asynccontextmanager
    async def painted_once(self) -> Any:
        """What is changed meanwhile is painted at its end, together."""
        self._begin_batch()
        try:
            yield
            if self._screen_stack and self.screen.is_attached:
                await _turn_of(self.screen)
        finally:
            self._end_batch()
            if self._screen_stack:
                self.screen.refresh()

    @property
    def is_painted(self) -> bool:
        """Whether nothing waits to be handled or painted. For tests."""
        if not self._running or not self._screen_stack:
            return False
        screen = self.screen
        if isinstance(screen, ServedScreen) and (screen._paint is not None or screen._is_dirty()):
            return False
        return all(map(_is_idle, (self, *self._screen_stack, *screen.walk_children())))


def _free(node: Any) -> None:
    """Forget all that a closed node refers to: itself, by many ways. What has a style of its own is a node, too."""
    for styles in vars(node).get("_component_styles", {}).values():
        vars(styles.node).clear()
    vars(node).clear()


async def _turn_of(node: App[Any] | Widget) -> None:
    """Wait until a node has handled what is in its queue now."""
    turn = asyncio.get_running_loop().create_future()
    if node._running and node.call_later(_fulfil, turn):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):  # a node that is being closed drops its queue
                await turn


def _fulfil(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)


def _is_idle(pump: Any) -> bool:
    """Whether a node has nothing to do and waits for its next message."""
    queue = pump._message_queue
    return queue.empty() and bool(queue.ready_event._waiters)  # asyncio offers no other way


@lru_cache(len(THEMES))
def _css_variables(theme: str) -> tuple[tuple[str, str], ...]:
    """What a theme's colours make of Textual's variables: a millisecond for each session otherwise."""
    chosen = THEMES[theme]
    return tuple((chosen.to_color_system().generate() | chosen.variables).items())
