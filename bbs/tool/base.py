"""What the operator's commands share: the settings, the store, and how a refusal is told."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from bbs import private
from bbs.config import Settings, load_settings
from bbs.db import database_file, database_files, is_sqlite, without_password
from bbs.errors import BBSError, Unusable
from bbs.inuse import holding, using
from bbs.schema import current, newest
from bbs.store import Store
from bbs.text import clean_line, shown

P = ParamSpec("P")
T = TypeVar("T")


def say(text: str, *, err: bool = False) -> None:
    """Print lines, and none of the control characters that what came from outside may hold."""
    click.echo(shown(text), err=err)


class Refused(click.ClickException):
    """A refusal on one line, whatever stands in the names and the words of others that it quotes."""

    def show(self, file: object = None) -> None:
        del file
        say(f"bbs: {clean_line(self.message)}", err=True)


class RefusedUnchanged(Refused):
    """The same of a file or a database that cannot be used as was asked."""

    exit_code = 5


def told(function: Callable[P, T]) -> Callable[P, T]:
    """Tell an error of ours or of the database in one line and end with 1, or with 5 for a file that is refused."""

    @wraps(function)
    def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except Unusable as error:
            raise RefusedUnchanged(error.message) from None
        except BBSError as error:
            raise Refused(error.message) from None
        except (OperationalError, InternalError) as error:  # the latter of a transaction that was ended from outside
            raise Refused(f"the database does not answer: {_first_line(error)}") from None
        except DBAPIError as error:
            raise Refused(f"the database refuses: {_first_line(error)}") from None
        except OSError as error:
            raise Refused(": ".join(str(part) for part in (error.strerror, error.filename) if part)) from None

    return telling


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


@contextmanager
def open_store(settings: Settings | None = None) -> Iterator[Store]:
    """The forum's database, which must be at this program's schema."""
    settings = settings or load_settings()
    refuse_missing(settings)
    with using_database(settings):
        refuse_shared(settings)
        store = Store(settings.url)
        try:
            at = current(store.engine)
            if at != newest():
                raise _no_forum(settings) if at is None else BBSError(f"{_database(settings)} needs 'bbs migrate'.")
            with _tables_held(store):
                yield store
        finally:
            store.close()


@contextmanager
def _tables_held(store: Store) -> Iterator[None]:
    """No restore replaces the tables between two transactions of a command. On SQLite `using_database` sees to that."""
    if store.is_sqlite:
        yield
        return
    with store.engine.connect() as connection, connection.begin():
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("LOCK TABLE alembic_version IN ACCESS SHARE MODE"))
        yield


def _database(settings: Settings) -> str:
    return f"The database {without_password(settings.url)}"


def _no_forum(settings: Settings) -> BBSError:
    return BBSError(f"{_database(settings)} holds no forum yet: 'bbs serve' or 'bbs migrate' makes one.")


def refuse_missing(settings: Settings) -> None:
    """Raises BBSError when SQLite's file is not there: SQLite would make an empty one."""
    if is_sqlite(settings.url) and not database_file(settings.url).exists():
        raise _no_forum(settings)


def refuse_shared(settings: Settings) -> None:
    """Raises Unusable when others can read the host key, or the database on SQLite."""
    private.refuse_others("host key", settings.host_key)
    private.refuse_shared("host key", settings.host_key)
    if is_sqlite(settings.url):
        private.refuse_others("database", *database_files(settings.url))
        private.refuse_others("folder", database_file(settings.url).parent)
        if database_file(settings.url).is_dir():
            raise Unusable(f"{_database(settings)} is a folder: name a file in it.")
        private.refuse_shared("database", *database_files(settings.url))


@contextmanager
def using_database(settings: Settings) -> Iterator[None]:
    """No restore replaces the database meanwhile. On PostgreSQL locks in the database, and its servers, see to that."""
    with using(database_file(settings.url)) if is_sqlite(settings.url) else nullcontext():
        yield


def echo_json(rows: object) -> None:
    """One object a line."""

    def plain(value: object) -> object:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        return value.isoformat() if isinstance(value, datetime) else str(value)

    for row in rows if isinstance(rows, list | tuple) else [rows]:
        say(json.dumps(row, default=plain, ensure_ascii=False))


def forum_lock(settings: Settings) -> AbstractContextManager[bool]:
    """Held by a serving process for its life; False when another holds it."""
    return holding(settings.data_dir / "lock")
