"""What a moderator does to a thread and its posts, where they read."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.services import moderation, posts
from bbs.views.threads import PostView, ThreadHead
from screens.place import MODERATOR, Place, job


class ModeratedPlace(Place):
    """A place with a thread; the place itself says which, and how it is read again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("H", "hide", show=False, tooltip="Hide or restore the post", group=MODERATOR),
        Binding("L", "lock", show=False, tooltip="Lock or unlock the thread", group=MODERATOR),
        Binding("P", "pin", show=False, tooltip="Pin or unpin the thread", group=MODERATOR),
        Binding("T", "rename", show=False, tooltip="Rename the thread", group=MODERATOR),
    ]
    JUDGED: ClassVar[frozenset[str]] = frozenset({"hide", "lock", "pin", "rename"})

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
            await self.ctx.write(moderation.restore_post, post.id)
        else:
            reason = await self.session.prompt(f"Hide #{post.id}. Reason, which {post.author} sees")
            if not reason:
                return
            await self.ctx.write(moderation.hide_post, post.id, reason)
        await self.moderated("Shown again." if post.state == "hidden" else "Hidden. Its author sees the reason.")

    @job
    async def action_lock(self) -> None:
        if self.may_moderate():
            await self.ctx.write(moderation.lock_thread, self.head.id, locked=not self.head.locked)
            await self.moderated("The thread is locked." if not self.head.locked else "The thread is open again.")

    @job
    async def action_pin(self) -> None:
        if self.may_moderate():
            await self.ctx.write(moderation.pin_thread, self.head.id, pinned=not self.head.pinned)
            await self.moderated("The thread is pinned." if not self.head.pinned else "The thread is not pinned now.")

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
