"""Alembic's entry: runs on the connection it is handed (`bbs migrate`), or on the settings' database by hand."""

from alembic import context
from sqlalchemy import Connection

import bbs.models  # noqa: F401 - registers the tables
from bbs.config import load_settings
from bbs.db import Base, make_engine
from bbs.schema import is_compared


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transaction_per_migration=False,
        compare_type=True,
        include_object=is_compared,
    )
    with context.begin_transaction():
        context.run_migrations()


handed: Connection | None = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with make_engine(load_settings().url).begin() as own:
        run(own)
