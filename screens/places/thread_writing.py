"""What a member writes in a thread: answers, edits, and what becomes of a post that they remove."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.services import posts, threads
from bbs.services.drafts import DraftView
from bbs.text import quote
from bbs.views.threads import HELD, Posted, PostView
from screens.forms.writing import Writing
from screens.keys import AUTHOR
from screens.place import job
from screens.places.thread_arranging import ArrangedPlace

QUOTED_LINES = 12
"""Lines of a post that a quoting reply begins with; more hides what one has to say."""


class WrittenPlace(ArrangedPlace):
    """A place with a thread in which members write; the place itself says what is loaded of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reply", "reply", tooltip="Reply"),
        Binding("R", "quote", show=False, tooltip="Reply, quoting the post"),
        Binding("e", "edit", "edit", tooltip="Edit your post", group=AUTHOR),
        Binding("d", "delete", "remove", tooltip="Remove your post (asks)", group=AUTHOR),
    ]

    def offers(self, action: str) -> bool:
        post = self.post
        if action == "edit":
            return post is not None and post.may_edit
        if action == "delete":
            return post is not None and post.is_mine and post.state == "shown"
        return self.head.may_reply if action == "reply" else super().offers(action)

    def posts_to_the_end(self) -> list[PostView] | None:
        """The posts that are loaded, when the thread's last is among them."""
        raise NotImplementedError

    def posts_from_the_start(self) -> list[PostView] | None:
        """The posts that are loaded, when the thread's first is among them."""
        raise NotImplementedError

    async def show_posted(self, posted: Posted) -> None:
        """Go to a post that was just made."""
        raise NotImplementedError

    @job
    async def action_reply(self) -> None:
        await self.reply(quoting=False)

    @job
    async def action_quote(self) -> None:
        await self.reply(quoting=True)

    async def reply(self, *, quoting: bool) -> None:
        """Write an answer, if this member may."""
        if not self.head.may_reply:
            self.say(self.head.why_not, fault=True)
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
        posted = await self.session.write(writing)
        if isinstance(posted, Posted) and posted.held:
            await self._written(HELD)
        elif isinstance(posted, Posted):
            await self.show_posted(posted)
        else:
            await self._written(posted)

    @job
    async def action_edit(self) -> None:
        await self.edit()

    async def edit(self) -> None:
        post = self.post
        if post is None:
            return
        if not post.may_edit:
            hours = threads.EDIT_HOURS
            said = f"A post can be edited for {hours} hours." if post.is_mine else "You can edit your own posts only."
            self.say(said, fault=True)
            return

        async def send(draft: DraftView) -> Posted:
            return await self.ctx.write(posts.edit_post, post.id, draft.body, revision=post.revision)

        writing = Writing(
            place=f"post:{post.id}", heading=f"Edit #{post.id}", readers=self.head.readers, send=send,
            initial=post.body, board_id=self.board_id,
        )  # fmt: skip
        done = await self.session.write(writing)
        await self._written("Saved." if isinstance(done, Posted) else done)

    async def _written(self, said: str | None) -> None:
        """The editor was left: with something that can be said of it, or as it was opened."""
        if said is not None:
            await self.read_again()
            self.say(said)

    @job
    async def action_delete(self) -> None:
        post = self.post
        if post is None:
            return
        if not post.is_mine:
            self.say("You can remove your own posts only. ! reports one.", fault=True)
        elif self._opens_thread(post):
            await self._delete_first(post)
        elif await self.session.ask(f"Remove #{post.id}? It will read 'Removed by its author'.", "remove"):
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
        chosen = await self.session.choose(f"Remove #{post.id}. And the thread?", choices)
        if chosen in {"k", "l", "w"}:
            await self._delete(post, {"k": "keep", "l": "lock", "w": "remove"}[chosen])

    async def _delete(self, post: PostView, thread: str) -> None:
        await self.ctx.write(posts.delete_post, post.id, thread=thread)
        if thread == "remove":
            await self.session.back()
            self.session.say("The thread is removed.")
        else:
            await self._written("Removed, and the thread is locked." if thread == "lock" else "Removed.")
