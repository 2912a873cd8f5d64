"""`bbs doctor`: what is wrong, or will be."""

import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.orm import Session

from bbs import private
from bbs.backup import kept
from bbs.config import Settings, load_settings
from bbs.db import database_file, database_files, is_sqlite, sqlite_module, without_password
from bbs.inuse import is_used
from bbs.schema import current, newest
from bbs.services import members, servers
from bbs.store import Store
from bbs.tool.base import echo_json, told, using_database

MAKES_ONE = "; 'bbs backup --verify' makes one"


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
    yield from _private_findings(settings)
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


def _private_findings(settings: Settings) -> Iterator[Finding]:
    """Whether others can read what only the forum may."""
    if not settings.host_key.exists():
        yield Finding("host key", "warning", "none yet: 'bbs serve' makes it")
    elif said := private.shared_words("host key", settings.host_key):
        yield Finding("host key", "fault", said)
    else:
        yield Finding("host key", "ok", str(settings.host_key))
    if is_sqlite(settings.url) and (said := private.shared_words("database", *database_files(settings.url))):
        yield Finding("database", "fault", said)
    if said := private.shared_words("backup", *settings.backups.glob("*.backup")):
        yield Finding("backup", "fault", said)
    if settings.data_dir.exists() and settings.data_dir.stat().st_mode & 0o022:
        folder = shlex.quote(str(settings.data_dir))
        yield Finding("folder", "warning", f"Others can change {folder}. Mend it with: chmod 700 {folder}")


def _examine_database(settings: Settings) -> Iterator[Finding]:
    if is_sqlite(settings.url) and not database_file(settings.url).exists():
        yield Finding("database", "warning", "none yet: 'bbs serve' makes it")
        return
    if is_sqlite(settings.url):
        private.refuse_others("database", *database_files(settings.url))
        yield _server_finding(running=is_used(database_file(settings.url)))
    with using_database(settings):
        yield from _examine_store(settings)


def _examine_store(settings: Settings) -> Iterator[Finding]:
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
            if settings.staff_keys_only:
                yield _keys_finding(store.read_now(members.deciding_without_key))
            if not store.is_sqlite:
                yield _server_finding(running=bool(store.read_now(servers.alive)))
                yield _disk_finding(store.read_now(_not_waited_for))
            yield _backup_finding(settings, store.read_now(members.first_joined))
            yield from _to_come_finding(settings)
    finally:
        store.close()


def _keys_finding(without: Sequence[str]) -> Finding:
    """Whether all moderators and operators can get in where the setting takes their passwords."""
    if not without:
        return Finding("keys", "ok", "every moderator and operator has one")
    says = f"without one, and so shut out: {', '.join(without)}; 'bbs member recover HANDLE' prints a code"
    return Finding("keys", "warning", says)


def _server_finding(*, running: bool) -> Finding:
    return Finding("server", "ok", "running" if running else "not running")


def _not_waited_for(session: Session) -> list[str]:
    """PostgreSQL's settings that let what was committed be lost, or the whole database."""
    off = text(
        "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY 1"
    )
    return list(session.scalars(off))


def _disk_finding(off: Sequence[str]) -> Finding:
    if not off:
        return Finding("disk", "ok", "PostgreSQL waits for it")
    mend = " ".join(f"ALTER SYSTEM SET {name} = on;" for name in off)
    says = f"a power cut can destroy the database, because PostgreSQL does not wait for the disk. Mend it with: {mend} "
    return Finding("disk", "warning", f"{says}SELECT pg_reload_conf();")


def _backup_finding(settings: Settings, begun: datetime | None) -> Finding:
    """How good the newest backup is; of a forum that has just begun, none is asked."""
    now = datetime.now(UTC)
    found = kept.newest(settings.backups)
    if found is None:
        is_new = begun is None or now - begun < kept.OLD
        return Finding("backup", "warning" if is_new else "fault", f"none in {settings.backups}{MAKES_ONE}")
    path, seen = found
    said = f"the newest is of {seen.made_at:%Y-%m-%d %H:%M} UTC, {path}"
    if now - seen.made_at > kept.OLD:
        return Finding("backup", "fault", f"{said}: older than two days{MAKES_ONE}")
    if not seen.verified:
        return Finding("backup", "warning", f"{said}: it was never verified{MAKES_ONE}")
    return Finding("backup", "ok", said)


def _to_come_finding(settings: Settings) -> Iterator[Finding]:
    """The clock was wrong, or is: then a newer backup is not known for the newest, and nothing removes these."""
    if ahead := kept.to_come(settings.backups):
        command = shlex.join(["rm", *map(str, ahead)])
        yield Finding("backup", "warning", f"made in time to come: set the clock right, or remove them with: {command}")
