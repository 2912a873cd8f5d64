"""Ends what nobody uses: first a warning, then the end."""

import asyncio
from collections.abc import Callable

LONGEST_WARNING = 300.0
"""Seconds between the warning and the end; a fifth of the time, where that is less."""


class IdleTimer:
    """One for a session. A key costs it nothing but the time of day: the timer looks again when it is due."""

    def __init__(self, seconds: float, warn: Callable[[float], None], end: Callable[[], None]) -> None:
        """`warn` is given the seconds that are left. With 0 `seconds` nothing ever ends."""
        self._seconds = seconds
        self._warning = min(LONGEST_WARNING, seconds / 5)
        self._warn, self._end = warn, end
        self._loop = asyncio.get_running_loop()
        self._touched_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        if seconds:
            self._wait_until(self._touched_at + seconds - self._warning)

    def touch(self) -> None:
        self._touched_at = self._loop.time()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait_until(self, when: float) -> None:
        self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        left = self._touched_at + self._seconds - self._loop.time()
        if left <= 0:
            self._end()
        elif left <= self._warning:
            self._warn(left)
            self._wait_until(self._loop.time() + left)
        else:
            self._wait_until(self._touched_at + self._seconds - self._warning)
