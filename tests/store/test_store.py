"""Transactions, retries, events and cancellation, on both engines."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bbs.bus import Bus
from bbs.errors import Unavailable
from bbs.events import BoardsChanged, Event, MemberChanged
from bbs.models import Board, Member
from bbs.store import Store, record
from tests.conftest import Group


def rename(session: Session, title: str) -> None:
    board = session.scalars(select(Board).where(Board.slug == "general")).one()
    board.title = title
    record(session, BoardsChanged())


def title(session: Session) -> str:
    return session.scalars(select(Board.title).where(Board.slug == "general")).one()


def add_one(session: Session) -> None:
    """A read and a write that depends on it: what a race would lose."""
    board = session.scalars(select(Board).where(Board.slug == "general")).one()
    board.position += 1


def test_no_increment_is_lost_among_many_writers(url: str) -> None:
    """Two processes' worth of stores, each with its own connections."""
    stores = [Store(url), Store(url)]
    before = stores[0].read_now(lambda s: s.scalars(select(Board.position).where(Board.slug == "general")).one())
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: stores[n % 2].write_now(add_one), range(60)))
    after = stores[1].read_now(lambda s: s.scalars(select(Board.position).where(Board.slug == "general")).one())
    for store in stores:
        store.close()
    assert after == before + 60


def test_a_use_case_that_raises_changes_nothing_and_tells_nothing(store: Store) -> None:
    told = threading.Event()
    store.after_commit = told.set

    def broken(session: Session) -> None:
        rename(session, "Half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write_now(broken)
    assert store.read_now(title) == "General"
    assert not told.is_set()


def test_a_reader_cannot_write(store: Store) -> None:
    def sneaky(session: Session) -> None:
        rename(session, "Changed while reading")
        session.flush()

    with pytest.raises(Exception, match=r"readonly|read-only|events"):
        store.read_now(sneaky)
    assert store.read_now(title) == "General"


async def test_a_write_outlives_the_one_who_asked_for_it(store: Store) -> None:
    """A screen that closes cancels its worker; what it asked for is done all the same."""
    going = threading.Event()
    go = threading.Event()

    def slow(session: Session) -> None:
        going.set()
        go.wait(5)
        rename(session, "Done")

    task = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(going.wait, 5)
    queued = asyncio.create_task(store.write(lambda s: record(s, MemberChanged(1))))
    await asyncio.sleep(0)
    for asked in (task, queued):
        asked.cancel()
    go.set()
    await asyncio.to_thread(store.close)  # waits for what is under way
    again = Store(store.url)
    assert again.read_now(title) == "Done"
    again.close()


async def test_events_reach_listeners_of_every_process_in_order(url: str) -> None:
    """The bus of one process hears what another one wrote, within a second."""
    here, there = Store(url), Store(url)
    bus = Bus(here)
    heard: list[Event] = []
    enough = asyncio.Event()

    def listen(event: Event) -> None:
        heard.append(event)
        if len(heard) == 20:
            enough.set()

    await bus.start()
    stop = bus.subscribe(listen)
    try:
        for number in range(20):
            store = here if number % 2 else there
            await store.write(lambda s, n=number: record(s, MemberChanged(n)))  # type: ignore[misc]
        await asyncio.wait_for(enough.wait(), 5)
        assert heard == [MemberChanged(number) for number in range(20)]
        heard.clear()
        await there.write(lambda s: record(s, BoardsChanged()))
        async with asyncio.timeout(1):
            while not heard:
                await asyncio.sleep(0.01)
    finally:
        stop()
        await bus.stop()
        here.close()
        there.close()


async def test_a_listener_that_fails_keeps_nobody_from_hearing(sqlite_store: Store) -> None:
    bus = Bus(sqlite_store)
    heard = asyncio.Event()
    await bus.start()

    def broken(_event: Event) -> None:
        raise ZeroDivisionError

    stops = [bus.subscribe(broken), bus.subscribe(lambda _event: heard.set())]
    await sqlite_store.write(lambda s: record(s, BoardsChanged()))
    await asyncio.wait_for(heard.wait(), 5)
    for stop in stops:
        stop()
    await bus.stop()


def test_a_database_that_is_away_is_told_in_plain_words(sqlite_store: Store) -> None:
    def broken(session: Session) -> None:
        session.execute(text("SELECT * FROM no_such_table"))

    for run in (sqlite_store.read_now, sqlite_store.write_now):
        with pytest.raises(Unavailable, match="try again in a moment"):
            run(broken)


def test_times_without_a_zone_are_refused(group: Group) -> None:
    def naive(session: Session) -> None:
        session.get_one(Member, group.id("isla")).last_seen_at = group.clock().replace(tzinfo=None)

    with pytest.raises(Exception, match="naive"):
        group.store.write_now(naive)


def test_sqlite_keeps_a_commit_across_a_power_cut(sqlite_store: Store) -> None:
    """WAL with synchronous=FULL lost nothing in our trials; NORMAL did."""
    with sqlite_store.engine.connect() as connection:
        values = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in
                  ("journal_mode", "synchronous", "foreign_keys")}  # fmt: skip
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_is_asked_often_stays_prepared_on_postgresql(postgres_url: str) -> None:
    """After a rollback the driver forgets what the server has prepared, and each read would be planned anew."""
    store = Store(postgres_url, readers=1)

    def prepared(session: Session) -> list[str]:
        return list(session.scalars(text("SELECT statement FROM pg_prepared_statements")))

    for _ in range(10):
        store.read_now(title)
    assert any("boards" in statement for statement in store.read_now(prepared))
    store.close()


async def test_a_minute_passes_for_one_session_after_another_and_not_for_those_that_ended(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bbs.bus.TICK", 0.03)
    bus = Bus(sqlite_store)
    ticked: list[int] = []
    ends = {number: bus.subscribe(lambda _, number=number: tick(number)) for number in range(3)}  # type: ignore[misc]

    def tick(number: int) -> None:
        ticked.append(number)
        if len(ticked) == 1:
            ends[(number + 1) % 3]()

    passing = asyncio.create_task(bus._pass_minute())
    await asyncio.sleep(0)
    assert len(ticked) == 1
    await passing
    assert sorted(ticked) == sorted({0, 1, 2} - {(ticked[0] + 1) % 3})


def test_connections_that_the_database_closes_are_made_anew(postgres_url: str) -> None:
    """It was restarted, or an administrator ended them: idle ones are noticed, and work in the middle is told of."""
    store = Store(postgres_url)
    own = text("SELECT pg_backend_pid()")
    ended = text("SELECT pg_terminate_backend(:pid)")
    reader, writer = (run(lambda s: s.scalar(own)) for run in (store.read_now, store.write_now))
    store.write_now(lambda s: s.execute(ended, {"pid": reader}) and None)
    assert store.read_now(title) == "General"
    store.read_now(lambda s: s.execute(ended, {"pid": writer}) and None)
    store.write_now(rename, "Before")
    for run in (store.read_now, store.write_now):
        with pytest.raises(Unavailable, match="try again in a moment"):
            run(lambda s: s.execute(text("SELECT pg_terminate_backend(pg_backend_pid())")) and None)
    store.write_now(rename, "Later")
    assert store.keeps
    assert store.read_now(title) == "Later"
    store.close()


def test_a_postgresql_that_has_become_read_only_is_told_in_plain_words(postgres_url: str) -> None:
    """As after a failover to a standby."""
    store = Store(postgres_url)

    def on_standby(session: Session) -> None:
        session.execute(text("SET TRANSACTION READ ONLY"))
        rename(session, "Elsewhere")
        session.flush()

    with pytest.raises(Unavailable, match="try again in a moment"):
        store.write_now(on_standby)
    store.close()
