"""`bbs migrate` and `bbs config`."""

import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from bbs.backup import host_keys, kept, making
from bbs.backup.making import make_folders
from bbs.config import Settings, load_settings, source_of
from bbs.db import make_engine, without_password
from bbs.errors import Unusable
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
        finish_restore(settings)
        if not bring_up_to_date(settings):
            click.echo("Nothing to do.")


def finish_restore(settings: Settings) -> None:
    """Put the host key in its place, where a restore was ended before it did."""
    for kept_key in host_keys.settle(settings):
        click.echo(
            f"Finished the restore that was interrupted: the host key is the backup's. Kept the other: {kept_key}"
        )


def bring_up_to_date(settings: Settings) -> bool:
    """Bring the database to this version's schema, once a backup of it has been made. Whether it was needed."""
    engine = make_engine(settings.url)
    try:
        at = current(engine)
        if at is None:
            _refuse_lost(settings)
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


def _refuse_lost(settings: Settings) -> None:
    """Raises Unusable where backups tell of a forum that is not there: members would come to an empty one."""
    if found := kept.newest(settings.backups):
        raise Unusable(
            f"{without_password(settings.url)} holds no forum, and {settings.backups} has backups of one. "
            "Are these the right settings, and is every disk there? Put the newest back with: "
            f"bbs restore {shlex.quote(str(found[0]))}; or move the backups away, to begin anew."
        )


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
