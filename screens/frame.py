"""The one screen of a session: header, pane, key bar, and the stack of pages. Routes keys and errors.

What a key starts is done in order, one thing after another, in one worker, while the screen stays free to paint.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from bbs.context import Context
from bbs.errors import BBSError, NotFound, SignedOut
from bbs.events import Event
from bbs.services import boards, news, threads
from bbs.views.threads import CaughtUp
from screens.lines import hint
from screens.page import Key, Page, PageMaker
from screens.widgets.bars import HeaderBar, KeyBar
from screens.widgets.pane import Pane

T = TypeVar("T")

DEPTH = 20
"""Pages to go back through; the oldest are forgotten, Home never."""
SLOW = 0.15
"""Seconds after which the header says that something is being fetched."""
REFRESH_SPREAD = 0.4
"""Seconds over which sessions read again what changed for all of them, so that they do not all read at once."""


@dataclass(slots=True)
class _Question:
    answer: asyncio.Future[str]
    keys: frozenset[str]


@dataclass(slots=True)
class LineEntry:
    """The line at the bottom in which something is typed."""

    submit: Callable[[str], None]
    cancel: Callable[[str], None]
    change: Callable[[str], None]


class Frame(Screen[None], inherit_bindings=False):
    CSS_PATH = "frame.tcss"
    BINDINGS = []  # noqa: RUF012 - Textual's own spelling; the pages have the keys
    AUTO_FOCUS = ""

    def __init__(self, ctx: Context, pages: dict[str, PageMaker]) -> None:
        super().__init__()
        self.ctx = ctx
        self.header = HeaderBar()
        self.pane = Pane()
        self.keys = KeyBar(self.press_shown)
        self._pages = pages
        self._stack: list[Page] = []
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._busy = False
        self._question: _Question | None = None
        self._entry: LineEntry | None = None
        self._entry_box: Input | None = None
        self._heard: list[Event] = []
        self._said = False
        self.undo: CaughtUp | None = None
        """The last 'catch up', to put back."""

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.pane
        yield self.keys

    def on_mount(self) -> None:
        self.run_worker(self._work, exit_on_error=True)
        self.do(lambda: self.go("home"))

    # -- pages

    @property
    def page(self) -> Page:
        return self._stack[-1]

    @property
    def has_page(self) -> bool:
        return bool(self._stack)

    async def open(self, page: Page, *, replace: bool = False) -> None:
        """Go to a page; it is read before it is shown, so that a refusal leaves everything as it is."""
        page.attach(self)
        await self._patiently(page.load())
        page.place_cursor()
        left: Page | None = None
        if replace and len(self._stack) > 1:
            left = self._stack.pop()
        self._stack.append(page)
        if len(self._stack) > DEPTH:
            del self._stack[1]
        self.show(page)
        if left is not None:
            await left.closed()

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
        await left.closed()
        self.show(self.page)
        await self._patiently(self.page.reload())

    def show(self, page: Page) -> None:
        """Paint a page, if it is the one on top."""
        if self._stack and page is self.page:
            self.pane.show(page)
            self.show_header()
            self.keys.show([(key.shown, key.bar) for key in page.bar()])
            page.shown()

    def show_header(self) -> None:
        if not self._stack:
            return
        forum = self.ctx.forum
        clock = self.ctx.now().astimezone(self.ctx.zone)
        online = len(forum.presence.members())
        self.header.show(self.page.title, f"{self.ctx.handle} · {online} online · {clock:%a %H:%M}")

    async def _patiently(self, work: Awaitable[T]) -> T:
        """Wait; if it takes long, say so."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=SLOW)
        if not done:
            self.say("Fetching…")
            await asyncio.wait({task})
            self.say("")
        return task.result()

    async def read_on(self) -> None:
        """The next thing that is new, wherever it is; or that there is none."""
        page = self.page if self._stack else None
        board_id = int(getattr(page, "board_id", 0))
        step = await self.ctx.read(news.read_on, board_id=board_id)
        reading = getattr(page, "is_reading", False)
        if step.thread_id:
            await self.open(self.make("thread", step.thread_id), replace=reading)
        elif step.conversation_id:
            await self.open(self.make("conversation", step.conversation_id), replace=reading)
        else:
            self.say("You are up to date.")

    async def jump(self) -> None:
        """`#1234` to a post, `@isla` to a person, or the beginning of a board's name."""
        label, wanted = "Jump to #post, @person or board", ""
        while wanted := await self.prompt(label, initial=wanted):
            try:
                await self._jump_to(wanted)
            except BBSError as error:
                label = error.message
            else:
                return

    async def _jump_to(self, wanted: str) -> None:
        if wanted.startswith("#") and wanted[1:].isdecimal():
            await self.open_post(int(wanted[1:16]))
        elif wanted.startswith("@"):
            await self.open(self.make("profile", wanted[1:]))
        else:
            lines = await self.ctx.read(boards.board_list)
            word = wanted.casefold()
            found = [b for b in lines if b.slug.startswith(word) or b.title.casefold().startswith(word)]
            found = found or [b for b in lines if word in b.title.casefold()]
            if not found:
                raise NotFound(f"Nothing here is called {wanted}.")
            await self.open(self.make("board", found[0].id))

    async def open_post(self, post_id: int) -> None:
        thread_id = await self.ctx.read(threads.thread_of_post, post_id)
        await self.open(self.make("thread", thread_id, post_id))

    # -- what happens elsewhere

    def wants(self, event: Event) -> bool:
        """Whether the page on top should hear this. Called for every event in the process: must be cheap."""
        return bool(self._stack) and self.page.hears(event)

    def hear(self, event: Event) -> None:
        """Tell the page soon, all that came at once together."""
        first = not self._heard
        self._heard.append(event)
        if first:
            self.set_timer(0.05 + random.random() * REFRESH_SPREAD, self._tell_page)  # noqa: S311

    def _tell_page(self) -> None:
        self.do(self._pass_on)

    async def _pass_on(self) -> None:
        heard, self._heard = self._heard, []
        wanted = [event for event in heard if self._stack and self.page.hears(event)]
        if wanted:
            await self.page.heard(wanted)

    # -- keys

    def do(self, job: Callable[[], Awaitable[None]]) -> None:
        """Do something after what is under way. Its refusals are shown; its faults end the session."""
        self._jobs.put_nowait(job)

    @property
    def is_ready(self) -> bool:
        """Whether the next key can be taken: nothing is under way, or the member is being asked."""
        if self._question is not None:
            return True
        if self._entry is not None:
            return self.focused is self._entry_box
        return not self._busy and self._jobs.empty()

    async def _work(self) -> NoReturn:
        while True:
            job = await self._jobs.get()
            self._busy = True
            try:
                await job()
            except SignedOut as error:
                self.app.end(error.message)  # type: ignore[attr-defined]
            except BBSError as error:
                self.say(error.message, fault=True)
            finally:
                self._busy = False

    def on_key(self, event: events.Key) -> None:
        if self._entry is not None and self._question is None and event.key != "escape":
            return  # the line's own bindings are looked for once the event has come up to the app
        name = event.character if event.character and event.is_printable and event.character != " " else event.key
        event.stop()
        event.prevent_default()
        self.press(name)

    def press_shown(self, shown: str) -> None:
        """A click on a key in the bar."""
        found = next((key for key in self.page.bar() if key.shown == shown), None)
        if found is not None:
            self.press(found.names()[0])

    def press(self, name: str) -> None:
        if self._question is not None:
            self._answer(name)
            return
        if self._entry is not None:
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
        if page.is_quick(key.action) and not self._busy and self._jobs.empty():
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
        self.keys.say(text, fault=fault)

    async def ask(self, question: str, yes: str, no: str = "n keep") -> bool:
        """A question that says what will happen. `yes` is like 'y delete'."""
        return await self.choose(question, [(yes[0], yes[2:]), (no[0], no[2:])]) == yes[0]

    async def choose(self, question: str, choices: Sequence[tuple[str, str]]) -> str:
        """One of several (key, what it does), by one key; '' when the member leaves it with Esc."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._question = _Question(future, frozenset(key for key, _ in choices))
        self.keys.say(f"{question}   {hint(*(f'{key} {says}' for key, says in choices))}")
        try:
            return await future
        finally:
            self._question = None
            self.keys.say("")

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
        if self._entry_box is None:
            self._entry_box = Input(id="line", compact=True, select_on_focus=False)
            await self.mount(self._entry_box, after=self.pane)
        box = self._entry_box
        self._entry = entry
        with box.prevent(Input.Changed):
            box.value = initial
        box.placeholder, box.max_length, box.display = label, limit, True
        box.cursor_position = len(initial)
        box.focus()
        self.keys.say(f"{label}   Enter done   Esc leave")

    def close_line(self) -> None:
        """Take the line away; what was typed goes to its owner."""
        if self._entry is None or self._entry_box is None:
            return
        entry, self._entry = self._entry, None
        self.set_focus(None)
        self._entry_box.display = False
        self.keys.say("")
        entry.cancel(self._entry_box.value)

    def clear_line(self) -> None:
        if self._entry_box is not None:
            self._entry_box.value = ""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._entry is not None:
            self._entry.submit(event.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._entry is not None:
            self._entry.change(event.value)

    async def form(self, screen: Screen[T]) -> T | None:
        """Show a form over the page; its result, or None."""
        return await self.app.push_screen_wait(screen)

    def redraw(self) -> None:
        self.refresh(layout=True)
        self.pane.show(self.page)

    def sign_out(self) -> None:
        self.app.end("You have signed out.")  # type: ignore[attr-defined]
