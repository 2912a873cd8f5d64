"""Who is connected to this process now. Kept in memory: a restart ends every session anyway."""

import time
from collections import Counter
from collections.abc import Callable


class Presence:
    """Counts live sessions for each member, and tells of changes."""

    def __init__(self) -> None:
        self._sessions: Counter[int] = Counter()
        self.on_change: Callable[[], None] = lambda: None
        self.input_at = time.monotonic()
        """When a key of anybody's came last, by the monotonic clock."""

    def touched(self) -> None:
        """Somebody has pressed a key."""
        self.input_at = time.monotonic()

    def arrive(self, member_id: int) -> None:
        self._sessions[member_id] += 1
        self.on_change()

    def leave(self, member_id: int) -> None:
        self._sessions[member_id] -= 1
        if self._sessions[member_id] <= 0:
            del self._sessions[member_id]
        self.on_change()

    def members(self) -> frozenset[int]:
        return frozenset(self._sessions)
