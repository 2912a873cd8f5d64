"""Meetings: the list, one in full, and announcing them."""

from datetime import timedelta
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.errors import Invalid
from bbs.events import Event, MeetingChanged
from bbs.services import meetings
from bbs.services.drafts import new_key
from bbs.text import moment, plural
from bbs.views.meetings import MeetingLine
from bbs.views.meetings import MeetingPage as MeetingView
from screens import theme
from screens.forms import Entry, Form, Kept, Values
from screens.lines import Part, both_ends, fit, hint
from screens.markdown import MarkdownLines
from screens.page import Key, Page, Row, boxed_text, gap_row, heading_row, line_row, text_row

SIDE = 60


def when_words(meeting: MeetingLine, ctx: Context) -> str:
    """When it starts, on the member's clock: 'Thu 3 Dec 14:00'."""
    local = meeting.starts_at.astimezone(ctx.zone)
    year = f" {local.year}" if local.year != ctx.now().astimezone(ctx.zone).year else ""
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def answered_words(meeting: MeetingLine) -> str:
    if meeting.waiting:
        return "You are on the waiting list: you move up when somebody cannot come."
    return {"yes": "You are going.", "maybe": "You may be going.", "no": "You are not going."}.get(
        meeting.answer, "You have not answered."
    )


class AnsweringPage(Page):
    """A page on which y, m and n answer a meeting."""

    @property
    def meeting(self) -> MeetingLine | None:
        """The one that is answered."""
        raise NotImplementedError

    async def _answer(self, answer: str) -> None:
        """Answer, and say what is so now. A place that somebody may be waiting for is not given up by one key."""
        meeting = self.meeting
        if meeting is None:
            self.frame.say("No meeting is planned.")
            return
        if meeting.answer == "yes" and answer != "yes" and meeting.places_left is not None:
            question = "Give up your place? It may go to somebody else."
            if not await self.frame.ask(question, "y give it up", "n keep it"):
                return
        line = await self.ctx.write(meetings.rsvp, meeting.id, answer)
        await self.reload()
        self.frame.say(answered_words(line))

    async def do_yes(self) -> None:
        await self._answer("yes")

    async def do_maybe(self) -> None:
        await self._answer("maybe")

    async def do_no(self) -> None:
        await self._answer("no")


class MeetingsPage(AnsweringPage):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Open the meeting", "open"),
        Key("y", "yes", "Answer yes", "yes"),
        Key("m", "maybe", "Answer maybe", "maybe"),
        Key("n", "no", "Answer no", "no"),
        Key("p", "past", "Past or upcoming meetings", "past/upcoming"),
        Key("N", "new", "Announce a meeting (moderators)", "announce"),
    )

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._past = False

    @property
    def title(self) -> str:
        return "Past meetings" if self._past else "Meetings"

    def hears(self, event: Event) -> bool:
        return isinstance(event, MeetingChanged)

    async def load(self) -> None:
        lines = await self.ctx.read(meetings.meeting_list, past=self._past)
        empty = "No meetings are past." if self._past else "No meeting is planned."
        self.rows = [self._row(item) for item in lines] or [text_row((empty, theme.DIM))]

    def _row(self, item: MeetingLine) -> Row:
        when = when_words(item, self.ctx)

        def draw(width: int, over: Style | None) -> list[Strip]:
            state = "cancelled" if item.cancelled else "waiting" if item.waiting else item.answer or "?"
            style = theme.WARN if item.cancelled else theme.NEW if not item.answer and not item.past else theme.GOOD
            right: list[Part] = [(f" {state:>9} ", style)]
            left: list[Part] = [(f" {when}  ", theme.BOLD), (item.title, theme.PLAIN)]
            if width < SIDE:
                return [both_ends(width, left, [(f" {state} ", style)], over=over)]
            right.insert(0, (f" {fit(item.place, 14)} {item.going:>3} going", theme.DIM))
            return [both_ends(width, left, right, over=over)]

        return Row(draw, item)

    async def do_open(self) -> None:
        if isinstance(self.target, MeetingLine):
            await self.frame.open(self.frame.make("meeting", self.target.id))

    async def do_past(self) -> None:
        self._past = not self._past
        self.cursor = -1
        await self.reload()

    @property
    def meeting(self) -> MeetingLine | None:
        return self.target if isinstance(self.target, MeetingLine) else None

    async def do_new(self) -> None:
        key = new_key()

        async def announce(values: Values) -> int:
            return await self.ctx.write(meetings.announce_meeting, client_key=key, **_read(values))  # type: ignore[arg-type]

        kept = Kept(self.ctx, "meeting:new")
        form = Form("Announce a meeting", _fields(self.ctx, None), announce, done="announce", kept=kept)
        made = await self.frame.form(form)
        if made is not None:
            await self.reload()
            await self.frame.open(self.frame.make("meeting", made))


def _fields(ctx: Context, before: MeetingView | None) -> list[Entry]:
    zone = before.line.zone if before else ctx.forum.settings.zone
    hours = before.line.minutes / 60 if before else 2
    return [
        Entry("title", "Title", before.line.title if before else "", limit=120),
        Entry("starts", "Start", before.starts_local.replace("T", " ") if before else "",
              hint="like 2026-12-03 14:00", limit=16),
        Entry("hours", "Hours", f"{hours:g}", limit=6),
        Entry("zone", "Time zone", zone, hint="of the place where you meet", limit=50),
        Entry("place", "Place", before.line.place if before else "", hint="or the link", limit=200),
        Entry("capacity", "Places", str(before.capacity or "") if before else "", hint="empty: no limit", limit=5),
        Entry("agenda", "Agenda", before.agenda if before else "", hint="Markdown", lines=5),
    ]  # fmt: skip


def _read(values: Values) -> dict[str, object]:
    """The form's texts as a meeting's fields. Raises Invalid."""
    try:
        minutes = round(float(values["hours"].replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        raise Invalid("Write how many hours it lasts, like 2 or 1.5.", "hours") from None
    places = values["capacity"].strip()
    if places and not places.isdecimal():
        raise Invalid("Write the number of places, or nothing for no limit.", "capacity")
    return {
        "title": values["title"], "starts": values["starts"], "zone": values["zone"].strip(), "minutes": minutes,
        "place": values["place"], "agenda": values["agenda"], "capacity": int(places) if places else None,
    }  # fmt: skip


class MeetingPage(AnsweringPage):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("y", "yes", "Answer yes", "yes"),
        Key("m", "maybe", "Answer maybe", "maybe"),
        Key("n", "no", "Answer no", "no"),
        Key("enter right", "open", "Who this is", ""),
        Key("e", "edit", "Change the meeting (moderators)"),
        Key("X", "cancel", "Cancel the meeting, or put it back on (moderators)"),
    )

    def __init__(self, ctx: Context, lines: MarkdownLines, meeting_id: int) -> None:
        super().__init__(ctx)
        self._lines = lines
        self._meeting_id = meeting_id
        self._view: MeetingView | None = None

    @property
    def view(self) -> MeetingView:
        assert self._view is not None  # noqa: S101 - a page is loaded before it is shown
        return self._view

    @property
    def title(self) -> str:
        return f"Meetings › {self.view.line.title}"

    def hears(self, event: Event) -> bool:
        return isinstance(event, MeetingChanged) and event.meeting_id == self._meeting_id

    async def load(self) -> None:
        self._view = view = await self.ctx.read(meetings.meeting_page, self._meeting_id)
        item = view.line
        rows = [heading_row(item.title)]
        if item.cancelled:
            rows.append(text_row(("This meeting is cancelled.", theme.WARN)))
        rows += [text_row((words, theme.PLAIN)) for words in _when_and_where(view, self.ctx.zone)]
        rows += [text_row((f"Called by {view.called_by}", theme.DIM)), gap_row()]
        if not item.past and not item.cancelled:
            style = theme.GOOD if item.answer else theme.NEW
            rows += [
                text_row((answered_words(item), style), ("  " + hint("y yes", "m maybe", "n no"), theme.DIM)),
                gap_row(),
            ]
        rows += self._people(view)
        if view.agenda:
            rows += [gap_row(), heading_row("Agenda"), self._agenda(view)]
        self.rows = rows

    def _people(self, view: MeetingView) -> list[Row]:
        places = "" if view.capacity is None else f" of {plural(view.capacity, 'place')}"
        rows = []
        for label, names in (
            (f"Going: {len(view.going)}{places}", view.going),
            (f"Waiting: {len(view.waiting)}", view.waiting),
            (f"Maybe: {len(view.maybe)}", view.maybe),
            (f"Cannot come: {len(view.cannot)}", view.cannot),
        ):
            if names or label.startswith("Going"):
                rows.append(line_row((label, theme.BOLD)))
                rows += [line_row((f"  {name}", theme.NAME), target=name) for name in names]
        return rows

    def _agenda(self, view: MeetingView) -> Row:
        key = ("agenda", view.line.id, view.sequence)
        return boxed_text(partial(self._lines.body, key, view.agenda))

    async def do_open(self) -> None:
        if isinstance(self.target, str):
            await self.frame.open(self.frame.make("profile", self.target))

    @property
    def meeting(self) -> MeetingLine | None:
        return self.view.line

    async def do_edit(self) -> None:
        if not self.view.may_edit:
            self.frame.say("Moderators and operators change meetings.", fault=True)
            return

        async def change(values: Values) -> bool:
            await self.ctx.write(meetings.change_meeting, self._meeting_id, **_read(values))  # type: ignore[arg-type]
            return True

        kept = Kept(self.ctx, f"meeting:{self._meeting_id}")
        await self.frame.form(Form("Change the meeting", _fields(self.ctx, self.view), change, done="save", kept=kept))
        await self.reload()

    async def do_cancel(self) -> None:
        cancelled = self.view.line.cancelled
        question = "Put this meeting back on?" if cancelled else "Cancel this meeting? Everybody sees that it is off."
        if await self.frame.ask(question, "y do it", "n leave it"):
            await self.ctx.write(meetings.cancel_meeting, self._meeting_id, cancelled=not cancelled)
            await self.reload()


def _when_and_where(view: MeetingView, zone: ZoneInfo) -> list[str]:
    item = view.line
    ends = item.starts_at + timedelta(minutes=item.minutes)
    lines = [f"{moment(item.starts_at, zone)} to {ends.astimezone(zone):%H:%M}"]
    if item.zone != zone.key:
        lines.append(f"There: {moment(item.starts_at, ZoneInfo(item.zone))} ({item.zone})")
    if item.place:
        lines.append(item.place)
    return lines
