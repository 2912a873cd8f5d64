"""How a database on SQLite is taken into a backup, checked, and put back."""

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bbs import private
from bbs.backup.archive import Backup, Packing, damaged, pieces_of
from bbs.backup.facts import Facts, Rows, need_room
from bbs.db import database_file, database_files, sqlite_module
from bbs.errors import Unusable
from bbs.schema import OWN_TABLES, tables_at

DATABASE = "forum.db"
SIDE_FILES = ("-wal", "-shm", "-journal")
MAGIC = b"SQLite format 3\0"


def take(url: str, packing: Packing, folder: Path) -> Facts:
    """Add the database to a backup, by way of a copy in a folder for unfinished things. Raises Unusable."""
    copy = folder / DATABASE
    need_room(folder, sum(path.stat().st_size for path in database_files(url) if path.exists()))
    os.close(private.create(copy))
    with _broken_is(f"The database {database_file(url)} cannot be backed up"):
        with open_live(url) as connection:
            # A copy of the file would miss what is still in the write-ahead log, and tear what is being written.
            connection.execute("VACUUM INTO ?", (str(copy),))
        with open_copy(copy) as connection:
            facts = Facts(_schema_of(connection), count(connection))
    with copy.open("rb") as file:
        packing.add(DATABASE, pieces_of(file))
    copy.unlink()
    return facts


def unpack(backup: Backup, folder: Path) -> Path:
    """The database of a backup as a file in this folder, checked in every way. Raises Unusable."""
    part = backup.part(DATABASE)
    if part is None:
        raise damaged(backup.path)
    need_room(folder, part.size)
    copy = folder / DATABASE
    with os.fdopen(private.create(copy), "wb") as file:
        for piece in backup.read(DATABASE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    _check(backup, copy)
    return copy


def _check(backup: Backup, copy: Path) -> None:
    """Raises Unusable unless it is the whole database of a forum, with the schema and the rows of the manifest."""
    with copy.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise damaged(backup.path)
    broken = f"The database in {backup.path} is damaged"
    with _broken_is(broken), open_copy(copy) as connection:
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise Unusable(f"{broken}: {verdict.splitlines()[-1]}.")
        stray = connection.execute("PRAGMA foreign_key_check").fetchone()
        if stray is not None:
            raise Unusable(f"{broken}: {stray[0]} refers to {stray[2]} that are missing.")
        if _schema_of(connection) != backup.manifest.schema_at or count(connection) != backup.manifest.rows:
            raise damaged(backup.path)
        _check_tables(backup, connection)


@contextmanager
def _broken_is(said: str) -> Iterator[None]:
    """Raises Unusable in place of the driver's error."""
    try:
        yield
    except sqlite_module().DatabaseError as error:
        raise Unusable(f"{said}: {error}.") from None


def _check_tables(backup: Backup, connection: sqlite3.Connection) -> None:
    for table, columns in tables_at(backup.manifest.schema_at).items():
        there = {row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))}
        if not columns <= there:
            raise Unusable(f"The database in {backup.path} is no forum's: its table {table} is missing or different.")


def change(copy: Path, statements: Iterable[str]) -> None:
    """Change a checked copy, in one transaction that survives a power cut. Raises Unusable."""
    with _broken_is("The restore cannot be made ready"), closing(_connect(str(copy))) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def put_back(copy: Path, target: Path, kept: Path) -> bool:
    """Put a checked copy in the place of the database, which is kept under another name. Whether there was one.

    There is a database at its place at every moment: a server that starts after a power cut must not begin anew.
    """
    there = target.exists()
    if there:
        _tidy(target)
        _keep(target, kept)
        for suffix in SIDE_FILES:  # they belong to the old one, and SQLite finds them by name
            target.with_name(target.name + suffix).unlink(missing_ok=True)
    copy.replace(target)
    private.sync(target.parent)
    return there


def _tidy(target: Path) -> None:
    """Bring what the write-ahead log holds into the database. A damaged one is kept as it is, with its log."""
    with suppress(sqlite_module().DatabaseError), closing(_connect(str(target))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _keep(target: Path, kept: Path) -> None:
    for suffix in ("", *SIDE_FILES):
        source, copy = target.with_name(target.name + suffix), kept.with_name(kept.name + suffix)
        if source.exists():
            try:
                os.link(source, copy)
            except OSError:  # this kind of disk has no second names
                shutil.copyfile(source, copy)
            copy.chmod(0o600)
            private.sync(copy)
    private.sync(kept.parent)


def rows_of(connection: sqlite3.Connection) -> Rows:
    """What reads the rows of its tables."""

    def rows(table: str, *columns: str) -> Iterator[dict[str, Any]]:
        there = {row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
        if names := [name for name in columns if name in there]:
            quoted = ", ".join(f'"{name}"' for name in names)
            for row in connection.execute(f'SELECT {quoted} FROM "{table}"'):  # noqa: S608 - the program names them
                yield dict(zip(names, row, strict=True))

    return rows


@contextmanager
def open_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that nobody uses and nothing changes, to read from."""
    with closing(_connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        yield connection


@contextmanager
def open_live(url: str) -> Iterator[sqlite3.Connection]:
    """The forum's own database, to read from."""
    with closing(_connect(str(database_file(url)))) as connection:
        yield connection


def _connect(name: str, **more: bool) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite_module().connect(name, timeout=5, isolation_level=None, **more)
    return connection


def _schema_of(connection: sqlite3.Connection) -> str:
    """Raises Unusable when it is no forum's database."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone():
        raise Unusable("The database holds no forum.")
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    if len(rows) != 1:
        raise Unusable("The database holds no forum.")
    return str(rows[0][0])


def count(connection: sqlite3.Connection) -> dict[str, int]:
    """The rows of each table."""
    tables = [row[0] for row in connection.execute(OWN_TABLES)]
    return {table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in sorted(tables)}  # noqa: S608 - the schema's own
