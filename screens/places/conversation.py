"""One conversation, live, with a line to write in."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Input

from bbs.context import Context
from bbs.errors import BBSError, Overtaken
from bbs.events import Event, MessageHidden, MessageSent, Noticed, PostsChanged
from bbs.services import drafts, messages, reports
from bbs.services.drafts import DraftView
from bbs.text import ago, plural
from bbs.views.messages import ConversationPage, MessageSentView, MessageView
from screens import styles
from screens.forms.keeping import DraftKeeper
from screens.forms.writing import Writing
from screens.lines import Part, blank, both_ends, line
from screens.markdown import MarkdownLines
from screens.place import Place, job
from screens.places.reasons import ask_anyway
from screens.rows import Row, gap_row, text_row
from screens.widgets.bars import KeyWord
from screens.widgets.line_input import LineInput
from screens.widgets.text_area import MAX_LINES

FIRST = 3
"""Messages that are laid out before the conversation is shown."""
KEEP_AFTER = 1.0
"""Seconds from a letter to the draft on disk."""
_WRITING = [KeyWord("Enter", "send", "send"), KeyWord("Esc", "leave", "back")]


class ConversationScreen(Place):
    KIND = "conversation"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r,n,enter", "write", "write", tooltip="Write a line; Enter sends it, an empty one leaves"),
        Binding("R", "write_long", "write long", tooltip="Write in the editor"),
        Binding("!", "report", "report", tooltip="Report a message that you were sent"),
        Binding("p", "profile", "who", tooltip="Who this is"),
    ]
    is_reading = True

    def __init__(self, ctx: Context, markdown: MarkdownLines) -> None:
        super().__init__(ctx, markdown)
        self.entry = LineInput()
        self.entry.display = False
        self.entry.takes_lines = True

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.list
        yield self.entry
        yield self.keys

    def begin(self, conversation_id: int, handle: str = "", at: int = 0) -> None:
        """`conversation_id` 0: the one with `handle`. `at` is the message to begin at; without it, the newest."""
        self._at = at
        self._conversation_id = conversation_id
        self._handle = handle
        self._view: ConversationPage | None = None
        self._older: list[MessageView] = []
        self._before = False
        self._keeping = False
        self._keeper: DraftKeeper | None = None
        self._typed = ""
        self._forget_keeper: Callable[[], None] = lambda: None

    @property
    def view(self) -> ConversationPage:
        assert self._view is not None  # noqa: S101 - a place is loaded before it is shown
        return self._view

    @property
    def heading(self) -> str:
        return f"Messages › {self.view.with_name}"

    @property
    def closes(self) -> bool:
        """Those of others with the moderators."""
        return self.view.address.startswith(f"{messages.MODERATORS}/")

    def hears(self, event: Event) -> bool:
        if isinstance(event, MessageSent | MessageHidden):
            return event.conversation_id == self.view.id or (not self.view.id and self._is_first(event))
        return isinstance(event, PostsChanged) and event.author_id == self.view.with_id

    def _is_first(self, event: MessageSent | MessageHidden) -> bool:
        """Whether it is the first message of a conversation that had none when it was opened."""
        if isinstance(event, MessageSent) and event.with_moderators:
            return self.view.draft_place == f"moderators:{event.recipient_id}"
        return {event.sender_id, event.recipient_id} == {self.ctx.ticket.member_id, self.view.with_id}

    def shows(self, notice: Noticed) -> bool:
        return bool(notice.conversation_id) and notice.conversation_id == self.view.id

    def offers(self, action: str) -> bool:
        if action == "profile":
            return bool(self.view.with_id)
        if action == "report":
            return isinstance(self.target, MessageView) and not self.target.is_mine
        return self.view.may_write if action in {"write", "write_long"} else True

    def words(self) -> list[KeyWord]:
        return _WRITING if self.is_asking else super().words()

    # -- reading

    async def load(self) -> None:
        view = await self.fetch()
        is_first = self._view is None
        if is_first:
            self._before = view.before
        else:  # the newest fifty have moved on: what was shown above them stays
            fresh = {message.id for message in view.messages}
            known = (*self._older, *self.view.messages)
            self._older = [m for m in known if m.id not in fresh and m.id < min(fresh, default=0)]
        here = self.target
        self._view, self._conversation_id = view, view.id
        self._set_rows()
        if is_first:
            await self._prepare()
        if is_first and self._at:
            self._go_to(self._at)
        elif is_first or self.list.at_end():
            self._go_to_end()
        else:
            super().place_cursor(here)
        await self._mark_read()

    async def fetch(self, before: int = 0) -> ConversationPage:
        """Read the newest messages, or those before one."""
        if self._conversation_id:
            return await self.ctx.read(messages.conversation, self._conversation_id, before=before,
                                       reaching=0 if before else self._at)  # fmt: skip
        return await self.ctx.read(messages.conversation_with, self._handle)

    def _go_to(self, message_id: int) -> None:
        positions = (
            i for i, row in enumerate(self.rows) if isinstance(row.target, MessageView) and row.target.id >= message_id
        )
        self.cursor = next(positions, len(self.rows) - 1)
        self.top = (self.cursor, 0)

    def _go_to_end(self) -> None:
        self.cursor, self.top = len(self.rows) - 1, (len(self.rows) - 1, 0)

    async def _prepare(self) -> None:
        """Lay out what is on the screen first, if it is long."""
        later = [message for message in self.view.messages if not self._at or message.id >= self._at]
        for message in later[:FIRST] if self._at else later[-FIRST:]:
            width = self.app.size.width - 2
            await self.bodies.lines.prepare(("message", message.id), message.body, width)

    def _set_rows(self) -> None:
        rows = [*self.above(), gap_row()]
        every = [*self._older, *self.view.messages]
        if not every:
            rows.append(text_row(("Nothing has been said yet. Press r to write.", styles.DIM)))
        rows += [Row(partial(self._draw, message), message) for message in every]
        self.rows = rows

    def above(self) -> list[Row]:
        """What stands over the messages."""
        report = (
            "" if self.view.draft_place.startswith("moderators") else " A report shows moderators that one message."
        )
        return [text_row((f"{self.view.readers}.{report}", styles.DIM))]

    def _draw(self, message: MessageView, width: int, over: Style | None) -> list[Strip]:
        mark: Part = ("▌" if over else " ", styles.CURSOR_MARK)
        who = "you" if message.is_mine else message.author
        new: list[Part] = [("  new", styles.NEW)] if message.unread else []
        when = ago(message.sent_at, self.ctx.now(), self.ctx.zone)
        head = both_ends(width - 1, [(who, styles.DIM if message.is_mine else styles.NAME), *new],
                         [(f"{when} ", styles.DIM)])  # fmt: skip
        body: list[Strip] = []
        if message.state == "hidden":
            why = f" Reason: {message.hidden_reason}" if message.hidden_reason else ""
            body.append(line(width - 1, (f"Hidden by a moderator.{why}", styles.WARN)))
        elif message.state == "removed":
            body.append(line(width - 1, ("Removed with its sender's account.", styles.DIM)))
        if message.body:
            body += self.bodies.body(("message", message.id), message.body, width - 1)
        return [*(Strip([*line(1, mark), *strip], width) for strip in (head, *body)), blank(width)]

    def place_cursor(self, wanted: Any = None) -> None:
        if self.cursor >= len(self.rows) or self.cursor < 0:
            super().place_cursor(wanted)

    async def _mark_read(self) -> None:
        waiting = [m.id for m in self.view.messages if m.unread]
        if waiting:
            await self.mark_read(waiting[-1])

    async def mark_read(self, message_id: int) -> None:
        await self.ctx.note(messages.read_conversation, self.view.id, message_id)

    def view_changed(self) -> None:
        if self._before and self.list.first_shown() <= 2:
            self._before = False
            self.do(self._fetch_older)

    async def _fetch_older(self) -> None:
        first = (self._older or list(self.view.messages))[0].id
        page = await self.fetch(first)
        self._older = [*page.messages, *self._older]
        self._before = page.before
        self._set_rows()
        self.cursor += len(page.messages)
        self.top = (self.top[0] + len(page.messages), self.top[1])
        self.refill()

    async def heard(self, events: Sequence[Event]) -> None:
        at_end = self.list.at_end()
        await self.load()
        if at_end:
            self._go_to_end()
        self.refill()
        if not at_end:
            self.say(f"{plural(len(events), 'new message')} below.")

    # -- the line

    @property
    def is_asking(self) -> bool:
        return bool(self.entry.display)

    @job
    async def action_write(self) -> None:
        await self.write()

    async def write(self) -> None:
        """Open the line, with what was typed in it before."""
        if not self.view.may_write:
            self.say("This member's account is closed.", fault=True)
            return
        self._keeper = DraftKeeper(self.ctx, self.view.draft_place)
        draft = await self._keeper.find()
        if draft is not None and "\n" in draft.body:
            await self.write_long()
            return
        self._typed = draft.body if draft else ""
        self._forget_keeper = self.session.keeps(self._keep_at_end)
        self.entry.placeholder = f"Write to {self.view.with_name}"
        self.entry.fill(self._typed, limit=messages.MAX_BODY)
        self.entry.display = True
        self.entry.focus()
        self.show_keys()

    def _close_line(self) -> None:
        self.entry.display = False
        self.set_focus(None)
        self.show_keys()
        self._forget_keeper()
        self._forget_keeper = lambda: None
        self.do(self._keep_at_end)

    def left(self) -> None:
        if self.is_asking:
            self._close_line()

    def action_back(self) -> None:
        if self.is_asking:
            self._close_line()
        else:
            super().action_back()

    @on(Input.Changed)
    def keep_soon(self, event: Input.Changed) -> None:
        """Keep what is typed, once a second at most."""
        event.stop()
        self.on_key()
        if event.value != self._typed and not self._keeping:
            self._keeping = True
            self.set_timer(KEEP_AFTER, lambda: self.do(self._keep))
        self._typed = event.value

    async def _keep(self) -> None:
        """Another session's words are kept too: a line cannot ask, and the editor shows both."""
        self._keeping = False
        if self._keeper is None:
            return
        try:
            await self._keeper.save("", self._typed)
        except Overtaken:
            await self._keeper.keep_both("", self._typed)
            self.say("Another of your sessions is writing here too. Both texts are kept: R shows them.")

    async def _keep_at_end(self) -> None:
        if self._keeper is not None:
            await self._keeper.save_at_end("", self._typed, again=False)

    @on(LineInput.Refused)
    def tell_why(self, event: LineInput.Refused) -> None:
        event.stop()
        self.say(event.why, fault=True)

    @on(LineInput.Emptied)
    def leave_line(self, event: LineInput.Emptied) -> None:
        event.stop()
        self._close_line()

    @on(LineInput.Lines)
    def open_editor(self, event: LineInput.Lines) -> None:
        """Several lines were pasted: the editor opens with all of them."""
        event.stop()
        text = f"{self.entry.value}\n{event.rest}"
        if len(text) > drafts.MAX_BODY or text.count("\n") >= MAX_LINES:
            self.say("That is too long for a message: its first line is here, and the rest was left out.", fault=True)
            return
        self._typed = text
        self._close_line()
        self.do(self.write_long)

    # -- sending

    @on(Input.Submitted)
    def action_send(self) -> None:
        """The line is empty at once: what is typed while a message is being sent is the next one."""
        text = self.entry.value
        if not text.strip():
            self._close_line()
            return
        keeper, self._keeper, self._typed = self._keeper, DraftKeeper(self.ctx, self.view.draft_place), ""
        self.entry.fill("")
        if keeper is not None:
            self.do(partial(self._send, text, keeper))

    async def _send(self, text: str, keeper: DraftKeeper) -> None:
        try:
            await self.send(text, keeper.view.client_key)
        except BBSError:
            self._keeper = keeper
            typed_since = self.entry.value
            self.entry.fill(f"{text} {typed_since}" if typed_since else text)
            self._typed = self.entry.value
            raise
        await self._show_newest()

    async def send(self, text: str, client_key: str) -> MessageSentView:
        return await self.ctx.write(messages.send_message, self.view.address, text, client_key=client_key)

    async def _show_newest(self) -> None:
        await self.load()
        self._go_to_end()
        self.refill()

    @job
    async def action_write_long(self) -> None:
        await self.write_long()

    async def write_long(self) -> None:
        async def send(draft: DraftView) -> MessageSentView:
            return await self.send(draft.body, draft.client_key)

        writing = Writing(
            place=self.view.draft_place, heading=f"Message to {self.view.with_name}", send=send,
            readers=self.view.readers, limit=messages.MAX_BODY,
        )  # fmt: skip
        made = await self.session.write(writing)
        if made is not None:
            await self._show_newest()
            self.say(made if isinstance(made, str) else "")

    # -- the other one

    @job
    async def action_report(self) -> None:
        message = self.target
        if not isinstance(message, MessageView) or message.is_mine:
            self.say("Move to a message that you were sent, then press !.", fault=True)
            return
        warning = await self.ctx.read(reports.nobody_else_of_message, message.id)
        if not await ask_anyway(self, warning):
            return
        reason = await self.session.prompt("Report this message: the moderators see it. What is wrong with it?")
        if reason:
            await self.ctx.write(reports.report_message, message.id, reason, anyway=bool(warning))
            self.say("Thank you. The moderators will look at it, and you hear what came of it.")

    @job
    async def action_profile(self) -> None:
        if self.view.with_id:
            await self.session.open("profile", self.view.with_handle)
