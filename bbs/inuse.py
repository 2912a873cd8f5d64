"""Who uses a database on SQLite: a lock of the operating system's on a file beside it.

It holds for every program of ours, whichever settings or links led it to the database, and ends with the process that
took it, however it ends. The database file itself is never opened for it: to close that drops the locks of SQLite's own
that the process holds (sqlite.org/howtocorrupt.html, 2.2). On PostgreSQL see bbs/services/servers.py.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bbs import private
from bbs.errors import Unusable

PATIENCE = 2.0
"""Seconds to wait for a program that only looks whether the lock is held."""


def lock_of(database: Path) -> Path:
    file = database.resolve()
    return file.with_name(f"{file.name}.lock")


@contextmanager
def using(database: Path) -> Iterator[None]:
    """Use the database beside others who do. Raises Unusable while it is being replaced."""
    with _locked(lock_of(database), fcntl.LOCK_SH) as held:
        if not held:
            raise Unusable(f"A restore is replacing the database {database}. Try again when it has ended.")
        yield


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Have the database to oneself. Raises Unusable when a server or another command uses it."""
    with _locked(lock_of(database), fcntl.LOCK_EX) as held:
        if not held:
            raise in_use(database)
        yield


def in_use(database: Path) -> Unusable:
    return Unusable(f"A server or another command uses the database {database}. Stop it first, then restore.")


def is_used(database: Path) -> bool:
    lock = lock_of(database)
    if not lock.exists():
        return False
    with _locked(lock, fcntl.LOCK_EX, patience=0) as held:
        return not held


@contextmanager
def holding(lock: Path) -> Iterator[bool]:
    """Hold a lock file, or a folder, for oneself; False when another process holds it."""
    with _locked(lock, fcntl.LOCK_EX, patience=0) as held:
        yield held


@contextmanager
def _locked(path: Path, kind: int, *, patience: float = PATIENCE) -> Iterator[bool]:
    descriptor = os.open(path, os.O_RDONLY) if path.is_dir() else _opened(path)
    try:
        yield _took(descriptor, kind, time.monotonic() + patience)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    with suppress(FileExistsError):
        return private.create(path)
    return os.open(path, os.O_RDWR)


def _took(descriptor: int, kind: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)
        else:
            return True
