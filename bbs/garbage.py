"""Collects garbage so that nobody waits for it: often and little while members are active, all of it when nobody is.

A session is some thousand objects that refer to each other. A collection that looks at all of them takes a third of a
second with a hundred sessions, and Python starts one whenever enough objects have been made. Here Python starts none.
Every second the new objects are examined, and those that live are put aside (`gc.freeze`) so that they are not examined
again. Those that die later are freed by a full collection, once nobody has pressed a key for some seconds.
"""

import asyncio
import gc
import time

import structlog

from bbs.presence import Presence

log = structlog.get_logger()

LOOK = 0.25
EVERY = 1.0
MANY = 10_000
"""What is new is collected every second, or at the next look (each quarter of a second) once there are so many objects:
1 to 10 ms each."""
QUIET = 5.0
"""Seconds without input from anybody after which all is collected: nobody notices the pause."""
FULL_EVERY = 60.0
"""Seconds between full collections, at least."""
FULL_AFTER = 200_000
"""New objects that have been put aside, from which on a full collection is worth its pause."""


class Collector:
    """One for a process. Python's own collections stop when it starts."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._task: asyncio.Task[None] | None = None
        self._aside = 0
        self._full_at = time.monotonic()

    def start(self) -> None:
        """Collect what starting has left behind; what lives now is never looked at again."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        gc.unfreeze()
        gc.enable()

    async def _run(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(LOOK)
            looks += 1
            new = gc.get_count()[0]
            if new < MANY and looks * LOOK < EVERY:
                continue
            looks = 0
            self._aside += new
            if self._is_due():
                self._collect_all()
            elif new:
                gc.collect(1)
                gc.freeze()

    def _is_due(self) -> bool:
        quiet = time.monotonic() - self._presence.input_at
        return self._aside > FULL_AFTER and quiet > QUIET and time.monotonic() - self._full_at > FULL_EVERY

    def _collect_all(self) -> None:
        begun = time.monotonic()
        gc.unfreeze()
        found = gc.collect()
        gc.freeze()
        self._aside, self._full_at = 0, time.monotonic()
        log.info("garbage_collected", ms=round((self._full_at - begun) * 1000), objects=found)
