"""The threads of one board."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import BoardsChanged, DraftChanged, Event, PostAdded, ThreadChanged, ThreadRead
from bbs.services import boards
from bbs.services.drafts import DraftView
from bbs.services.posts import start_thread
from bbs.text import ago, capped
from bbs.views.boards import BoardLine, BoardPage
from bbs.views.threads import HELD, Posted, ThreadLine
from screens import styles
from screens.forms.writing import Writing
from screens.lines import Part, both_ends, fit
from screens.place import job
from screens.places.board_care import BoardCare
from screens.places.reading import catch_up, follow_thread, mute_thread
from screens.rows import Row, gap_row, text_row

SIDE = 60
WIDE = 100


class BoardScreen(BoardCare):
    """Newest activity first."""

    KIND = "board"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open the thread"),
        Binding("n", "new", "new thread", tooltip="Start a thread"),
        Binding("c", "catch_up", "catch up", tooltip="Catch up: mark the board as read"),
        Binding("f", "follow", show=False, tooltip="Follow the thread, or not"),
        Binding("M", "mute", show=False, tooltip="Mute the thread, or hear of it again"),
    ]

    def begin(self, board: int | str) -> None:
        self._board = board
        self._view: BoardPage | None = None
        self._threads: list[ThreadLine] = []

    @property
    def view(self) -> BoardPage:
        assert self._view is not None  # noqa: S101 - a place is loaded before it is shown
        return self._view

    @property
    def board(self) -> BoardLine:
        return self.view.board

    @property
    def board_id(self) -> int:
        return self.view.board.id

    @property
    def heading(self) -> str:
        return f"Boards › {self.view.board.title}"

    @property
    def closes(self) -> bool:
        return True

    def hears(self, event: Event) -> bool:
        if isinstance(event, PostAdded | ThreadChanged):
            return event.board_id == self.board_id
        if isinstance(event, ThreadRead | DraftChanged):
            return event.member_id == self.ctx.ticket.member_id
        return isinstance(event, BoardsChanged)

    def offers(self, action: str) -> bool:
        return not self.view.why_not if action == "new" else super().offers(action)

    async def load(self) -> None:
        wanted = max(boards.PAGE, len(self._threads), self.wanted)
        self._view = await self.ctx.read(boards.board_page, self._board, limit=wanted)
        self._threads, self.more = list(self._view.threads), self._view.more
        self._set_rows()

    def _set_rows(self) -> None:
        board = self.view.board
        notes = f" · {board.description}" if board.description else ""
        rows = [text_row((self.view.readers, styles.DIM), (notes, styles.DIM)), gap_row()]
        if board.archived:
            rows.insert(0, text_row(("This board is archived: it can be read and takes no posts.", styles.WARN)))
        rows += [self._row(item) for item in self._threads]
        if not self._threads:
            first = "" if self.view.why_not else " Press n to start the first thread."
            rows.append(text_row((f"Nothing here yet.{first}", styles.DIM)))
        self.rows = rows

    def _row(self, item: ThreadLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            when = ago(item.last_post_at, now, zone)
            marks = "".join(
                sign for sign, on in (("▲", item.pinned), ("×", item.locked), ("z", item.muted), ("+", item.followed),
                                      ("✎", item.has_draft)) if on
            )  # fmt: skip
            badge = capped(item.unread) or ("~" if item.changed else "")
            left: list[Part] = [(f"{badge:>4} ", styles.NEW), (f"{marks:<3} ", styles.ACCENT)]
            left.append((item.title, styles.BOLD if item.unread else styles.PLAIN))
            if width < SIDE:
                return [both_ends(width, left, [(f"{when:>4} ", styles.DIM)], over=over)]
            author = f"{item.last_author_name} @{item.last_author}" if width >= WIDE else item.last_author_name
            room = 30 if width >= WIDE else 16
            right: list[Part] = [(f" {item.posts:>4}  {fit(author, room)} {when:>6} ", styles.DIM)]
            return [both_ends(width, left, right, over=over)]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        page = await self.ctx.read(boards.board_page, self._board, after=self._threads[-1])
        known = {item.id for item in self._threads}
        self._threads += [item for item in page.threads if item.id not in known]
        self.more = page.more
        self._set_rows()

    @property
    def scope(self) -> str:
        return f"board:{self.view.board.slug} "

    @job
    async def action_follow(self) -> None:
        item = self.target
        if isinstance(item, ThreadLine):
            await follow_thread(self, item.id, following=not item.followed)

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, ThreadLine):
            await self.session.open("thread", self.target.id)

    @job
    async def action_new(self) -> None:
        await self.start_thread()

    async def start_thread(self) -> None:
        board = self.view.board
        if self.view.why_not:
            self.say(self.view.why_not, fault=True)
            return

        async def send(draft: DraftView) -> Posted:
            return await self.ctx.write(start_thread, board.id, draft.subject, draft.body, client_key=draft.client_key)

        writing = Writing(
            place=f"board:{board.id}", heading=f"New thread in {board.title}", readers=self.view.readers, send=send,
            subject="", board_id=board.id,
        )  # fmt: skip
        posted = await self.session.write(writing)
        if posted is None:
            return
        await self.reload()
        if isinstance(posted, Posted) and posted.held:
            self.say(HELD)
        elif isinstance(posted, Posted):
            await self.session.open("thread", posted.thread_id, posted.post_id)
        else:
            self.say(posted)

    @job
    async def action_catch_up(self) -> None:
        await catch_up(self, board_id=self.board_id)

    @job
    async def action_mute(self) -> None:
        item = self.target
        if isinstance(item, ThreadLine):
            await mute_thread(self, item.id, muted=not item.muted)
