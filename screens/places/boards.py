"""The list of boards, and what their moderators and operators do to them."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import BoardsChanged, Event, PostAdded, ThreadChanged, ThreadRead
from bbs.services import boards, reading
from bbs.services.boards import board_settings
from bbs.text import ago, capped
from bbs.views.boards import BoardLine, BoardSettings
from screens import styles
from screens.forms.fields import Choice, Entry, Field, FormSpec, Kept
from screens.lines import Part, both_ends, fit, width_of
from screens.place import MODERATOR, OPERATOR, LongPlace, job
from screens.places.reading import catch_up, mute_board
from screens.rows import Row, gap_row, heading_row, text_row

SIDE = 60
WIDE = 100
TITLE_ROOM = 30
"""Cells that the titles may take of the list, with what is said behind them."""


class BoardsScreen(LongPlace):
    """All boards, by category."""

    KIND = "boards"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open the board"),
        Binding("c", "catch_up", "catch up", tooltip="Catch up: mark the board as read"),
        Binding("f", "follow", "follow", tooltip="Follow the board, or not: what is new in it comes to Home"),
        Binding("M", "mute", show=False, tooltip="Mute the board, or hear of it again"),
        Binding("e", "edit", show=False, tooltip="Describe the board", group=MODERATOR),
        Binding("n", "new", show=False, tooltip="Make a board", group=OPERATOR),
        Binding("A", "archive", show=False, tooltip="Archive or reopen the board", group=OPERATOR),
        Binding("P", "people", show=False, tooltip="Who reads and moderates the board", group=OPERATOR),
    ]
    heading = "Boards"

    def begin(self) -> None:
        self._boards: list[BoardLine] = []

    def hears(self, event: Event) -> bool:
        own = isinstance(event, ThreadRead) and event.member_id == self.ctx.ticket.member_id
        return own or isinstance(event, PostAdded | BoardsChanged | ThreadChanged)

    async def load(self) -> None:
        self._boards = await self._read(max(boards.SHOWN, len(self._boards), self.wanted))
        self._set_rows()

    async def fetch_more(self) -> None:
        known = {item.id for item in self._boards}
        self._boards += [item for item in await self._read(boards.SHOWN, skip=len(known)) if item.id not in known]
        self._set_rows()

    async def _read(self, limit: int, *, skip: int = 0) -> list[BoardLine]:
        lines = await self.ctx.read(boards.board_list, archived=True, skip=skip, limit=limit + 1)
        self.more = len(lines) > limit
        return list(lines[:limit])

    @job
    async def action_last(self) -> None:
        while await self.grow():
            pass
        super().action_last()

    async def rest_on(self, board_id: int) -> bool:
        """Put the cursor on this board, however far down it is; False when it is not there."""
        while True:
            for index, row in enumerate(self.rows):
                if isinstance(row.target, BoardLine) and row.target.id == board_id:
                    self.move_to(index)
                    return True
            if not await self.grow():
                return False

    def _set_rows(self) -> None:
        rows: list[Row] = []
        category: str | None = None
        room = min(TITLE_ROOM, max((width_of(_title(item)) for item in self._boards), default=0))
        for item in self._boards:
            here = "Archived" if item.archived else item.category or "Boards"
            if here != category:
                rows += ([gap_row()] if rows else []) + [heading_row(here)]
                category = here
            rows.append(self._row(item, room))
        self.rows = rows or [text_row(("There is no board yet.", styles.DIM))]

    def _row(self, item: BoardLine, room: int) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            badge: Part = (f"{capped(item.unread):>4}  ", styles.NEW)
            when = ago(item.last_post_at, now, zone) if item.last_post_at else ""
            if width < SIDE:
                return [
                    both_ends(width, [badge, (_title(item), styles.BOLD)], [(f"{when:>4} ", styles.DIM)], over=over)
                ]
            left = [badge, (fit(_title(item), room), styles.BOLD), (f"  {item.description}", styles.DIM)]
            author = f"{fit(item.last_author_name, 20)} " if width >= WIDE else ""
            return [both_ends(width, left, [(f"  {author}{when:>6} ", styles.DIM)], over=over)]

        return Row(draw, item)

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, BoardLine):
            await self.session.open("board", self.target.id)

    @job
    async def action_catch_up(self) -> None:
        if isinstance(self.target, BoardLine):
            await catch_up(self, board_id=self.target.id)

    @job
    async def action_mute(self) -> None:
        item = self.target
        if isinstance(item, BoardLine):
            await mute_board(self, item.id, item.title, muted=not item.muted)

    @job
    async def action_follow(self) -> None:
        item = self.target
        if isinstance(item, BoardLine):
            await self.ctx.write(reading.follow_board, item.id, following=not item.followed)
            await self.reload()
            said = "is followed" if not item.followed else "is not followed: what is new in it stays away from Home"
            self.say(f"{item.title} {said}.")

    @job
    async def action_new(self) -> None:
        await self.make_board()

    async def make_board(self) -> None:
        async def make(values: dict[str, str]) -> int:
            return await self.ctx.write(
                boards.add_board, values["slug"], values["title"], description=values["description"],
                category=values["category"], private=values["private"] == "yes",
            )  # fmt: skip

        spec = FormSpec("New board", _board_fields(None), make, done="Make it", kept=Kept(self.ctx, "boards:new"))
        made = await self.session.form(spec)
        if made is not None:
            await self.reload()
            await self.session.open("board", made)

    @job
    async def action_edit(self) -> None:
        await self.describe_board()

    async def describe_board(self) -> None:
        item = self.target
        if not isinstance(item, BoardLine):
            return

        async def change(values: dict[str, str]) -> bool:
            await self.ctx.write(boards.describe_board, item.id, title=values["title"],
                                 description=values["description"], category=values["category"])  # fmt: skip
            return True

        before = await self.ctx.read(board_settings, item.id)
        fields = [field for field in _board_fields(before) if field.name not in {"slug", "private"}]
        kept = Kept(self.ctx, f"boards:{item.id}")
        if await self.session.form(FormSpec(f"Describe {item.title}", fields, change, done="Save", kept=kept)):
            await self.reload()

    @job
    async def action_archive(self) -> None:
        item = self.target
        if not isinstance(item, BoardLine):
            return
        question = f"Reopen {item.title}?" if item.archived else f"Archive {item.title}? It can be read, not written."
        if await self.session.ask(question, "reopen it" if item.archived else "archive it"):
            await self.ctx.write(boards.archive_board, item.id, archived=not item.archived)
            await self.reload()

    @job
    async def action_people(self) -> None:
        await self.list_people()

    async def list_people(self) -> None:
        item = self.target
        if not isinstance(item, BoardLine):
            return

        async def change(values: dict[str, str]) -> bool:
            await self.ctx.write(boards.set_board_people, item.id, private=values["private"] == "yes",
                                 members=values["members"].replace(",", " ").split(),
                                 moderators=values["moderators"].replace(",", " ").split())  # fmt: skip
            return True

        before = await self.ctx.read(board_settings, item.id)
        fields: list[Field] = [
            Choice("private", "Who reads it", (("no", "everybody"), ("yes", "the members below")),
                   "yes" if before.private else "no"),
            Entry("members", "Members (handles)", " ".join(before.members), hint="for a private board", limit=2000),
            Entry("moderators", "Moderators (handles)", " ".join(before.moderators), limit=500),
        ]  # fmt: skip
        kept = Kept(self.ctx, f"readers:{item.id}")
        if await self.session.form(FormSpec(f"People of {item.title}", fields, change, done="Save", kept=kept)):
            await self.reload()


def _title(item: BoardLine) -> str:
    marks = " (private)" if item.private else ""
    return item.title + marks + (" (muted)" if item.muted else "" if item.followed else " (not followed)")


def _board_fields(before: BoardSettings | None) -> list[Field]:
    return [
        Entry("slug", "Short name", hint="for commands and jumping: letters, digits, hyphens", limit=32),
        Entry("title", "Title", before.title if before else "", limit=60),
        Entry("description", "What it is for", before.description if before else "", limit=200),
        Entry("category", "Category", before.category if before else "", limit=40),
        Choice("private", "Who reads it", (("no", "everybody"), ("yes", "members you list")), "no"),
    ]
