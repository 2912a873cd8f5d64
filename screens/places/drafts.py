"""What the member has typed and not sent, in one place."""

import json
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.errors import NotFound
from bbs.events import DraftChanged, Event
from bbs.services import drafts
from bbs.services.drafts import DraftLine, DraftView
from bbs.text import ago, excerpt
from screens import styles
from screens.forms.writing import Writing
from screens.lines import Part, both_ends, line, wrap
from screens.place import Place, job
from screens.places.inbox import write_to
from screens.rows import Row, gap_row, heading_row, text_row

KINDS = {"thread": "Reply", "board": "New thread", "post": "Edit", "edit-out": "Edit out",
         "message": "Message"}  # fmt: skip
FORMS = {
    "meeting": "Meeting",
    "meeting-message": "To a meeting",
    "poll": "Poll",
    "vote": "Votes",
    "profile": "Your page",
    "boards": "Board",
    "readers": "Readers",
}
PREVIEW = 200
"""Letters of a draft that are shown of it, on at most two lines."""


def _entered(draft: DraftView) -> str:
    """What stands in a form's fields."""
    values: dict[str, str] = json.loads(draft.body)
    return ", ".join(value for value in values.values() if value.strip())


class DraftsScreen(Place):
    KIND = "drafts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "go on", tooltip="Go on writing"),
        Binding("d", "discard", "discard", tooltip="Discard the draft (asks)"),
        Binding("u", "undo", "bring back", tooltip="Bring back a discarded draft, or the last one"),
    ]
    heading = "Your drafts"

    def hears(self, event: Event) -> bool:
        return isinstance(event, DraftChanged) and event.member_id == self.ctx.ticket.member_id

    async def load(self) -> None:
        saved = await self.ctx.read(drafts.draft_list)
        kept = [self._row(item) for item in saved if not item.discarded]
        gone = [self._row(item) for item in saved if item.discarded]
        empty = text_row(("No drafts. What you type and do not send is kept here for 30 days.", styles.DIM))
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
            left: list[Part] = [
                (f" {kind:<11}", styles.BOLD),
                (place, styles.NAME),
                (f"  {draft.subject}", styles.PLAIN),
            ]
            when = ago(draft.saved_at, now, zone) if draft.saved_at else ""
            rows = wrap([(words, styles.DIM)], width - 4)[:2]
            below = [line(width, ("   ", styles.PLAIN), *row, over=over) for row in rows]
            return [both_ends(width, left, [(f" {when} ", styles.DIM)], over=over), *below]

        return Row(draw, item)

    def offers(self, action: str) -> bool:
        item = self.target
        if action == "undo":
            return bool(self._gone())
        return action != "discard" or (isinstance(item, DraftLine) and not item.discarded)

    def _gone(self) -> list[DraftLine]:
        """Those that were discarded, the last one first."""
        return [row.target for row in self.rows if isinstance(row.target, DraftLine) and row.target.discarded]

    @job
    async def action_open(self) -> None:
        """To the place, and into the editor; where the place is closed by now, to the words alone."""
        item = self.target
        if not isinstance(item, DraftLine):
            return
        if item.discarded:
            await self._restore()
            return
        try:
            await self._go_on(item.draft)
        except NotFound:
            await self._show_words(item.draft)

    async def _go_on(self, draft: DraftView) -> None:
        kind, _, number = draft.place.partition(":")
        open_place = self.session.open
        if kind in {"message", "moderators"}:
            await write_to(self, await self.ctx.read(drafts.recipient, draft.place))
        elif kind == "thread":
            await (await open_place("thread", int(number))).reply(quoting=False)
        elif kind == "board":
            await (await open_place("board", int(number))).start_thread()
        elif kind == "post":
            await (await self.session.open_post(int(number))).edit()
        elif kind in {"meeting", "meeting-message", "poll", "vote"}:
            await self._go_on_with_meeting(kind, number)
        elif kind in {"boards", "readers"}:
            await self._go_on_with_board(kind, number)
        else:
            await (await open_place("profile", self.ctx.handle)).edit()

    async def _go_on_with_meeting(self, kind: str, number: str) -> None:
        if number == "new":
            place = await self.session.open("meetings")
            await (place.announce() if kind == "meeting" else place.find_date())
        elif kind == "vote":
            await (await self.session.open("poll", int(number))).answer_all()
        else:
            place = await self.session.open("meeting", int(number))
            await (place.edit() if kind == "meeting" else place.write())

    async def _go_on_with_board(self, kind: str, number: str) -> None:
        place = await self.session.open("boards")
        if number == "new":
            await place.make_board()
        elif await place.rest_on(int(number)):
            await (place.describe_board() if kind == "boards" else place.list_people())

    async def _show_words(self, draft: DraftView) -> None:
        """They can be read, copied and changed; sent they cannot be."""

        async def send(_draft: DraftView) -> None:
            raise NotFound("There is nowhere to send this: copy what you want to keep.")

        writing = Writing(
            place=draft.place, heading="A draft whose place is gone", readers="Only you can read this", send=send,
            subject=draft.subject or None,
        )  # fmt: skip
        said = await self.session.write(writing)
        await self.reload()
        self.say(said or "")

    @job
    async def action_discard(self) -> None:
        item = self.target
        if not isinstance(item, DraftLine) or item.discarded:
            return
        if await self.session.ask("Discard this draft? You can have it back for a day.", "discard"):
            await self.ctx.write(drafts.discard_draft, item.draft.place)
            await self.reload()

    @job
    async def action_undo(self) -> None:
        await self._restore()

    async def _restore(self) -> None:
        """The one that the cursor is on, or the one discarded last."""
        gone = self._gone()
        item = self.target if self.target in gone else next(iter(gone), None)
        if isinstance(item, DraftLine):
            await self.ctx.write(drafts.restore_draft, item.draft.place)
            await self.reload()
            self.say("The draft is back.")
        else:
            self.say("There is nothing left to bring back.")


def _kind(draft: DraftView) -> str:
    return draft.place.partition(":")[0]
