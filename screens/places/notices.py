"""What one was told of, and what one wishes to be told of."""

from dataclasses import fields
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import Event, Noticed, NoticesRead
from bbs.services import notices
from bbs.text import ago
from bbs.views.moderation import WAITS
from bbs.views.notices import THE_SERVER, NoticeLine, Wishes
from screens import styles
from screens.forms.fields import Check, Choice, Field, FormSpec, Values
from screens.lines import Part, both_ends
from screens.place import LongPlace, Place, job
from screens.rows import Row, text_row
from screens.themes import NAMES

SIGNS = {"mention": "@", "reply": "↩", "thread": "≡", "message": "✉", "meeting": "◷", "history": "+", "account": "!",
         "moderation": "!", "queue": "⚑"}  # fmt: skip
ABOUT_ACCESS = {"key", "password", "recovery"}
"""What notices tell of that has its place among keys and sessions."""
WISHES = {
    "tell_mentions": "When somebody mentions me",
    "tell_replies": "When somebody answers me",
    "tell_threads": "New threads in boards I follow",
    "tell_messages": "Messages to me",
    "tell_meetings": "Meetings announced",
    "remind_week": "Meetings, a week before",
    "remind_day": "Meetings, a day before",
    "remind_hour": "Meetings, an hour before",
    "remind_unanswered": "Meetings I have not answered",
    "calendar_alarms": "Alarms in my calendar files",
    "bell": "Ring the bell and mark the title",
    "plain": "Plain lines instead of this screen",
}


def told_words(line: NoticeLine) -> str:
    """What happened, in a line."""
    return {
        "mention": f"{line.by_name} mentioned you in {line.title}",
        "reply": f"{line.by_name} answered you in {line.title}",
        "thread": f"{line.by_name} began {line.title}",
        "message": f"{line.by_name} wrote to {'the moderators' if line.what == 'to moderators' else 'you'}",
        "meeting": f"{line.title}: {line.what}",
        "history": f"{line.title}: {line.what}",
        "account": "Your account",
        "moderation": line.title or ("The server" if line.what == THE_SERVER else "The moderators"),
        "queue": WAITS.get(line.what, line.what),
    }[line.kind]


class NoticesScreen(LongPlace):
    KIND = "notices"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Go to what it tells of"),
        Binding("c", "catch_up", "mark all read", tooltip="Mark all as read"),
        Binding("u", "undo", show=False, tooltip="Put back what was marked"),
        Binding("s", "settings", "settings", tooltip="What you are told of, and how the screen looks"),
    ]
    heading = "Notices"

    def begin(self) -> None:
        self._notices: list[NoticeLine] = []
        self._marked: tuple[int, ...] = ()

    def hears(self, event: Event) -> bool:
        me = self.ctx.ticket.member_id
        return (isinstance(event, Noticed) and me in event.member_ids) or (
            isinstance(event, NoticesRead) and event.member_id == me
        )

    async def load(self) -> None:
        wanted = max(notices.PAGE, len(self._notices), self.wanted)
        page = await self.ctx.read(notices.inbox, limit=wanted)
        self._notices, self.more = list(page.notices), page.more
        self.session.notices.set(page.unread)
        self._set_rows()

    def _set_rows(self) -> None:
        nothing = "Nothing yet. You are told here of mentions, answers, new threads, messages and meetings."
        self.rows = [self._row(item) for item in self._notices] or [text_row((nothing, styles.DIM))]

    def _row(self, item: NoticeLine) -> Row:
        when = ago(item.at, self.ctx.now(), self.ctx.zone)

        def draw(width: int, over: Style | None) -> list[Strip]:
            dot = "●" if not item.read else " "
            left: list[Part] = [(f" {dot} ", styles.NEW), (f"{SIGNS[item.kind]} ", styles.ACCENT)]
            left.append((told_words(item), styles.PLAIN if item.read else styles.BOLD))
            left.append((f"  {item.words}", styles.DIM))
            return [both_ends(width, left, [(f" {when:>6} ", styles.DIM)], over=over)]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        page = await self.ctx.read(notices.inbox, before=self._notices[-1].id)
        self._notices += page.notices
        self.more = page.more
        self._set_rows()

    @job
    async def action_open(self) -> None:
        item = self.target
        if not isinstance(item, NoticeLine):
            return
        await self.ctx.note(notices.mark_read, item.id)
        if item.what in ABOUT_ACCESS and item.kind == "account":
            await self.session.open("keys")
            return
        if item.queue_item_id:
            await self.session.open("queue-item", item.queue_item_id)
            return
        await self.session.open_any(item.thread_id, item.post_id, item.conversation_id, item.meeting_id,
                                    item.id, poll_id=item.poll_id)  # fmt: skip
        if item.kind == "moderation" and item.thread_id:
            self.session.say(item.words)  # the line may have had no room for all of it

    @job
    async def action_catch_up(self) -> None:
        self._marked = await self.ctx.write(notices.mark_read)
        await self.reload()
        self.say("All marked as read. u puts them back." if self._marked else "Nothing was unread.")

    @job
    async def action_undo(self) -> None:
        await self.ctx.write(notices.mark_unread, self._marked)
        self._marked = ()
        await self.reload()

    @job
    async def action_settings(self) -> None:
        await change_wishes(self)


async def change_wishes(place: Place) -> None:
    """The form of what a member is told of, and how the screen looks."""
    before = await place.ctx.read(notices.wishes)

    async def change(values: Values) -> Wishes:
        chosen = {field.name: values[field.name] == "yes" for field in fields(Wishes) if field.name in WISHES}
        wishes = Wishes(**chosen, theme=values["theme"])
        await place.ctx.write(notices.wish, wishes)
        return wishes

    asked: list[Field] = [
        Check(name, label, "yes" if getattr(before, name) else "no",
              hint="from your next sign-in" if name == "plain" else "")
        for name, label in WISHES.items()
    ]  # fmt: skip
    asked.append(Choice("theme", "Colours", tuple((name, name) for name in NAMES), before.theme))
    wishes = await place.session.form(FormSpec("Settings", asked, change, done="Save"))
    if isinstance(wishes, Wishes):
        place.session.use_theme(wishes.theme)
        await place.reload()
        place.say("Saved.")
