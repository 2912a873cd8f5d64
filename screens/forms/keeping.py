"""One draft as one session knows it: what was saved last, and from which saving the next one goes on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bbs.context import Context
from bbs.errors import Overtaken
from bbs.events import DraftChanged
from bbs.services import drafts
from bbs.services.drafts import DraftView, new_key


class DraftKeeper:
    """Puts a text on disk, one saving at a time. A saving that is under way goes on when whoever asked for it ends."""

    def __init__(self, ctx: Context, place: str, *, answers_id: int | None = None) -> None:
        self._ctx = ctx
        self.view = DraftView(place, "", "", answers_id, new_key(), None)
        self._saving: asyncio.Future[DraftView] | None = None
        self._has_told = False

    async def find(self) -> DraftView | None:
        """The draft on disk, from which this session goes on; None for none."""
        draft = await self._ctx.read(drafts.draft, self.view.place)
        if draft is not None:
            self._go_on_from(draft)
        return draft

    def begin(self, subject: str, body: str) -> None:
        """With these words there is nothing to save yet."""
        self.view = replace(self.view, subject=subject, body=body)

    def _go_on_from(self, view: DraftView) -> None:
        self.view, self._has_told = view, False

    def _is_saved(self, subject: str, body: str) -> bool:
        return (subject, body) == (self.view.subject, self.view.body)

    async def save(self, subject: str, body: str, *, again: bool = False) -> None:
        """Save what has changed; `again`: also what has not, as another session may have sent or discarded it.

        Raises Overtaken when another session has saved other words; not where these had been saved before: whoever
        wrote those has read these.
        """
        await self._finished()
        unchanged = self._is_saved(subject, body)
        if again or not unchanged:
            try:
                await self._write(subject, body)
            except Overtaken:
                if not unchanged:
                    raise

    async def _write(self, subject: str, body: str) -> None:
        view = replace(self.view, subject=subject, body=body)
        self._saving = asyncio.ensure_future(self._ctx.write(drafts.save_draft, view, tell=not self._has_told))
        self._saving.add_done_callback(self._saved)
        await asyncio.shield(self._saving)

    def _saved(self, saving: asyncio.Future[DraftView]) -> None:
        if not saving.cancelled() and saving.exception() is None:
            self.view, self._has_told = saving.result(), True

    async def _finished(self) -> None:
        if self._saving is not None and not self._saving.done():
            await asyncio.wait({self._saving})

    async def save_at_end(self, subject: str, body: str, *, again: bool = True) -> None:
        """When nobody can be asked any more: both this text and another session's are kept. `again` as in `save`."""
        await self._save_now_or_later(drafts.keep_both, subject, body, again=again)

    async def save_or_keep_aside(self, subject: str, body: str) -> None:
        """The same for what cannot stand one after the other: this text can be had back."""
        await self._save_now_or_later(drafts.keep_aside, subject, body, again=True)

    async def _save_now_or_later(self, keep_too: Callable[..., Any], subject: str, body: str, *, again: bool) -> None:
        """Later where the disk takes nothing now; beside another session's text as `keep_too` does."""

        async def save() -> None:
            try:
                await self.save(subject, body, again=again)
            except Overtaken:
                await self._ctx.write(keep_too, replace(self.view, subject=subject, body=body))

        await self._ctx.forum.unsaved.keep(self._ctx.ticket.member_id, self.view.place, save)

    async def keep_mine(self, subject: str, body: str) -> None:
        """Save this text where another session's is, which can be had back."""
        theirs = await self.find()
        if theirs is not None:
            await self._ctx.write(drafts.keep_aside, theirs)
        await self.save(subject, body, again=True)

    async def take_theirs(self, subject: str, body: str) -> DraftView | None:
        """Go on from another session's text; this one can be had back. None when it is gone by now."""
        mine = replace(self.view, subject=subject, body=body)
        theirs = await self.find()
        if theirs is not None:
            await self._ctx.write(drafts.keep_aside, mine)
        return theirs

    async def keep_both(self, subject: str, body: str) -> DraftView:
        """Go on from both texts, one after the other."""
        mine = replace(self.view, subject=subject, body=body)
        self._go_on_from(await self._ctx.write(drafts.keep_both, mine))
        return self.view

    async def discard(self, subject: str, body: str) -> None:
        """Discard this text as it is here, so that it is this that can be had back; another session's stays."""
        await self._finished()
        if not self.view.version and self._is_saved(subject, body):
            return
        try:
            await self._write(subject, body)
        except Overtaken:
            await self._ctx.write(drafts.keep_aside, replace(self.view, subject=subject, body=body))
        else:
            await self._ctx.write(drafts.discard_draft, self.view.place)

    async def bring_back(self) -> DraftView:
        """Go on from what was discarded last."""
        self._go_on_from(await self._ctx.write(drafts.restore_draft, self.view.place))
        return self.view

    async def let_go(self) -> None:
        """What was kept has been sent."""
        await self._finished()
        await self._ctx.write(drafts.sent, self.view.place)

    def is_here(self, event: DraftChanged) -> bool:
        return (event.member_id, event.place) == (self._ctx.ticket.member_id, self.view.place)

    async def is_news(self, event: DraftChanged) -> bool:
        """Whether another session saved, sent or discarded what this one goes on from."""
        await self._finished()
        if event.version:
            return event.version > self.view.version
        return bool(self.view.version and (self.view.subject.strip() or self.view.body.strip()))
