"""What the member has typed and not sent, in one place."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.events import DraftChanged, Event
from bbs.services import drafts
from bbs.services.drafts import DraftLine
from bbs.text import ago, excerpt
from screens import theme
from screens.lines import Part, both_ends
from screens.messages import write_to
from screens.page import Key, Page, Row, text_row

KINDS = {"thread": "Reply", "board": "New thread", "post": "Edit", "message": "Message"}


class DraftsPage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Go on writing", "go on"),
        Key("d", "discard", "Discard the draft (asks)", "discard"),
    )
    title = "Your drafts"

    def hears(self, event: Event) -> bool:
        return isinstance(event, DraftChanged) and event.member_id == self.ctx.ticket.member_id

    async def load(self) -> None:
        found = await self.ctx.read(drafts.draft_list)
        empty = text_row(("No drafts. What you type and do not send is kept here for 30 days.", theme.DIM))
        self.rows = [self._row(item) for item in found] or [empty]

    def _row(self, item: DraftLine) -> Row:
        now, zone, draft = self.ctx.now(), self.ctx.zone, item.draft

        def draw(width: int, over: Style | None) -> list[Strip]:
            kind = KINDS.get(draft.place.split(":")[0], "Form")
            words = "what you entered" if kind == "Form" else excerpt(draft.body)
            left: list[Part] = [(f" {kind:<11}", theme.BOLD), (item.where, theme.NAME)]
            left += [(f"  {draft.subject}", theme.PLAIN), (f"  {words}", theme.DIM)]
            when = ago(draft.saved_at, now, zone) if draft.saved_at else ""
            return [both_ends(width, left, [(f" {when} ", theme.DIM)], over=over)]

        return Row(draw, item)

    async def do_open(self) -> None:
        """To the place, and into the editor."""
        if not isinstance(self.target, DraftLine):
            return
        kind, _, number = self.target.draft.place.partition(":")
        if kind == "message":
            await write_to(self, await self.ctx.read(drafts.recipient, int(number)))
        elif kind == "thread":
            await self._write("thread", "reply", int(number))
        elif kind == "board":
            await self._write("board", "new", int(number))
        elif kind == "post":
            await self.frame.open_post(int(number))
            await self.frame.page.do_edit()  # type: ignore[attr-defined]
        elif kind == "meeting":
            await self._write("meetings", "new") if number == "new" else await self._write(
                "meeting", "edit", int(number)
            )
        else:
            await self._write("profile", "edit", self.ctx.handle)

    async def _write(self, page: str, action: str, *args: object) -> None:
        made = self.frame.make(page, *args)
        await self.frame.open(made)
        await getattr(made, f"do_{action}")()

    async def do_discard(self) -> None:
        item = self.target
        if isinstance(item, DraftLine) and await self.frame.ask("Discard this draft? It cannot be had back.",
                                                                "y discard"):  # fmt: skip
            await self.ctx.write(drafts.discard_draft, item.draft.place)
            await self.reload()
