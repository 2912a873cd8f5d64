"""One meeting in full."""

from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.events import Event, MeetingChanged
from bbs.services import notices
from bbs.services.meetings import pages
from bbs.text import lasting, moment, plural
from bbs.views.meetings import KINDS, Attendee, MeetingLine, MeetingPage
from screens import styles
from screens.lines import Part
from screens.place import job
from screens.places.answering import clocks
from screens.places.meeting_running import RunPlace
from screens.rows import Row, boxed_text, gap_row, heading_row, line_row, text_row


class MeetingScreen(RunPlace):
    KIND = "meeting"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", show=False, tooltip="Who this is, or the discussion"),
        Binding("t", "discussion", show=False, tooltip="Where the meeting is talked about"),
    ]

    def begin(self, meeting_id: int) -> None:
        self._meeting_id = meeting_id
        self._view: MeetingPage | None = None

    @property
    def view(self) -> MeetingPage:
        assert self._view is not None  # noqa: S101 - a place is loaded before it is shown
        return self._view

    @property
    def meeting(self) -> MeetingLine | None:
        return self.view.line

    @property
    def heading(self) -> str:
        return f"Meetings › {self.view.line.title}"

    @property
    def closes(self) -> bool:
        return True

    def hears(self, event: Event) -> bool:
        return isinstance(event, MeetingChanged) and event.meeting_id == self._meeting_id

    async def load(self) -> None:
        if self._view is None:
            await self.ctx.note(notices.saw_meeting, self._meeting_id)
        self._view = view = await self.ctx.read(pages.meeting_page, self._meeting_id)
        rows = [heading_row(view.line.title), *self._state(view)]
        rows += [text_row((words, styles.PLAIN)) for words in self._when_and_where(view)]
        rows += [text_row((words, styles.DIM)) for words in self._run_by(view)]
        if view.thread_id:
            rows.append(line_row(("Talk about it", styles.LINK), target=view.thread_id))
        rows.append(gap_row())
        if view.line.state == "announced":
            style = styles.GOOD if view.line.answer and not view.line.asked_again else styles.NEW
            key: list[Part] = [("  a\u00a0answers", styles.DIM)] if view.line.takes else []
            rows += [text_row((view.line.standing, style), *key), gap_row()]
        rows += self._people(view)
        self.rows = rows + self._texts(view)

    def _state(self, view: MeetingPage) -> list[Row]:
        if view.line.state == "draft":
            return [text_row(("Draft: facilitators alone see it. A announces it.", styles.WARN))]
        if view.line.cancelled:
            reason = f" {view.reason}" if view.reason else ""
            return [text_row((f"This meeting is cancelled.{reason}", styles.WARN))]
        return []

    def _when_and_where(self, view: MeetingPage) -> list[str]:
        said = view.fields
        lines = [f"{clock}{f', {lasting(view.line.minutes)}' if not number else ''}"
                 for number, clock in enumerate(clocks(view.line, self.ctx))]  # fmt: skip
        where = ", ".join(filter(None, (said.place, said.address, KINDS[said.kind])))
        lines.append(where[0].upper() + where[1:])
        lines += [f"{label}: {words}" for label, words in (("Join", said.link), ("How to get there", said.directions),
                                                           ("Access", said.access)) if words]  # fmt: skip
        return lines

    def _run_by(self, view: MeetingPage) -> list[str]:
        lines = []
        if view.answers_close_at is not None and not view.line.past:
            lines.append(f"Answers are taken until {moment(view.answers_close_at, self.ctx.zone)}.")
        if view.fields.guests:
            lines.append(f"Each may bring {plural(view.fields.guests, 'guest')}.")
        lines.append(f"Run by {', '.join(view.fields.facilitators) or view.called_by}.")
        return lines

    def _people(self, view: MeetingPage) -> list[Row]:
        groups = (("Waiting", view.waiting), ("Maybe", view.maybe), ("Cannot come", view.cannot))
        rows = [text_row((f"Going: {view.line.going}{view.line.left}", styles.BOLD))]
        rows += [self._person(person, view) for person in view.going]
        for label, people in groups:
            if people:
                rows.append(line_row((f"{label}: {len(people)}", styles.BOLD)))
                rows += [self._person(person, view) for person in people]
        return rows

    def _person(self, person: Attendee, view: MeetingPage) -> Row:
        more = [
            f"+{person.guests}" if person.guests else "",
            "online" if person.online and view.fields.kind == "both" else "",
            "asked again" if person.asked_again else "",
            "passed over: the party did not fit" if person.passed_over else "",
            person.note,
            *(f"{number}: {reply}" for number, reply in enumerate(person.replies, 1) if reply),
        ]
        words = " · ".join(filter(None, more))
        return text_row(
            (person.handle, styles.NAME), (f"  {words}" if words else "", styles.DIM), target=person.handle, indent=3
        )

    def _texts(self, view: MeetingPage) -> list[Row]:
        rows: list[Row] = []
        for label, text in (("About", view.fields.about), ("What you will learn", view.fields.learn)):
            if text:
                rows += [gap_row(), heading_row(label), self._markdown(text)]
        if view.fields.questions:
            rows += [gap_row(), heading_row("Questions to those who come")]
        for number, question in enumerate(view.fields.questions, 1):
            mine = view.replies[number - 1] if view.replies else ""
            rows.append(
                text_row((f"{number}. {question}", styles.PLAIN), (f"  You said: {mine}" if mine else "", styles.DIM))
            )
        return rows

    def _markdown(self, text: str) -> Row:
        return boxed_text(partial(self.bodies.body, ("meeting", text), text))

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, str):
            await self.session.open("profile", self.target)
        elif isinstance(self.target, int):
            await self.session.open("thread", self.target)

    @job
    async def action_discussion(self) -> None:
        if self.view.thread_id:
            await self.session.open("thread", self.view.thread_id)
        else:
            self.say("Nothing is said about this meeting yet.")
