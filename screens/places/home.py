"""Home: what is new for this member, and the next meeting."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import (
    BoardsChanged,
    ConversationRead,
    DraftChanged,
    Event,
    MeetingChanged,
    MessageSent,
    NoticesRead,
    PollChanged,
    PostAdded,
    QueueChanged,
    ThreadRead,
    WarningsChanged,
)
from bbs.services import news, notices, sanctions
from bbs.text import ago, capped, plural, short_moment
from bbs.views.home import NewsLine
from bbs.views.meetings import MeetingLine
from bbs.views.moderation import waiting_words
from bbs.views.polls import WaitingPoll
from bbs.views.sanctions import SanctionLine
from screens import styles
from screens.lines import Part, both_ends, fit, line
from screens.place import job
from screens.places.answering import AnsweringPlace, when_words
from screens.places.reading import catch_up
from screens.rows import Row, gap_row, line_row, text_row

SIDE = 60
"""Narrower than this there are no side columns."""
WIDE = 100
"""From this on there is room for handles beside names."""
SIGNS = {"message": "✉", "mention": "@", "answer": "↩", "meeting": "◷", "account": "!", "moderation": "!"}


class HomeScreen(AnsweringPlace):
    KIND = "home"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "read_on", "read on", tooltip="Read on through everything that is new"),
        Binding("1", "go_boards", "Boards", tooltip="Boards"),
        Binding("2", "go_meetings", "Meetings", tooltip="Meetings"),
        Binding("3", "go_messages", "Messages", tooltip="Messages"),
        Binding("4", "go_people", "People", tooltip="People"),
        Binding("5,/", "search", "Search", tooltip="Search"),
        Binding("6", "go_notices", "Notices", tooltip="Notices: what you were told of"),
        Binding("c", "catch_up", show=False, tooltip="Catch up: mark all posts and notices as read"),
        Binding("escape,q", "leave", show=False, tooltip="Sign out (asks)"),
    ]

    def begin(self) -> None:
        self._next: MeetingLine | None = None

    @property
    def heading(self) -> str:
        return self.ctx.forum.settings.name

    def hears(self, event: Event) -> bool:
        me = self.ctx.ticket.member_id
        if isinstance(event, PostAdded):
            return event.author_id != me
        if isinstance(event, MessageSent):
            return event.sender_id != me and (event.recipient_id == me or event.with_moderators)
        if isinstance(event, ThreadRead | ConversationRead | NoticesRead | DraftChanged | WarningsChanged):
            return event.member_id == me
        if isinstance(event, QueueChanged):
            return me in event.member_ids
        if isinstance(event, PollChanged):
            return event.member_id in {0, me}
        return isinstance(event, MeetingChanged | BoardsChanged)

    async def load(self) -> None:
        view = await self.ctx.read(news.home)
        self._next = view.next_meeting
        self.session.notices.set(view.unread_notices, view.queue)
        rows = [
            text_row(
                (warning.told(self.ctx.zone), styles.WARN), ("  Enter: I have read it", styles.DIM), target=warning
            )
            for warning in view.warnings
        ]
        rows.append(box_top("New for you"))
        if view.news:
            rows += [self._news_row(item) for item in view.news]
        else:
            rows.append(boxed(text_row(("You are up to date.", styles.GOOD))))
        rows.append(box_bottom())
        rows += [text_row((f"Cancelled: {item.title}, {when_words(item, self.ctx)}", styles.WARN), target=item)
                 for item in view.called_off]  # fmt: skip
        rows += self._poll_rows(view.poll)
        rows += self._meeting_rows(view.next_meeting)
        if view.queue or view.drafts:
            rows.append(gap_row())
        if view.queue:
            rows.append(text_row((f"⚑ {waiting_words(view.queue)}: 8 opens it.", styles.NEW)))
        if view.drafts:
            rows += [line_row((f"✎ {plural(view.drafts, 'draft')} of yours: 7 opens them.", styles.DIM))]
        self.rows = rows

    def _news_row(self, item: NewsLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            when = ago(item.at, now, zone)
            badge = SIGNS.get(item.kind) or capped(item.count)
            left: list[Part] = [(f"{badge:>3}  ", styles.NEW)]
            if width < SIDE:
                left.append((_words(item, with_name=item.kind == "message"), styles.PLAIN))
                return [_sided(width, both_ends(width - 2, left, [(f"{when:>4} ", styles.DIM)], over=over))]
            author = f"{item.author_name} @{item.author}" if width >= WIDE else item.author_name
            place_room, author_room = (26, 30) if width >= WIDE else (17, 14)
            if item.kind != "message":
                left.append((fit(item.place, place_room) + "  ", styles.DIM))
            left.append((_words(item, with_name=False), styles.PLAIN))
            right: list[Part] = [(f" {fit(author, author_room)} {when:>6} ", styles.DIM)]
            return [_sided(width, both_ends(width - 2, left, right, over=over))]

        return Row(draw, item)

    def _poll_rows(self, poll: WaitingPoll | None) -> list[Row]:
        """The poll that waits for an answer and closes first."""
        if poll is None:
            return []
        until = short_moment(poll.closes_at, self.ctx.zone, self.ctx.now())
        others = f" · {plural(poll.polls - 1, 'more poll')} in Meetings" if poll.polls > 1 else ""
        return [text_row(("Which dates suit you? ", styles.NEW), (poll.title, styles.PLAIN),
                         (f" · open until {until}{others}", styles.DIM), target=poll)]  # fmt: skip

    def _meeting_rows(self, meeting: MeetingLine | None) -> list[Row]:
        if meeting is None:
            return [line_row(("No meeting is planned.", styles.DIM))]
        first = text_row(
            (f"{when_words(meeting, self.ctx)}  ", styles.BOLD), (meeting.title, styles.PLAIN),
            (f" · {meeting.place}" if meeting.place else "", styles.PLAIN),
            (f" · {meeting.going} going{meeting.left}", styles.DIM),
            target=meeting,
        )  # fmt: skip
        style = styles.GOOD if meeting.answer and not meeting.asked_again else styles.NEW
        key = "  a\u00a0answers" if meeting.takes else ""
        answer: list[Part] = [(meeting.standing, style), (key, styles.DIM)]
        return [box_top("Next meeting"), boxed(first), boxed(text_row(*answer)), box_bottom()]

    @job
    async def action_open(self) -> None:
        item = self.target
        if isinstance(item, MeetingLine):
            await self.session.open("meeting", item.id)
        elif isinstance(item, SanctionLine):
            await self._acknowledge(item)
        elif isinstance(item, WaitingPoll):
            await self.session.open("poll", item.id)
        elif isinstance(item, NewsLine):
            if item.notice_id:
                await self.ctx.note(notices.mark_read, item.notice_id)
            await self.session.open_any(item.thread_id, item.post_id, item.conversation_id, item.meeting_id,
                                        item.notice_id, poll_id=item.poll_id)  # fmt: skip
            if item.kind == "moderation" and item.thread_id:
                self.session.say(item.title)  # the line may have had no room for all of it

    async def _acknowledge(self, warning: SanctionLine) -> None:
        if await self.session.ask(warning.told(self.ctx.zone), "I have read it", "later"):
            await self.ctx.write(sanctions.acknowledge)
            await self.reload()
            self.say("Thank you. To answer, write to 'moderators' in Messages.")

    @property
    def meeting(self) -> MeetingLine | None:
        return self._next

    @job
    async def action_catch_up(self) -> None:
        await catch_up(self)

    def action_back(self) -> None:
        """Home is where back leads: nothing is behind it."""

    @job
    async def action_leave(self) -> None:
        if await self.session.ask("Sign out?", "sign out", "stay"):
            self.session.sign_out()


def _words(item: NewsLine, *, with_name: bool) -> str:
    """What a line says, in its middle."""
    if item.kind == "mention":
        return f"{item.author_name} mentioned you: {item.title}"
    if item.kind == "answer":
        return f"{item.author_name} answered you: {item.title}"
    said = f"“{item.title}”" if item.kind == "message" else item.title
    return f"{item.author_name} {said}" if with_name else said


def box_top(title: str) -> Row:
    def draw(width: int, _over: Style | None) -> list[Strip]:
        rule = " " + "─" * max(0, width - len(title) - 4) + "┐"
        return [line(width, ("┌ ", styles.DIM), (title, styles.HEADING), (rule, styles.DIM))]

    return Row(draw)


def box_bottom() -> Row:
    return Row(lambda width, _over: [line(width, ("└" + "─" * max(0, width - 2) + "┘", styles.DIM))])


def boxed(row: Row) -> Row:
    """The same row between two sides."""

    def draw(width: int, over: Style | None) -> list[Strip]:
        return [_sided(width, strip) for strip in row.draw(width - 2, over)]

    return Row(draw, row.target)


def _sided(width: int, inner: Strip) -> Strip:
    side = line(1, ("│", styles.DIM))
    return Strip([*side, *inner, *side], width)
