"""`bbs migrate` and `bbs config`."""

from pathlib import Path

import click

from bbs.backup.making import make_folders
from bbs.config import Settings, load_settings, source_of
from bbs.db import make_engine, without_password
from bbs.schema import migrate
from bbs.tool.base import echo_json, refuse_shared, told, using_database


@click.command("migrate")
@told
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    settings = load_settings()
    make_folders(settings)
    with using_database(settings):
        refuse_shared(settings)
        engine = make_engine(settings.url)
        done = migrate(engine)
        engine.dispose()
    click.echo("The database is at this version's schema now." if done else "Nothing to do.")


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
