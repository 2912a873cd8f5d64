"""What a moderator does to a thread and its posts, where they read."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.services import moderation, posts
from bbs.services.drafts import DraftView
from bbs.views.threads import PostView, ThreadHead
from screens.forms.writing import Writing
from screens.keys import MODERATOR
from screens.place import Place, job
from screens.places.measures import take_measure
from screens.places.reasons import FOR_LOCKING, ask_hiding, ask_reason


class ModeratedPlace(Place):
    """A place with a thread; the place itself says which, and how it is read again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("H", "hide", show=False, tooltip="Hide or restore the post", group=MODERATOR),
        Binding("E", "edit_out", show=False, tooltip="Edit personal data out of the post", group=MODERATOR),
        Binding("W", "measure", show=False, tooltip="Warn, silence, suspend or ban its author", group=MODERATOR),
        Binding("L", "lock", show=False, tooltip="Lock or unlock the thread", group=MODERATOR),
        Binding("P", "pin", show=False, tooltip="Pin or unpin the thread", group=MODERATOR),
        Binding("T", "rename", show=False, tooltip="Rename the thread", group=MODERATOR),
    ]
    JUDGED: ClassVar[frozenset[str]] = frozenset({"hide", "edit_out", "measure", "lock", "pin", "rename"})

    @property
    def head(self) -> ThreadHead:
        raise NotImplementedError

    @property
    def board_id(self) -> int:
        return self.head.board_id

    @property
    def post(self) -> PostView | None:
        """The post that keys act on."""
        raise NotImplementedError

    async def read_again(self) -> None:
        """The same posts, as they are now."""
        raise NotImplementedError

    def offers(self, action: str) -> bool:
        post = self.post
        if action in {"hide", "edit_out"}:
            return self.head.may_moderate and post is not None and not post.is_mine and post.state != "deleted"
        if action == "measure":
            return self.head.may_moderate and post is not None and not post.is_mine and bool(post.handle)
        return self.head.may_moderate if action in self.JUDGED else super().offers(action)

    def may_moderate(self) -> bool:
        """Whether they may; it is said where they may not."""
        if not self.head.may_moderate:
            self.say("Only a moderator can do that.", fault=True)
        return self.head.may_moderate

    @job
    async def action_hide(self) -> None:
        post = self.post
        if post is None or not self.may_moderate():
            return
        if post.state == "hidden":
            if await self.session.ask(f"Show #{post.id} to everybody again?", "show it", "leave it hidden"):
                await self.ctx.write(moderation.restore_post, post.id)
                await self.moderated("Shown again. Its author is told.")
            return
        hiding = await ask_hiding(self, post.id, post.author)
        if hiding is not None:
            done = await self.ctx.write(moderation.hide_post, post.id, hiding.reason, also=hiding.also)
            what = "Hidden" if len(done.post_ids) == 1 else f"{len(done.post_ids)} posts are hidden"
            await self.moderated(f"{what}. Who wrote {'it' if len(done.post_ids) == 1 else 'them'} reads why.")

    @job
    async def action_edit_out(self) -> None:
        post = self.post
        if post is None or not self.may_moderate():
            return

        async def send(draft: DraftView) -> bool:
            await self.ctx.write(moderation.edit_out, post.id, draft.body, revision=post.revision,
                                 client_key=draft.client_key)  # fmt: skip
            return True

        writing = Writing(
            place=f"edit-out:{post.id}", heading=f"Edit personal data out of #{post.id}",
            readers="What it says now is kept for its author and moderators", send=send, initial=post.body,
        )  # fmt: skip
        done = await self.session.write(writing)
        if done is not None:
            await self.moderated(done if isinstance(done, str) else "Edited. Its author is told.")

    @job
    async def action_measure(self) -> None:
        post = self.post
        if post is None or not post.handle or not self.may_moderate():
            return
        await take_measure(self, post.handle, board_id=self.board_id)

    @job
    async def action_lock(self) -> None:
        if not self.may_moderate():
            return
        if self.head.locked:
            if await self.session.ask("Open the thread for replies again?", "open it", "leave it locked"):
                await self.ctx.write(moderation.lock_thread, self.head.id, locked=False)
                await self.moderated("The thread is open again.")
            return
        reason = await ask_reason(
            self, "Lock the thread. Who began it reads why:", "Reason for locking it", FOR_LOCKING
        )
        if reason:
            await self.ctx.write(moderation.lock_thread, self.head.id, locked=True, reason=reason)
            await self.moderated("The thread is locked.")

    @job
    async def action_pin(self) -> None:
        if not self.may_moderate():
            return
        pinned = not self.head.pinned
        question = "Have the thread stand on top of the board?" if pinned else "Let it stand among the others again?"
        if await self.session.ask(question, "yes", "leave it"):
            await self.ctx.write(moderation.pin_thread, self.head.id, pinned=pinned)
            await self.moderated("The thread is pinned." if pinned else "The thread is not pinned now.")

    @job
    async def action_rename(self) -> None:
        if self.may_moderate():
            title = await self.session.prompt("New subject", initial=self.head.title, limit=posts.MAX_TITLE)
            if title:
                await self.ctx.write(moderation.rename_thread, self.head.id, title)
                await self.moderated("The thread is renamed.")

    async def moderated(self, said: str) -> None:
        """Show what it is like now."""
        await self.read_again()
        self.say(said)
