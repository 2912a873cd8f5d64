"""The app of one signed-in member: the frame, what reaches it from other sessions, and keeping what is typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from textual.message import Message

from bbs.context import Context, Visitor
from bbs.events import Event, MessageSent, MinutePassed
from screens import boards, drafts, home, meetings, messages, moderation, people, thread
from screens.driver import Channel, HungUp, ServedApp, Terminal, clamp
from screens.frame import Frame
from screens.help import HelpPage
from screens.join import JoinApp
from screens.markdown import MarkdownLines
from screens.page import PageMaker

log = structlog.get_logger()


class Heard(Message, bubble=False):
    """An event that the page on top wants."""

    def __init__(self, event: Event) -> None:
        self.event = event
        super().__init__()


class Ended(Message, bubble=False):
    """The session must end, and why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()


class StaffroomApp(ServedApp):
    """One member's session."""

    CSS_PATH = ["frame.tcss", "compose.tcss"]  # noqa: RUF012 - Textual's own spelling

    def __init__(self, ctx: Context, terminal: Terminal, markdown: MarkdownLines) -> None:
        super().__init__(terminal)
        self.ctx = ctx
        self.markdown = markdown
        self.farewell = ""
        self.successor: Context | None = None
        self.frame = Frame(ctx, self._pages())
        self._keepers: list[Callable[[], Awaitable[None]]] = []

    def _pages(self) -> dict[str, PageMaker]:
        lines = self.markdown
        return {
            "home": home.HomePage,
            "boards": boards.BoardsPage,
            "board": boards.BoardPage,
            "thread": lambda ctx, *args: thread.ThreadPage(ctx, lines, *args),
            "meetings": meetings.MeetingsPage,
            "meeting": lambda ctx, *args: meetings.MeetingPage(ctx, lines, *args),
            "messages": messages.InboxPage,
            "conversation": lambda ctx, *args: messages.ConversationPage(ctx, lines, *args),
            "people": people.PeoplePage,
            "profile": lambda ctx, *args: people.ProfilePage(ctx, lines, *args),
            "drafts": drafts.DraftsPage,
            "moderation": moderation.QueuePage,
            "log": moderation.LogPage,
            "help": HelpPage,
        }

    def get_default_screen(self) -> Frame:
        return self.frame

    @property
    def is_settled(self) -> bool:
        """A form or a question waits for keys; what the frame fetches or writes must be over first."""
        return super().is_settled and (self.screen is not self.frame or self.frame.is_ready)

    async def serve(self) -> None:
        """Run to the end; then keep what was typed, however it ended."""
        unsubscribe = self.ctx.forum.bus.subscribe(self._told)
        try:
            await super().serve()
        finally:
            unsubscribe()
            for keep in tuple(self._keepers):
                try:
                    await keep()
                except Exception:
                    log.exception("draft_not_kept", handle=self.ctx.handle)

    def keeps(self, keep: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Have something kept at the end of the session; the answer takes it back."""
        self._keepers.append(keep)
        return lambda: self._keepers.remove(keep)

    # -- from other sessions: never touch a widget here, another app's context may be running

    def _told(self, event: Event) -> None:
        mine = isinstance(event, MessageSent) and event.recipient_id == self.ctx.ticket.member_id
        if mine or isinstance(event, MinutePassed) or self.frame.wants(event):
            self.post_message(Heard(event))

    def end(self, reason: str) -> None:
        """Say `reason` after the screen is given back, and end."""
        self.post_message(Ended(reason))

    def on_heard(self, message: Heard) -> None:
        event = message.event
        if isinstance(event, MinutePassed):
            self.frame.show_header()
        elif self.frame.wants(event):
            self.frame.hear(event)
        elif isinstance(event, MessageSent) and self.screen is self.frame:
            self.frame.say("A message has come: 3 opens your messages.")

    def on_ended(self, message: Ended) -> None:
        self.farewell = message.reason
        self.exit()

    def on_hung_up(self, _message: HungUp) -> None:
        self.exit()


class AppMaker:
    """Makes the app for whoever connects. One for a process: it holds what sessions share."""

    def __init__(self) -> None:
        self._markdown = MarkdownLines()

    def __call__(
        self, guest: Context | Visitor, channel: Channel, term: str, size: tuple[int, int], env: dict[str, str]
    ) -> StaffroomApp | JoinApp:
        terminal = Terminal(channel, term, clamp(*size), env)
        if isinstance(guest, Visitor):
            return JoinApp(guest, terminal)
        return StaffroomApp(guest, terminal, self._markdown)
