"""The list of meetings, and calling one."""

from typing import Any, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.context import Context
from bbs.errors import Invalid
from bbs.events import Event, MeetingChanged
from bbs.services import meetings
from bbs.services.drafts import new_key
from bbs.views.meetings import MeetingLine, MeetingPage
from screens import styles
from screens.forms.fields import Entry, FormSpec, Kept, Values
from screens.lines import Part, both_ends, fit
from screens.place import FACILITATOR, job
from screens.places.answering import AnsweringPlace, when_words
from screens.rows import Row, text_row

SIDE = 60


class MeetingsScreen(AnsweringPlace):
    KIND = "meetings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open the meeting"),
        Binding("a", "answer", "answer", tooltip="Answer the meeting: yes, maybe, cannot come"),
        Binding("p", "past", "past/upcoming", tooltip="Past or upcoming meetings"),
        Binding("n", "new", show=False, tooltip="Announce a meeting", group=FACILITATOR),
    ]

    def remember(self) -> dict[str, Any]:
        return super().remember() | {"past": self._past}

    def _reset(self, known: dict[str, Any]) -> None:
        super()._reset(known)
        self._past = bool(known.get("past"))

    @property
    def heading(self) -> str:
        return "Past meetings" if self._past else "Meetings"

    def hears(self, event: Event) -> bool:
        return isinstance(event, MeetingChanged)

    async def load(self) -> None:
        lines = await self.ctx.read(meetings.meeting_list, past=self._past)
        empty = "No meetings are past." if self._past else "No meeting is planned."
        self.rows = [self._row(item) for item in lines] or [text_row((empty, styles.DIM))]

    def _row(self, item: MeetingLine) -> Row:
        when = when_words(item, self.ctx)

        def draw(width: int, over: Style | None) -> list[Strip]:
            state = "cancelled" if item.cancelled else "waiting" if item.waiting else item.answer or "?"
            style = styles.WARN if item.cancelled else styles.NEW if not item.answer and not item.past else styles.GOOD
            left: list[Part] = [(f" {when}  ", styles.BOLD), (item.title, styles.PLAIN)]
            if width < SIDE:
                return [both_ends(width, left, [(f" {state} ", style)], over=over)]
            where: Part = (f" {fit(item.place, max(14, width // 5))} {item.going:>3} going", styles.DIM)
            return [both_ends(width, left, [where, (f" {state:>9} ", style)], over=over)]

        return Row(draw, item)

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, MeetingLine):
            await self.session.open("meeting", self.target.id)

    @job
    async def action_past(self) -> None:
        self._past = not self._past
        self.cursor = -1
        await self.reload()

    @property
    def meeting(self) -> MeetingLine | None:
        return self.target if isinstance(self.target, MeetingLine) else None

    @job
    async def action_new(self) -> None:
        await self.announce()

    async def announce(self) -> None:
        key = new_key()

        async def send(values: Values) -> int:
            return await self.ctx.write(meetings.announce_meeting, client_key=key, **read_fields(values))

        spec = FormSpec("Announce a meeting", meeting_fields(self.ctx, None), send, done="Announce",
                        kept=Kept(self.ctx, "meeting:new"))  # fmt: skip
        made = await self.session.form(spec)
        if made is not None:
            await self.reload()
            await self.session.open("meeting", made)


def meeting_fields(ctx: Context, before: MeetingPage | None) -> list[Entry]:
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
        Entry("agenda", "Agenda", before.agenda if before else "", hint="Markdown", lines=5, limit=10_000),
    ]  # fmt: skip


def read_fields(values: Values) -> dict[str, Any]:
    """The form's texts as a meeting's fields.

    Raises:
        Invalid: a number is none.
    """
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
