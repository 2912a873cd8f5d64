"""How a database on PostgreSQL is taken into a backup, checked, and put back.

Each table is a CSV file, read and written with COPY over the forum's own connection. So nothing but the Python package
is needed, of whatever version the server is, and no right but those of the role that owns the forum's tables: pg_dump
would also take extensions and other schemas, which the role may not make again. The tables are made by the migrations.
"""

import codecs
import csv
import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from bbs.backup.archive import Backup, Packing, damaged
from bbs.backup.facts import Facts, Rows
from bbs.db import make_engine
from bbs.errors import Unusable
from bbs.schema import migrate_to, revisions, tables_at
from bbs.services import servers

IRREPLACEABLE = "The forum's tables cannot be replaced"
SERVERS = "servers"
"""Says who uses the database now: not taken into a backup."""

LONGEST = 1 << 30
"""Letters of a text, which is what PostgreSQL takes; Python's csv would read 128 KiB of one."""
MARKS = frozenset({"board_states", "thread_states", "invitations", "moderation_log"})
"""Tables that every forum has and no other program."""
PATIENCE = "5s"
"""For a transaction of somebody else's that is about to end."""
AT_ONCE = 1000
"""Rows that the database hands over at a time."""

_SCHEMA = text(
    "SELECT coalesce((SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.oid = to_regclass('alembic_version')), current_schema())"
)
_TABLES = text(
    # Not those of an extension.
    "SELECT relname, pg_has_role(relowner, 'USAGE') FROM pg_class c WHERE relkind = 'r' "
    "AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND NOT EXISTS "
    "(SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e') ORDER BY relname"
)
_COLUMNS = text(
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(:of)) AND attnum > 0 "
    "AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
)
_SEQUENCES = text(
    "SELECT attname, pg_get_serial_sequence(quote_ident(:of), attname) FROM pg_attribute "
    "WHERE attrelid = to_regclass(quote_ident(:of)) AND attnum > 0 AND NOT attisdropped "
    "AND pg_get_serial_sequence(quote_ident(:of), attname) IS NOT NULL"
)
_FOREIGN_KEYS = text(
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE contype = 'f' AND conrelid = to_regclass(quote_ident(:of))"
)
_NO_TIMEOUTS = text(
    # The last is known from PostgreSQL 17 on.
    "SELECT set_config(name, '0', true) FROM pg_settings "
    "WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')"
)
_GRANT = text("SELECT format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), current_user)")


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A snapshot of the forum's database."""
    engine = make_engine(url, read_only=True, pool_size=1)
    try:
        with _permitted(), engine.connect() as connection, connection.begin():
            _enter(connection)
            yield connection
    finally:
        engine.dispose()


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A transaction in the forum's database, undone at its end unless it was committed.

    Each statement sees what was committed before it, and so also what was while it waited for a lock.
    """
    engine = make_engine(url, pool_size=1)
    try:
        with _permitted(), engine.connect() as plain:
            connection = plain.execution_options(isolation_level="READ COMMITTED")
            _raw(connection).prepare_threshold = None  # tables are made anew under their names
            _enter(connection)
            yield connection
    finally:
        engine.dispose()


def _enter(connection: Connection) -> None:
    """Name the forum's schema alone, and have values written in one way. All of it ends with the transaction."""
    schema = connection.scalar(_SCHEMA)
    if schema is None:
        raise Unusable("The database's role has no schema in which it may make tables.")
    connection.execute(text("SELECT set_config('search_path', quote_ident(:schema), true)"), {"schema": schema})
    for setting in ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "row_security = off", "synchronize_seqscans = off",
                    "client_encoding = 'UTF8'"):  # fmt: skip
        connection.execute(text(f"SET LOCAL {setting}"))
    connection.execute(_NO_TIMEOUTS)


def revision_of(connection: Connection) -> str | None:
    """The revision of the database's schema; None where there is no forum."""
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def own_tables(connection: Connection) -> list[str]:
    """The forum's tables: those of its schema, or all of the role's where this version does not know the schema.

    Raises Unusable for another program's, which has its migrations made by Alembic too.
    """
    revision = revision_of(connection)
    if revision is None:
        return []
    there = connection.execute(_TABLES).all()
    if revision not in revisions():
        if not {table for table, _ in there} >= MARKS:
            raise Unusable(f"The database's schema {revision} is another program's. The forum needs its own.")
        return [table for table, is_own in there if is_own]
    known = tables_at(revision)
    return [table for table, _ in there if table in known]


def take(connection: Connection, packing: Packing, *, whole: bool = True) -> Facts:
    """Add each table of the forum to a backup. Raises Unusable when there is no forum, or none that is `whole`."""
    revision = revision_of(connection)
    if revision is None:
        raise Unusable("The database holds no forum.")
    rows = count(connection)
    wanted = tables_at(revision) if whole and revision in revisions() else {}
    if missing := sorted(wanted.keys() - rows.keys()):
        raise Unusable(f"The database is no whole forum's: its table {missing[0]} is missing.")
    for table in rows:
        packing.add(_file(table), copied_out(connection, table))
    return Facts(revision, rows, _sequences(connection, list(rows)))


def _file(table: str) -> str:
    return f"{table}.csv"


def count(connection: Connection) -> dict[str, int]:
    """The rows of each of the forum's tables, as a backup has them."""
    rows: dict[str, int] = {}
    for table in own_tables(connection):
        counted = connection.scalar(text(f"SELECT count(*) FROM {_quoted(table)}"))  # noqa: S608 - quoted
        rows[table] = 0 if table == SERVERS else counted or 0
    return rows


def copied_out(connection: Connection, table: str, names: Iterable[str] | None = None) -> Iterator[bytes]:
    """A table as CSV, with a line of its columns' names. The text NULL and nothing are told apart by quotes.

    `names` are the columns in the order wanted; otherwise they come in the table's own.
    """
    columns = ", ".join(map(_quoted, names or connection.scalars(_COLUMNS, {"of": table})))
    nothing = f"(SELECT {columns} FROM {_quoted(table)} WHERE false)"  # noqa: S608 - quoted
    source = nothing if table == SERVERS else f"{_quoted(table)} ({columns})"
    query = f"COPY {source} TO STDOUT (FORMAT csv, HEADER)"
    with _raw(connection).cursor().copy(query) as copy:
        for piece in copy:
            yield bytes(piece)


def _sequences(connection: Connection, tables: list[str]) -> dict[str, int]:
    """The last number that each sequence has given out; read after the rows, so none of them is above it."""
    last: dict[str, int] = {}
    for table in tables:
        for column, sequence in connection.execute(_SEQUENCES, {"of": table}):
            escaped = sequence.replace(":", r"\:")  # the catalogue has quoted it; the colon of a name is no parameter's
            given = connection.scalar(text(f"SELECT last_value FROM {escaped} WHERE is_called"))  # noqa: S608 - as above
            last[f"{table}.{column}"] = given or 0
    return last


def is_whole(backup: Backup) -> bool:
    """Whether this version knows the schema of a backup, and all its tables are there."""
    if backup.manifest.schema_at not in revisions():
        return False
    tables = set(tables_at(backup.manifest.schema_at))
    return set(backup.manifest.rows) == tables and all(backup.part(_file(table)) for table in tables)


def check(backup: Backup) -> None:
    """Raises Unusable unless every part is whole, and no table is missing."""
    if not is_whole(backup):
        raise Unusable(f"{backup.path} is no whole backup of a forum: tables are missing.")
    backup.check()


def put(connection: Connection, backup: Backup, refusal: str = "") -> None:
    """Make the tables of a backup in a schema that has none of them, and fill them. Raises Unusable, with `refusal`."""
    with _refusals(refusal or f"{backup.path} cannot be restored"):
        migrate_to(connection, backup.manifest.schema_at)
        tables = sorted(backup.manifest.rows)
        connection.execute(text(f"TRUNCATE {', '.join(map(_quoted, tables))}"))
        with _without_foreign_keys(connection, tables):
            for table in tables:
                _copy_in(connection, backup, table)
        _go_on(connection, backup)


@contextmanager
def _without_foreign_keys(connection: Connection, tables: list[str]) -> Iterator[None]:
    """Fill tables in any order; then each key looks at its whole table once, which is quicker than at each row."""
    keys = [(_quoted(table), _quoted(name), rule) for table in tables
            for name, rule in connection.execute(_FOREIGN_KEYS, {"of": table})]  # fmt: skip
    for table, name, _ in keys:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield
    for table, name, rule in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}")


def _copy_in(connection: Connection, backup: Backup, table: str) -> None:
    pieces = backup.read(_file(table))
    first = next(pieces, b"")
    columns = ", ".join(map(_quoted, _names(first)))
    statement = f"COPY {_quoted(table)} ({columns}) FROM STDIN (FORMAT csv, HEADER)"
    with _raw(connection).cursor().copy(statement) as copy:
        copy.write(first)
        for piece in pieces:
            copy.write(piece)


def _names(first: bytes) -> list[str]:
    """The columns that the beginning of a table's CSV names."""
    return next(csv.reader([first.split(b"\n", 1)[0].decode()]))


def _go_on(connection: Connection, backup: Backup) -> None:
    """Have the sequences go on where they were."""
    for name, last in backup.manifest.sequences.items():
        table, _, column = name.rpartition(".")
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(quote_ident(:table), :column), greatest(:last, 1), :last > 0)"),
            {"table": table, "column": column, "last": last},
        )


def compare(connection: Connection, backup: Backup) -> None:
    """Raises Unusable unless every table reads as it is in the backup, to the byte.

    A database that went through other migrations, down and up again, has its columns in another order.
    """
    for table in sorted(backup.manifest.rows):
        digest = hashlib.sha256()
        names = _names(next(backup.read(_file(table)), b""))
        for piece in copied_out(connection, table, names):
            digest.update(piece)
        part = backup.part(_file(table))
        if part is None or digest.hexdigest() != part.sha256:
            raise Unusable(f"{backup.path} does not give back what it was made of: the table {table} differs.")


def drop(connection: Connection) -> None:
    """Remove the forum's tables. Raises Unusable when something that is not the forum's depends on them."""
    if tables := own_tables(connection):
        with _refusals(IRREPLACEABLE):
            connection.execute(text(f"DROP TABLE {', '.join(map(_quoted, tables))}"))


def servers_in(connection: Connection) -> list[str]:
    """The servers that use the database now, in words. A schema from before servers said so has none."""
    known = connection.scalar(text("SELECT to_regclass(:of)"), {"of": SERVERS}) is not None
    return servers.alive(connection) if known else []


def lock(connection: Connection) -> None:
    """Keep everybody else from the forum's tables until the transaction ends. Raises Unusable when they are in use."""
    if tables := own_tables(connection):
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
        with _refusals("The database is in use"):
            connection.execute(text(f"LOCK TABLE {', '.join(map(_quoted, tables))} IN ACCESS EXCLUSIVE MODE"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))


def in_temporary_tables(connection: Connection) -> None:
    """Let what follows in this transaction make temporary tables, seen by this connection only. Raises Unusable."""
    if not may_make_temporary(connection):
        grant = connection.scalar(_GRANT)
        raise Unusable(f"To verify a backup the database's role must be allowed to make temporary tables: {grant}")
    connection.execute(text("SET LOCAL search_path = pg_temp"))


def may_make_temporary(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT has_database_privilege(current_database(), 'TEMPORARY')")))


def analyze(connection: Connection, backup: Backup) -> None:
    """Tell the planner what the new tables hold."""
    connection.execute(text(f"ANALYZE {', '.join(map(_quoted, sorted(backup.manifest.rows)))}"))


def rows_of(connection: Connection) -> Rows:
    """What reads the rows of its tables."""

    def rows(table: str, *columns: str) -> Iterator[dict[str, Any]]:
        there = set(connection.scalars(_COLUMNS, {"of": table}))
        if names := [name for name in columns if name in there]:
            query = text(f"SELECT {', '.join(map(_quoted, names))} FROM {_quoted(table)}")  # noqa: S608 - quoted
            for row in connection.execute(query, execution_options={"yield_per": AT_ONCE}).mappings():
                yield dict(row)

    return rows


def rows_in(backup: Backup) -> Rows:
    """The same of a backup. Every value is a text; an empty one and none are the same."""

    def rows(table: str, *columns: str) -> Iterator[dict[str, Any]]:
        if backup.part(_file(table)) is not None:
            try:
                yield from _rows_of_csv(backup.read(_file(table)), columns)
            except (csv.Error, IndexError, UnicodeDecodeError):
                raise damaged(backup.path) from None

    return rows


def _rows_of_csv(pieces: Iterable[bytes], columns: Collection[str]) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(LONGEST)
    read = csv.reader(lines_of(pieces))
    places = {name: place for place, name in enumerate(next(read, [])) if name in columns}
    for row in read:
        yield {name: row[place] for name, place in places.items()}


def lines_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines of UTF-8, each with its end."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _raw(connection: Connection) -> Any:
    """psycopg's own connection."""
    return connection.connection.driver_connection


@contextmanager
def _refusals(said: str) -> Iterator[None]:
    """Raises Unusable in place of the database's or the driver's error, with its first line."""
    import psycopg  # noqa: PLC0415 - 8 MB that a forum on SQLite need not hold

    try:
        yield
    except DBAPIError as error:
        raise Unusable(f"{said}: {_words(error.orig)}.") from None
    except psycopg.Error as error:  # from COPY, which is asked of the driver itself
        raise Unusable(f"{said}: {_words(error)}.") from None


@contextmanager
def _permitted() -> Iterator[None]:
    """Raises Unusable where the role may not do what is asked of the database: of a table of somebody else's, say."""
    import psycopg  # noqa: PLC0415 - see above

    try:
        yield
    except ProgrammingError as error:
        raise Unusable(f"The database refuses: {_words(error.orig)}.") from None
    except psycopg.ProgrammingError as error:
        raise Unusable(f"The database refuses: {_words(error)}.") from None


def _words(error: Any) -> str:
    """What the database says, in one line, with the name of what is in the way."""
    diagnosis = getattr(error, "diag", None)
    said = [getattr(diagnosis, "message_primary", None) or str(error), getattr(diagnosis, "message_detail", None) or ""]
    return ": ".join(line.strip().splitlines()[0].rstrip(".") for line in said if line.strip())
