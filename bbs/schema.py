"""The database's schema: which version it is, and bringing it to this program's.

A migration's file begins with its revision, so whether there is anything to do is seen without Alembic, of which a
server would hold 5 MB for good.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, StaticPool, create_engine, inspect, text

import bbs
from bbs.db import sqlite_module
from bbs.errors import BBSError, Unusable

if TYPE_CHECKING:
    from alembic.config import Config


OWN_TABLES = "SELECT name FROM pragma_table_list WHERE type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'"
"""Without those that SQLite and its search keep for themselves."""


def migrations_dir() -> Path:
    """In a checkout they stand beside the package; in a wheel, inside it."""
    inside = Path(bbs.__file__).parent / "migrations"
    return inside if inside.is_dir() else inside.parent.parent / "migrations"


def revisions() -> list[str]:
    """All that this program knows, the newest last."""
    return sorted(path.name.split("_")[0] for path in (migrations_dir() / "versions").glob("[0-9]*_*.py"))


def alembic_config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    return config


def is_compared(_item: object, name: str | None, kind: str, _reflected: object, _other: object) -> bool:
    """Whether Alembic compares it with the models: not the search index, which each engine keeps in its own way."""
    return not (kind == "table" and name is not None and "_search" in name)


def newest() -> str:
    """The revision this program is written for."""
    return revisions()[-1]


_PLACE = text(
    "SELECT quote_ident(current_schema()), quote_ident(current_user), quote_ident(current_database()), "
    "current_setting('search_path'), "
    "coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
)


def refuse_without_place(engine: Engine) -> None:
    """Raises Unusable with the command that mends it, where the database's role has no place for the forum's tables."""
    if engine.dialect.name == "sqlite":
        return
    with engine.connect() as connection:
        schema, role, database, path, may_create = connection.execute(_PLACE).one()
    if schema is None:
        raise Unusable(
            f"The role {role} looks for tables in '{path}', and there is no such schema in the database {database}. "
            f"Mend it with: ALTER ROLE {role} IN DATABASE {database} SET search_path = public;"
        )
    if not may_create:
        raise Unusable(
            f"The role {role} may not make tables in the schema {schema} of the database {database}. "
            f"Have an administrator mend it there with: GRANT CREATE ON SCHEMA {schema} TO {role};"
        )


def current(engine: Engine) -> str | None:
    """The revision a database is at; None when it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        at: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return at


@cache
def tables_at(revision: str) -> Mapping[str, frozenset[str]]:
    """The tables of a schema with their columns, as its migrations make them in an empty SQLite database.

    Raises BBSError for a revision that this program does not know.
    """
    if revision not in revisions():
        raise BBSError(f"This version of Staffroom does not know the schema {revision}.")
    engine = create_engine("sqlite://", module=sqlite_module(), poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            migrate_to(connection, revision)
            names = connection.scalars(text(OWN_TABLES)).all()
            return {
                name: frozenset(connection.scalars(text("SELECT name FROM pragma_table_xinfo(:of)"), {"of": name}))
                for name in names
            }
    finally:
        engine.dispose()


def migrate_to(connection: Connection, revision: str) -> None:
    """Bring the schema to a revision within the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - see above

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def migrate(engine: Engine) -> bool:
    """Bring the schema to the newest revision, whole or not at all. True when something was done.

    Raises BBSError for a database that a newer Staffroom has written.
    """
    at = current(engine)
    if at == newest():
        return False
    if at is not None and at not in revisions():
        raise BBSError(
            f"The database is at schema {at}, which this version of Staffroom does not know: a newer one has "
            "written it. Install that version, or restore a backup made before the upgrade."
        )
    with changing(engine) as connection:
        migrate_to(connection, "head")
    return True


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables can be made anew.

    SQLite changes a column by making its table again, and would remove the rows that refer to it: so its foreign keys
    are off meanwhile, and are checked in the end (sqlite.org/lang_altertable.html, 'Other kinds of schema changes').
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise BBSError(
                        f"A row of the table {broken[0]} refers to one that is not there; nothing was changed."
                    )
        finally:
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()
