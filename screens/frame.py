"""The screen of a session: header, pane, key bar, and the stack of pages. Routes keys and errors, and paints.

What a key starts is done in order, one thing after another, in one worker, while the screen stays free to paint.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from bbs.context import Context
from bbs.errors import BBSError, SignedOut
from bbs.events import Event, Noticed
from bbs.services import news, notices, threads
from bbs.views.threads import CaughtUp
from screens.canvas import Canvas
from screens.lines import hint
from screens.outgoing import color_system
from screens.page import Key, Page, PageMaker
from screens.painter import Painter
from screens.sheet import WHEEL, Sheet
from screens.telling import NoticeCount
from screens.terminal import Terminal
from screens.widgets.bars import HeaderLine, KeyLines
from screens.widgets.entry import LineEntry, OpenLine
from screens.widgets.pane import Pane
from screens.worker import Job, Worker

T = TypeVar("T")

DEPTH = 20
"""Pages to go back through; the oldest are forgotten, Home never."""
SLOW = 0.15
"""Seconds after which the header says that something is being fetched."""
REFRESH_SPREAD = 0.4
"""Seconds over which sessions read again what changed for all of them, so that they do not all read at once."""
Keep = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Question:
    answer: asyncio.Future[str]
    keys: frozenset[str]


class Frame:
    """Has the terminal whenever no form has it. A fault in what it does is kept in `over`, and ends the session."""

    def __init__(self, ctx: Context, pages: dict[str, PageMaker], terminal: Terminal) -> None:
        self.ctx = ctx
        self.terminal = terminal
        self.pane = Pane(self.refresh)
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Why the session ends: what to say, or the fault."""
        self.keepers: list[Keep] = []
        """What is kept at the end of the session, however it ends."""
        self._header = HeaderLine()
        self._keys = KeyLines()
        self.canvas = Canvas(color_system(terminal.term, terminal.env))
        self._painter = Painter(terminal, self.canvas, self, self._lines, self._fail)
        self._pages = pages
        self._stack: list[Page] = []
        self._worker = Worker(self._failed)
        self._question: _Question | None = None
        self._sheet: Sheet[Any] | None = None
        self._line: OpenLine | None = None
        self._heard: list[Event] = []
        self._said = False
        self.undo: CaughtUp | None = None
        """The last 'catch up', to put back."""
        self.notices = NoticeCount(self)

    def begin(self) -> None:
        """Show Home, and do what is asked for until it is closed."""
        self.pane.resize(self._pane_size())
        self.terminal.give(self)
        self.do(lambda: self.go("home"))

    async def close(self) -> None:
        """Break off what is under way; a sheet finishes what it has begun. What was shown is let go of."""
        await self._worker.cancel()
        self._painter.stop()
        for page in self._stack:
            page.let_go()
        self._stack.clear()
        self.pane.let_go()
        self.canvas.forget()

    def leave(self, reason: str) -> None:
        """End the session, and say why."""
        if not self.over.done():
            self.over.set_result(reason)

    def keeps(self, keep: Keep) -> Callable[[], None]:
        """Have something kept at the end of the session; the answer takes it back."""
        self.keepers.append(keep)
        return lambda: self.keepers.remove(keep)

    def guarded(self, act: Callable[[], None]) -> None:
        """Do what nobody waits for: its fault ends this session, and not what called."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the boundary of the session
            self._fail(error)

    def _fail(self, fault: Exception) -> None:
        if not self.over.done():
            self.over.set_exception(fault)

    # -- painting

    def refresh(self) -> None:
        """Paint soon, once for all that changes until then."""
        if not self.over.done():
            self._painter.soon()

    def _lines(self) -> list[Strip]:
        width = self.terminal.size[0]
        keys = self._keys.draw(width)
        line = self._line.draw(width) if self._line is not None else []
        self.pane.resize(self._left_by(len(keys)))
        return [self._header.draw(width), *self.pane.lines(), *line, *keys]

    def _pane_size(self) -> Size:
        return self._left_by(len(self._keys.draw(self.terminal.size[0])))

    def _left_by(self, keys: int) -> Size:
        """What so many lines of keys, and the other lines, leave."""
        width, height = self.terminal.size
        return Size(width, max(1, height - 1 - keys - (self._line is not None)))

    @property
    def has_terminal(self) -> bool:
        """Whether no form has it."""
        return self.terminal.program is self

    def resized(self, size: Size) -> None:
        del size
        self.canvas.forget()
        self.guarded(lambda: self.pane.resize(self._pane_size()))
        self.refresh()

    def hold(self) -> None:
        """Nothing is painted while the terminal is held."""

    def go_on(self) -> None:
        self.refresh()

    def redraw(self) -> None:
        """Paint all of it, for a terminal that shows something else."""
        self.canvas.forget()
        self.pane.show(self.page)

    # -- pages

    @property
    def page(self) -> Page:
        return self._stack[-1]

    async def open(self, page: Page, *, replace: bool = False) -> None:
        """Go to a page; it is read before it is shown, so that a refusal leaves everything as it is."""
        page.attach(self)
        await self._patiently(page.load())
        page.place_cursor()
        left: Page | None = None
        if replace and len(self._stack) > 1:
            left = self._stack.pop()
        self._stack.append(page)
        forgotten = self._stack.pop(1) if len(self._stack) > DEPTH else None
        self.show(page)
        for gone in filter(None, (left, forgotten)):
            gone.let_go()

    async def go(self, name: str, *args: Any) -> None:
        """One of the main pages, by its noun; Home empties the stack."""
        page = self._pages[name](self.ctx, *args)
        if name == "home":
            old, self._stack = self._stack, []
            try:
                await self.open(page)
            except BBSError:
                self._stack = old
                raise
            for gone in old:
                gone.let_go()
        else:
            await self.open(page, replace=len(self._stack) > 1 and type(page) is type(self.page))

    def make(self, name: str, *args: Any) -> Page:
        return self._pages[name](self.ctx, *args)

    async def back(self) -> None:
        """To the page before; it is read again, for what happened meanwhile."""
        if len(self._stack) < 2:
            return
        left = self._stack.pop()
        self.close_line()
        left.let_go()
        self.show(self.page)
        await self._patiently(self.page.reload())

    def show(self, page: Page) -> None:
        """Paint a page, if it is the one on top."""
        if self._stack and page is self.page:
            self.pane.show(page)
            self.show_header()
            self._keys.show([(key.shown, key.bar) for key in page.bar()])
            self.refresh()
            page.shown()

    def show_header(self) -> None:
        if not self._stack:
            return
        forum = self.ctx.forum
        clock = self.ctx.now().astimezone(self.ctx.zone)
        online = len(forum.presence.members())
        words = (self.page.title, f"{self.ctx.handle} · {online} online · {clock:%a %H:%M}", self.notices.mark)
        if self._header.show(*words):
            self.refresh()

    async def _patiently(self, work: Awaitable[T]) -> T:
        """Wait; if it takes long, say so."""
        notice = asyncio.get_running_loop().call_later(SLOW, self.guarded, lambda: self.say("Fetching…"))
        try:
            return await work
        finally:
            if notice.when() <= asyncio.get_running_loop().time():
                self.say("")
            notice.cancel()

    async def read_on(self) -> None:
        """The next thing that is new, wherever it is; or that there is none."""
        page = self.page if self._stack else None
        board_id = int(getattr(page, "board_id", 0))
        step = await self.ctx.read(news.read_on, board_id=board_id)
        if step.notice_id:
            await self.ctx.write(notices.mark_read, step.notice_id)
        reading = getattr(page, "is_reading", False)
        if not await self.open_place(
            step.thread_id, step.post_id, step.conversation_id, step.meeting_id, replace=reading
        ):
            self.say("You are up to date.")

    async def open_place(
        self, thread_id: int, post_id: int, conversation_id: int, meeting_id: int, *, replace: bool = False
    ) -> bool:
        """The one of these that is not 0. False when all are."""
        if thread_id:
            page = self.make("thread", thread_id, post_id)
        elif conversation_id:
            page = self.make("conversation", conversation_id)
        elif meeting_id:
            page = self.make("meeting", meeting_id)
        else:
            return False
        await self.open(page, replace=replace)
        return True

    async def jump(self) -> None:
        """To a post, a person, a board or a thread, by a few letters of it."""
        await self.ask_for("jump")

    async def ask_for(self, name: str, *args: Any) -> None:
        """A page that begins by asking for something."""
        page = self.make(name, *args)
        await self.open(page)
        await page.begin()

    async def open_post(self, post_id: int, *, replace: bool = False) -> None:
        thread_id = await self.ctx.read(threads.thread_of_post, post_id)
        await self.open(self.make("thread", thread_id, post_id), replace=replace)

    # -- what happens elsewhere

    def wants(self, event: Event) -> bool:
        """Whether the page on top should hear this. Called for every event in the process: must be cheap."""
        return bool(self._stack) and self.page.hears(event)

    def shows(self, notice: Noticed) -> bool:
        return self.has_terminal and bool(self._stack) and self.page.shows(notice)

    def hear(self, event: Event) -> None:
        """Tell the page soon, all that came at once together."""
        first = not self._heard
        self._heard.append(event)
        if first:
            self.soon(lambda: self.do(self._pass_on))

    def tell_form(self, event: Event) -> None:
        """Something of the member's own happened in another session; the form that is open may hold the same."""
        if self._sheet is not None:
            self._sheet.tell(event)

    async def _pass_on(self) -> None:
        heard, self._heard = self._heard, []
        wanted = [event for event in heard if self._stack and self.page.hears(event)]
        if wanted:
            await self.page.heard(wanted)

    def soon(self, act: Callable[[], None]) -> None:
        """Do something in a while, which is another for each session."""
        self.set_timer(0.05 + random.random() * REFRESH_SPREAD, act)  # noqa: S311 - spreads them, and hides nothing

    def set_timer(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something later, if the session has not ended."""
        asyncio.get_running_loop().call_later(seconds, self._if_here, act)

    def _if_here(self, act: Callable[[], None]) -> None:
        if not self.over.done():
            self.guarded(act)

    # -- keys

    def do(self, job: Job) -> None:
        """Do something after what is under way. Its refusals are shown; its faults end the session."""
        self._worker.do(job)

    @property
    def is_settled(self) -> bool:
        """Whether the next key can be taken: nothing is under way, or the member is being asked."""
        asked = self._question is not None or self._line is not None
        return asked or self._worker.is_idle

    @property
    def is_painted(self) -> bool:
        """Whether nothing waits to be painted, heard or counted."""
        waits = self._heard or not (self._stack and self.page.is_current)
        return not self._painter.is_waiting and not waits and not self.notices.is_counting

    @property
    def takes_text(self) -> bool:
        return self._line is not None and self._question is None

    def _failed(self, error: Exception) -> None:
        """What a job has raised."""
        if isinstance(error, SignedOut):
            self.leave(error.message)
        elif isinstance(error, BBSError):
            self.say(error.message, fault=True)
        else:
            self._fail(error)

    def take(self, message: Message) -> None:
        self.guarded(lambda: self._take(message))

    def _take(self, message: Message) -> None:
        if isinstance(message, events.Key):
            self._take_key(message)
        elif isinstance(message, events.Paste):
            if self._line is not None and self.takes_text:
                self._line.paste(message.text)
                self.refresh()
        elif isinstance(message, events.MouseUp):
            self._click(int(message.x), int(message.y))
        elif isinstance(message, events.MouseScrollDown | events.MouseScrollUp) and self._stack:
            self.pane.scroll(WHEEL if isinstance(message, events.MouseScrollDown) else -WHEEL)
            self.page.shown()

    def _take_key(self, key: events.Key) -> None:
        if self._line is not None and self.takes_text and key.key not in {"escape", "ctrl+q"}:
            self._line.press(key)
            self.refresh()
        else:
            self.press(key.character if key.character and key.is_printable and key.character != " " else key.key)

    def _click(self, x: int, y: int) -> None:
        top_of_keys = self.terminal.size[1] - len(self._keys.draw(self.terminal.size[0]))
        if y >= top_of_keys:
            shown = self._keys.key_at(x, self.terminal.size[0])
            found = next((key for key in self.page.bar() if key.shown == shown), None) if self._stack else None
            if found is not None:
                self.press(found.names()[0])
        else:
            self.pane.click(y - 1)

    def press(self, name: str) -> None:
        if self._question is not None:
            self._answer(name)
            return
        if self._line is not None:
            if name == "escape":
                self.close_line()
            return
        if self._said:
            self.say("")
        if not self._stack:
            return
        key = self.page.binding(name)
        if key is not None:
            self._perform(key)

    def _perform(self, key: Key) -> None:
        page = self.page
        action = getattr(page, f"do_{key.action}")
        if page.is_quick(key.action) and self._worker.is_idle:
            action()
            page.shown()
            return

        async def job() -> None:
            result = action()
            if result is not None:
                await result
            self.page.shown()

        self.do(job)

    # -- talking to the member

    def say(self, text: str, *, fault: bool = False) -> None:
        """A line in place of the keys, until the next key."""
        self._said = bool(text)
        self._tell(text, fault=fault)

    def mention(self, text: str) -> None:
        """Say what nobody has asked for, unless something is being asked."""
        if self._question is None and self._line is None:
            self.say(text)

    def _tell(self, text: str, *, fault: bool = False) -> None:
        if self._keys.say(text, fault=fault):
            self.pane.resize(self._pane_size())
            self.refresh()

    async def ask(self, question: str, yes: str, no: str = "n keep") -> bool:
        """A question that says what will happen. `yes` is like 'y delete'."""
        return await self.choose(question, [(yes[0], yes[2:]), (no[0], no[2:])]) == yes[0]

    async def choose(self, question: str, choices: Sequence[tuple[str, str]]) -> str:
        """One of several (key, what it does), by one key; '' when the member leaves it with Esc."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._question = _Question(future, frozenset(key for key, _ in choices))
        self._tell(f"{question}   {hint(*(f'{key} {says}' for key, says in choices))}")
        try:
            return await future
        finally:
            self._question = None
            self._tell("")

    def _answer(self, name: str) -> None:
        assert self._question is not None  # noqa: S101 - asked by the caller
        if self._question.answer.done():
            return
        if name in self._question.keys:
            self._question.answer.set_result(name)
        elif name in {"escape", "q"}:
            self._question.answer.set_result("")

    async def prompt(self, label: str, *, initial: str = "", limit: int = 200) -> str:
        """One line of text; '' when the member leaves it with Esc."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def settle(text: str) -> None:
            if not future.done():
                future.set_result(text)

        def submit(text: str) -> None:
            settle(text.strip())
            self.close_line()

        await self.open_line(label, initial=initial, limit=limit, entry=LineEntry(
            submit=submit,
            cancel=lambda _: settle(""),
            change=lambda _: None,
        ))  # fmt: skip
        return await future

    async def open_line(self, label: str, *, entry: LineEntry, initial: str = "", limit: int = 200) -> None:
        """Show the line at the bottom, above the key bar."""
        self._line = OpenLine(label, initial, limit, entry)
        self.pane.resize(self._pane_size())
        self._tell(f"{label}   Enter done   Esc leave")
        self.refresh()

    def close_line(self) -> None:
        """Take the line away; what was typed goes to its owner."""
        line = self._line
        if line is not None:
            self.drop_line()
            line.leave()

    def drop_line(self) -> None:
        """Take the line away, and ask nobody."""
        self._line = None
        self._tell("")
        self.pane.resize(self._pane_size())
        self.refresh()

    def clear_line(self) -> None:
        if self._line is not None:
            self._line.fill("")
            self.refresh()

    async def form(self, sheet: Sheet[T]) -> T | None:
        """Show a form or the editor over the page; its result, or None."""
        self._sheet = sheet
        try:
            return await sheet.serve(self)
        finally:
            self._sheet = None
            self.terminal.give(self)
            self.refresh()

    def sign_out(self) -> None:
        self.leave("You have signed out.")
