"""What moderators do to boards, in the list of boards and in each of them."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType

from bbs.errors import Unconfirmed
from bbs.services import board_merging, board_settings, boards
from bbs.services.permission import authorize
from bbs.views.boards import BoardLine, BoardSettings
from screens.forms.fields import Check, Choice, Entry, Field, FormSpec, Kept, Values
from screens.keys import MODERATOR
from screens.place import LongPlace, Place, job

KINDS = (
    ("public", "public: everybody reads and writes"),
    ("private", "private: only members whom you name"),
    ("announcement", "announcement: all read, few write"),
)
LAST = ""
"""In place of a board before which another one is to stand."""
T = TypeVar("T")


async def confirmed(place: Place, use_case: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do it, after a question where it has to be agreed to first. Raises Unconfirmed where it was not."""
    try:
        return await place.ctx.write(use_case, *args, **kwargs)
    except Unconfirmed as found:
        if not await place.session.ask(f"{found.message} Do it?", "do it", "leave it as it is"):
            raise
        return await place.ctx.write(use_case, *args, agreed=True, **kwargs)


class BoardCare(LongPlace):
    """A place with a board that keys act on; the place itself says which."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", show=False, tooltip="Describe the board, and say of what kind it is", group=MODERATOR),
        Binding("P", "people", show=False, tooltip="Who reads, writes in and moderates the board", group=MODERATOR),
        Binding("A", "archive", show=False, tooltip="Archive or reopen the board (asks)", group=MODERATOR),
        Binding("J", "merge", show=False, tooltip="Make the board part of another one (asks)", group=MODERATOR),
    ]
    JUDGED: ClassVar[frozenset[str]] = frozenset({"edit", "people"})

    @property
    def board(self) -> BoardLine | None:
        """The board that keys act on."""
        raise NotImplementedError

    def offers(self, action: str) -> bool:
        if action in self.JUDGED:
            return self.board is not None and self.board.may_moderate
        return super().offers(action)

    @job
    async def action_edit(self) -> None:
        await self.describe_board()

    async def describe_board(self) -> None:
        item = self.board
        if item is None:
            return
        before = await self.ctx.read(board_settings.board_settings, item.id)

        async def change(values: Values) -> BoardSettings:
            kind = {"kind": values["kind"]} if values["kind"] != before.kind else {}
            return await confirmed(self, board_settings.edit_board, item.id, title=values["title"],
                                   description=values["description"], category=values["category"],
                                   others_reply=values["others_reply"] == "yes", **kind)  # fmt: skip

        kept = Kept(self.ctx, f"boards:{item.id}")
        spec = FormSpec(f"Describe {item.title}", _fields(before), change, done="Save", kept=kept)
        if await self.session.form(spec):
            await self.reload()

    @job
    async def action_people(self) -> None:
        await self.list_people()

    async def list_people(self) -> None:
        item = self.board
        if item is None:
            return
        before = await self.ctx.read(board_settings.board_settings, item.id)

        async def change(values: Values) -> BoardSettings:
            reads, writes, moderates = (
                values[name].replace(",", " ").split() for name in ("reads", "writes", "moderates")
            )
            return await self.ctx.write(board_settings.set_board_people, item.id, reads=reads, writes=writes,
                                        moderates=moderates)  # fmt: skip

        fields: list[Field] = [
            Entry("reads", "Reads it (handles)", " ".join(before.reads), hint="a private board", limit=2000),
            Entry("writes", "Writes in it", " ".join(before.writes), hint="where few write", limit=2000),
            Entry("moderates", "Moderates it", " ".join(before.moderates), limit=500),
        ]
        notes = ("Operators can read every board. Whom you name, or name no longer, is told.",)
        kept = Kept(self.ctx, f"readers:{item.id}")
        spec = FormSpec(f"People of {item.title}", fields, change, done="Save", notes=notes, kept=kept)
        if await self.session.form(spec):
            await self.reload()

    @job
    async def action_archive(self) -> None:
        item = self.board
        if item is None:
            return
        await self.ctx.read(authorize, "archive a board")
        question = f"Reopen {item.title}?" if item.archived else f"Archive {item.title}? It can be read, not written."
        if await self.session.ask(question, "reopen it" if item.archived else "archive it"):
            await self.ctx.write(board_settings.archive_board, item.id, archived=not item.archived)
            await self.reload()

    @job
    async def action_merge(self) -> None:
        item = self.board
        if item is None:
            return
        await self.ctx.read(authorize, "merge boards")
        others = await self.ctx.read(boards.board_list)
        options = tuple((other.slug, other.title) for other in others if other.id != item.id)
        if not options:
            self.say("There is no other board that takes threads.", fault=True)
            return

        async def merge(values: Values) -> BoardSettings:
            return await confirmed(self, board_merging.merge_boards, item.id, values["into"])

        fields = [Choice("into", "Part of which board", options, options[0][0])]
        notes = (f"All threads of {item.title} go there. What is unread stays unread, and its short name leads there.",
                 "It cannot be undone.")  # fmt: skip
        spec = FormSpec(f"Merge {item.title}", fields, merge, done="Merge", notes=notes)
        merged: BoardSettings | None = await self.session.form(spec)
        if merged is not None:
            await self.reload()
            self.say(f"{item.title} is part of {merged.title} now.")


class BoardsCare(BoardCare):
    """The same in the list, where boards are made and put in order too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", show=False, tooltip="Make a board", group=MODERATOR),
        Binding("O", "order", show=False, tooltip="Where the board stands in the list", group=MODERATOR),
    ]

    @job
    async def action_new(self) -> None:
        await self.make_board()

    async def make_board(self) -> None:
        await self.ctx.read(authorize, "add a board")

        async def make(values: Values) -> int:
            return await self.ctx.write(
                board_settings.add_board, values["slug"], values["title"], description=values["description"],
                category=values["category"], kind=values["kind"],
            )  # fmt: skip

        made = await self.session.form(
            FormSpec("New board", _fields(None), make, done="Make it", kept=Kept(self.ctx, "boards:new"))
        )
        if made is not None:
            await self.reload()
            await self.session.open("board", made)

    @job
    async def action_order(self) -> None:
        item = self.board
        if item is None:
            return
        await self.ctx.read(authorize, "order the boards")
        others = [other for other in await self.ctx.read(boards.board_list) if other.id != item.id]
        options = (*((other.slug, f"before {other.title}") for other in others), (LAST, "last of all"))

        async def put(values: Values) -> bool:
            slugs = [other.slug for other in others]
            at = slugs.index(values["before"]) if values["before"] else len(slugs)
            await self.ctx.write(board_settings.order_boards, [*slugs[:at], item.slug, *slugs[at:]])
            return True

        fields = [Choice("before", "Where it stands", options, LAST)]
        notes = ("Boards of one category stay together: where a board goes, its category goes.",)
        if await self.session.form(FormSpec(f"Place of {item.title}", fields, put, done="Put it there", notes=notes)):
            await self.reload()


def _fields(before: BoardSettings | None) -> list[Field]:
    """Of a new board, or of one that is there, whose short name stays."""
    slug = Entry("slug", "Short name", hint="for commands and jumping: letters, digits, hyphens", limit=32)
    replies = Check("others_reply", "In an announcement board all reply",
                    "yes" if before is None or before.others_reply else "no")  # fmt: skip
    return [
        *([] if before else [slug]),
        Entry("title", "Title", before.title if before else "", limit=60),
        Entry("description", "What it is for", before.description if before else "", limit=200),
        Entry("category", "Category", before.category if before else "", limit=40),
        Choice("kind", "Kind", KINDS, before.kind if before else "public"),
        *([replies] if before else []),
    ]
