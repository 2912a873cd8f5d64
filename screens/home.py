"""Home: what is new for this member, and the next meeting."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.events import (
    BoardsChanged,
    ConversationRead,
    DraftChanged,
    Event,
    MeetingChanged,
    MessageSent,
    NoticesRead,
    PostAdded,
    ThreadRead,
)
from bbs.services import news, notices
from bbs.text import ago, capped, plural
from bbs.views.home import NewsLine
from bbs.views.meetings import MeetingLine
from screens import theme
from screens.lines import Part, both_ends, fit, hint, line
from screens.meetings import AnsweringPage, answered_words, when_words
from screens.page import Key, Row, gap_row, line_row, text_row
from screens.reading import catch_up, undo_catch_up

SIDE = 60
"""Narrower than this there are no side columns."""


class HomePage(AnsweringPage):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("space", "read_on", "Read on through everything that is new", "read on"),
        Key("1", "go_boards", "Boards", "Boards"),
        Key("2", "go_meetings", "Meetings", "Meetings"),
        Key("3", "go_messages", "Messages", "Messages"),
        Key("4", "go_people", "People", "People"),
        Key("5 /", "search", "Search", "Search"),
        Key("6", "go_notices", "Notices: what you were told of", "Notices"),
        Key("y", "yes", "Come to the next meeting"),
        Key("m", "maybe", "Perhaps come to the next meeting"),
        Key("n", "no", "Not come to the next meeting"),
        Key("c", "catch_up", "Catch up: mark all posts and notices as read"),
        Key("u", "undo", "Undo the last catch up"),
        Key("escape q", "leave", "Sign out (asks)"),
    )

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._next: MeetingLine | None = None

    @property
    def title(self) -> str:
        return self.ctx.forum.settings.name

    def hears(self, event: Event) -> bool:
        me = self.ctx.ticket.member_id
        if isinstance(event, PostAdded):
            return event.author_id != me
        if isinstance(event, MessageSent):
            return event.recipient_id == me
        if isinstance(event, ThreadRead | ConversationRead | NoticesRead | DraftChanged):
            return event.member_id == me
        return isinstance(event, MeetingChanged | BoardsChanged)

    async def load(self) -> None:
        view = await self.ctx.read(news.home)
        self._next = view.next_meeting
        self.frame.notices.set(view.unread_notices)
        rows = [box_top("New for you")]
        if view.news:
            rows += [self._news_row(item) for item in view.news]
        else:
            rows.append(boxed(text_row(("You are up to date.", theme.GOOD))))
        rows.append(box_bottom())
        rows += [text_row((f"Cancelled: {item.title}, {when_words(item, self.ctx)}", theme.WARN), target=item)
                 for item in view.called_off]  # fmt: skip
        rows += self._meeting_rows(view.next_meeting)
        if view.drafts:
            rows += [gap_row(), line_row((f"✎ {plural(view.drafts, 'draft')} of yours: 7 opens them.", theme.DIM))]
        self.rows = rows

    def _news_row(self, item: NewsLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            when = ago(item.at, now, zone)
            badge = {"message": "✉", "mention": "@", "answer": "↩", "meeting": "◷"}.get(item.kind) or capped(item.count)
            said = f"{item.author} mentioned you: {item.title}" if item.kind == "mention" else item.title
            if item.kind == "answer":
                said = f"{item.author} answered you: {item.title}"
            if item.kind == "message":
                said = f"“{item.title}”"
            left: list[Part] = [(f"{badge:>3}  ", theme.NEW)]
            if width >= SIDE:
                left += [(fit(item.place, 18) + "  ", theme.DIM), (said, theme.PLAIN)]
                right: list[Part] = [(f" {fit(item.author, 10)} {when:>6} ", theme.DIM)]
            else:
                left.append((said if item.kind != "message" else f"{item.author} {said}", theme.PLAIN))
                right = [(f"{when:>4} ", theme.DIM)]
            return [_sided(width, both_ends(width - 2, left, right, over=over))]

        return Row(draw, item)

    def _meeting_rows(self, meeting: MeetingLine | None) -> list[Row]:
        if meeting is None:
            return [line_row(("No meeting is planned.", theme.DIM))]
        places = "" if meeting.places_left is None else f", {plural(meeting.places_left, 'place')} left"
        first = text_row(
            (f"{when_words(meeting, self.ctx)}  ", theme.BOLD), (meeting.title, theme.PLAIN),
            (f" · {meeting.place}" if meeting.place else "", theme.PLAIN),
            (f" · {meeting.going} going{places}", theme.DIM),
            target=meeting,
        )  # fmt: skip
        if meeting.answer:
            answer: list[Part] = [
                (answered_words(meeting), theme.GOOD),
                ("  " + hint("y yes", "m maybe", "n no"), theme.DIM),
            ]
        else:
            answer = [("You have not answered:  ", theme.NEW), (hint("y yes", "m maybe", "n no"), theme.PLAIN)]
        return [box_top("Next meeting"), boxed(first), boxed(text_row(*answer)), box_bottom()]

    async def do_open(self) -> None:
        await self.open_item(self.target)

    async def open_item(self, item: object) -> None:
        if isinstance(item, MeetingLine):
            await self.frame.open(self.frame.make("meeting", item.id))
        elif isinstance(item, NewsLine):
            if item.notice_id:
                await self.ctx.write(notices.mark_read, item.notice_id)
            await self.frame.open_place(item.thread_id, item.post_id, item.conversation_id, item.meeting_id)

    @property
    def meeting(self) -> MeetingLine | None:
        return self._next

    async def do_catch_up(self) -> None:
        await catch_up(self)

    async def do_undo(self) -> None:
        await undo_catch_up(self)

    async def do_back(self) -> None:
        """Home is where back leads: nothing is behind it."""

    async def do_leave(self) -> None:
        if await self.frame.ask("Sign out?", "y sign out", "n stay"):
            self.frame.sign_out()


def box_top(title: str) -> Row:
    def draw(width: int, _over: Style | None) -> list[Strip]:
        rule = " " + "─" * max(0, width - len(title) - 4) + "┐"
        return [line(width, ("┌ ", theme.DIM), (title, theme.HEADING), (rule, theme.DIM))]

    return Row(draw)


def box_bottom() -> Row:
    return Row(lambda width, _over: [line(width, ("└" + "─" * max(0, width - 2) + "┘", theme.DIM))])


def boxed(row: Row) -> Row:
    """The same row between two sides."""

    def draw(width: int, over: Style | None) -> list[Strip]:
        return [_sided(width, strip) for strip in row.draw(width - 2, over)]

    return Row(draw, row.target)


def _sided(width: int, inner: Strip) -> Strip:
    side = line(1, ("│", theme.DIM))
    return Strip([*side, *inner, *side], width)
