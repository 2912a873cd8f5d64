"""The list of meetings, and calling one."""

from typing import Any, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import Event, MeetingChanged, PollChanged
from bbs.services.drafts import new_key
from bbs.services.meetings import calling, pages
from bbs.views.meetings import MeetingFields, MeetingLine
from bbs.views.polls import PollLine
from screens import styles
from screens.forms.fields import FormSpec, Kept, Values
from screens.keys import FACILITATOR
from screens.lines import Part, both_ends, fit, width_of
from screens.place import job
from screens.places.answering import AnsweringPlace, when_words
from screens.places.meeting_form import draft_tick, form_fields, read_fields
from screens.places.polls import open_poll, poll_rows
from screens.rows import Row, gap_row, text_row

SIDE = 60


class MeetingsScreen(AnsweringPlace):
    KIND = "meetings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Open the meeting"),
        Binding("a", "answer", "answer", tooltip="Answer the meeting: yes, maybe, cannot come"),
        Binding("p", "past", "past/upcoming", tooltip="Past or upcoming meetings"),
        Binding("n", "new", show=False, tooltip="Announce a meeting, or prepare one as a draft", group=FACILITATOR),
        Binding("P", "poll", show=False, tooltip="Find a date first: open a poll", group=FACILITATOR),
    ]

    def remember(self) -> dict[str, Any]:
        return super().remember() | {"past": self._past}

    def _reset(self, known: dict[str, Any]) -> None:
        super()._reset(known)
        self._past = bool(known.get("past"))
        self._dates = 0
        """Cells that the longest of the dates takes."""

    @property
    def heading(self) -> str:
        return "Past meetings" if self._past else "Meetings"

    def hears(self, event: Event) -> bool:
        return isinstance(event, MeetingChanged | PollChanged)

    async def load(self) -> None:
        lines = await self.ctx.read(pages.meeting_list, past=self._past)
        empty = "No meetings are past." if self._past else "No meeting is planned."
        polled = await poll_rows(self.ctx, past=self._past)
        self._dates = max((width_of(when_words(item, self.ctx)) for item in lines), default=0)
        met = [self._row(item) for item in lines] or [text_row((empty, styles.DIM))]
        first, then = (met, polled) if self._past else (polled, met)
        self.rows = [*first, gap_row(), *then] if polled else met

    def _row(self, item: MeetingLine) -> Row:
        when = when_words(item, self.ctx)

        def draw(width: int, over: Style | None) -> list[Strip]:
            word = state_word(item)
            waits_for_answer = item.asked_again or (not item.answer and bool(item.takes))
            style = styles.WARN if item.cancelled else styles.NEW if waits_for_answer else styles.GOOD
            if width < SIDE:
                left: list[Part] = [(f" {when}  ", styles.BOLD), (item.title, styles.PLAIN)]
                return [both_ends(width, left, [(f" {word} ", style)], over=over)]
            left = [(f" {fit(when, self._dates)}  ", styles.BOLD), (item.title, styles.PLAIN)]
            place = item.place if item.kind != "online" else "online"
            where: Part = (f" {fit(place, max(14, width // 5))} {item.going:>3} going", styles.DIM)
            return [both_ends(width, left, [where, (f" {word:>9} ", style)], over=over)]

        return Row(draw, item)

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, MeetingLine):
            await self.session.open("meeting", self.target.id)
        elif isinstance(self.target, PollLine):
            await self.session.open("poll", self.target.id)

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

    @job
    async def action_poll(self) -> None:
        await self.find_date()

    async def find_date(self) -> None:
        made = await open_poll(self)
        if made is not None:
            await self.reload()
            await self.session.open("poll", made)

    async def announce(self) -> None:
        key = new_key()

        async def send(values: Values) -> int:
            fields = MeetingFields(**read_fields(values))
            made = calling.create_draft if values["draft"] == "yes" else calling.call
            return await self.ctx.write(made, fields, values["starts"], client_key=key)

        fields = [*await form_fields(self.ctx, None), draft_tick()]
        spec = FormSpec("Announce a meeting", fields, send, done="Announce", kept=Kept(self.ctx, "meeting:new"))
        made = await self.session.form(spec)
        if made is not None:
            await self.reload()
            await self.session.open("meeting", made)


def state_word(item: MeetingLine) -> str:
    """How the member stands to it, in a word."""
    if item.state in {"draft", "cancelled"}:
        return item.state
    return f"waiting {item.position}" if item.waiting else "yes?" if item.asked_again else item.answer or "?"
