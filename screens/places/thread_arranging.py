"""Where a moderator puts a thread: another board, a part of it into a thread of its own, all of it into another one."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.errors import Invalid
from bbs.services import arranging, boards, posts, threads
from screens.forms.fields import Choice, Entry, Field, FormSpec, Values
from screens.keys import MODERATOR
from screens.place import job
from screens.places.board_care import confirmed
from screens.places.thread_moderation import ModeratedPlace


class ArrangedPlace(ModeratedPlace):
    """A place with a thread that can be moved, split and merged."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("V", "move", show=False, tooltip="Move the thread to another board", group=MODERATOR),
        Binding("S", "split", show=False, tooltip="Give posts a thread of their own", group=MODERATOR),
        Binding("J", "merge", show=False, tooltip="Put all posts into another thread", group=MODERATOR),
    ]
    JUDGED: ClassVar[frozenset[str]] = ModeratedPlace.JUDGED | {"move", "split", "merge"}

    @job
    async def action_move(self) -> None:
        if not self.may_moderate():
            return
        lines = await self.ctx.read(boards.board_list)
        options = tuple((item.slug, item.title) for item in lines if item.may_moderate and item.id != self.board_id)
        if not options:
            self.say("There is no other board to which you may move it.", fault=True)
            return

        async def move(values: Values) -> int:
            return await confirmed(self, arranging.move_thread, self.head.id, values["board"],
                                   reason=values["reason"])  # fmt: skip

        fields: list[Field] = [Choice("board", "To which board", options, options[0][0]), _reason()]
        if await self.session.form(FormSpec(f"Move {self.head.title}", fields, move, done="Move")):
            await self.read_again()
            self.say(f"The thread is in {self.head.board_title} now.")

    @job
    async def action_split(self) -> None:
        post = self.post
        if post is None or not self.may_moderate():
            return

        async def split(values: Values) -> int:
            return await self.ctx.write(arranging.split_thread, _numbers(values["posts"]), values["title"],
                                        reason=values["reason"])  # fmt: skip

        fields: list[Field] = [
            Entry("posts", "Posts", f"#{post.id}", hint="numbers with spaces between them", limit=1000),
            Entry("title", "Subject of the new thread", limit=posts.MAX_TITLE),
            _reason(),
        ]
        made = await self.session.form(FormSpec(f"Split {self.head.title}", fields, split, done="Split"))
        if made is not None:
            await self.read_again()
            await self.session.open("thread", made)

    @job
    async def action_merge(self) -> None:
        if not self.may_moderate():
            return
        given = await self.session.prompt("Put all posts into which thread? Its number, or #1234 of a post in it")
        if not given:
            return
        number = _numbers(given)[0]
        into = await self.ctx.read(threads.thread_of_post, number) if given.startswith("#") else number
        page = await self.ctx.read(threads.thread_page, into, limit=1)
        question = f"Put all posts of “{self.head.title}” into “{page.head.title}”? It cannot be undone."
        if await self.session.ask(question, "merge", "leave them as they are"):
            await confirmed(self, arranging.merge_threads, self.head.id, page.head.id)
            await self.moderated("Both are one thread now.")


def _reason() -> Entry:
    return Entry("reason", "Reason", hint="its authors read it", limit=arranging.MAX_REASON)


def _numbers(text: str) -> list[int]:
    """'#12 #13, 14' as numbers. Raises Invalid."""
    words = text.replace(",", " ").replace("#", " ").split()
    if not words or not all(word.isascii() and word.isdecimal() and len(word) < 16 for word in words):
        raise Invalid("Write numbers of posts, such as #12 #13.", "posts")
    return [int(word) for word in words]
