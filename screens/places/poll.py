"""One poll: its dates, and what members answered."""

from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import Event, PollChanged
from bbs.services import notices
from bbs.services.polls import pages, voting
from bbs.text import lasting, on_both_clocks, plural, short_moment
from bbs.views.meetings import KINDS
from bbs.views.polls import ANSWER_WORDS, DateLine, PollPage, Voter
from screens import styles
from screens.forms.fields import Check, Choice, Entry, Field, FormSpec, Kept, Values
from screens.lines import Part, both_ends, fit, line, wrap
from screens.place import job
from screens.places.poll_running import RunPlace
from screens.rows import Row, boxed_text, gap_row, heading_row, text_row
from screens.session import Undo

SIDE = 60
ANSWERS = (("y", "yes", "yes"), ("i", "if need be", "if-need-be"), ("c", "cannot", "no"))
"""(letter, what it says, the answer)"""


class PollScreen(RunPlace):
    KIND = "poll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "answer", tooltip="Answer for the date; or see who a voter is"),
        Binding("a", "answer", "answer all", tooltip="Answer for all dates, with a note"),
    ]

    def begin(self, poll_id: int) -> None:
        self.poll_id = poll_id
        self._view: PollPage | None = None

    @property
    def view(self) -> PollPage:
        assert self._view is not None  # noqa: S101 - a place is loaded before it is shown
        return self._view

    @property
    def heading(self) -> str:
        return f"Meetings › {self.view.line.title}"

    @property
    def closes(self) -> bool:
        return True

    def hears(self, event: Event) -> bool:
        return isinstance(event, PollChanged) and event.poll_id == self.poll_id

    def offers(self, action: str) -> bool:
        if action in {"answer", "open"}:
            return self.view.line.state == "open" or (action == "open" and isinstance(self.target, Voter))
        return super().offers(action)

    # -- what is shown

    async def load(self) -> None:
        if self._view is None:
            await self.ctx.note(notices.saw_poll, self.poll_id)
        self._view = view = await self.ctx.read(pages.poll_page, self.poll_id)
        rows = [heading_row(view.line.title), *self._state(view), *self._said(view), gap_row()]
        rows += [self._date(date) for date in view.dates]
        rows += [gap_row(), *self._voters(view)]
        self.rows = rows

    def _state(self, view: PollPage) -> list[Row]:
        item = view.line
        until = short_moment(item.closes_at, self.ctx.zone, self.ctx.now())
        if item.state == "open":
            asked = "Which dates suit you? " if item.unanswered else "You have answered. "
            return [
                text_row(
                    (asked, styles.NEW if item.unanswered else styles.GOOD), (f"Open until {until}.", styles.PLAIN)
                )
            ]
        said = {
            "closed": "Closed: no more answers are taken. A facilitator confirms a date.",
            "confirmed": "The date is fixed. Enter opens the meeting.",
            "cancelled": f"Cancelled: {view.reason}",
        }[item.state]
        style = styles.WARN if item.state == "cancelled" else styles.BOLD
        return [text_row((said, style), target=view.line if item.meeting_id else None)]

    def _said(self, view: PollPage) -> list[Row]:
        fields = view.fields
        where = ", ".join(filter(None, (fields.place, KINDS[fields.kind])))
        run_by = ", ".join(fields.facilitators) or view.called_by
        parts = [where, lasting(fields.minutes), f"run by {run_by}"]
        rows = [text_row((" · ".join(parts), styles.DIM))]
        if fields.about:
            key = ("poll", view.line.id, hash(fields.about))
            rows += [gap_row(), boxed_text(partial(self.bodies.body, key, fields.about))]
        return rows

    def _date(self, date: DateLine) -> Row:
        mine = styles.GOOD if date.answer else styles.NEW if self.view.line.state == "open" else styles.DIM
        return _date_row(date, self._clocks(date), (ANSWER_WORDS[date.answer], mine))

    def _clocks(self, date: DateLine) -> tuple[str, ...]:
        """When it is, on the clocks of the meeting and on the reader's own where they differ."""
        return on_both_clocks(date.starts_at, self.view.fields.zone, self.ctx.zone, self.ctx.now())

    def _voters(self, view: PollPage) -> list[Row]:
        if not view.voters:
            return [text_row(("Nobody has answered yet.", styles.DIM))]
        rows = [heading_row(f"{plural(len(view.voters), 'member')} answered")]
        for voter in view.voters:
            answers = ", ".join(
                f"{date.number} {ANSWER_WORDS[answer]}" for date, answer in zip(view.dates, voter.answers, strict=True)
            )
            parts: list[Part] = [(voter.handle, styles.NAME), (f"  {answers}", styles.PLAIN)]
            parts += [("  online", styles.DIM)] if voter.online else []
            parts += [(f"  “{voter.note}”", styles.DIM)] if voter.note else []
            rows.append(text_row(*parts, target=voter))
        return rows

    # -- answering

    @job
    async def action_open(self) -> None:
        if isinstance(self.target, DateLine):
            await self._choose(self.target)
        elif isinstance(self.target, Voter):
            await self.session.open("profile", self.target.handle)
        elif self.target is not None:
            await self.session.open("meeting", self.view.line.meeting_id)

    async def _choose(self, date: DateLine) -> None:
        """One date, by a letter; then on to the next that is not answered."""
        if self.view.line.state != "open" or date.past:
            self.say("No more answers are taken for this date.")
            return
        when = " or ".join(self._clocks(date))
        chosen = await self.session.choose(f"{when}: does it suit you?", [(key, says) for key, says, _ in ANSWERS])
        if chosen:
            answer = {key: answer for key, _, answer in ANSWERS}[chosen]
            await self._vote({date.number: answer}, f"{when}: {ANSWER_WORDS[answer]}.")
            self._rest_on_next(date)

    def _rest_on_next(self, date: DateLine) -> None:
        rows = [
            index
            for index, row in enumerate(self.rows)
            if isinstance(row.target, DateLine) and self._is_open(row.target)
        ]
        here = next((index for index, row in enumerate(self.rows) if _is_date(row.target, date.number)), 0)
        following = [index for index in rows if index > here] or rows
        if following:
            self.cursor = following[0]
            self.list.show_row(self.cursor)

    @staticmethod
    def _is_open(date: DateLine) -> bool:
        return not date.answer and not date.past

    async def _vote(self, answers: dict[int, str], said: str, **more: Any) -> None:
        """Vote, and know how it was before."""
        view = self.view
        before = {date.number: date.answer for date in view.dates if date.number in answers}
        await self.ctx.write(voting.vote, self.poll_id, answers, **more)
        back = partial(self.ctx.write, voting.vote, self.poll_id, before, note=view.note, online=view.online)
        self.session.undo = Undo(back, "Your answers are as they were.")
        await self.reload()
        self.say(f"{said} u undoes it.")

    @job
    async def action_answer(self) -> None:
        await self.answer_all()

    async def answer_all(self) -> None:
        """The form for all dates and a note."""
        view = self.view
        polls_open = [date for date in view.dates if not date.past]
        if view.line.state != "open" or not polls_open:
            self.say("No more answers are taken.")
            return

        async def send(values: Values) -> bool:
            answers = {date.number: values[f"date{date.number}"] for date in polls_open}
            changed = {number: answer for number, answer in answers.items() if answer != _answers(view)[number]}
            online = values["online"] == "yes" if "online" in values else None
            await self._vote(changed, "Your answers are kept.", note=values["note"], online=online)
            return True

        spec = FormSpec("Which dates suit you?", self._fields(view, polls_open), send, done="Save",
                        kept=Kept(self.ctx, f"vote:{self.poll_id}"))  # fmt: skip
        await self.session.form(spec)

    def _fields(self, view: PollPage, dates: list[DateLine]) -> list[Field]:
        options = (("", "not answered"), *((answer, says) for _, says, answer in ANSWERS))
        asked: list[Field] = []
        for date in dates:
            *there, here = self._clocks(date)
            asked.append(Choice(f"date{date.number}", here, options, date.answer, hint=" ".join(there)))
        if view.fields.kind == "both":
            asked.append(Check("online", "I would come online", "yes" if view.online else "no"))
        return [*asked, Entry("note", "Note", view.note, hint="all who see this poll read it", limit=voting.MAX_NOTE)]


def _date_row(date: DateLine, clocks: tuple[str, ...], mine: Part) -> Row:
    """A date with its counts and one's own answer: beside it where there is room, or under it."""
    style = styles.DIM if date.past else styles.BOLD
    mark = "✓" if date.confirmed else "★" if date.best else " "
    left: list[Part] = [(f"{date.number:>3} ", styles.DIM), (f"{mark} ", styles.GOOD), (clocks[0], style)]
    indent: Part = ("      ", styles.PLAIN)
    counts: Part = (f"{date.yes} yes · {date.if_need_be} if need be · {date.no} no", styles.PLAIN)
    answer: Part = (f"  {fit(mine[0], 13)}", mine[1])

    def draw(width: int, over: Style | None) -> list[Strip]:
        below = line(width, indent, counts, over=over)
        if len(clocks) == 1 and width >= SIDE:
            return [both_ends(width, left, [counts, answer], over=over)]
        if len(clocks) == 1 and len(clocks[0]) + 22 <= width:
            return [both_ends(width, left, [answer], over=over), below]
        if width >= SIDE:
            here = both_ends(width, [indent, (clocks[1], styles.DIM)], [counts, (" ", styles.PLAIN)], over=over)
            return [both_ends(width, left, [answer], over=over), here]
        whens = [row for clock in clocks for row in wrap([(clock, style)], width - 7)]
        lines = [line(width, *([indent] if number else left[:2]), *row, over=over) for number, row in enumerate(whens)]
        return [*lines, below, line(width, indent, ("you: ", styles.DIM), mine, over=over)]

    return Row(draw, date)


def _answers(view: PollPage) -> dict[int, str]:
    return {date.number: date.answer for date in view.dates}


def _is_date(target: Any, number: int) -> bool:
    return isinstance(target, DateLine) and target.number == number
