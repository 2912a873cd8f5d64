"""What a member writes in a thread: answers, edits, and what becomes of a post that they remove."""

from typing import ClassVar

from bbs.services import posts, threads
from bbs.services.drafts import DraftView
from bbs.text import quote
from bbs.views.threads import Posted, PostView
from screens.compose import Compose, Writing
from screens.page import Key
from screens.thread_moderation import ModeratedPage

QUOTED_LINES = 12
"""Lines of a post that a quoting reply begins with; more hides what one has to say."""


class WrittenPage(ModeratedPage):
    """A page with a thread in which members write; the page itself says what is loaded of it."""

    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("r", "reply", "Reply", "reply"),
        Key("R", "quote", "Reply, quoting the post"),
        Key("e", "edit", "Edit your post"),
        Key("d", "delete", "Remove your post (asks)"),
    )

    def posts_to_the_end(self) -> list[PostView] | None:
        """The posts on the page, when the thread's last is among them."""
        raise NotImplementedError

    def posts_from_the_start(self) -> list[PostView] | None:
        """The posts on the page, when the thread's first is among them."""
        raise NotImplementedError

    async def show_posted(self, posted: Posted) -> None:
        """Go to a post that was just made."""
        raise NotImplementedError

    async def do_reply(self) -> None:
        await self._reply(quoting=False)

    async def do_quote(self) -> None:
        await self._reply(quoting=True)

    async def _reply(self, *, quoting: bool) -> None:
        if not self.head.may_reply:
            self.frame.say(self.head.why_not, fault=True)
            return
        post, thread_id = self.post, self.head.id
        ends = self.posts_to_the_end()
        last = ends[-1].id if ends else 0
        answers_id = post.id if post is not None and post.state == "shown" and (quoting or post.id != last) else None

        async def send(draft: DraftView) -> Posted:
            return await self.ctx.write(posts.reply, thread_id, draft.body, answers_id=draft.answers_id,
                                        client_key=draft.client_key)  # fmt: skip

        writing = Writing(
            place=f"thread:{thread_id}", heading=f"Reply in {self.head.title}", readers=self.head.readers,
            send=send, initial=quote(post.body, post.author, lines=QUOTED_LINES) if quoting and post else "",
            answers_id=answers_id, answering=f"{post.author}: {post.body}" if post and post.body else "",
            board_id=self.board_id,
        )  # fmt: skip
        posted = await self.frame.form(Compose(self.ctx, writing))
        if isinstance(posted, Posted):
            await self.show_posted(posted)
        else:
            await self._written(posted or "")

    async def do_edit(self) -> None:
        post = self.post
        if post is None:
            return
        if not post.may_edit:
            hours = threads.EDIT_HOURS
            said = f"A post can be edited for {hours} hours." if post.is_mine else "You can edit your own posts only."
            self.frame.say(said, fault=True)
            return

        async def send(draft: DraftView) -> Posted:
            return await self.ctx.write(posts.edit_post, post.id, draft.body, revision=post.revision)

        writing = Writing(
            place=f"post:{post.id}", heading=f"Edit #{post.id}", readers=self.head.readers, send=send,
            initial=post.body, board_id=self.board_id,
        )  # fmt: skip
        done = await self.frame.form(Compose(self.ctx, writing))
        await self._written("Saved." if isinstance(done, Posted) else done or "")

    async def _written(self, said: str) -> None:
        await self.read_again()
        self.frame.show(self)
        self.frame.say(said)

    async def do_delete(self) -> None:
        post = self.post
        if post is None:
            return
        if not post.is_mine:
            self.frame.say("You can remove your own posts only. ! reports one.", fault=True)
        elif self._opens_thread(post):
            await self._delete_first(post)
        elif await self.frame.ask(f"Remove #{post.id}? It will read 'Removed by its author'.", "y remove"):
            await self._delete(post, "keep")

    def _opens_thread(self, post: PostView) -> bool:
        first = self.posts_from_the_start()
        return first is not None and first[0].id == post.id

    async def _delete_first(self, post: PostView) -> None:
        """The thread hangs on it: what becomes of that?"""
        choices = [("k", "stays open"), ("l", "is locked")]
        whole = self.posts_to_the_end()
        if whole is not None and all(other.is_mine for other in whole):
            choices.append(("w", "goes too"))
        chosen = await self.frame.choose(f"Remove #{post.id}. And the thread?", [*choices, ("n", "remove nothing")])
        if chosen in {"k", "l", "w"}:
            await self._delete(post, {"k": "keep", "l": "lock", "w": "remove"}[chosen])

    async def _delete(self, post: PostView, thread: str) -> None:
        await self.ctx.write(posts.delete_post, post.id, thread=thread)
        if thread == "remove":
            await self.frame.back()
            self.frame.say("The thread is removed.")
        else:
            await self._written("Removed, and the thread is locked." if thread == "lock" else "Removed.")
