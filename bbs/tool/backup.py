"""`bbs backup` and `bbs restore`."""

import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click

from bbs.backup import host_keys, kept, making, restoring
from bbs.backup.archive import PIECE
from bbs.backup.undone import lines
from bbs.config import Settings, load_settings
from bbs.db import database_file, is_sqlite, without_password
from bbs.errors import Unusable
from bbs.tool.base import RefusedUnchanged, forum_lock, refuse_missing, refuse_shared, say, told, using_database

P = ParamSpec("P")

STDOUT = Path("-")
"""Or standard input."""
KINDEST = 19
WIDTH, SCREEN = 78, 20
"""Letters of a line and lines, on a terminal of 80x24."""


def refusing(function: Callable[P, None]) -> Callable[P, None]:
    """Like `told`; and a file that cannot be read or written is a refusal, with nothing changed."""

    @wraps(function)
    def safely(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except OSError as error:
            raise RefusedUnchanged(": ".join(str(part) for part in (error.strerror, error.filename) if part)) from None

    return told(safely)


@click.command()
@click.argument("path", type=click.Path(path_type=Path, readable=False), required=False)
@click.option("--verify", is_flag=True, help="Restore it into a temporary place and compare, before it counts as made.")
@click.option("--auto", is_flag=True, hidden=True, help="The server's daily one: verified, and old ones removed.")
@refusing
def backup(path: Path | None, *, verify: bool, auto: bool) -> None:
    """Write the forum to one compressed file, while it works: the database and the host key.

    PATH is a file or a folder, or - for standard output; without it the file goes to the folder for backups.
    """
    settings = load_settings()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # and so remove what is unfinished
    refuse_missing(settings)
    with using_database(settings):
        refuse_shared(settings)
        host_keys.settle(settings)
        if auto:
            _automatic(settings)
        elif path == STDOUT:
            _to_stdout(settings, verify=verify)
        else:
            _to_file(settings, path, verify=verify)


def _automatic(settings: Settings) -> None:
    os.nice(KINDEST)
    to = _in_folder(settings, kept.AUTOMATIC)
    verify = making.may_verify(settings.url)  # one that cannot be verified is better than none; the doctor speaks of it
    making.make(settings, to, verify=verify)
    kept.prune(settings.backups, daily=settings.backup_daily, weekly=settings.backup_weekly)
    _say(to, to.stat().st_size, verified=verify)


def _to_file(settings: Settings, path: Path | None, *, verify: bool) -> None:
    if path is None:
        path = _in_folder(settings, kept.BY_HAND)
    elif path.is_dir():
        path /= kept.new_name(kept.BY_HAND, datetime.now(UTC))
    making.make(settings, path, verify=verify)
    _say(path, path.stat().st_size, verified=verify)


def _in_folder(settings: Settings, kind: str) -> Path:
    if not settings.backups.is_dir():
        folder = shlex.quote(str(settings.backups))
        raise Unusable(f"There is no folder {folder}: name a file, or make the folder with: mkdir -m 700 {folder}")
    return settings.backups / kept.new_name(kind, datetime.now(UTC))


def _to_stdout(settings: Settings, *, verify: bool) -> None:
    if sys.stdout is None:  # it was closed
        raise Unusable("There is no standard output to send a backup to.")
    if sys.stdout.isatty():
        raise Unusable("A backup is not for a terminal: send it to a file or another program.")
    beside = database_file(settings.url).parent if is_sqlite(settings.url) else Path(tempfile.gettempdir())
    with making.workshop(beside) as folder:
        made = making.write(settings, folder, verify=verify)
        with made.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer, PIECE)
        sys.stdout.buffer.flush()
        _say(STDOUT, made.stat().st_size, verified=verify)


def _say(path: Path, size: int, *, verified: bool) -> None:
    where = "to standard output" if path == STDOUT else str(path)
    click.echo(f"Wrote {where} ({size:,} bytes{', verified' if verified else ''}).", err=path == STDOUT)


@click.command()
@click.argument("path", type=click.Path(path_type=Path, readable=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@refusing
def restore(path: Path, *, yes: bool) -> None:
    """Put a backup in the place of the forum. No server may use it; what is there now is kept."""
    if path == STDOUT:
        raise Unusable("A backup is restored from a file, which is read several times: write it to one first.")
    settings = load_settings()
    with _folder_to_itself(settings), restoring.planned(settings, path) as plan:
        _say_undone(plan)
        if not yes:
            click.confirm(_question(settings, path, plan), abort=True)
        for was in plan.carry_out():
            click.echo(f"Kept what was there: {was}")
    click.echo("Restored. 'bbs serve' starts it.")


def _say_undone(plan: restoring.Plan) -> None:
    """What a restore would undo: all names to a file, and what fits on a terminal there."""
    said = list(lines(plan.undone, WIDTH, whole=not (sys.stdout and sys.stdout.isatty())))
    if len(said) > SCREEN:  # the worst has gone off the top by the time of the question
        said += ["In short:", *(f"    {group.heading}" for group in plan.undone)]
    for line in said + plan.notes:
        say(line)


def _question(settings: Settings, path: Path, plan: restoring.Plan) -> str:
    undone = "The restore undoes what stands above. " if plan.undone or plan.notes else ""
    return f"{undone}Put {path} in the place of {without_password(settings.url)}?"


@contextmanager
def _folder_to_itself(settings: Settings) -> Iterator[None]:
    """The data folder, where it is there, without a server. Raises Unusable."""
    if not (settings.data_dir / "lock").exists():  # nothing is made for a restore that is refused
        yield
        return
    with forum_lock(settings) as free:
        if not free:
            raise Unusable(f"The server is running with the data in {settings.data_dir}. Stop it first, then restore.")
        yield


if __name__ == "__main__":
    backup()
