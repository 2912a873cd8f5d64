"""A session whose input never pauses rests as long as it works: half of the loop is left to everybody else."""

import asyncio

FREE_SECONDS = 1.0
"""Of work without a pause: longer than what is typed ahead over a slow line, or a paste into a field, takes."""
LONGEST = 0.5
"""Seconds of one rest."""


class Rests:
    """One for a session. `worked` is called after each key or line that has been dealt with."""

    def __init__(self) -> None:
        self._since: float | None = None
        """When the session last had nothing to do."""
        self._last = 0.0

    async def worked(self, *, has_more: bool) -> None:
        """Rest, if there was no pause for long. `has_more`: whether the next key or line waits already."""
        loop = asyncio.get_running_loop()
        if not has_more:
            self._since = None
            return
        now = loop.time()
        if self._since is None:
            self._since = self._last = now
        if now - self._since > FREE_SECONDS:
            await asyncio.sleep(min(now - self._last, LONGEST))
        self._last = loop.time()
