"""What the operator's commands share: the settings, the store, and how a refusal is told."""

import dataclasses
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.exc import OperationalError

from bbs.config import Settings, load_settings
from bbs.db import without_password
from bbs.errors import BBSError, Unreadable
from bbs.schema import current, newest
from bbs.store import Store
from bbs.text import shown

P = ParamSpec("P")
T = TypeVar("T")


def say(text: str, *, err: bool = False) -> None:
    """Print lines, and none of the control characters that what came from outside may hold."""
    click.echo(shown(text), err=err)


class Refused(click.ClickException):
    """A refusal on one line."""

    def show(self, file: object = None) -> None:
        del file
        say(f"bbs: {self.message}", err=True)


class NothingToRead(Refused):
    """A file holds nothing of what was looked for."""

    exit_code = 5


def told(function: Callable[P, T]) -> Callable[P, T]:
    """Tell an error of ours, or of the database's, in one line and end with 1; with 5 where a file holds nothing."""

    @wraps(function)
    def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except Unreadable as error:
            raise NothingToRead(error.message) from None
        except BBSError as error:
            raise Refused(error.message) from None
        except OperationalError as error:
            raise Refused(f"the database does not answer: {str(error.orig).strip().splitlines()[0]}") from None
        except OSError as error:
            raise Refused(f"{error.strerror}: {error.filename}") from None

    return telling


@contextmanager
def open_store(settings: Settings | None = None) -> Iterator[Store]:
    """The forum's database, which must be at this program's schema."""
    settings = settings or load_settings()
    make_data_dir(settings)
    store = Store(settings.url)
    try:
        at = current(store.engine)
        if at != newest():
            shown = without_password(settings.url)
            what = "holds no forum yet: 'bbs serve' or 'bbs migrate' makes one" if at is None else "needs 'bbs migrate'"
            raise BBSError(f"The database {shown} {what}.")
        yield store
    finally:
        store.close()


def make_data_dir(settings: Settings) -> None:
    """The data folder, readable by its owner only."""
    if not settings.data_dir.exists():
        settings.data_dir.mkdir(parents=True, mode=0o700)


def echo_json(rows: object) -> None:
    """One object a line."""

    def plain(value: object) -> object:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        return value.isoformat() if isinstance(value, datetime) else str(value)

    for row in rows if isinstance(rows, list | tuple) else [rows]:
        say(json.dumps(row, default=plain, ensure_ascii=False))


@contextmanager
def forum_lock(settings: Settings) -> Iterator[bool]:
    """Held by a serving process for its life; False when another holds it."""
    path = settings.data_dir / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = True
    except BlockingIOError:
        held = False
    try:
        yield held
    finally:
        os.close(descriptor)
