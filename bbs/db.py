"""The engine: SQLite or PostgreSQL with the settings that make a commit last, and the column types of ours."""

import json
import os
import re
import sqlite3
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import (
    ARRAY,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from bbs import private
from bbs.errors import BBSError, Unusable

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


_PLANS = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_material = off",
          "plan_cache_mode = force_generic_plan")  # fmt: skip
"""For reads. A page asks for few rows, each by an index, as SQLite answers too: the planner, which cannot know where a
limit ends the work, would rather read all that a member has ever seen. To plan a statement anew takes longer than to
answer it.
"""
PREPARED = 500
"""Statements that a connection keeps prepared: all that screens read, for members and for moderators. By itself psycopg
keeps a hundred, and prepares the others again and again.
"""
_OWN_SETTINGS = {
    # The driver reads times and intervals in no other form.
    "DateStyle": "ISO, DMY", "IntervalStyle": "postgres", "TimeZone": "UTC",
    "bytea_output": "hex", "extra_float_digits": "1", "standard_conforming_strings": "on",
    # A migration or a restore takes as long as it takes, and a session that only listens is no idle one.
    "statement_timeout": "0", "lock_timeout": "0", "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0",
    # A search finds all that there is.
    "gin_fuzzy_search_limit": "0", "default_text_search_config": "pg_catalog.simple",
}  # fmt: skip
"""What the program relies on. An administrator may have set it otherwise for the server, the database or the role."""
_SET = (
    # A name that this version of PostgreSQL does not know has no setting. Without 'synchronous_commit' a commit that
    # was answered can be lost; its other values wait for at least this server's disk.
    "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS wanted (name, value) "
    "WHERE current_setting(name, true) IS NOT NULL "
    "UNION ALL SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
ENCODING = "UTF8"
_LINK = {
    "client_encoding": ENCODING, "connect_timeout": 10,
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip
"""How a connection is made, where the address does not say it. A database on another machine that is gone without a
word would hold each thread that asks it for a quarter of an hour.
"""
_OTHER_DATABASE = (
    "SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' LOCALE ''C'' TEMPLATE template0;', "
    "current_database() || '_utf8', current_user)"
)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; a naive one is refused, because nobody can say what it meant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Numbers(TypeDecorator[Collection[int]]):
    """Any number of whole numbers as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else ARRAY(Integer))

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        numbers = list(value or ())
        return json.dumps(numbers) if dialect.name == "sqlite" else numbers


def sqlite_module() -> ModuleType:
    """The SQLite to use: pysqlite3's current one, else the standard module where its version is safe.

    3.7.0 to 3.51.2 can lose a committed write when a checkpoint meets a writer (sqlite.org/wal.html, 'the WAL-reset
    bug'); 3.50.7 and 3.44.6 carry the repair.
    """
    try:
        from pysqlite3 import dbapi2  # noqa: PLC0415 - there is a wheel for Linux only
    except ImportError:
        if not _safe(sqlite3.sqlite_version_info):
            raise BBSError(
                f"This Python carries SQLite {sqlite3.sqlite_version}, which can lose committed writes. "
                "Install the package pysqlite3, or a Python with SQLite 3.51.3 or newer."
            ) from None
        return sqlite3
    return dbapi2  # type: ignore[no-any-return] # pysqlite3 publishes no types


def _safe(version: tuple[int, int, int]) -> bool:
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def database_file(url: str) -> Path:
    """Where SQLite keeps the database, whatever links lead there."""
    return Path(make_url(url).database or "").resolve()


def database_files(url: str) -> tuple[Path, ...]:
    """The same with the two files that SQLite puts beside it."""
    file = database_file(url)
    return file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def make_engine(url: str, *, pool_size: int = 5, read_only: bool = False) -> Engine:
    """An engine whose transactions are ours: one `BEGIN` a use case, and a commit that survives a power cut."""
    if is_sqlite(url):
        return _sqlite_engine(url, pool_size=pool_size, read_only=read_only)
    return _postgres_engine(url, pool_size=pool_size, read_only=read_only)


def _postgres_engine(url: str, *, pool_size: int, read_only: bool) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        address,
        connect_args={name: value for name, value in _LINK.items() if name not in address.query},
        pool_size=pool_size,
        max_overflow=0,
        isolation_level="REPEATABLE READ" if read_only else "SERIALIZABLE",
        pool_pre_ping=True,
        execution_options={"postgresql_readonly": read_only},
        hide_parameters=True,  # an error's message goes to the log, and members' texts do not
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.prepared_max = PREPARED
        prepare_postgres(connection)
        for setting in _PLANS if read_only else ():
            connection.execute(f"SET {setting}")
        connection.commit()

    return engine


def prepare_postgres(connection: Any) -> None:
    """Set what the program relies on for a connection of psycopg's, whose client encoding is UTF-8.

    Raises Unusable for a database that cannot keep every letter, or counts bytes in their place.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != ENCODING:
        (mend,) = connection.execute(_OTHER_DATABASE).fetchone()
        raise Unusable(
            f"The database {connection.info.dbname} is in the encoding {encoding}, and a forum needs {ENCODING}. "
            f"Name another one in its place, made with: {mend}"
        )
    connection.execute(_SET, [list(_OWN_SETTINGS), list(_OWN_SETTINGS.values())])


def _sqlite_engine(url: str, *, pool_size: int, read_only: bool) -> Engine:
    engine = create_engine(url, module=sqlite_module(), pool_size=pool_size, max_overflow=0, hide_parameters=True)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "do_connect")
    def create(*_connecting: object) -> None:
        # SQLite would make it as the umask says. One that is there is not opened: closing it would drop SQLite's locks.
        with suppress(OSError):
            os.close(private.create(database_file(url)))

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own transactions break DDL and savepoints
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "journal_size_limit=67108864",
            "cache_size=-8192",
            f"query_only={int(read_only)}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_ours(connection: Any) -> None:
        # A deferred transaction that reads and then writes fails at once with 'locked', whatever the timeout.
        connection.exec_driver_sql(begin)

    return engine


def without_password(url: str) -> str:
    """The address as it may be shown."""
    return re.sub(r"://([^:/@]+):[^@]*@", r"://\1:***@", url)
