"""What is shown over the page until it ends with a result: the editor, or a form. It has the terminal for so long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from bbs.errors import BBSError, SignedOut
from bbs.events import Event
from screens.canvas import Canvas
from screens.painter import Painter
from screens.terminal import Terminal
from screens.widgets.bars import HeaderLine, KeyLines
from screens.widgets.box import Box
from screens.worker import Worker

T = TypeVar("T")
Act = Callable[[], Awaitable[None]]

WHEEL = 3
"""Lines that one turn of the mouse's wheel moves."""


class Host(Protocol):
    """Whose session it is."""

    terminal: Terminal
    canvas: Canvas

    def leave(self, reason: str) -> None:
        """End the session, and say why."""

    def keeps(self, keep: Act) -> Callable[[], None]:
        """Have something kept at the end of the session; the answer takes it back."""


class Row(NamedTuple):
    """A line of a sheet, and which line of which box it is."""

    strip: Strip
    box: Box | None = None
    y: int = 0


def rows_of(box: Box, width: int, height: int, *, focused: bool) -> list[Row]:
    return [Row(strip, box, y) for y, strip in enumerate(box.draw(width, height, focused=focused))]


class Sheet(Generic[T]):
    """Subclasses say which boxes and rows there are, what their keys do, and call `finish`."""

    def __init__(self, heading: str) -> None:
        self.heading = heading
        self.header = HeaderLine()
        self.bar = KeyLines()
        self.focus: Box | None = None
        self.keys: Mapping[str, Act] = {}
        """What keys do wherever the focus is."""
        self.other_keys: Mapping[str, Act] = {}
        """What keys do that the box with the focus has not taken."""
        self._answers: Mapping[str, Act] | None = None
        self._rows: Sequence[Row] = ()
        self._timers: list[asyncio.TimerHandle] = []
        self._result: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._worker = Worker(self.failed)

    # -- what subclasses say

    def boxes(self) -> Sequence[Box]:
        """Those that can have the focus, in their order."""
        raise NotImplementedError

    def rows(self, size: Size) -> list[Row]:
        """As many as there is room for."""
        raise NotImplementedError

    async def begin(self) -> None:
        """What is read before it is shown."""

    def changed(self) -> None:
        """Something may have been typed."""

    def clicked(self, shown: str) -> None:
        """A click on a key in the bar."""

    def quit(self) -> None:
        """Ctrl+Q."""

    async def heard(self, event: Event) -> None:
        """Something of the member's own has happened in another session."""

    def tell(self, event: Event) -> None:
        self.do(lambda: self.heard(event))

    # -- its life

    async def serve(self, host: Host) -> T | None:
        """Show it until it ends. Ended from outside, it first finishes what is under way, such as a sending."""
        self.host = host
        self._painter = Painter(host.terminal, host.canvas, self, self._lines, self.failed)
        self.header.show(self.heading, "")
        await self.begin()
        host.terminal.give(self)
        self.refresh()
        try:
            return await self._result
        finally:
            for timer in self._timers:
                timer.cancel()
            await self._worker.finish()
            self._painter.stop()

    def finish(self, made: T | None) -> None:
        self._worker.close()
        if not self._result.done():
            self._result.set_result(made)

    def failed(self, error: Exception) -> None:
        """A refusal is shown; a fault ends the session."""
        if isinstance(error, SignedOut):
            self.host.leave(error.message)
        elif isinstance(error, BBSError):
            self.refused(error)
        elif not self._result.done():
            self._result.set_exception(error)

    def refused(self, error: BBSError) -> None:
        """What was asked for cannot be had: say why."""
        self.say(error.message, fault=True)

    def do(self, act: Act) -> None:
        """Do something after what is under way."""
        self._worker.do(act)

    def later(self, seconds: float, act: Act) -> asyncio.TimerHandle:
        """Do something in a while, if the sheet is still here."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, self.do, act)
        self._timers = [timer, *(old for old in self._timers if not old.cancelled() and old.when() > loop.time())]
        return timer

    # -- painting

    def refresh(self) -> None:
        self._painter.soon()

    def _lines(self) -> list[Strip]:
        width, height = self.host.terminal.size
        bar = self.bar.draw(width)
        self._rows = self.rows(Size(width, max(1, height - 1 - len(bar))))
        return [self.header.draw(width), *(row.strip for row in self._rows), *bar]

    # -- talking to the member

    def say(self, text: str, *, fault: bool = False) -> None:
        """A line in place of the keys; '' takes it away."""
        if self.bar.say(text, fault=fault):
            self.refresh()

    @property
    def is_asking(self) -> bool:
        return self._answers is not None

    def ask(self, question: str, answers: Mapping[str, Act]) -> None:
        """Until `answered` nothing else can be done; Esc should be among the answers."""
        self._answers = answers
        self.say(question)

    async def answered(self, said: str = "") -> None:
        """Go on after a question."""
        self._answers = None
        self.say(said)

    # -- what the terminal asks of its program

    @property
    def takes_text(self) -> bool:
        return not self.is_asking and self.focus is not None and self.focus.is_text and not self._result.done()

    @property
    def is_settled(self) -> bool:
        return self._worker.is_idle and not self._result.done()

    @property
    def is_painted(self) -> bool:
        """Whether nothing waits to be painted."""
        return not self._painter.is_waiting

    def resized(self, size: Size) -> None:
        del size
        self.host.canvas.forget()
        self.refresh()

    def hold(self) -> None:
        """Nothing is painted while the terminal is held."""

    def go_on(self) -> None:
        self.refresh()

    def take(self, message: Message) -> None:
        try:
            self._take(message)
        except Exception as error:  # noqa: BLE001 - the boundary of the session
            self.failed(error)

    def _take(self, message: Message) -> None:
        if isinstance(message, events.Key):
            self._take_key(message)
        elif isinstance(message, events.Paste):
            self._edit(lambda box: box.insert(message.text))
        elif isinstance(message, events.MouseDown | events.MouseMove):
            self._point(int(message.x), int(message.y), drag=isinstance(message, events.MouseMove))
        elif isinstance(message, events.MouseUp):
            self._click(int(message.x), int(message.y))
        elif isinstance(message, events.MouseScrollDown | events.MouseScrollUp):
            self._wheel(int(message.y), WHEEL if isinstance(message, events.MouseScrollDown) else -WHEEL)
        self.refresh()

    # -- keys

    def _take_key(self, key: events.Key) -> None:
        if key.key == "ctrl+q":
            self.quit()
        elif self._answers is not None:
            if key.key in self._answers:
                self.do(self._answers[key.key])
        elif key.key in self.keys:
            self.do(self.keys[key.key])
        elif key.key in {"ctrl+c", "ctrl+x"}:
            self._copy(cut=key.key == "ctrl+x")
        elif key.key == "ctrl+v":
            self._edit(lambda box: box.insert(self.host.terminal.copied))
        elif self.focus is not None and self.focus.take(key):
            self.changed()
        elif key.key in self.other_keys:
            self.do(self.other_keys[key.key])

    def _edit(self, change: Callable[[Box], object]) -> None:
        if self.focus is not None and not self.is_asking:
            change(self.focus)
            self.changed()

    def _copy(self, *, cut: bool) -> None:
        text = self.focus.copied(cut=cut) if self.focus is not None else ""
        if text:
            self.host.terminal.copy(text)
            self.changed()

    async def focus_next(self, step: int = 1) -> None:
        boxes = self.boxes()
        at = boxes.index(self.focus) if self.focus in boxes else -step
        self.focus = boxes[(at + step) % len(boxes)]
        self.refresh()

    async def focus_previous(self) -> None:
        await self.focus_next(-1)

    # -- the mouse

    def _point(self, x: int, y: int, *, drag: bool) -> None:
        """Only what has been pressed on is dragged over."""
        row = self._rows[y - 1] if 0 < y <= len(self._rows) else None
        if row is None or row.box is None or self.is_asking or (drag and row.box is not self.focus):
            return
        self.focus = row.box
        row.box.point(x, row.y, drag=drag)
        self.changed()

    def _click(self, x: int, y: int) -> None:
        if y > len(self._rows) and (shown := self.bar.key_at(x, self.host.terminal.size[0])):
            self.clicked(shown)

    def _wheel(self, y: int, lines: int) -> None:
        box = self._rows[y - 1].box if 0 < y <= len(self._rows) else None
        if box is not None:
            box.wheel(lines)
