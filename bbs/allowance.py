"""How much of the loop's time one member may have: a burst, and a share after it.

All sessions and connections of the member have it together, so that ten of them cost everybody else what one does.
"""

import asyncio
import time
from collections.abc import Callable

COUNTED_AT_MOST = 0.1
"""Seconds that one key or line counts for: what takes longer waits for a thread, and the loop is free meanwhile."""


class Allowance:
    """`burst` in seconds of work, `share` as a part of the time."""

    def __init__(self, burst: float, share: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._share, self._clock = burst, share, clock
        self._left, self._counted_at = burst, clock()

    def spend(self, seconds: float) -> float:
        """Count work. The seconds for which to wait, because the share is used up."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._counted_at) * self._share) - seconds
        self._counted_at = now
        return max(0.0, -self._left) / self._share

    async def worked(self, seconds: float) -> None:
        """Count what a key or a line took, and rest until the share covers it."""
        if wait := self.spend(min(seconds, COUNTED_AT_MOST)):
            await asyncio.sleep(wait)
