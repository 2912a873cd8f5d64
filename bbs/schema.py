"""The database's schema: which version it is, and bringing it to this program's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import bbs
from bbs.errors import BBSError


def migrations_dir() -> Path:
    """In a checkout they stand beside the package; in a wheel, inside it."""
    inside = Path(bbs.__file__).parent / "migrations"
    return inside if inside.is_dir() else inside.parent.parent / "migrations"


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    return config


def is_compared(_item: object, name: str | None, kind: str, _reflected: object, _other: object) -> bool:
    """Whether Alembic compares it with the models: not the search index, which each engine keeps in its own way."""
    return not (kind == "table" and name is not None and "_search" in name)


def newest() -> str:
    """The revision this program is written for."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head  # noqa: S101 - one head is a test of ours
    return head


def current(engine: Engine) -> str | None:
    """The revision a database is at; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine) -> bool:
    """Bring the schema to the newest revision, whole or not at all. True when something was done.

    Raises BBSError for a database that a newer Staffroom has written.
    """
    at = current(engine)
    script = ScriptDirectory.from_config(alembic_config())
    if at == script.get_current_head():
        return False
    if at is not None and at not in {revision.revision for revision in script.walk_revisions()}:
        raise BBSError(
            f"The database is at schema {at}, which this version of Staffroom does not know: a newer one has "
            "written it. Install that version, or restore a backup made before the upgrade."
        )
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True
