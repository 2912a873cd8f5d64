"""The boards, and the threads of one."""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.events import BoardsChanged, DraftChanged, Event, PostAdded, ThreadChanged, ThreadRead
from bbs.services import boards, reading
from bbs.services.boards import board_page, board_settings
from bbs.services.drafts import DraftView
from bbs.services.posts import start_thread
from bbs.text import ago, capped
from bbs.views import boards as views
from bbs.views.boards import BoardLine
from bbs.views.threads import Posted, ThreadLine
from screens import theme
from screens.compose import Compose, Writing
from screens.forms import Choice, Entry, Field, Form, Kept
from screens.lines import Part, both_ends, fit
from screens.page import Key, LongPage, Row, gap_row, heading_row, line_row, text_row
from screens.reading import catch_up, undo_catch_up

SIDE = 60


class BoardsPage(LongPage):
    """All boards, by category."""

    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Open the board", "open"),
        Key("c", "catch_up", "Catch up: mark the board as read", "catch up"),
        Key("u", "undo", "Undo the last catch up"),
        Key("f", "follow", "Follow the board, or not: what is new in it comes to Home"),
        Key("M", "mute", "Mute the board, or hear of it again"),
        Key("n", "new", "Make a board (operators)"),
        Key("e", "edit", "Describe the board (its moderators)"),
        Key("A", "archive", "Archive or reopen the board (operators)"),
        Key("P", "people", "Who reads and moderates the board (operators)"),
    )
    title = "Boards"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._boards: list[BoardLine] = []

    def hears(self, event: Event) -> bool:
        own = isinstance(event, ThreadRead) and event.member_id == self.ctx.ticket.member_id
        return own or isinstance(event, PostAdded | BoardsChanged | ThreadChanged)

    async def load(self) -> None:
        self._boards = await self._read(max(boards.SHOWN, len(self._boards)))
        self._set_rows()

    async def fetch_more(self) -> None:
        known = {item.id for item in self._boards}
        self._boards += [item for item in await self._read(boards.SHOWN, skip=len(known)) if item.id not in known]
        self._set_rows()

    async def _read(self, limit: int, *, skip: int = 0) -> list[BoardLine]:
        found = await self.ctx.read(boards.board_list, archived=True, skip=skip, limit=limit + 1)
        self.more = len(found) > limit
        return list(found[:limit])

    async def do_last(self) -> None:
        while await self.grow():
            pass
        super().do_last()

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
        for item in self._boards:
            here = "Archived" if item.archived else item.category or "Boards"
            if here != category:
                rows += ([gap_row()] if rows else []) + [heading_row(here)]
                category = here
            rows.append(self._row(item))
        self.rows = rows or [text_row(("There is no board yet.", theme.DIM))]

    def _row(self, item: BoardLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            badge = f"{capped(item.unread):>4}  "
            marks = " (private)" if item.private else ""
            marks += " (muted)" if item.muted else "" if item.followed else " (not followed)"
            when = ago(item.last_post_at, now, zone) if item.last_post_at else ""
            if width < SIDE:
                left: list[Part] = [(badge, theme.NEW), (item.title + marks, theme.BOLD)]
                return [both_ends(width, left, [(f"{when:>4} ", theme.DIM)], over=over)]
            left = [(badge, theme.NEW), (fit(item.title + marks, 24), theme.BOLD), (f"  {item.description}", theme.DIM)]
            right = [(f"  {fit(item.last_author, 10)} {when:>6} ", theme.DIM)]
            return [both_ends(width, left, right, over=over)]

        return Row(draw, item)

    async def do_open(self) -> None:
        if isinstance(self.target, BoardLine):
            await self.frame.open(self.frame.make("board", self.target.id))

    async def do_catch_up(self) -> None:
        if isinstance(self.target, BoardLine):
            await catch_up(self, board_id=self.target.id)

    async def do_undo(self) -> None:
        await undo_catch_up(self)

    async def do_mute(self) -> None:
        item = self.target
        if isinstance(item, BoardLine):
            await self.ctx.write(reading.mute_board, item.id, muted=not item.muted)
            await self.reload()
            self.frame.say(f"You hear of {item.title} again." if item.muted else f"{item.title} is muted.")

    async def do_follow(self) -> None:
        item = self.target
        if isinstance(item, BoardLine):
            await self.ctx.write(reading.follow_board, item.id, following=not item.followed)
            await self.reload()
            said = "is followed" if not item.followed else "is not followed: what is new in it stays away from Home"
            self.frame.say(f"{item.title} {said}.")

    async def do_new(self) -> None:
        async def make(values: dict[str, str]) -> int:
            return await self.ctx.write(
                boards.add_board, values["slug"], values["title"], description=values["description"],
                category=values["category"], private=values["private"] == "yes",
            )  # fmt: skip

        kept = Kept(self.ctx, "boards:new")
        made = await self.frame.form(Form("New board", _board_fields(None), make, done="Make it", kept=kept))
        if made is not None:
            await self.reload()
            await self.frame.open(self.frame.make("board", made))

    async def do_edit(self) -> None:
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
        await self.frame.form(Form(f"Describe {item.title}", fields, change, done="Save", kept=kept))
        await self.reload()

    async def do_archive(self) -> None:
        item = self.target
        if not isinstance(item, BoardLine):
            return
        question = f"Reopen {item.title}?" if item.archived else f"Archive {item.title}? It can be read, not written."
        if await self.frame.ask(question, "y do it", "n leave it"):
            await self.ctx.write(boards.archive_board, item.id, archived=not item.archived)
            await self.reload()

    async def do_people(self) -> None:
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
        await self.frame.form(Form(f"People of {item.title}", fields, change, done="Save", kept=kept))
        await self.reload()


def _board_fields(before: views.BoardSettings | None) -> list[Field]:
    return [
        Entry("slug", "Short name", hint="for commands and jumping: letters, digits, hyphens", limit=32),
        Entry("title", "Title", before.title if before else "", limit=60),
        Entry("description", "What it is for", before.description if before else "", limit=200),
        Entry("category", "Category", before.category if before else "", limit=40),
        Choice("private", "Who reads it", (("no", "everybody"), ("yes", "members you list")), "no"),
    ]


class BoardPage(LongPage):
    """One board's threads, newest activity first."""

    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Open the thread", "open"),
        Key("n", "new", "Start a thread", "new thread"),
        Key("c", "catch_up", "Catch up: mark the board as read", "catch up"),
        Key("u", "undo", "Undo the last catch up"),
        Key("f", "follow", "Follow the thread, or not"),
        Key("M", "mute", "Mute the thread, or hear of it again"),
    )

    def __init__(self, ctx: Context, board: int | str) -> None:
        super().__init__(ctx)
        self._board = board
        self._view: views.BoardPage | None = None
        self._threads: list[ThreadLine] = []

    @property
    def view(self) -> views.BoardPage:
        assert self._view is not None  # noqa: S101 - a page is loaded before it is shown
        return self._view

    @property
    def board_id(self) -> int:
        return self.view.board.id

    @property
    def title(self) -> str:
        return f"Boards › {self.view.board.title}"

    def hears(self, event: Event) -> bool:
        if isinstance(event, PostAdded | ThreadChanged):
            return event.board_id == self.board_id
        if isinstance(event, ThreadRead | DraftChanged):
            return event.member_id == self.ctx.ticket.member_id
        return isinstance(event, BoardsChanged)

    async def load(self) -> None:
        wanted = max(boards.PAGE, len(self._threads))
        self._view = await self.ctx.read(board_page, self._board, limit=wanted)
        self._threads, self.more = list(self._view.threads), self._view.more
        self._set_rows()

    def _set_rows(self) -> None:
        board = self.view.board
        notes = f" · {board.description}" if board.description else ""
        rows = [line_row((self.view.readers, theme.DIM), (notes, theme.DIM)), gap_row()]
        if board.archived:
            rows.insert(0, text_row(("This board is archived: it can be read and takes no posts.", theme.WARN)))
        rows += [self._row(item) for item in self._threads]
        if not self._threads:
            rows.append(text_row(("Nothing here yet. Press n to start the first thread.", theme.DIM)))
        self.rows = rows

    def _row(self, item: ThreadLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            when = ago(item.last_post_at, now, zone)
            marks = "".join(
                sign for sign, on in (("▲", item.pinned), ("×", item.locked), ("z", item.muted), ("+", item.followed),
                                      ("✎", item.has_draft)) if on
            )  # fmt: skip
            title_style = theme.BOLD if item.unread else theme.PLAIN
            badge = capped(item.unread) or ("~" if item.changed else "")
            left: list[Part] = [(f"{badge:>4} ", theme.NEW), (f"{marks:<3} ", theme.ACCENT)]
            left.append((item.title, title_style))
            if width < SIDE:
                return [both_ends(width, left, [(f"{when:>4} ", theme.DIM)], over=over)]
            right: list[Part] = [(f" {item.posts:>4}  {fit(item.last_author, 12)} {when:>6} ", theme.DIM)]
            return [both_ends(width, left, right, over=over)]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        page = await self.ctx.read(board_page, self._board, after=self._threads[-1])
        known = {item.id for item in self._threads}
        self._threads += [item for item in page.threads if item.id not in known]
        self.more = page.more
        self._set_rows()

    async def heard(self, events: Sequence[Event]) -> None:
        del events
        await self.reload()

    @property
    def scope(self) -> str:
        return f"board:{self.view.board.slug} "

    async def do_follow(self) -> None:
        item = self.target
        if isinstance(item, ThreadLine):
            await self.ctx.write(reading.follow_thread, item.id, following=not item.followed)
            await self.reload()
            self.frame.say("This thread is not followed." if item.followed else "This thread is followed.")

    async def do_open(self) -> None:
        if isinstance(self.target, ThreadLine):
            await self.frame.open(self.frame.make("thread", self.target.id))

    async def do_new(self) -> None:
        board = self.view.board
        if self.view.why_not:
            self.frame.say(self.view.why_not, fault=True)
            return

        async def send(draft: DraftView) -> Posted:
            return await self.ctx.write(start_thread, board.id, draft.subject, draft.body, client_key=draft.client_key)

        writing = Writing(
            place=f"board:{board.id}", heading=f"New thread in {board.title}", readers=self.view.readers, send=send,
            subject="", board_id=board.id,
        )  # fmt: skip
        posted = await self.frame.form(Compose(self.ctx, writing))
        await self.reload()
        if isinstance(posted, str):
            self.frame.say(posted)
        if isinstance(posted, Posted):
            await self.frame.open(self.frame.make("thread", posted.thread_id, posted.post_id))

    async def do_catch_up(self) -> None:
        await catch_up(self, board_id=self.board_id)

    async def do_undo(self) -> None:
        await undo_catch_up(self)

    async def do_mute(self) -> None:
        item = self.target
        if isinstance(item, ThreadLine):
            await self.ctx.write(reading.mute_thread, item.id, muted=not item.muted)
            await self.reload()
            self.frame.say("You hear of this thread again." if item.muted else "This thread is muted.")
