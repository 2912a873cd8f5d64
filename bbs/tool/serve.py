"""`bbs serve`: set up what is missing, listen, and end well."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version

import click
import structlog

from bbs.backup.making import make_folders
from bbs.backup.schedule import Schedule
from bbs.bus import Bus, call_soon
from bbs.config import Settings, load_settings
from bbs.context import Forum
from bbs.db import sqlite_module, without_password
from bbs.due import Duty
from bbs.errors import BBSError
from bbs.garbage import Collector
from bbs.heartbeat import Heartbeat
from bbs.passwords import Passwords
from bbs.services import board_settings, joining, members, search, sessions
from bbs.ssh.server import host_key, listen
from bbs.ssh.session import AppFactory
from bbs.store import Store
from bbs.tool.base import forum_lock, refuse_shared, told, using_database
from bbs.tool.data import bring_up_to_date, finish_restore
from bbs.views.limits import Limits
from bbs.watchdog import Watchdog

M_ARENA_MAX = -8
"""malloc.h of glibc."""

MakeApps = Callable[[], AppFactory]


def serve_command(make_apps: MakeApps) -> click.Command:
    """The command, given what makes the apps: this part of the program knows no screens."""

    @click.command("serve")
    @told
    def serve() -> None:
        """Serve the forum until SIGINT or SIGTERM."""
        settings = load_settings()
        set_up_logging(settings)
        make_folders(settings)
        with forum_lock(settings) as free, using_database(settings):
            if not free:
                raise BBSError(f"A server is running with the data in {settings.data_dir} already.")
            refuse_shared(settings)
            finish_restore(settings)
            if not bring_up_to_date(settings):
                _keep_memory_together()
                asyncio.run(_serve(settings, make_apps))
                return
        sys.stdout.flush()
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - anew, without what the migration has loaded: 9 MB

    return serve


def _keep_memory_together() -> None:
    """One heap for all threads: glibc gives each its own, of which 4 MB are never used again. Others have no say."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def set_up_logging(settings: Settings) -> None:
    """Structured lines on standard error, each value escaped; a traceback without local variables."""
    level = getattr(logging, settings.log_level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    logging.getLogger("asyncio").addFilter(lambda record: record.msg != GONE)


GONE = "socket.send() raised exception."
"""asyncio says so of each packet to a client that is gone, and a client decides how many those are."""


def _prepare(store: Store) -> str:
    """What a new forum begins with, and what an old one has outlived; the first operator's code, once."""
    made = store.write_now(board_settings.add_first_boards)
    if made:
        click.echo(f"Made {made} boards to begin with.")
    store.write_now(sessions.forget_dead)
    _index(store)
    return store.write_now(joining.first_operator_code)


def _index(store: Store) -> None:
    """Put what a version without search wrote into the index, in pieces: a large forum would fill the memory."""
    done = 0
    while found := store.write_now(search.fill):
        done += found
        click.echo(f"Indexed {done:,} texts for the search.")


def _limits(settings: Settings) -> Limits:
    """What the operator lets new members do."""
    return Limits(
        days=settings.new_member_days, threads=settings.new_member_threads, replies=settings.new_member_replies,
        links=settings.new_member_links, mentions=settings.new_member_mentions, seconds=settings.new_member_seconds,
        hold_first_post=settings.hold_first_post,
    )  # fmt: skip


async def _serve(settings: Settings, make_apps: MakeApps) -> None:
    store = Store(settings.url, limits=_limits(settings))
    told_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    heartbeat = Heartbeat(store, lambda: call_soon(loop, told_to_end.set))
    try:
        heartbeat.start()
        code = _prepare(store)
        bus = Bus(store)
        await bus.start()
        forum = Forum(settings, store, bus, Passwords(), server_id=heartbeat.server_id)
        listener = await listen(forum, make_apps())
        collector = Collector(forum.presence)
        collector.start()
        watchdog = Watchdog()
        watchdog.start()
        backups = Schedule(settings, store)
        backups.start()
        duty = Duty(store, unsaved=forum.unsaved)
        duty.start()
        _announce(settings, store, listener.port, code)
        _end_on_signals(told_to_end)
        await told_to_end.wait()
        click.echo("Ending: sessions keep their drafts.")
        await listener.close(f"{settings.name} is restarting. What you typed is kept. Sign in again in a moment.")
        await duty.stop()
        await forum.unsaved.save()
        await backups.stop()
        watchdog.stop()
        collector.stop()
        await bus.stop()
        forum.passwords.close()
    finally:
        heartbeat.stop()
        store.close()


def _announce(settings: Settings, store: Store, port: int, code: str) -> None:
    where = settings.host or "localhost"
    click.echo(f"{settings.name} {version('staffroom')}")
    if store.is_sqlite:
        module = sqlite_module()
        click.echo(f"database   {without_password(settings.url)} (SQLite {module.sqlite_version}, {module.__name__})")
    else:
        click.echo(f"database   {without_password(settings.url)}")
    click.echo(f"host key   {host_key(settings.host_key).get_fingerprint()}")
    click.echo(f"sign up    ssh -p {port} join@{where}")
    if code:
        click.echo(f"operator   sign up with the code {code} to become the first operator")
    elif not store.read_now(members.has_operator):
        click.echo("operator   none yet: use the code of the first start, or 'bbs member add HANDLE --role operator'")
    click.echo(f"listening on {settings.host or '*'}:{port}")
    sys.stdout.flush()


def _end_on_signals(told_to_end: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, told_to_end.set)
