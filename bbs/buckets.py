"""So many at once, and so many in a time after that: for what one member, or one address, may do again and again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

REMEMBERED = 10_000
"""Subjects that are counted; the oldest go first."""


class Buckets:
    """One for each kind of thing, for a process. `clock` is monotonic seconds."""

    def __init__(self, burst: int, seconds_each: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`burst` at once; then one in `seconds_each`."""
        self._burst, self._seconds_each, self._clock = burst, seconds_each, clock
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()
        """When each may do the whole burst again."""

    def take(self, subject: Hashable) -> float:
        """Count one. 0 if it may be done; else nothing is counted, and these are the seconds to wait."""
        now = self._clock()
        full_at = max(now, self._full_at.get(subject, now)) + self._seconds_each
        wait = full_at - now - self._burst * self._seconds_each
        if wait > 0:
            return wait
        self._full_at[subject] = full_at
        self._full_at.move_to_end(subject)
        while len(self._full_at) > REMEMBERED:
            self._full_at.popitem(last=False)
        return 0.0
