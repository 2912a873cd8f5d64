"""`bbs migrate` and `bbs config`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from bbs.backup import kept, making
from bbs.backup.making import make_folders
from bbs.config import Settings, load_settings, source_of
from bbs.db import make_engine, without_password
from bbs.schema import current, migrate, newest, refuse_without_place, revisions
from bbs.tool.base import echo_json, refuse_shared, told, using_database


@click.command("migrate")
@told
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    settings = load_settings()
    make_folders(settings)
    with using_database(settings):
        refuse_shared(settings)
        if not bring_up_to_date(settings):
            click.echo("Nothing to do.")


def bring_up_to_date(settings: Settings) -> bool:
    """Bring the database to this version's schema, once a backup of it has been made. Whether it was needed."""
    engine = make_engine(settings.url)
    try:
        at = current(engine)
        if at != newest():
            refuse_without_place(engine)
        if at != newest() and at in revisions():
            to = settings.backups / kept.new_name(kept.BEFORE_MIGRATION, datetime.now(UTC))
            making.make(settings, to)
            click.echo(f"Kept the forum as it was: {to}")
        done = migrate(engine)
    finally:
        engine.dispose()
    if done:
        click.echo("The database is at this version's schema now.")
    return done


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@told
def config_command(*, as_json: bool) -> None:
    """Print the settings in force and where each comes from."""
    settings = load_settings()
    rows = [
        {"name": name, "value": _shown(getattr(settings, name)), "source": source_of(settings, name),
         "about": field.description}
        for name, field in Settings.model_fields.items()
    ]  # fmt: skip
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']:<16} {row['value']!s:<24} {row['source']:<16} {row['about']}")


def _shown(value: object) -> object:
    if value is None:
        return ""
    return without_password(value) if isinstance(value, str) else str(value) if isinstance(value, Path) else value
