"""What the member has typed and not sent, in one place."""

import json
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.errors import NotFound
from bbs.events import DraftChanged, Event
from bbs.services import drafts
from bbs.services.drafts import DraftLine, DraftView
from bbs.text import ago, excerpt
from screens import theme
from screens.compose import Compose, Writing
from screens.lines import Part, both_ends, line, wrap
from screens.messages import write_to
from screens.page import Key, Page, Row, gap_row, heading_row, text_row

KINDS = {"thread": "Reply", "board": "New thread", "post": "Edit", "message": "Message"}
FORMS = {"meeting": "Meeting", "profile": "Your page", "boards": "Board", "readers": "Readers"}
PREVIEW = 200
"""Letters of a draft that are shown of it, on at most two lines."""


def _entered(draft: DraftView) -> str:
    """What stands in a form's fields."""
    values: dict[str, str] = json.loads(draft.body)
    return ", ".join(value for value in values.values() if value.strip())


class DraftsPage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Go on writing", "go on"),
        Key("d", "discard", "Discard the draft (asks)", "discard"),
        Key("u", "restore", "Bring back a discarded draft, or the last one", "bring back"),
    )
    title = "Your drafts"

    def hears(self, event: Event) -> bool:
        return isinstance(event, DraftChanged) and event.member_id == self.ctx.ticket.member_id

    async def load(self) -> None:
        found = await self.ctx.read(drafts.draft_list)
        kept = [self._row(item) for item in found if not item.discarded]
        gone = [self._row(item) for item in found if item.discarded]
        empty = text_row(("No drafts. What you type and do not send is kept here for 30 days.", theme.DIM))
        self.rows = kept or [empty]
        if gone:
            self.rows = [*self.rows, gap_row(), heading_row("Discarded in the last day"), *gone]

    def _row(self, item: DraftLine) -> Row:
        """What it is and where it goes; under it how it begins."""
        now, zone, draft = self.ctx.now(), self.ctx.zone, item.draft
        kind = KINDS.get(_kind(draft)) or FORMS.get(_kind(draft), "Form")
        words = excerpt(draft.body if _kind(draft) in KINDS else _entered(draft), PREVIEW)

        def draw(width: int, over: Style | None) -> list[Strip]:
            place = item.where or ("a place that is closed to you now" if kind in {"Reply", "New thread"} else "")
            left: list[Part] = [(f" {kind:<11}", theme.BOLD), (place, theme.NAME), (f"  {draft.subject}", theme.PLAIN)]
            when = ago(draft.saved_at, now, zone) if draft.saved_at else ""
            rows = wrap([(words, theme.DIM)], width - 4)[:2]
            below = [line(width, ("   ", theme.PLAIN), *row, over=over) for row in rows]
            return [both_ends(width, left, [(f" {when} ", theme.DIM)], over=over), *below]

        return Row(draw, item)

    async def do_open(self) -> None:
        """To the place, and into the editor; where the place is closed by now, to the words alone."""
        item = self.target
        if not isinstance(item, DraftLine):
            return
        if item.discarded:
            await self.do_restore()
            return
        try:
            await self._go_on(item.draft)
        except NotFound:
            await self._show_words(item.draft)

    async def _go_on(self, draft: DraftView) -> None:
        kind, _, number = draft.place.partition(":")
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
        elif kind in {"boards", "readers"}:
            await self._write_of_board(kind, number)
        else:
            await self._write("profile", "edit", self.ctx.handle)

    async def _write(self, page: str, action: str, *args: object) -> None:
        made = self.frame.make(page, *args)
        await self.frame.open(made)
        await getattr(made, f"do_{action}")()

    async def _write_of_board(self, kind: str, number: str) -> None:
        made = self.frame.make("boards")
        await self.frame.open(made)
        if number == "new":
            await made.do_new()  # type: ignore[attr-defined]
        elif await made.rest_on(int(number)):  # type: ignore[attr-defined]
            await (made.do_edit() if kind == "boards" else made.do_people())  # type: ignore[attr-defined]

    async def _show_words(self, draft: DraftView) -> None:
        """They can be read, copied and changed; sent they cannot be."""

        async def send(_draft: DraftView) -> None:
            raise NotFound("There is nowhere to send this: copy what you want to keep.")

        writing = Writing(
            place=draft.place, heading="A draft whose place is gone", readers="Only you can read this", send=send,
            subject=draft.subject or None,
        )  # fmt: skip
        said = await self.frame.form(Compose(self.ctx, writing))
        await self.reload()
        self.frame.say(said or "")

    async def do_discard(self) -> None:
        item = self.target
        if not isinstance(item, DraftLine) or item.discarded:
            return
        if await self.frame.ask("Discard this draft? You can have it back for a day.", "y discard"):
            await self.ctx.write(drafts.discard_draft, item.draft.place)
            await self.reload()

    async def do_restore(self) -> None:
        """The one that the cursor is on, or the one discarded last."""
        gone = [row.target for row in self.rows if isinstance(row.target, DraftLine) and row.target.discarded]
        item = self.target if self.target in gone else next(iter(gone), None)
        if isinstance(item, DraftLine):
            await self.ctx.write(drafts.restore_draft, item.draft.place)
            await self.reload()
            self.frame.say("The draft is back.")
        else:
            self.frame.say("There is nothing left to bring back.")


def _kind(draft: DraftView) -> str:
    return draft.place.partition(":")[0]
