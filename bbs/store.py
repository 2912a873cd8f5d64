"""Runs a use case in one transaction on a thread, repeats it when the database asks, and keeps its events with it.

A use case is a plain function that takes an SQLAlchemy session first. It may be run twice, so it does no I/O of its
own. Knows nothing of what the use cases do.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

import structlog
from sqlalchemy import PoolProxiedConnection, func, insert, select, text
from sqlalchemy.exc import DataError, DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as SqlTimeoutError
from sqlalchemy.orm import Session

from bbs.clock import Clock, utc_now
from bbs.db import is_sqlite, make_engine
from bbs.errors import NotFound, Unavailable
from bbs.events import Event
from bbs.models.events import EventRow
from bbs.views.limits import Limits

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

UseCase = Callable[Concatenate[Session, P], T]

ATTEMPTS = 8
"""Under SERIALIZABLE a conflict is normal; eight tries with growing pauses outlast any burst this server can make."""
MAX_ID = 2**31 - 1
"""The greatest number that a row can have on PostgreSQL; what a member types may be greater."""
CHANNEL = "staffroom_events"
DEFAULT_LIMITS = Limits()
_EVENT_ORDER_LOCK = 7_387_002


def now(session: Session) -> datetime:
    """The time of the store's clock."""
    clock: Clock = session.info["clock"]
    return clock()


def limits(session: Session) -> Limits:
    """What the operator lets new members do."""
    found: Limits = session.info["limits"]
    return found


def record(session: Session, event: Event) -> None:
    """Keep an event with the running transaction; it is told to live sessions after the commit."""
    session.info["events"].append(event)


class Store:
    """`read` and `write` for coroutines; `read_now` and `write_now` for a program without a loop."""

    def __init__(
        self, url: str, *, clock: Clock = utc_now, readers: int = 4, limits: Limits = DEFAULT_LIMITS
    ) -> None:  # fmt: skip
        self.url = url
        self.clock = clock
        self.limits = limits
        self.is_sqlite = is_sqlite(url)
        writers = 1 if self.is_sqlite else readers
        self.engine = make_engine(url, pool_size=writers)
        self._read_engine = make_engine(url, pool_size=readers, read_only=True)
        self._writers = ThreadPoolExecutor(writers, "store-write")
        self._readers = ThreadPoolExecutor(readers, "store-read")
        self._watch: PoolProxiedConnection | None = None
        self._watch_lock = threading.Lock()
        self.after_commit: Callable[[], None] = lambda: None
        """Called on the writing thread after a commit that recorded events."""
        self.keeps = True
        """Whether the disk takes what is written: False from a write that failed to the next one that did not."""
        self.after_turn: Callable[[], None] = lambda: None
        """Called on the writing thread when `keeps` has changed."""

    async def read(self, use_case: UseCase[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The use case's view, from one snapshot."""
        return await self._run(self._readers, lambda: self.read_now(use_case, *args, **kwargs))

    async def write(self, use_case: UseCase[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The use case's view, once its change is on disk. Cancelling the caller does not undo it."""
        return await asyncio.shield(self._run(self._writers, lambda: self.write_now(use_case, *args, **kwargs)))

    async def try_again(self) -> None:
        """Find out whether the disk takes writes again, by one that says nothing. Raises Unavailable."""
        await self.write(_say_nothing)
        self._turn(keeps=True)

    @staticmethod
    def _run(executor: Executor, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(executor, work)

    def read_now(self, use_case: UseCase[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        info = {"clock": self.clock, "limits": self.limits}
        with _plainly(), Session(self._read_engine, expire_on_commit=False, info=info) as session:
            result = use_case(session, *args, **kwargs)
            if not self.is_sqlite:
                session.commit()  # after a rollback psycopg forgets the statements that the server has prepared
            return result

    def write_now(self, use_case: UseCase[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return self._write_again(use_case, *args, **kwargs)
        except Unavailable:
            self._turn(keeps=False)
            raise

    def _turn(self, *, keeps: bool) -> None:
        if self.keeps != keeps:
            self.keeps = keeps
            log.warning("disk_takes_writes_again" if keeps else "disk_takes_no_writes")
            self.after_turn()

    def _write_again(self, use_case: UseCase[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As often as it takes, where others write at the same time."""
        for attempt in range(1, ATTEMPTS):
            try:
                return self._write_once(use_case, *args, **kwargs)
            except (DBAPIError, OverflowError) as error:
                if isinstance(error, OverflowError) or not _is_conflict(error):
                    with _plainly():
                        raise
                time.sleep(random.uniform(0, 0.01) * 2**attempt)  # noqa: S311 - spreads the losers of a race
        with _plainly():
            return self._write_once(use_case, *args, **kwargs)

    def _write_once(self, use_case: UseCase[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        events: list[Event] = []
        info = {"clock": self.clock, "limits": self.limits, "events": events}
        with Session(self.engine, expire_on_commit=False, info=info) as session:
            result = use_case(session, *args, **kwargs)
            if events:
                self._keep(session, events)
            session.commit()
        if events:  # what changes nothing writes nothing, and succeeds on a full disk
            self._turn(keeps=True)
            self.after_commit()
        return result

    def _keep(self, session: Session, events: list[Event]) -> None:
        """Write the outbox. On PostgreSQL ids must commit in order, or a reader of 'all after N' would miss one."""
        session.flush()
        if not self.is_sqlite:
            session.execute(select(func.pg_advisory_xact_lock(_EVENT_ORDER_LOCK)))
            session.execute(text(f"NOTIFY {CHANNEL}"))
        at = now(session)
        rows = [{"name": type(event).__name__, "body": event.to_json(), "at": at} for event in events]
        session.execute(insert(EventRow), rows)

    async def watch_version(self) -> int:
        """SQLite's count of commits by other connections, as one kept connection sees it."""
        return await self._run(self._readers, self._data_version)

    def _data_version(self) -> int:
        with self._watch_lock:
            if self._watch is None:
                self._watch = self._read_engine.raw_connection()
                self._watch.detach()
            cursor = self._watch.cursor()
            version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
            cursor.close()
            return version

    def close(self) -> None:
        """Finish what is under way and let go of the database."""
        self._writers.shutdown()
        self._readers.shutdown()
        if self._watch is not None:
            self._watch.close()
        self.engine.dispose()
        self._read_engine.dispose()


def _say_nothing(session: Session) -> None:
    """A row of the outbox that no listener hears of."""
    session.add(EventRow(name="", body="{}", at=now(session)))


@contextmanager
def _plainly() -> Iterator[None]:
    """A full disk or a database that is away, as members are told of it. The log has the rest. A number that is too
    great for a column is that of nothing.
    """
    try:
        yield
    except OverflowError as error:
        raise NotFound("There is nothing with that number.") from error
    except DataError as error:
        if getattr(error.orig, "sqlstate", None) != _OUT_OF_RANGE:
            raise
        raise NotFound("There is nothing with that number.") from error
    except (OperationalError, InternalError, SqlTimeoutError) as error:  # InternalError: PostgreSQL is read only now
        log.warning("database_unavailable", error=str(getattr(error, "orig", error)).strip()[:200])
        raise Unavailable("The forum's disk or database does not answer just now. What you typed is on your screen: "
                          "try again in a moment.") from error  # fmt: skip


_OUT_OF_RANGE = "22003"
"""PostgreSQL's; SQLite's driver raises OverflowError."""


def _is_conflict(error: DBAPIError) -> bool:
    """Whether the same work may succeed now: a busy SQLite, or PostgreSQL's 40001, 40P01 and 23505.

    A unique violation counts: under SERIALIZABLE it is how two inserts of one key can show a race, and the second
    try then finds the row.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in {"40001", "40P01", "23505"}
    return "locked" in str(error.orig) or "busy" in str(error.orig)
