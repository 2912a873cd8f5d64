"""One meeting in full."""

from datetime import timedelta
from functools import partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from bbs.events import Event, MeetingChanged
from bbs.services import meetings
from bbs.text import moment, plural
from bbs.views.meetings import MeetingLine, MeetingPage
from screens import styles
from screens.forms.fields import FormSpec, Kept, Values
from screens.place import FACILITATOR, job
from screens.places.answering import AnsweringPlace, answered_words
from screens.places.meetings import meeting_fields, read_fields
from screens.rows import Row, boxed_text, gap_row, heading_row, line_row, text_row


class MeetingScreen(AnsweringPlace):
    KIND = "meeting"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "answer", "answer", tooltip="Answer the meeting: yes, maybe, cannot come"),
        Binding("enter,right", "open", show=False, tooltip="Who this is"),
        Binding("e", "edit", "edit", tooltip="Change the meeting", group=FACILITATOR),
        Binding("X", "cancel", "cancel", tooltip="Cancel the meeting, or put it back on", group=FACILITATOR),
    ]
    JUDGED: ClassVar[frozenset[str]] = frozenset({"edit", "cancel"})

    def begin(self, meeting_id: int) -> None:
        self._meeting_id = meeting_id
        self._view: MeetingPage | None = None

    @property
    def view(self) -> MeetingPage:
        assert self._view is not None  # noqa: S101 - a place is loaded before it is shown
        return self._view

    @property
    def heading(self) -> str:
        return f"Meetings › {self.view.line.title}"

    def hears(self, event: Event) -> bool:
        return isinstance(event, MeetingChanged) and event.meeting_id == self._meeting_id

    def offers(self, action: str) -> bool:
        return self.view.may_edit if action in self.JUDGED else super().offers(action)

    async def load(self) -> None:
        self._view = view = await self.ctx.read(meetings.meeting_page, self._meeting_id)
        item = view.line
        rows = [heading_row(item.title)]
        if item.cancelled:
            rows.append(text_row(("This meeting is cancelled.", styles.WARN)))
        rows += [text_row((words, styles.PLAIN)) for words in _when_and_where(view, self.ctx.zone)]
        rows += [text_row((f"Called by {view.called_by}", styles.DIM)), gap_row()]
        if not item.past and not item.cancelled:
            style = styles.GOOD if item.answer else styles.NEW
            rows += [text_row((answered_words(item), style), ("  a\u00a0answers", styles.DIM)), gap_row()]
        rows += self._people(view)
        if view.agenda:
            rows += [gap_row(), heading_row("Agenda"), self._agenda(view)]
        self.rows = rows

    def _people(self, view: MeetingPage) -> list[Row]:
        places = "" if view.capacity is None else f" of {plural(view.capacity, 'place')}"
        rows = []
        for label, names in (
            (f"Going: {len(view.going)}{places}", view.going),
            (f"Waiting: {len(view.waiting)}", view.waiting),
            (f"Maybe: {len(view.maybe)}", view.maybe),
            (f"Cannot come: {len(view.cannot)}", view.cannot),
        ):
            if names or label.startswith("Going"):
                rows.append(line_row((label, styles.BOLD)))
                rows += [line_row((f"  {name}", styles.NAME), target=name) for name in names]
        return rows

    def _agenda(self, view: MeetingPage) -> Row:
        key = ("agenda", view.line.id, view.sequence)
        return boxed_text(partial(self.markdown.body, key, view.agenda))

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, str):
            await self.session.open("profile", self.target)

    @property
    def meeting(self) -> MeetingLine | None:
        return self.view.line

    @job
    async def action_edit(self) -> None:
        await self.edit()

    async def edit(self) -> None:
        if not self.view.may_edit:
            self.say("Moderators and operators change meetings.", fault=True)
            return

        async def change(values: Values) -> bool:
            await self.ctx.write(meetings.change_meeting, self._meeting_id, **read_fields(values))
            return True

        kept = Kept(self.ctx, f"meeting:{self._meeting_id}")
        fields = meeting_fields(self.ctx, self.view)
        if await self.session.form(FormSpec("Change the meeting", fields, change, done="Save", kept=kept)):
            await self.reload()

    @job
    async def action_cancel(self) -> None:
        cancelled = self.view.line.cancelled
        question = "Put this meeting back on?" if cancelled else "Cancel this meeting? Everybody sees that it is off."
        if await self.session.ask(question, "put it back on" if cancelled else "cancel it", "leave it"):
            await self.ctx.write(meetings.cancel_meeting, self._meeting_id, cancelled=not cancelled)
            await self.reload()


def _when_and_where(view: MeetingPage, zone: ZoneInfo) -> list[str]:
    item = view.line
    ends = item.starts_at + timedelta(minutes=item.minutes)
    lines = [f"{moment(item.starts_at, zone)} to {ends.astimezone(zone):%H:%M}"]
    if item.zone != zone.key:
        lines.append(f"There: {moment(item.starts_at, ZoneInfo(item.zone))} ({item.zone})")
    if item.place:
        lines.append(item.place)
    return lines
