"""Answering a meeting, from wherever one is listed."""

from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.context import Context
from bbs.services import meetings
from bbs.views.meetings import MeetingLine
from screens.place import Place, job
from screens.session import Undo

ANSWERS = (("y", "yes", "yes"), ("m", "maybe", "maybe"), ("c", "cannot come", "no"))
"""(letter, what it says, the answer)"""


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
        return action != "answer" or (meeting is not None and not meeting.past and not meeting.cancelled)

    @job
    async def action_answer(self) -> None:
        meeting = self.meeting
        if meeting is None:
            self.say("No meeting is planned." if self.KIND == "home" else "Move to a meeting first.")
            return
        question = f"{meeting.title}: will you come?"
        if meeting.answer == "yes" and meeting.places_left is not None:
            question += " If not, your place may go to somebody else."
        chosen = await self.session.choose(question, [(key, says) for key, says, _ in ANSWERS])
        if chosen:
            await self._answer(meeting, {key: answer for key, _, answer in ANSWERS}[chosen])

    async def _answer(self, meeting: MeetingLine, answer: str) -> None:
        """Answer, and say what is so now."""
        answered = await self.ctx.write(meetings.rsvp, meeting.id, answer)
        if meeting.answer:
            before = partial(self.ctx.write, meetings.rsvp, meeting.id, meeting.answer)
        else:
            before = partial(self.ctx.write, meetings.withdraw_answer, meeting.id)
        self.session.undo = Undo(before, "Your answer is as it was.")
        await self.reload()
        self.say(f"{answered_words(answered)} u undoes it.")
