"""What keys start is done in order, one thing after another, while the screen stays free to paint."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Job: TypeAlias = Callable[[], Awaitable[object]]


class Worker:
    """Has a task while there is something to do. `failed` is told what a job raises; the next is done all the same."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._failed = failed
        self._jobs: deque[Job] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def do(self, job: Job) -> None:
        """Do something after what is under way."""
        if self._closed:
            return
        self._jobs.append(job)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_idle(self) -> bool:
        return self._task is None

    def close(self) -> None:
        """Begin nothing more."""
        self._closed = True
        self._jobs.clear()

    async def finish(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self.close()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def cancel(self) -> None:
        """Begin nothing more, and break off what is under way."""
        if self._task is not None:
            self._task.cancel()
        await self.finish()

    async def _run(self) -> None:
        try:
            while self._jobs:
                try:
                    await self._jobs.popleft()()
                except Exception as error:  # noqa: BLE001 - whoever has the worker decides what it means
                    self._failed(error)
        finally:
            self._task = None
