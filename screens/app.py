"""The app of one signed-in member: the frame, what reaches it from other sessions, and keeping what is typed."""

from __future__ import annotations

import structlog

from bbs.context import Context, Visitor
from bbs.events import DraftChanged, Event, KeysChanged, MinutePassed, Noticed, NoticesRead
from screens import boards, drafts, home, jump, meetings, messages, moderation, notices, people, search, thread
from screens.frame import Frame
from screens.help import HelpPage
from screens.join import JoinApp
from screens.markdown import MarkdownLines
from screens.page import PageMaker
from screens.terminal import Channel, Terminal, clamp

log = structlog.get_logger()


class StaffroomApp:
    """One member's session."""

    def __init__(self, ctx: Context, terminal: Terminal, markdown: MarkdownLines) -> None:
        self.ctx = ctx
        self.terminal = terminal
        self.markdown = markdown
        self.farewell = ""
        self.successor: Context | None = None
        self.failure: BaseException | None = None
        self.frame = Frame(ctx, self._pages(), terminal)

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
            "search": search.SearchPage,
            "jump": jump.JumpPage,
            "notices": notices.NoticesPage,
            "drafts": drafts.DraftsPage,
            "moderation": moderation.QueuePage,
            "log": moderation.LogPage,
            "help": HelpPage,
        }

    async def serve(self) -> None:
        """Run to the end; then keep what was typed, however it ended. What it died of is in `failure`."""
        frame = self.frame
        unsubscribe = self.ctx.forum.bus.subscribe(lambda event: frame.guarded(lambda: self._told(event)))
        self.terminal.open(lambda: frame.leave(""))
        frame.begin()
        try:
            self.farewell = await frame.over
        except Exception as fault:  # noqa: BLE001 - the session is told, and ends it
            self.failure = fault
        finally:
            unsubscribe()
            await frame.close()
            self.terminal.close()
            await self._keep()

    async def _keep(self) -> None:
        for keep in tuple(self.frame.keepers):
            try:
                await keep()
            except Exception:
                log.exception("draft_not_kept", handle=self.ctx.handle)

    def _told(self, event: Event) -> None:
        """Something happened in the forum. Called for every event in the process: must be cheap."""
        frame, me = self.frame, self.ctx.ticket.member_id
        if isinstance(event, DraftChanged) and event.member_id == me:
            frame.tell_form(event)
        if isinstance(event, MinutePassed):
            frame.show_header()
            return
        if frame.wants(event):
            frame.hear(event)
        if isinstance(event, KeysChanged) and event.member_id == me:
            frame.say("A key was added to your account, or removed: k on your own page lists them.", fault=True)
        if (isinstance(event, Noticed) and me in event.member_ids) or (
            isinstance(event, NoticesRead) and event.member_id == me
        ):
            frame.notices.hear(event if isinstance(event, Noticed) and not frame.shows(event) else None)

    def end(self, reason: str) -> None:
        """Say `reason` after the screen is given back, and end."""
        self.frame.leave(reason)


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
