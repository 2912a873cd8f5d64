"""What keys start is done in order, one job after another, while the screen stays free to paint."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Job: TypeAlias = Callable[[], Awaitable[object]]
Keep: TypeAlias = Callable[[], Awaitable[None]]
"""Saves what has been typed."""


class Jobs:
    """A queue of jobs. It has a task while there is something to do.

    `failed` is called with what a job raises; the next job is done all the same.
    """

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._jobs: deque[Job] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def do(self, job: Job) -> None:
        """Do a job after those that were given before."""
        if self._closed:
            return
        self._jobs.append(job)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_idle(self) -> bool:
        return self._task is None

    def open(self) -> None:
        """Take jobs again after `close`."""
        self._closed = False

    def close(self) -> None:
        """Begin no further job."""
        self._closed = True
        self._jobs.clear()

    async def finish(self) -> None:
        """Begin no further job, and wait for the one under way."""
        self.close()
        if self._task is not None and self._task is not asyncio.current_task():
            await asyncio.wait({self._task})

    async def cancel(self) -> None:
        """Begin no further job, and break off the one under way."""
        if self._task is not None:
            self._task.cancel()
        await self.finish()

    async def _run(self) -> None:
        try:
            while self._jobs:
                try:
                    await self._jobs.popleft()()
                except Exception as error:  # noqa: BLE001 - whoever has the queue decides what it means
                    self._failed(error)
        finally:
            self._task = None
