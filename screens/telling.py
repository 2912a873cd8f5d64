"""The counts of the header (unread notices, what waits for moderators), the word that more have come, and the bell of
those who wish it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from bbs.context import Context
from bbs.errors import BBSError
from bbs.events import Noticed
from bbs.services import news, notices
from bbs.text import capped, plural

TOLD = {
    "mention": "You are mentioned", "reply": "You are answered", "thread": "A new thread",
    "message": "A message has come", "meeting": "News of a meeting", "history": "News of what you wrote before",
    "account": "News of your account", "moderation": "The moderators have decided",
    "queue": "Something waits for moderators",
}  # fmt: skip


class Host(Protocol):
    """The session whose notices are counted."""

    ctx: Context

    def soon(self, act: Callable[[], None]) -> None:
        """Do something in a while, which is another for each session."""

    def guarded(self, act: Callable[[], None]) -> None:
        """Do what nobody waits for: its fault ends this session alone."""

    def show_header(self) -> None: ...
    def mention(self, text: str) -> None:
        """Say what nobody has asked for, unless the member is being asked something."""

    def entitle(self, title: str, *, ring: bool) -> None:
        """Say something in the window's title, and ring."""


class NoticeCount:
    """One for a session. It counts beside what is under way: a member who writes for an hour is told meanwhile."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._unread = self._queue = 0
        self._said_of: int | None = None
        """How many were unread when the member was told last: a place that counts them anew is no news."""
        self._came: Noticed | None = None
        self._waits = self._entitled = False
        self._task: asyncio.Task[None] | None = None

    @property
    def mark(self) -> str:
        told = [plural(self._unread, "notice")] if self._unread else []
        return " · ".join([*told, *([f"queue {capped(self._queue)}"] if self._queue else [])])

    @property
    def is_counting(self) -> bool:
        return self._waits or self._is_reading

    @property
    def _is_reading(self) -> bool:
        return self._task is not None and not self._task.done()

    def set(self, unread: int, queue: int | None = None) -> None:
        """A place has counted, what waits for moderators too if it says so."""
        self._unread = unread
        self._queue = self._queue if queue is None else queue
        self._said_of = unread if self._said_of is None else min(self._said_of, unread)
        self._host.show_header()

    def hear(self, came: Noticed | None) -> None:
        """One has come, or (None) some were read: count soon, together with what else happens until then."""
        self._came = came or self._came
        if not self._waits:
            self._waits = True
            self._host.soon(self._begin)

    def stop(self) -> None:
        """Count no more."""
        self._waits = True
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        """Count, once the count before has ended: of two at once the older might be shown last."""
        if self._is_reading:
            self._host.soon(self._begin)
            return
        self._waits = False
        self._task = asyncio.create_task(self._count())
        self._task.add_done_callback(self._counted)

    def _counted(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self._host.guarded(task.result)

    async def _count(self) -> None:
        came, self._came = self._came, None
        try:
            standing = await self._host.ctx.read(news.standing)
        except BBSError:  # nothing was asked for, so nothing is said
            return
        past_cap = came is not None and standing.unread == notices.CAP  # where the count stands still
        more = past_cap or standing.unread > (self._said_of or 0)
        self._said_of = standing.unread
        self.set(standing.unread, standing.queue)
        if more and came is not None:
            self._host.mention(f"{TOLD[came.kind]}: 6 opens your notices.")
        self._entitle(standing.unread if standing.bell else 0, wished=standing.bell, ring=more)

    def _entitle(self, unread: int, *, wished: bool, ring: bool) -> None:
        """Count in the window's title for those who wish it; who wishes it no longer gets the plain name once."""
        if wished or self._entitled:
            name = self._host.ctx.forum.settings.name
            self._host.entitle(f"({unread}) {name}" if unread else name, ring=wished and ring)
        self._entitled = wished
