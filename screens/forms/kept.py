"""A form or an editor whose text is kept as a draft while it is typed, and however the session ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from textual import on
from textual.timer import Timer

from bbs.context import Context
from bbs.errors import BBSError, Overtaken
from bbs.events import DraftChanged, Event
from bbs.services.drafts import DraftView
from screens.forms.keeping import DraftKeeper
from screens.forms.modal import Modal
from screens.widgets.line_input import LineInput
from screens.widgets.text_area import TextField

T = TypeVar("T")

SAVE_AFTER = 1.0
"""Seconds from a key to the draft on disk."""


class KeptModal(Modal[T], Generic[T], inherit_bindings=False):
    """Subclasses give their text and take another one, and call `typed` when it has changed."""

    what = "draft"
    """What it is called in what is said to the member."""

    def __init__(self) -> None:
        super().__init__()
        self.keeper: DraftKeeper | None = None
        self._saving: Timer | None = None
        self._forget_keeper: Callable[[], None] = lambda: None
        self.has_typed = False
        self._is_overtaken = False
        """Whether another session has changed what is kept here."""

    # -- what subclasses give

    def written(self) -> tuple[str, str]:
        """(subject, body) as they are now."""
        raise NotImplementedError

    def put(self, draft: DraftView) -> None:
        """Put another text in place of this one."""
        raise NotImplementedError

    can_join = False
    """Whether two texts can stand one after the other."""

    def saved(self) -> None:
        """The text is on disk."""

    # -- its life

    async def find_draft(self, ctx: Context, place: str, *, answers_id: int | None = None) -> DraftView | None:
        """Keep what is typed from now on; the draft that is on disk already, if any."""
        self.keeper = DraftKeeper(ctx, place, answers_id=answers_id)
        self.has_typed = self._is_overtaken = False
        self._forget_keeper = self.host.keeps(self._keep_at_end)
        return await self.keeper.find()

    def finish(self, result: T | None) -> None:
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        self._forget_keeper()
        self._forget_keeper = lambda: None
        super().finish(result)

    def typed(self) -> None:
        """The text has changed."""
        self.has_typed = True
        if self._saving is None and self.keeper is not None:
            self._saving = self.set_timer(SAVE_AFTER, lambda: self.do(self._keep_quietly))

    @on(LineInput.Refused)
    @on(TextField.Refused)
    def tell_why(self, event: LineInput.Refused | TextField.Refused) -> None:
        event.stop()
        self.say(event.why, fault=True)

    async def _keep_quietly(self) -> None:
        """While typing: a failure is said, and tried again. A question would take the next letters for its answer."""
        self._saving = None
        try:
            await self.save()
        except Overtaken:
            self._is_overtaken = True
            self.say(f"Your other session has changed this {self.what} too. Go on: Ctrl+S or Esc asks which stays.")
        except BBSError as error:
            self.failed(error)
            self.typed()

    async def save(self, *, again: bool = False) -> None:
        """Put what is typed on disk, if it is not there.

        `again`: another session may have sent or discarded it. Raises:
            Overtaken: another session has saved other words.
        """
        if self.keeper is not None:
            await self.keeper.save(*self.written(), again=again)
            self._is_overtaken = False
            self.saved()

    async def _keep_at_end(self) -> None:
        """The session ends, nobody knows how: the text goes to disk, whatever another session has put there."""
        if self.keeper is None or not self.has_typed:
            return
        if self.can_join:
            await self.keeper.save_at_end(*self.written())
        else:
            await self.keeper.save_or_keep_aside(*self.written())

    # -- another session

    def tell(self, event: Event) -> None:
        if isinstance(event, DraftChanged) and self.keeper is not None and self.keeper.is_here(event):
            self.do(lambda: self._heard(event))

    async def _heard(self, event: DraftChanged) -> None:
        if self.keeper is None or not await self.keeper.is_news(event):
            return
        if event.version:
            self.say(f"Another of your sessions is writing in this {self.what} too. "
                     "You are asked before anything is replaced.")  # fmt: skip
        else:
            self.say(f"Another of your sessions has sent or discarded this {self.what}. Your text here is as it was.")

    async def unless_overtaken(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something with the text, once it is clear which session's text it is."""
        if self._is_overtaken:
            await self._ask_which(f"Your other session has changed this {self.what} too.")
            return
        try:
            await act()
        except Overtaken as error:
            await self._ask_which(error.message)

    async def _ask_which(self, said: str) -> None:
        """Two sessions have written: which text stays here? The other one can be had back for a day."""
        choices = [("m", "keep mine"), ("t", "take theirs"), *([("b", "both")] if self.can_join else [])]
        chosen = await self.host.choose(said, choices)
        if chosen == "m":
            await self._keep_mine()
        elif chosen == "t":
            await self._take_theirs()
        elif chosen == "b":
            await self._keep_both()

    async def _keep_mine(self) -> None:
        if self.keeper is not None:
            await self.keeper.keep_mine(*self.written())
        self._is_overtaken = False
        self.say("Your text stays. The other one is in your drafts for a day.")

    async def _take_theirs(self) -> None:
        theirs = await self.keeper.take_theirs(*self.written()) if self.keeper is not None else None
        self._is_overtaken = False
        if theirs is None:
            self.say("It was sent or discarded there meanwhile, so your text stays.")
        else:
            self.put(theirs)
            self.say("Here is the other text. Yours is in your drafts for a day.")

    async def _keep_both(self) -> None:
        if self.keeper is not None:
            self.put(await self.keeper.keep_both(*self.written()))
        self._is_overtaken = False
        self.say("Both texts are here, one after the other.")
