"""What one was told of, and what one wishes to be told of."""

from dataclasses import fields
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.events import Event, Noticed, NoticesRead
from bbs.services import notices
from bbs.text import ago
from bbs.views.notices import NoticeLine, Wishes
from screens import theme
from screens.forms import Choice, Form, Values
from screens.lines import Part, both_ends
from screens.page import Key, LongPage, Page, Row, text_row

SIGNS = {"mention": "@", "reply": "↩", "thread": "≡", "message": "✉", "meeting": "◷"}
YES_NO = (("yes", "yes"), ("no", "no"))
WISHES = {
    "tell_mentions": "When somebody mentions me",
    "tell_replies": "When somebody answers me",
    "tell_threads": "New threads in boards I follow",
    "tell_messages": "Messages to me",
    "tell_meetings": "Meetings announced, changed, cancelled",
    "bell": "Ring the bell and mark the title",
    "plain": "Plain lines instead of this screen",
}


def told_words(line: NoticeLine) -> str:
    """What happened, in a line."""
    return {
        "mention": f"{line.by} mentioned you in {line.title}",
        "reply": f"{line.by} answered you in {line.title}",
        "thread": f"{line.by} began {line.title}",
        "message": f"{line.by} wrote to you",
        "meeting": f"{line.title}: {line.what}",
    }[line.kind]


class NoticesPage(LongPage):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Go to what it tells of", "open"),
        Key("c", "catch_up", "Mark all as read", "mark all read"),
        Key("u", "undo", "Put back what was marked"),
        Key("s", "settings", "What you are told of, and how", "settings"),
    )
    title = "Notices"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._lines: list[NoticeLine] = []
        self._marked: tuple[int, ...] = ()

    def hears(self, event: Event) -> bool:
        me = self.ctx.ticket.member_id
        return (isinstance(event, Noticed) and me in event.member_ids) or (
            isinstance(event, NoticesRead) and event.member_id == me
        )

    async def load(self) -> None:
        page = await self.ctx.read(notices.inbox, limit=max(notices.PAGE, len(self._lines)))
        self._lines, self.more = list(page.notices), page.more
        self.frame.notices.set(page.unread)
        self._set_rows()

    def _set_rows(self) -> None:
        nothing = "Nothing yet. You are told here of mentions, answers, new threads, messages and meetings."
        self.rows = [self._row(item) for item in self._lines] or [text_row((nothing, theme.DIM))]

    def _row(self, item: NoticeLine) -> Row:
        when = ago(item.at, self.ctx.now(), self.ctx.zone)

        def draw(width: int, over: Style | None) -> list[Strip]:
            dot = "●" if not item.read else " "
            left: list[Part] = [(f" {dot} ", theme.NEW), (f"{SIGNS[item.kind]} ", theme.ACCENT)]
            left.append((told_words(item), theme.PLAIN if item.read else theme.BOLD))
            left.append((f"  {item.words}", theme.DIM))
            return [both_ends(width, left, [(f" {when:>6} ", theme.DIM)], over=over)]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        page = await self.ctx.read(notices.inbox, before=self._lines[-1].id)
        self._lines += page.notices
        self.more = page.more
        self._set_rows()

    async def do_open(self) -> None:
        item = self.target
        if not isinstance(item, NoticeLine):
            return
        await self.ctx.write(notices.mark_read, item.id)
        await self.frame.open_place(item.thread_id, item.post_id, item.conversation_id, item.meeting_id)

    async def do_catch_up(self) -> None:
        self._marked = await self.ctx.write(notices.mark_read)
        await self.reload()
        self.frame.say("All marked as read. u puts them back." if self._marked else "Nothing was unread.")

    async def do_undo(self) -> None:
        await self.ctx.write(notices.mark_unread, self._marked)
        self._marked = ()
        await self.reload()

    async def do_settings(self) -> None:
        await change_wishes(self)


async def change_wishes(page: Page) -> None:
    """The form of what a member is told of, and how."""
    before = await page.ctx.read(notices.wishes)

    async def change(values: Values) -> bool:
        await page.ctx.write(
            notices.wish, Wishes(**{field.name: values[field.name] == "yes" for field in fields(Wishes)})
        )
        return True

    choices = [
        Choice(name, label, YES_NO, "yes" if getattr(before, name) else "no",
               hint="from your next sign-in" if name == "plain" else "")
        for name, label in WISHES.items()
    ]  # fmt: skip
    if await page.frame.form(Form("What you are told of, and how", choices, change, done="save")):
        page.frame.say("Saved.")
    await page.reload()
