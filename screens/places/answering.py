"""Answering a meeting, from wherever one is listed."""

from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from bbs.context import Context
from bbs.errors import Invalid
from bbs.services.meetings import answers, pages
from bbs.text import on_both_clocks, short_moment
from bbs.views.meetings import MeetingLine, MeetingPage
from screens.forms.fields import Choice, Entry, Field, FormSpec, Values
from screens.place import Place, job
from screens.session import Undo

WORDS = {"yes": ("y", "yes"), "maybe": ("m", "maybe"), "no": ("c", "cannot come")}
"""By the answer: its letter, and what it says."""
DETAILS = "d"


def when_words(meeting: MeetingLine, ctx: Context) -> str:
    """When it starts, on the member's clock: 'Thu 3 Dec 14:00'."""
    return short_moment(meeting.starts_at, ctx.zone, ctx.now()) if meeting.starts_at else "No date yet"


def clocks(meeting: MeetingLine, ctx: Context) -> tuple[str, ...]:
    """When it starts on the meeting's own clocks, and on the member's where these differ."""
    if meeting.starts_at is None:
        return ("No date yet",)
    return on_both_clocks(meeting.starts_at, meeting.zone, ctx.zone, ctx.now())


class AnsweringPlace(Place):
    """A place in which `a` answers a meeting. Others see an answer at once, so the key opens a choice."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "answer", "answer", tooltip="Answer the meeting: yes, maybe, cannot come"),
    ]

    @property
    def meeting(self) -> MeetingLine | None:
        """The one that is answered."""
        raise NotImplementedError

    def offers(self, action: str) -> bool:
        meeting = self.meeting if action == "answer" else None
        return action != "answer" or (meeting is not None and bool(meeting.takes))

    @job
    async def action_answer(self) -> None:
        meeting = self.meeting
        if meeting is None:
            self.say("No meeting is planned." if self.KIND == "home" else "Move to a meeting first.")
            return
        page = await self.ctx.read(pages.meeting_page, meeting.id)
        if not page.line.takes:
            self.say("This meeting takes no answers.")
            return
        choices = [WORDS[answer] for answer in page.line.takes]
        if "yes" in page.line.takes:
            choices.append((DETAILS, "yes, and more"))
        chosen = await self.session.choose(what_follows(page), choices)
        answer = next((answer for answer, (letter, _) in WORDS.items() if letter == chosen), "yes")
        if chosen == DETAILS or (chosen and answer == "yes" and page.fields.questions and not page.replies):
            answered = await self.session.form(self._details(page))
        elif chosen:
            answered = await self.ctx.write(answers.rsvp, page.line.id, answer)
        else:
            return
        if isinstance(answered, MeetingLine):
            await self._answered(page, answered)

    def _details(self, page: MeetingPage) -> FormSpec:
        """A yes with all that goes with it."""

        async def send(values: Values) -> MeetingLine:
            return await self.ctx.write(answers.rsvp, page.line.id, "yes", **_read(values))

        return FormSpec(f"Yes to {page.line.title}", _fields(page), send, done="Answer yes")

    async def _answered(self, page: MeetingPage, answered: MeetingLine) -> None:
        """Say what is so now, and how it is taken back."""
        before = page.line
        if before.answer:
            said: dict[str, Any] = {"guests": before.guests, "online": before.online, "note": page.note}
            back = partial(self.ctx.write, answers.rsvp, before.id, before.answer, **said)
        else:
            back = partial(self.ctx.write, answers.withdraw, before.id)
        new = "You answered yes again, as somebody new: see whether there was still a place."
        self.session.undo = Undo(back, new if before.answer == "yes" else "Your answer is as it was.")
        await self.reload()
        self.say(f"{answered.standing} u undoes it.")


def what_follows(page: MeetingPage) -> str:
    """The question, and what each answer will bring about."""
    line = page.line
    follows = [f"{line.title}: will you come?", line.standing if line.answer else ""]
    if "yes" in line.takes and (line.answer != "yes" or line.waiting):
        follows.append(_yes_brings(page))
    if line.answer == "yes" and not line.waiting and page.waiting:
        first = page.waiting[0].handle
        gone = "is offered to those who wait" if page.is_late else f"goes to the first it fits, such as {first}"
        follows.append(f"Otherwise your place {gone}.")
    if "yes" not in line.takes:
        follows.append("Answers are closed: you can still say no.")
    return " ".join(filter(None, follows))


def _yes_brings(page: MeetingPage) -> str:
    line = page.line
    free = line.places_left
    if line.kind == "both" and free != 0 and line.online_places_left == 0:
        return "Yes: you have a place in the room; online it is full."
    if line.waiting:
        takes = page.is_late and (free is None or free > line.guests)
        return "Yes: you take a place that is free." if takes else ""
    if free is None or free > 0:
        of_how_many = f"one of {free} places left" if free is not None and free > 1 else "the last place"
        return "Yes: you have a place." if free is None else f"Yes: you have {of_how_many}."
    place = f"Yes: it is full, so you wait, as number {len(page.waiting) + 1}."
    return f"{place} Online there is room." if line.online_places_left != 0 and line.kind == "both" else place


def _fields(page: MeetingPage) -> list[Field]:
    said, line = page.fields, page.line
    found: list[Field] = []
    if said.kind == "both":
        found.append(Choice("online", "How you come", (("no", "in the room"), ("yes", "online")),
                            "yes" if line.online else "no"))  # fmt: skip
    if said.guests:
        found.append(
            Entry("guests", "Guests", str(line.guests), hint=f"how many you bring, {said.guests} at most", limit=1)
        )
    found.append(Entry("note", "Note", page.note, hint="all who see the meeting can read it", limit=answers.MAX_NOTE))
    mine = page.replies or ("",) * len(said.questions)
    found += [
        Entry(f"reply_{number}", question, reply, hint="facilitators alone read this", limit=answers.MAX_REPLY)
        for number, (question, reply) in enumerate(zip(said.questions, mine, strict=False), 1)
    ]  # fmt: skip
    return found


def _read(values: Values) -> dict[str, Any]:
    """The form's texts as what goes with an answer. Raises Invalid where a number is none."""
    guests = values.get("guests", "").strip() or "0"
    if not guests.isdecimal():
        raise Invalid("Write how many guests you bring, or nothing for none.", "guests")
    replies = {int(name.removeprefix("reply_")): text for name, text in values.items() if name.startswith("reply_")}
    return {"guests": int(guests) if "guests" in values else None,
            "online": values["online"] == "yes" if "online" in values else None,
            "note": values["note"], "replies": replies}  # fmt: skip
