"""Backups that run by themselves: the server starts `bbs backup --auto` once a day.

In a process of its own, which lets everybody else go first: packing would hold the interpreter, and so every session.
"""

import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from bbs.backup.kept import OLD, automatic, newest
from bbs.config import Settings
from bbs.errors import BBSError
from bbs.services.notices import warn_operators
from bbs.store import Store

log = structlog.get_logger()

FIRST = 60.0
"""Seconds after the start: members who were cut off come back first."""
EVERY = timedelta(days=1)
LOOK = 600.0
"""Seconds between looks whether a backup is due; what has failed is tried again after an hour."""
AGAIN = 3600.0
MOST_LETTERS = 200
"""Of a notice's words."""
PATIENCE = 2.0
"""Seconds that the end of a server waits: SQLite copies a large database in one go, and hears nothing."""
COMMAND = [sys.executable, "-m", "bbs.tool.backup", "--auto"]
"""Not by way of `bbs`, which would load SSH too."""


class Schedule:
    """One for a serving process."""

    def __init__(self, settings: Settings, store: Store | None = None, *, first: float = FIRST) -> None:
        """`first` is in seconds; `store` is there to tell the operators when backups fail."""
        self._settings = settings
        self._store = store
        self._first = first
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def start(self) -> None:
        if self._settings.backup_daily or self._settings.backup_weekly:
            self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_running(self) -> bool:
        return self._task is not None

    async def stop(self) -> None:
        """A backup that is under way ends unfinished, and leaves nothing behind."""
        if self._task is not None:
            self._task.cancel()
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._process.wait()
                return
            self._process.kill()  # the next one clears up after it
            await self._process.wait()

    async def _run(self) -> None:
        wait = self._first
        while True:
            await asyncio.sleep(wait)
            wait = LOOK
            try:
                done = not await asyncio.to_thread(self.is_due) or await self._back_up()
            except OSError as error:  # the folder cannot be read, or no process can be started
                done = False
                await self._failed(str(error))
            if not done:
                wait = AGAIN

    async def _failed(self, why: str) -> None:
        """Log it; and where the newest backup is old, tell the operators in the forum: nobody reads a log each day."""
        log.warning("backup_failed", why=why)
        found = await asyncio.to_thread(newest, self._settings.backups)
        if self._store is None or (found and datetime.now(UTC) - found[1].made_at <= OLD):
            return
        since = f"since {found[1].made_at:%d %B}" if found else "yet"
        with suppress(BBSError):
            await self._store.write(warn_operators, f"No backup could be made {since}. {why}"[:MOST_LETTERS])

    def is_due(self) -> bool:
        """Whether the newest automatic backup is a day old."""
        last = next(iter(automatic(self._settings.backups)), None)
        return last is None or datetime.now(UTC) - last >= EVERY

    async def _back_up(self) -> bool:
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await self._process.communicate()
        lines = said.decode(errors="replace").strip().splitlines()
        if self._process.returncode:
            await self._failed(lines[-1] if lines else f"exit {self._process.returncode}")
            return False
        log.info("backup_made", said=lines[-1] if lines else "")
        return True
