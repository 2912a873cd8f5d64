"""Tells what happened to every live session, whichever process wrote it, in the order in which it was committed."""

import asyncio
import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, make_url, select
from sqlalchemy.orm import Session

from bbs.db import ENCODING, prepare_postgres
from bbs.events import DiskTurned, Event, MinutePassed
from bbs.models.events import EventRow
from bbs.store import CHANNEL, Store, now

log = structlog.get_logger()

POLL = 0.25
"""Seconds between looks at SQLite for another process's commit: a quarter of the second we promise."""
MINUTE = 60.0
TICK = 10.0
"""Of these seconds so many pass while one session after another is told that a minute has passed: each takes the loop a
millisecond, and five hundred at once would keep everybody waiting.
"""
MINUTES_BETWEEN_CLEANINGS = 60
KEEP = timedelta(days=1)
"""Events older than this have been heard by everybody who is connected."""

Listener = Callable[[Event], None]


class Bus:
    """One for a serving process. Listeners are called on the loop and must not wait."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: set[Listener] = set()
        self._unticked: set[Listener] = set()
        self._wake = asyncio.Event()
        self._last_id = 0
        self._telling = False
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = threading.Event()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear every event from now on; the answer ends it."""
        self._listeners.add(listener)

        def end() -> None:
            self._listeners.discard(listener)
            self._unticked.discard(listener)

        return end

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        await self._store.write(_forget_old)
        self._last_id = await self._store.read(_last_id)
        self._store.after_commit = lambda: call_soon(loop, self._wake.set)
        self._store.after_turn = lambda: call_soon(loop, lambda: self._publish(DiskTurned()))
        self._tasks += [asyncio.create_task(self._tell()), asyncio.create_task(self._tick())]
        if self._store.is_sqlite:
            self._tasks.append(asyncio.create_task(self._watch_sqlite()))
        else:
            threading.Thread(target=self._listen_postgres, args=(loop,), name="bus-listen", daemon=True).start()

    async def stop(self) -> None:
        self._stopping.set()
        self._store.after_commit = self._store.after_turn = lambda: None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_quiet(self) -> bool:
        """Whether all that this process wrote has been told."""
        return not (self._telling or self._wake.is_set())

    async def _tell(self) -> None:
        while True:
            self._telling = False
            await self._wake.wait()
            self._telling = True
            self._wake.clear()
            try:
                rows = await self._store.read(_events_after, self._last_id)
            except Exception:
                log.exception("events_unread")
                await asyncio.sleep(POLL)
                self._wake.set()
                continue
            for event_id, event in rows:
                self._last_id = event_id
                if event is not None:
                    self._publish(event)

    async def _tick(self) -> None:
        """One timer for all sessions. A timer of its own would keep a session alive until it is due."""
        for minute in itertools.count(1):
            await asyncio.sleep(MINUTE - TICK)
            await self._pass_minute()
            if minute % MINUTES_BETWEEN_CLEANINGS == 0:
                with suppress(Exception):  # there is always a next time
                    await self._store.write(_forget_old)

    async def _pass_minute(self) -> None:
        self._unticked = set(self._listeners)
        pause = TICK / max(1, len(self._unticked))
        while self._unticked:
            self._call(self._unticked.pop(), MinutePassed())
            await asyncio.sleep(pause)

    def _publish(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            self._call(listener, event)

    @staticmethod
    def _call(listener: Listener, event: Event) -> None:
        try:
            listener(event)
        except Exception:
            log.exception("listener_failed", event_name=type(event).__name__)

    async def _watch_sqlite(self) -> None:
        """`PRAGMA data_version` tells on one connection that another one committed (sqlite.org/pragma.html)."""
        seen = -1
        while True:
            with suppress(Exception):
                version = await self._store.watch_version()
                if version != seen:
                    seen = version
                    self._wake.set()
            await asyncio.sleep(POLL)

    def _listen_postgres(self, loop: asyncio.AbstractEventLoop) -> None:
        import psycopg  # noqa: PLC0415 - 8 MB that a forum on SQLite need not hold

        address = make_url(self._store.url).set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stopping.is_set():
            try:
                with psycopg.connect(address, autocommit=True, client_encoding=ENCODING) as connection:
                    prepare_postgres(connection)
                    connection.execute(f"LISTEN {CHANNEL}")
                    call_soon(loop, self._wake.set)
                    while not self._stopping.is_set():
                        for _ in connection.notifies(timeout=0.5, stop_after=1):
                            call_soon(loop, self._wake.set)
            except psycopg.Error:
                log.warning("listen_lost")
                self._stopping.wait(1)


def call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Call it on the loop, from another thread."""
    with suppress(RuntimeError):  # the loop has ended: nobody is left to tell
        loop.call_soon_threadsafe(callback)


def _forget_old(session: Session) -> None:
    session.execute(delete(EventRow).where(EventRow.at < now(session) - KEEP))


def _last_id(session: Session) -> int:
    return session.scalar(select(func.max(EventRow.id))) or 0


def _events_after(session: Session, event_id: int) -> list[tuple[int, Event | None]]:
    rows = session.execute(
        select(EventRow.id, EventRow.name, EventRow.body).where(EventRow.id > event_id).order_by(EventRow.id)
    )
    return [(row.id, Event.from_json(row.name, row.body)) for row in rows]
