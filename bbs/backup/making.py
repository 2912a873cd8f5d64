"""Making a backup: the forum as it is at one moment, in one file, while the forum works."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bbs import private
from bbs.backup import postgres, sqlite
from bbs.backup.archive import HOST_KEY, Backup, Manifest, Packing, glance, open_backup, pieces_of, seal
from bbs.backup.facts import Facts
from bbs.config import Settings
from bbs.db import database_file, is_sqlite
from bbs.errors import Unusable
from bbs.inuse import holding

UNFINISHED = ".staffroom-unfinished-"
"""Begins the name of a folder for what is being made; it is removed again, however that ends but by a kill."""
ABANDONED = 60.0
"""Seconds after which such a folder that nobody holds was left by a program that was killed."""


def make_folders(settings: Settings) -> None:
    """The folders for the data, the backups and SQLite's database, for their owner only, without what a kill left."""
    folders = {settings.data_dir, settings.backups}
    if is_sqlite(settings.url):
        folders.add(database_file(settings.url).parent)
    for folder in folders:
        private.make_folder(folder)
        sweep(folder)


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """A folder for unfinished things, on the disk on which they will stand."""
    sweep(beside)
    try:
        made = tempfile.TemporaryDirectory(dir=beside, prefix=UNFINISHED)
    except OSError as error:
        raise Unusable(f"Nothing can be written in the folder {beside}: {error.strerror}.") from None
    with made as folder, holding(Path(folder)):
        private.hand_over(Path(folder))
        yield Path(folder)


def sweep(beside: Path) -> None:
    """Remove what was left unfinished: each may be as large as the forum."""
    for folder in beside.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > ABANDONED:
                with holding(folder) as abandoned:
                    if abandoned:
                        shutil.rmtree(folder)


def make(settings: Settings, to: Path, *, verify: bool = False) -> None:
    """Write a backup to a file, which appears when it is whole. Raises Unusable."""
    if to.exists() and glance(to) is None:
        raise Unusable(f"{to} is there and is no whole backup: choose another name.")
    with workshop(to.parent) as folder:
        made = write(settings, folder, verify=verify)
        made.replace(to)
        private.sync(to.parent)


def write(settings: Settings, folder: Path, *, verify: bool = False) -> Path:
    """A sealed backup in a folder for unfinished things."""
    path = folder / "backup"
    pack(settings, path, lambda packing: _take(settings.url, packing, folder))
    if verify:
        with open_backup(path, sealed=False) as backup:
            check_by_restoring(settings.url, backup, folder)
    seal(path, verified=verify)
    return path


def pack(settings: Settings, path: Path, take: Callable[[Packing], Facts]) -> None:
    """A backup that is not sealed yet. `take` adds the database to it."""
    with os.fdopen(private.create(path), "wb") as file, Packing(file, path.parent) as packing:
        made_at = datetime.now(UTC)
        facts = take(packing)
        if settings.host_key.exists():
            with settings.host_key.open("rb") as key:
                packing.add(HOST_KEY, pieces_of(key))
        packing.finish(
            Manifest(
                made_at=made_at,
                staffroom=version("staffroom"),
                engine="sqlite" if is_sqlite(settings.url) else "postgresql",
                schema_at=facts.schema_at,
                rows=facts.rows,
                sequences=facts.sequences,
            )
        )


def _take(url: str, packing: Packing, folder: Path) -> Facts:
    if is_sqlite(url):
        return sqlite.take(url, packing, folder)
    with postgres.reading(url) as connection:
        return postgres.take(connection, packing)


def may_verify(url: str) -> bool:
    """Whether the database's role has the right to restore into a temporary place."""
    if is_sqlite(url):
        return True
    with postgres.reading(url) as connection:
        return postgres.may_make_temporary(connection)


def check_by_restoring(url: str, backup: Backup, folder: Path) -> None:
    """Restore a backup into a temporary place, and compare. Raises Unusable."""
    if is_sqlite(url):
        sqlite.unpack(backup, folder).unlink()
        return
    postgres.check(backup)
    with postgres.writing(url) as connection:
        postgres.in_temporary_tables(connection)
        postgres.put(connection, backup)
        postgres.compare(connection, backup)
