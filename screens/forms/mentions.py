"""Whom a half-typed @ may mean, offered while one types."""

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from bbs.context import Context
from bbs.errors import BBSError
from bbs.services import people
from bbs.text import fold
from bbs.views.members import Named

PAUSE = 0.15
"""Seconds without a key after which it is worth asking: a fast typist's letters cost nothing."""
_BEGUN = re.compile(r"(?<![\w@])@([a-z][a-z0-9._-]{0,23})$", re.IGNORECASE)


def begun(line: str) -> str:
    """The handle that is being typed at the end of a line, without its @; '' for none."""
    match = _BEGUN.search(line[-26:])
    return match[1] if match else ""


class Timer(Protocol):
    def stop(self) -> None: ...


class Mentions:
    """Asks once typing pauses, and keeps of the answer what still fits as typing goes on."""

    def __init__(
        self, ctx: Context, later: Callable[[float, Callable[[], Awaitable[None]]], Timer],
        show: Callable[[tuple[Named, ...]], None],
    ) -> None:  # fmt: skip
        """`later` does something after so many seconds, and can be stopped."""
        self._ctx = ctx
        self._later = later
        self._show = show
        self.begin(0)

    def begin(self, board_id: int) -> None:
        """Offer those who may read this board; 0: a place in which nobody is mentioned."""
        self._board_id = board_id
        self._typed = ""
        self._offered: tuple[Named, ...] = ()
        self._asking: Timer | None = None

    def typed(self, beginning: str) -> None:
        """What stands between an @ and the cursor now; '' for nothing."""
        if beginning == self._typed or not self._board_id:
            return
        self._typed = beginning
        if self._asking is not None:
            self._asking.stop()
        self._asking = self._later(PAUSE, self.ask) if beginning else None
        self._offer(tuple(one for one in self._offered if beginning and _fits(one, beginning)))

    def _offer(self, named: tuple[Named, ...]) -> None:
        if named != self._offered:
            self._offered = named
            self._show(named)

    async def ask(self) -> None:
        wanted = self._typed
        try:
            named = await self._ctx.read(people.handles_like, wanted, self._board_id)
        except BBSError:  # an offer is a courtesy: whoever types must not hear of it, nor lose the editor
            return
        if wanted == self._typed:
            self._offer(named)

    async def first(self) -> str:
        """The handle that is offered first, at once if nobody has been asked yet; '' when there is none."""
        if self._typed and not self._offered:
            await self.ask()
        return self._offered[0].handle if self._offered else ""


def _fits(one: Named, beginning: str) -> bool:
    beginning = fold(beginning)
    return any(word.startswith(beginning) for word in (one.handle, *fold(one.display_name).split()))
