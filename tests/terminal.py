"""A member at a terminal: a real app with the real driver, its bytes read by a terminal emulator."""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pyte

from bbs.allowance import Allowance
from bbs.bus import Bus
from bbs.config import Settings
from bbs.context import Context, Forum, Visitor
from bbs.passwords import Passwords
from bbs.store import Store
from screens.app import AppMaker
from screens.patches import prepare_process
from screens.terminal import Terminal
from tests.conftest import Group

PATIENCE = 10.0
KEYS = {
    "enter": "\r", "esc": "\x1b", "space": " ", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
    "tab": "\t", "pgup": "\x1b[5~", "pgdn": "\x1b[6~", "end": "\x1b[F", "home": "\x1b[H", "ctrl+s": "\x13",
    "ctrl+p": "\x10", "ctrl+u": "\x15", "ctrl+g": "\x07", "ctrl+q": "\x11", "bs": "\x7f",
}  # fmt: skip
TEST_PASSWORDS = {"memory_kib": 64, "passes": 1}
"""Argon2 as cheap as it goes: tests sign in hundreds of times."""


def shown(screen: pyte.Screen) -> str:
    """What a terminal shows. pyte's own `display` measures every cell, and a wide letter's second cell is empty anyway."""
    columns = range(screen.columns)
    return "\n".join(
        "".join([line[x].data for x in columns]).rstrip()
        for line in map(screen.buffer.__getitem__, range(screen.lines))
    )


def has(text: str, *wanted: str, gone: str = "") -> bool:
    """Whether a screen shows all of `wanted` and none of `gone`."""
    return all(word in text for word in wanted) and not (gone and gone in text)


class Desk:
    """The channel and the screen of one session."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.writes: list[int] = []
        self.hung_up = False
        self.allowance = Allowance(burst=1000.0, share=1.0)
        self.stuck = 0
        self._changed = asyncio.Event()
        self.terminal: Terminal | None = None
        self.task: asyncio.Task[None] | None = None
        self.bus: Bus | None = None

    # -- what the driver asks of a channel

    def write(self, data: bytes) -> None:
        self.raw += data
        self.writes.append(len(data))
        self._stream.feed(data)
        self._changed.set()

    def backlog(self) -> int:
        return self.stuck

    def hang_up(self) -> None:
        self.hung_up = True
        self._changed.set()

    def pause_reading(self) -> None:
        """Nothing to pause: tests send little."""

    def resume_reading(self) -> None:
        """See above."""

    # -- what a test does

    def press(self, *keys: str) -> None:
        assert self.terminal is not None
        for key in keys:
            self.terminal.feed(KEYS.get(key, key).encode())

    def text(self) -> str:
        return shown(self.screen)

    async def sees(self, *wanted: str, gone: str = "") -> str:
        """Wait until the screen shows all of `wanted` and none of `gone`."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not has(self.text(), *wanted, gone=gone):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited for {wanted} without {gone!r}, saw:\n{self.text()}") from None
        return self.text()

    async def changed(self) -> None:
        """Wait for the next bytes."""
        async with asyncio.timeout(PATIENCE):
            self._changed.clear()
            await self._changed.wait()

    async def rests(self) -> str:
        """Wait until all that was typed has been done and painted."""
        await self._rest()
        return self.text()

    async def _rest(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self._at_rest():
                await asyncio.sleep(0.005)

    async def rests_without_painting(self) -> None:
        """Wait until all that was typed has been done, while painting is held."""
        async with asyncio.timeout(PATIENCE):
            while not (self.terminal and self.terminal.program and self.terminal.keyboard.is_idle):
                await asyncio.sleep(0.005)

    @property
    def app(self) -> Any:
        """The app that has the terminal."""
        assert self.terminal
        return self.terminal.program

    def _at_rest(self) -> bool:
        if self.task is not None and self.task.done():
            return True
        if self.terminal is None or self.terminal.program is None:
            return False
        program: Any = self.terminal.program
        told = self.bus is None or self.bus.is_quiet
        return bool(told and self.terminal.keyboard.is_idle and program.is_ready and program.is_quiet)

    async def type(self, *keys: str) -> str:
        """Press keys one after another, each once the screen rests."""
        for key in keys:
            await self._rest()
            self.press(key)
        return await self.rests()


def make_forum(store: Store, **settings: object) -> Forum:
    values: dict[str, Any] = {"connection_rate": 100_000, "max_penalty": 0} | settings
    return Forum(Settings(**values), store, Bus(store), Passwords(**TEST_PASSWORDS))


def context(forum: Forum, group: Group, handle: str, theme: str = "terminal") -> Context:
    return Context(forum, group.tickets[handle], handle, ZoneInfo("Europe/London"), theme=theme)


@asynccontextmanager
async def sit_down(
    forum: Forum, guest: Context | Visitor, *, size: tuple[int, int] = (80, 24), term: str = "xterm-256color",
    apps: AppMaker | None = None, env: dict[str, str] | None = None,
) -> AsyncIterator[Desk]:  # fmt: skip
    """A running session. It is hung up at the end, and must end by itself."""
    prepare_process()
    desk = Desk(size)
    app = (apps or AppMaker())(guest, desk, term, size, env or {})
    desk.terminal, desk.bus = app.terminal, forum.bus
    if isinstance(guest, Context):
        forum.presence.arrive(guest.ticket.member_id)
    task = desk.task = asyncio.create_task(app.serve(), context=contextvars.Context())
    try:
        yield desk
    finally:
        app.terminal.hung_up()
        await asyncio.wait_for(task, PATIENCE)
        if isinstance(guest, Context):
            forum.presence.leave(guest.ticket.member_id)
    if app.failure is not None:
        raise app.failure


@asynccontextmanager
async def live(forum: Forum) -> AsyncIterator[Forum]:
    """The forum with its bus running."""
    await forum.bus.start()
    try:
        yield forum
    finally:
        await forum.bus.stop()
