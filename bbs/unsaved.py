"""What somebody had typed when their session ended while the disk took nothing: kept in memory until it does."""

from collections.abc import Awaitable, Callable

import structlog

from bbs.errors import Unavailable

log = structlog.get_logger()

MOST, MOST_OF_ONE = 500, 10
"""Texts, in all and of one member: some 10 MB."""

Saving = Callable[[], Awaitable[object]]


class Unsaved:
    """One for a serving process."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, str], Saving] = {}

    @property
    def count(self) -> int:
        """How many texts wait."""
        return len(self._waiting)

    async def keep(self, member_id: int, place: str, save: Saving) -> None:
        """Save the member's text in this place now, or else later. Raises Unavailable where there is no room for it."""
        try:
            await save()
        except Unavailable:
            if not self.hold(member_id, place, save):
                raise

    def hold(self, member_id: int, place: str, save: Saving) -> bool:
        """Have it saved later; False where there is no room."""
        here = (member_id, place)
        theirs = [known for known in self._waiting if known[0] == member_id and known != here]
        if len(self._waiting) >= MOST or len(theirs) >= MOST_OF_ONE:
            return False
        self._waiting[here] = save
        return True

    async def save(self) -> None:
        """Save all that waits, as far as the disk takes it."""
        for here, save in tuple(self._waiting.items()):
            try:
                await save()
            except Unavailable:
                return
            except Exception:
                log.exception("draft_not_kept", member=here[0])
            if self._waiting.get(here) is save:
                del self._waiting[here]
