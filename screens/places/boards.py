"""The list of boards."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import BoardsChanged, Event, PostAdded, ThreadChanged, ThreadRead
from bbs.services import boards, reading
from bbs.text import ago, capped
from bbs.views.boards import BoardLine
from screens import styles
from screens.lines import Part, both_ends, fit, width_of
from screens.place import job
from screens.places.board_care import BoardsCare
from screens.places.reading import catch_up, mute_board
from screens.rows import Row, gap_row, heading_row, text_row

SIDE = 60
WIDE = 100
TITLE_ROOM = 30
"""Cells that the titles may take of the list, with what is said behind them."""


class BoardsScreen(BoardsCare):
    """All boards, by category."""

    KIND = "boards"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open the board"),
        Binding("c", "catch_up", "catch up", tooltip="Catch up: mark the board as read"),
        Binding("f", "follow", "follow", tooltip="Follow the board, or not: what is new in it comes to Home"),
        Binding("M", "mute", show=False, tooltip="Mute the board, or hear of it again"),
    ]
    heading = "Boards"

    @property
    def board(self) -> BoardLine | None:
        return self.target if isinstance(self.target, BoardLine) else None

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


def _title(item: BoardLine) -> str:
    marks = "" if item.kind == "public" else f" ({item.kind})"
    return item.title + marks + (" (muted)" if item.muted else "" if item.followed else " (not followed)")
