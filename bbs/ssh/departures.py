"""Taking connections that have ended off the list of who is connected."""

import asyncio

import structlog

from bbs.errors import Unavailable
from bbs.services import sessions
from bbs.store import Store

log = structlog.get_logger()


class Departures:
    """One for a process. Those that end while the database is busy are taken off together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._gone: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def note(self, session_id: int) -> None:
        """This connection has ended. One that stands in no list (0) is none of them."""
        if session_id:
            self._gone.add(session_id)
            if self._task is None or self._task.done():
                self._task = asyncio.get_running_loop().create_task(self._take_off())

    async def finish(self) -> None:
        """Wait until all are off the list."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _take_off(self) -> None:
        while self._gone:
            gone = set(self._gone)
            try:
                await self._store.write(sessions.ended, gone)
            except Unavailable:
                return  # the next that ends tries again for all, and a start removes what is left
            except Exception:
                log.exception("sessions_not_taken_off")
                return
            self._gone -= gone
