"""Messages: the inbox, and one conversation, live."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.errors import Overtaken
from bbs.events import ConversationRead, DraftChanged, Event, MessageHidden, MessageSent, Noticed
from bbs.services import messages, moderation
from bbs.services.drafts import DraftView
from bbs.text import ago, capped, plural
from bbs.views.messages import ConversationLine, MessageSentView, MessageView
from bbs.views.messages import ConversationPage as ConversationView
from screens import theme
from screens.compose import Compose, Writing
from screens.keeping import DraftKeeper
from screens.lines import Part, blank, both_ends, line
from screens.markdown import MarkdownLines
from screens.page import Key, Page, Row, gap_row, text_row
from screens.widgets.entry import LineEntry

SIDE = 60


class InboxPage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Open the conversation", "open"),
        Key("n", "new", "Write to somebody", "write"),
    )
    title = "Messages"

    def hears(self, event: Event) -> bool:
        me = self.ctx.ticket.member_id
        if isinstance(event, MessageSent | MessageHidden):
            return me in {event.sender_id, event.recipient_id}
        return isinstance(event, ConversationRead | DraftChanged) and event.member_id == me

    async def load(self) -> None:
        lines = await self.ctx.read(messages.inbox)
        empty = text_row(("No messages yet. Press n to write to somebody.", theme.DIM))
        self.rows = [self._row(item) for item in lines] or [empty]

    def _row(self, item: ConversationLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            said = ("you: " if item.last_is_mine else "") + item.last_words
            name_style = theme.BOLD if item.unread else theme.PLAIN
            draft = "✎" if item.has_draft else " "
            left: list[Part] = [(f"{capped(item.unread):>4} ", theme.NEW), (f"{draft} ", theme.ACCENT)]
            left += [(item.with_name, name_style), (f"  {said}", theme.DIM)]
            return [both_ends(width, left, [(f"{ago(item.last_at, now, zone):>6} ", theme.DIM)], over=over)]

        return Row(draw, item)

    async def do_open(self) -> None:
        if isinstance(self.target, ConversationLine):
            await self.frame.open(self.frame.make("conversation", self.target.id))

    async def do_new(self) -> None:
        handle = await self.frame.prompt("Write to (handle)", limit=25)
        if handle:
            await write_to(self, handle)


async def write_to(page: Page, handle: str) -> None:
    """Open the conversation with somebody, ready to type."""
    conversation = page.frame.make("conversation", 0, handle)
    await page.frame.open(conversation)
    await conversation.do_write()  # type: ignore[attr-defined]


class ConversationPage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("r n enter", "write", "Write a line; Enter sends it", "write"),
        Key("R", "write_long", "Write in the editor", "write long"),
        Key("!", "report", "Report a message that you were sent", ""),
        Key("p", "profile", "Who this is", "who"),
    )
    is_reading = True

    def __init__(self, ctx: Context, lines: MarkdownLines, conversation_id: int, handle: str = "", at: int = 0) -> None:
        """`at` is the message to begin at; without it, the newest."""
        super().__init__(ctx)
        self._at = at
        self._lines = lines
        self._conversation_id = conversation_id
        self._handle = handle
        self._view: ConversationView | None = None
        self._older: list[MessageView] = []
        self._before = False
        self._keeping = False
        self._keeper: DraftKeeper | None = None
        self._typed = ""
        self._forget_keeper: Callable[[], None] = lambda: None

    @property
    def view(self) -> ConversationView:
        assert self._view is not None  # noqa: S101 - a page is loaded before it is shown
        return self._view

    @property
    def title(self) -> str:
        return f"Messages › {self.view.with_name}"

    def hears(self, event: Event) -> bool:
        if isinstance(event, MessageSent | MessageHidden):
            pair = {event.sender_id, event.recipient_id}
            return pair == {self.ctx.ticket.member_id, self.view.with_id} or (
                isinstance(event, MessageHidden) and event.conversation_id == self.view.id
            )
        return False

    def shows(self, notice: Noticed) -> bool:
        return bool(notice.conversation_id) and notice.conversation_id == self.view.id

    async def load(self) -> None:
        if self._conversation_id:
            view = await self.ctx.read(messages.conversation, self._conversation_id, reaching=self._at)
        else:
            view = await self.ctx.read(messages.conversation_with, self._handle)
        first = self._view is None
        if first:
            self._before = view.before
        else:  # the newest fifty have moved on: what was shown above them stays
            fresh = {message.id for message in view.messages}
            shown = (*self._older, *self.view.messages)
            self._older = [m for m in shown if m.id not in fresh and m.id < min(fresh, default=0)]
        here = self.target
        self._view, self._conversation_id = view, view.id
        self._set_rows()
        if first and self._at:
            self._go_to(self._at)
        elif first or self.frame.pane.at_end():
            self._go_to_end()
        else:
            super().place_cursor(here)
        await self._mark_read()

    def _go_to(self, message_id: int) -> None:
        places = (
            i for i, row in enumerate(self.rows) if isinstance(row.target, MessageView) and row.target.id >= message_id
        )
        self.cursor = next(places, len(self.rows) - 1)
        self.top = (self.cursor, 0)

    def _go_to_end(self) -> None:
        self.cursor, self.top = len(self.rows) - 1, (len(self.rows) - 1, 0)

    def _set_rows(self) -> None:
        notice = f"Only you and {self.view.with_handle} can read this. A report shows moderators that one message."
        rows = [text_row((notice, theme.DIM)), gap_row()]
        shown = [*self._older, *self.view.messages]
        if not shown:
            rows.append(text_row(("Nothing has been said yet. Press r to write.", theme.DIM)))
        rows += [Row(partial(self._draw, message), message) for message in shown]
        self.rows = rows

    def _draw(self, message: MessageView, width: int, over: Style | None) -> list[Strip]:
        mark: Part = ("▌" if over else " ", theme.CURSOR_MARK)
        who = "you" if message.is_mine else message.author
        new: list[Part] = [("  new", theme.NEW)] if message.unread else []
        when = ago(message.sent_at, self.ctx.now(), self.ctx.zone)
        head = both_ends(width - 1, [(who, theme.DIM if message.is_mine else theme.NAME), *new],
                         [(f"{when} ", theme.DIM)])  # fmt: skip
        body: list[Strip] = []
        if message.state == "hidden":
            why = f" Reason: {message.hidden_reason}" if message.hidden_reason else ""
            body.append(line(width - 1, (f"Hidden by a moderator.{why}", theme.WARN)))
        if message.body:
            body += self._lines.body(("message", message.id), message.body, width - 1)
        return [*(Strip([*line(1, mark), *strip], width) for strip in (head, *body)), blank(width)]

    def place_cursor(self, wanted: Any = None) -> None:
        if self.cursor >= len(self.rows) or self.cursor < 0:
            super().place_cursor(wanted)

    async def _mark_read(self) -> None:
        waiting = [m.id for m in self.view.messages if m.unread]
        if waiting:
            await self.ctx.write(messages.read_conversation, self.view.id, waiting[-1])

    def shown(self) -> None:
        if self._before and self.frame.pane.first_shown() <= 2:
            self._before = False
            self.frame.do(self._fetch_older)

    async def _fetch_older(self) -> None:
        first = (self._older or list(self.view.messages))[0].id
        page = await self.ctx.read(messages.conversation, self._conversation_id, before=first)
        self._older = [*page.messages, *self._older]
        self._before = page.before
        self._set_rows()
        self.cursor += len(page.messages)
        self.top = (self.top[0] + len(page.messages), self.top[1])
        self.frame.show(self)

    # -- writing

    async def do_write(self) -> None:
        if not self.view.may_write:
            self.frame.say("This member's account is closed.", fault=True)
            return
        keeper = self._keeper = DraftKeeper(self.ctx, f"message:{self.view.with_id}")
        draft = await keeper.find()
        if draft is not None and "\n" in draft.body:
            await self.do_write_long()
            return
        self._typed = draft.body if draft else ""
        self._forget_keeper = self.frame.keeps(self._keep)
        entry = LineEntry(submit=self._submitted, cancel=self._left, change=self._changed)
        await self.frame.open_line(f"Write to {self.view.with_handle}", entry=entry, initial=self._typed,
                                   limit=messages.MAX_BODY)  # fmt: skip

    def _changed(self, text: str) -> None:
        """Keep what is typed, once a second at most."""
        if text != self._typed and not self._keeping:
            self._keeping = True
            self.frame.set_timer(1.0, lambda: self.frame.do(self._keep))
        self._typed = text

    async def _keep(self) -> None:
        """Another session's words are kept too: a line cannot ask, and the editor shows both."""
        self._keeping = False
        if self._keeper is None:
            return
        try:
            await self._keeper.save("", self._typed)
        except Overtaken:
            await self._keeper.keep_both("", self._typed)
            self.frame.say("Another of your sessions is writing here too. Both texts are kept: R shows them.")

    def _left(self, text: str) -> None:
        self._typed = text
        self._forget_keeper()
        self.frame.do(self._keep)

    def _submitted(self, text: str) -> None:
        if text.strip():
            self.frame.do(lambda: self._send(text))

    async def _send(self, text: str) -> None:
        if self._keeper is None:
            return
        key = self._keeper.view.client_key
        await self.ctx.write(messages.send_message, self.view.with_handle, text, client_key=key)
        self._keeper, self._typed = DraftKeeper(self.ctx, self._keeper.view.place), ""
        self.frame.clear_line()
        await self._show_newest()

    async def _show_newest(self) -> None:
        await self.load()
        self._go_to_end()
        self.frame.show(self)

    async def do_write_long(self) -> None:
        async def send(draft: DraftView) -> MessageSentView:
            return await self.ctx.write(messages.send_message, self.view.with_handle, draft.body,
                                        client_key=draft.client_key)  # fmt: skip

        writing = Writing(
            place=f"message:{self.view.with_id}", heading=f"Message to {self.view.with_handle}", send=send,
            readers=f"Only you and {self.view.with_handle} can read this", limit=messages.MAX_BODY,
        )  # fmt: skip
        made = await self.frame.form(Compose(self.ctx, writing))
        await self._show_newest()
        self.frame.say(made if isinstance(made, str) else "")

    async def heard(self, events: Sequence[Event]) -> None:
        at_end = self.frame.pane.at_end()
        await self.load()
        if at_end:
            self._go_to_end()
        self.frame.show(self)
        if not at_end:
            self.frame.say(f"{plural(len(events), 'new message')} below.")

    async def do_report(self) -> None:
        message = self.target
        if not isinstance(message, MessageView) or message.is_mine:
            self.frame.say("Move to a message that you were sent, then press !.", fault=True)
            return
        reason = await self.frame.prompt("Report this message: the moderators see it. What is wrong with it?")
        if reason:
            await self.ctx.write(moderation.report_message, message.id, reason)
            self.frame.say("Thank you. The moderators will look at it.")

    async def do_profile(self) -> None:
        await self.frame.open(self.frame.make("profile", self.view.with_handle))
