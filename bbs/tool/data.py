"""`bbs migrate`, `config`, `backup`, `restore`, `doctor`: the care of what is on disk."""

import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import make_url, text

from bbs.config import Settings, load_settings, source_of
from bbs.db import is_sqlite, make_engine, sqlite_module, without_password
from bbs.errors import BBSError
from bbs.schema import current, migrate, newest
from bbs.services import members
from bbs.store import Store
from bbs.tool.base import echo_json, forum_lock, make_data_dir, told

DUMP = "forum.db"
PG_DUMP = "forum.sql"
HOST_KEY = "host_key"


@click.command("migrate")
@told
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    settings = load_settings()
    make_data_dir(settings)
    done = migrate(make_engine(settings.url))
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
    return without_password(value) if isinstance(value, str) else str(value) if isinstance(value, Path) else value


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@told
def backup(path: Path) -> None:
    """Write the forum to one file, while it works. The file holds the database and the host key."""
    settings = load_settings()
    with tempfile.TemporaryDirectory(dir=path.parent or ".") as folder:
        dump = Path(folder) / (DUMP if is_sqlite(settings.url) else PG_DUMP)
        _dump(settings, dump)
        unfinished = Path(folder) / "backup.tar.gz"
        with tarfile.open(unfinished, "w:gz", compresslevel=6) as archive:
            archive.add(dump, dump.name)
            if settings.host_key.exists():
                archive.add(settings.host_key, HOST_KEY)
        unfinished.chmod(0o600)
        _flush(unfinished)
        unfinished.replace(path)
    click.echo(f"Wrote {path} ({path.stat().st_size:,} bytes).")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dump(settings: Settings, to: Path) -> None:
    if not is_sqlite(settings.url):
        _pg("pg_dump", settings, "--no-owner", "--clean", "--if-exists", "--file", str(to))
        return
    source = _database_file(settings)
    if not source.exists():
        raise BBSError(f"There is no database at {source}.")
    connection: sqlite3.Connection = sqlite_module().connect(str(source))
    try:
        # A copy of the file would miss what is still in the write-ahead log, and tear what is being written.
        connection.execute("VACUUM INTO ?", (str(to),))
    finally:
        connection.close()


def _database_file(settings: Settings) -> Path:
    return Path(make_url(settings.url).database or "")


def _pg(program: str, settings: Settings, *options: str) -> None:
    """Run one of PostgreSQL's own programs, which must be installed."""
    found = shutil.which(program)
    if found is None:
        raise BBSError(f"{program} is missing: on Debian, 'apt install postgresql-client'.")
    address = make_url(settings.url).set(drivername="postgresql").render_as_string(hide_password=False)
    command = [found, *options, address]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - there is no shell
    if done.returncode:
        raise BBSError(f"{program} failed: {done.stderr.strip().splitlines()[-1]}")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@told
def restore(path: Path, *, yes: bool) -> None:
    """Put a backup in the place of the forum. The server must not run; what is there now is kept beside it."""
    settings = load_settings()
    make_data_dir(settings)
    with forum_lock(settings) as free:
        if not free:
            raise BBSError("The server is running. Stop it first, then restore.")
        if not yes:
            click.confirm(f"Put {path} in the place of {without_password(settings.url)}?", abort=True)
        with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
            _unpack(path, Path(folder))
            _put_back(settings, Path(folder))
    click.echo("Restored. 'bbs serve' starts it.")


def _unpack(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path) as archive:
            archive.extractall(folder, members=[m for m in archive if m.name in {DUMP, PG_DUMP, HOST_KEY}],
                               filter="data")  # fmt: skip
    except (tarfile.TarError, EOFError, OSError):
        raise BBSError(f"{path} is not a whole backup of a forum.") from None


def _put_back(settings: Settings, folder: Path) -> None:
    wanted = folder / (DUMP if is_sqlite(settings.url) else PG_DUMP)
    if not wanted.exists():
        raise BBSError("This backup is of the other kind of database than the settings name.")
    if is_sqlite(settings.url):
        _put_back_sqlite(settings, wanted)
    else:
        _pg("psql", settings, "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", "--file", str(wanted),
            "--dbname")  # fmt: skip
    if (folder / HOST_KEY).exists():
        (folder / HOST_KEY).chmod(0o600)
        (folder / HOST_KEY).replace(settings.host_key)


def _put_back_sqlite(settings: Settings, wanted: Path) -> None:
    connection: sqlite3.Connection = sqlite_module().connect(str(wanted))
    try:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()
    if verdict != "ok":
        raise BBSError(f"The database in this backup is damaged: {verdict}.")
    target = _database_file(settings)
    for suffix in ("", "-wal", "-shm"):  # SQLite finds a log by its database's name: keep them together
        if Path(f"{target}{suffix}").exists():
            Path(f"{target}{suffix}").replace(f"{target}.before-restore{suffix}")
    wanted.replace(target)
    _flush(target.parent)


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is 'ok', 'warning' or 'fault'."""

    what: str
    state: str
    says: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@told
def doctor(*, as_json: bool) -> None:
    """Look for what is wrong or will be; exit 1 when something is."""
    findings = list(_examine(load_settings()))
    if as_json:
        echo_json(findings)
    else:
        for finding in findings:
            click.echo(f"{finding.state:<8} {finding.what:<12} {finding.says}")
    if any(finding.state == "fault" for finding in findings):
        raise SystemExit(1)


def _examine(settings: Settings) -> Iterator[Finding]:
    yield Finding("settings", "ok", "all can be read")
    yield _key_finding(settings)
    if is_sqlite(settings.url):
        module = sqlite_module()
        yield Finding("sqlite", "ok", f"{module.sqlite_version}, {module.__name__}")
        free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else Path()).free
        state = "ok" if free > 500_000_000 else "warning"
        yield Finding("disk", state, f"{free // 1_000_000:,} MB free")
    try:
        yield from _examine_database(settings)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        yield Finding("database", "fault", f"{without_password(settings.url)}: {error!s}".splitlines()[0])
    if settings.data_dir.exists():
        with forum_lock(settings) as free_lock:
            yield Finding("server", "ok", "not running" if free_lock else "running")


def _key_finding(settings: Settings) -> Finding:
    if not settings.host_key.exists():
        return Finding("host key", "warning", "none yet: 'bbs serve' makes it")
    if stat.S_IMODE(settings.host_key.stat().st_mode) & 0o077:
        return Finding("host key", "fault", f"others can read {settings.host_key}: 'chmod 600' it")
    return Finding("host key", "ok", str(settings.host_key))


def _examine_database(settings: Settings) -> Iterator[Finding]:
    if is_sqlite(settings.url) and not _database_file(settings).exists():
        yield Finding("database", "warning", "none yet: 'bbs serve' makes it")
        return
    store = Store(settings.url)
    try:
        at, wanted = current(store.engine), newest()
        yield Finding("schema", "ok" if at == wanted else "fault", f"{at}" if at == wanted else
                      f"{at}, this version wants {wanted}: 'bbs migrate'")  # fmt: skip
        if store.is_sqlite:
            verdict = store.read_now(lambda session: session.scalar(text("PRAGMA quick_check")))
            yield Finding("database", "ok" if verdict == "ok" else "fault", str(verdict))
        if at == wanted:
            has = store.read_now(members.has_operator)
            yield Finding("operator", "ok" if has else "warning", "there is one" if has else "none yet")
    finally:
        store.close()
