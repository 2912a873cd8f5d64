"""What the member has typed and not sent, in one place."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.events import DraftChanged, Event
from bbs.services import drafts
from bbs.services.drafts import DraftView
from bbs.text import ago, excerpt
from screens import theme
from screens.lines import both_ends
from screens.page import Key, Page, Row, text_row

KINDS = {"thread": "Reply", "board": "New thread", "post": "Edit", "message": "Message"}


class DraftsPage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Go to where it belongs", "open"),
        Key("d", "discard", "Discard the draft (asks)", "discard"),
    )
    title = "Your drafts"

    def hears(self, event: Event) -> bool:
        return isinstance(event, DraftChanged) and event.member_id == self.ctx.ticket.member_id

    async def load(self) -> None:
        found = await self.ctx.read(drafts.drafts)
        empty = text_row(("No drafts. What you type and do not send is kept here for 30 days.", theme.DIM))
        self.rows = [self._row(item) for item in found] or [empty]

    def _row(self, item: DraftView) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            kind, words = KINDS.get(item.place.split(":")[0], "Draft"), excerpt(f"{item.subject} {item.body}".strip())
            when = ago(item.saved_at, now, zone) if item.saved_at else ""
            return [both_ends(width, [(f" {kind:<11}", theme.BOLD), (words, theme.PLAIN)], [(f"{when} ", theme.DIM)],
                              over=over)]  # fmt: skip

        return Row(draw, item)

    async def do_open(self) -> None:
        if not isinstance(self.target, DraftView):
            return
        kind, _, number = self.target.place.partition(":")
        if kind == "thread":
            await self.frame.open(self.frame.make("thread", int(number)))
        elif kind == "board":
            await self.frame.open(self.frame.make("board", int(number)))
        elif kind == "post":
            await self.frame.open_post(int(number))
        elif kind == "message":
            handle = await self.ctx.read(drafts.recipient, int(number))
            await self.frame.open(self.frame.make("conversation", 0, handle))

    async def do_discard(self) -> None:
        item = self.target
        if isinstance(item, DraftView) and await self.frame.ask("Discard this draft? It cannot be had back.",
                                                                "y discard"):  # fmt: skip
            await self.ctx.write(drafts.discard_draft, item.place)
            await self.reload()
