"""Does what is due, in a serving process. Several processes may: each row is done once."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bbs.errors import Unavailable
from bbs.services import cleaning, due
from bbs.services.due_handlers import HANDLERS
from bbs.store import Store
from bbs.unsaved import Unsaved

log = structlog.get_logger()

LOOK = 15.0
"""Seconds between looks: a reminder may be so late."""
CLEANED = timedelta(days=1)
"""So often what is kept for some days only is looked through."""


class Duty:
    """One for a serving process."""

    def __init__(
        self, store: Store, handlers: Mapping[str, due.Handler] = HANDLERS, *, unsaved: Unsaved | None = None,
        look: float = LOOK,
    ) -> None:  # fmt: skip
        """`look` is in seconds."""
        self._store = store
        self._unsaved = unsaved or Unsaved()
        self._handlers = handlers
        self._look = look
        self._task: asyncio.Task[None] | None = None
        self._cleaned_at: datetime | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """What is under way is finished by the store."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            try:
                await self.catch_up()
            except Unavailable:
                pass  # the store has logged it
            except Exception:
                log.exception("due_work_not_read")
            await asyncio.sleep(self._look)

    async def catch_up(self) -> None:
        """Save what could not be, and do all whose time has come. What fails of it is logged and put off."""
        if not self._store.keeps:
            await self._store.try_again()
        await self._unsaved.save()
        while waiting := await self._store.read(due.waiting):
            for work_id in waiting:
                await self._do(work_id)
        await self._clean()

    async def _clean(self) -> None:
        at = self._store.clock()
        if self._cleaned_at is None or at - self._cleaned_at >= CLEANED:
            await self._store.write(cleaning.forget_old)
            self._cleaned_at = at

    async def _do(self, work_id: int) -> None:
        try:
            await self._store.write(due.do, work_id, self._handlers)
        except Unavailable:
            raise
        except Exception:
            log.exception("due_work_failed", work=work_id)
            await self._store.write(due.put_off, work_id)
