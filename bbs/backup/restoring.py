"""Putting a backup in the place of the forum: all is checked before anything is touched, and what was there is kept."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bbs import private
from bbs.backup import access, host_keys, postgres, sqlite
from bbs.backup.archive import HOST_KEY, HOST_KEY_BYTES, Backup, damaged, open_backup, seal
from bbs.backup.facts import Rows
from bbs.backup.host_keys import KEPT, free_name
from bbs.backup.making import make_folders, pack, workshop
from bbs.backup.undone import Undone, undone, written_since
from bbs.config import Settings
from bbs.db import database_file, is_sqlite, sqlite_module
from bbs.errors import Unusable
from bbs.inuse import alone, in_use, is_used
from bbs.schema import revisions

UNKNOWN = "What is there now cannot be read, so nobody knows what this undoes."
OTHER_KEY = ("The backup has another host key: members' clients will warn them, unless they knew that one. "
             "It may be of another forum.")  # fmt: skip
UNREADABLE = ValueError
"""Of a time or a number that is none."""
MADE_BY = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore is about to do: what it would undo, what else there is to know, and the function that does it and
    says what was kept.
    """

    undone: list[Undone]
    notes: list[str]
    carry_out: Callable[[], list[Path]]


@contextmanager
def planned(settings: Settings, path: Path) -> Iterator[Plan]:
    """A restore that has been checked and awaits its yes. Nobody else uses the database while the plan is there.

    Raises Unusable, with nothing changed.
    """
    with open_backup(path) as backup:
        _check_kind(settings, backup)
        with _on_sqlite(settings, backup) if is_sqlite(settings.url) else _on_postgres(settings, backup) as plan:
            yield plan


def _check_kind(settings: Settings, backup: Backup) -> None:
    manifest = backup.manifest
    if manifest.schema_at not in revisions():
        raise Unusable(
            f"{backup.path} has the schema {manifest.schema_at}, which this version of Staffroom does not know: "
            f"a newer one, {manifest.staffroom}, has made it. Install that version."
        )
    engine = "sqlite" if is_sqlite(settings.url) else "postgresql"
    if manifest.engine != engine:
        made, named = MADE_BY[manifest.engine], MADE_BY[engine]
        raise Unusable(f"{backup.path} is of a forum on {made}, and the settings name a database on {named}.")


@contextmanager
def _on_sqlite(settings: Settings, backup: Backup) -> Iterator[Plan]:
    target = database_file(settings.url)
    if is_used(target):
        raise in_use(target)
    with workshop(_nearest(target.parent)) as folder:
        copy, key = sqlite.unpack(backup, folder), _key_in(backup)
        make_folders(settings)
        with alone(target):
            host_keys.settle(settings)
            undoes, notes = _undone_on_sqlite(settings, backup, copy)
            yield Plan(
                undoes, _notes(settings, key, notes), lambda: _replace_file(settings, copy, backup.manifest.rows, key)
            )


def _notes(settings: Settings, key: bytes | None, note: str) -> list[str]:
    """What is said after what would be undone: `note`, and that the host key is another one."""
    there = settings.host_key.exists() and settings.host_key.read_bytes()
    other = key is not None and there and key != there
    return [*([note] if note else []), *([OTHER_KEY] if other else [])]


def _nearest(folder: Path) -> Path:
    """This folder, or what is there of the way to it: nothing is made for a backup that is refused."""
    return folder if folder.exists() else _nearest(folder.parent)


def _undone_on_sqlite(settings: Settings, backup: Backup, copy: Path) -> tuple[list[Undone], str]:
    if not database_file(settings.url).exists():
        return [], ""
    try:
        with sqlite.open_live(settings.url) as now, sqlite.open_copy(copy) as then:
            return _compared(backup, sqlite.rows_of(now), sqlite.rows_of(then), sqlite.count(now))
    except (sqlite_module().DatabaseError, UNREADABLE):
        return [], UNKNOWN


def _compared(backup: Backup, now: Rows, then: Rows, rows: Mapping[str, int]) -> tuple[list[Undone], str]:
    return undone(now, then, datetime.now(UTC)), written_since(rows, backup.manifest.rows)


def _replace_file(settings: Settings, copy: Path, tables: Collection[str], key: bytes | None) -> list[Path]:
    sqlite.change(copy, access.statements(tables))
    target = database_file(settings.url)
    kept = free_name(target.with_name(f"{target.name}.{KEPT}"))
    host_keys.wait(settings, key, host_keys.mark_of_file(copy))
    was_there = sqlite.put_back(copy, target, kept)
    return [*([kept] if was_there else []), *host_keys.settle(settings, is_sure=True)]


@contextmanager
def _on_postgres(settings: Settings, backup: Backup) -> Iterator[Plan]:
    postgres.check(backup)
    key = _key_in(backup)
    with postgres.writing(settings.url) as connection:
        _refuse_servers(connection)  # before a lock makes their members wait
        postgres.lock(connection)
        _refuse_servers(connection)
        host_keys.settle(settings, connection)
        undoes, note = _undone_on_postgres(connection, backup)
        yield Plan(undoes, _notes(settings, key, note), lambda: _replace_tables(settings, connection, backup, key))


def _refuse_servers(connection: Connection) -> None:
    if alive := postgres.servers_in(connection):
        raise Unusable(
            f"A server uses the database ({alive[0]}). Stop it first, then restore; if it was killed, a minute later."
        )


def _undone_on_postgres(connection: Connection, backup: Backup) -> tuple[list[Undone], str]:
    try:
        with connection.begin_nested():
            return _compared(backup, postgres.rows_of(connection), postgres.rows_in(backup), postgres.count(connection))
    except (DBAPIError, UNREADABLE):
        return [], UNKNOWN


def _replace_tables(settings: Settings, connection: Connection, backup: Backup, key: bytes | None) -> list[Path]:
    make_folders(settings)
    there = postgres.revision_of(connection) is not None
    epoch = access.next_epoch(postgres.rows_of(connection), postgres.rows_in(backup))
    kept = [_kept_tables(settings, connection)] if there else []
    postgres.drop(connection)
    postgres.put(connection, backup)
    for statement in access.statements(backup.manifest.rows, epoch):
        connection.execute(text(statement))
    postgres.analyze(connection, backup)
    host_keys.wait(settings, key, host_keys.mark_of_transaction(connection))
    connection.commit()
    return kept + host_keys.settle(settings, is_sure=True)


def _kept_tables(settings: Settings, connection: Connection) -> Path:
    """A backup of what is there, tried out in the tables' own place: nobody sees what this transaction does yet."""
    with workshop(settings.backups) as folder:
        path = folder / KEPT
        pack(settings, path, lambda packing: postgres.take(connection, packing, whole=False))
        with open_backup(path, sealed=False) as backup:
            verified = postgres.is_whole(backup)
            if verified:
                trial = connection.begin_nested()
                postgres.drop(connection)
                postgres.put(connection, backup, postgres.IRREPLACEABLE)
                postgres.compare(connection, backup)
                trial.rollback()
        seal(path, verified=verified)
        kept = free_name(settings.backups / KEPT, ".backup")
        path.replace(kept)
        private.sync(settings.backups)
    return kept


def _key_in(backup: Backup) -> bytes | None:
    part = backup.part(HOST_KEY)
    if part is not None and part.size > HOST_KEY_BYTES:
        raise damaged(backup.path)
    return b"".join(backup.read(HOST_KEY)) if part else None
