"""What the keys do with the post that is being read: its links and code, its author, thanks and reports."""

from collections.abc import Awaitable
from functools import partial

from bbs.services import posts, reports
from screens.lines import cut
from screens.place import job
from screens.places.reasons import ask_anyway, ask_reason
from screens.places.thread_posts import PostLines
from screens.places.thread_writing import WrittenPlace
from screens.session import Undo

COPIED_SHOWN = 28
"""Cells of a copied address that are said again."""


class PostPlace(WrittenPlace):
    """The thread's keys are in `ThreadScreen.BINDINGS`, in the order in which help lists them."""

    looks: PostLines
    """How the posts are drawn."""

    def offers(self, action: str) -> bool:
        if action == "thank":
            return self.post is not None and not self.post.is_mine
        return super().offers(action)

    async def read_again(self) -> None:
        """Read the posts again that are shown."""
        raise NotImplementedError

    # -- what a post holds

    @job
    async def action_unfold(self) -> None:
        if (post := self.post) is not None:
            self.looks.turn(post)
            await self.looks.prepare(post, self.list.row_width)
            self.refill()

    @job
    async def action_code_right(self) -> None:
        await self._scroll_code(0.5)

    @job
    async def action_code_left(self) -> None:
        await self._scroll_code(-0.5)

    async def _scroll_code(self, screens: float) -> None:
        post = self.post
        if post is not None and await self.looks.scroll(post, screens, self.list.row_width):
            await self.looks.prepare(post, self.list.row_width)
            self.refill()
        else:
            self.say("No code goes on that way in this post.")

    @job
    async def action_copy(self) -> None:
        """Only this key, pressed by the reader, puts anything into their clipboard."""
        links = await self.looks.links(self.post) if self.post is not None else []
        address = await self._chosen_link(links) if len(links) > 1 else "".join(links)
        if not links:
            self.say("There is no link in this post.")
        elif address:
            self.session.copy_to_clipboard(address)
            self.say(f"Copied: {cut(address, COPIED_SHOWN)}, if your terminal allows it.")

    async def _chosen_link(self, links: list[str]) -> str:
        """One of several, by its number; '' for none."""
        label = f"Copy which link, 1 to {len(links)}?"
        if len(links) < 10:
            names = [(str(number), cut(address.split("//")[-1], 16)) for number, address in enumerate(links, 1)]
            number = await self.session.choose(label, names)
        else:
            number = await self.session.prompt(label, limit=4)
        return links[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(links) else ""

    @job
    async def action_open(self) -> None:
        if self.post is not None and self.post.handle:
            await self.session.open("profile", self.post.handle)

    @job
    async def action_thank(self) -> None:
        post = self.post
        if post is None:
            return

        def change(*, thanked: bool) -> Awaitable[None]:
            return self.ctx.write(posts.thank, post.id, thanked=thanked)

        await change(thanked=not post.thanked)
        self.session.undo = Undo(partial(change, thanked=post.thanked), "As it was.")
        await self.read_again()
        self.say("Taken back. u undoes it." if post.thanked else f"You thanked {post.author}. u undoes it.")

    @job
    async def action_report(self) -> None:
        post = self.post
        if post is None:
            return
        warning = await self.ctx.read(reports.nobody_else_of_post, post.id)
        if not await ask_anyway(self, warning):
            return
        reason = await ask_reason(self, f"Report #{post.id}:", "What is wrong with it?")
        if reason:
            await self.ctx.write(reports.report_post, post.id, reason, anyway=bool(warning))
            self.say("Thank you. The moderators will look at it, and you hear what came of it.")

    @job
    async def action_info(self) -> None:
        if self.post is not None:
            await self.session.open("history", self.post)
