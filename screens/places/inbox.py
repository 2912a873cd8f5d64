"""The conversations of a member."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import ConversationRead, DraftChanged, Event, MessageHidden, MessageSent
from bbs.services import messages
from bbs.text import ago, capped
from bbs.views.messages import ConversationLine
from screens import styles
from screens.lines import Part, both_ends
from screens.place import Place, job
from screens.rows import Row, text_row

SIDE = 60


class InboxScreen(Place):
    KIND = "inbox"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open the conversation"),
        Binding("n", "new", "write", tooltip="Write to somebody"),
    ]
    heading = "Messages"

    def hears(self, event: Event) -> bool:
        me = self.ctx.ticket.member_id
        if isinstance(event, MessageSent) and event.with_moderators:
            return True
        if isinstance(event, MessageSent | MessageHidden):
            return me in {event.sender_id, event.recipient_id}
        return isinstance(event, ConversationRead | DraftChanged) and event.member_id == me

    async def load(self) -> None:
        lines = await self.ctx.read(messages.inbox)
        empty = text_row(("No messages yet. Press n to write to somebody.", styles.DIM))
        self.rows = [self._row(item) for item in lines] or [empty]

    def _row(self, item: ConversationLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            said = ("you: " if item.last_is_mine else "") + item.last_words
            name_style = styles.BOLD if item.unread else styles.PLAIN
            draft = "✎" if item.has_draft else " "
            left: list[Part] = [(f"{capped(item.unread):>4} ", styles.NEW), (f"{draft} ", styles.ACCENT)]
            left.append((item.with_name, name_style))
            if width >= SIDE and item.with_id and item.with_handle.casefold() != item.with_name.casefold():
                left.append((f" @{item.with_handle}", styles.DIM))
            left.append((f"  {said}", styles.DIM))
            return [both_ends(width, left, [(f"{ago(item.last_at, now, zone):>6} ", styles.DIM)], over=over)]

        return Row(draw, item)

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, ConversationLine):
            await self.session.open("conversation", self.target.id)

    @job
    async def action_new(self) -> None:
        handle = await self.session.prompt("Write to whom? Their handle, or moderators", limit=40)
        if handle:
            await write_to(self, handle)


async def write_to(place: Place, handle: str) -> None:
    """Open the conversation with somebody, ready to type."""
    conversation = await place.session.open("conversation", 0, handle.removeprefix("@"))
    await conversation.write()
