"""What a facilitator does to a meeting, where it is read."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.services.meetings import answers, calling
from bbs.text import plural
from bbs.views.meetings import MeetingLine, MeetingPage
from screens.forms.fields import Choice, Entry, Field, FormSpec, Kept, Values
from screens.keys import FACILITATOR
from screens.place import job
from screens.places.answering import AnsweringPlace
from screens.places.meeting_form import changed, form_fields, read_fields

GROUPS = (("g", "going"), ("w", "waiting"), ("m", "maybe"), ("s", "silent"))


class RunPlace(AnsweringPlace):
    """A place with a meeting in full; the place itself says which."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A", "announce", "announce", tooltip="Announce the draft, or put the meeting back on (asks)",
                group=FACILITATOR),
        Binding("e", "edit", "edit", tooltip="Change the meeting", group=FACILITATOR),
        Binding("X", "cancel", show=False, tooltip="Cancel the meeting, with a reason", group=FACILITATOR),
        Binding("C", "clone", show=False, tooltip="Make a draft like it, without dates (asks)", group=FACILITATOR),
        Binding("o", "answer_for", show=False, tooltip="Answer for somebody else", group=FACILITATOR),
        Binding("w", "write", "write", tooltip="Write to those going, waiting, maybe or silent", group=FACILITATOR),
    ]  # fmt: skip
    JUDGED: ClassVar[frozenset[str]] = frozenset({"announce", "edit", "cancel", "clone", "answer_for", "write"})

    @property
    def view(self) -> MeetingPage:
        raise NotImplementedError

    def offers(self, action: str) -> bool:
        if action not in self.JUDGED:
            return super().offers(action)
        line = self.view.line
        fits = {
            "announce": line.state == "draft" or (line.cancelled and not line.past),
            "cancel": line.state == "announced",
            "answer_for": line.state == "announced",
            "write": line.state != "draft",
        }
        return self.view.may_edit and fits.get(action, True)

    def _may(self, action: str) -> bool:
        """Whether the member may; if not, it is said why."""
        if not self.view.may_edit:
            self.say("Only facilitators run meetings.", fault=True)
        elif not self.offers(action):
            self.say(_why_not(self.view.line), fault=True)
        return self.offers(action)

    @job
    async def action_edit(self) -> None:
        await self.edit()

    async def edit(self) -> None:
        """Have the meeting changed; whoever would lose a place is named first."""
        if not self._may("edit"):
            return
        page = self.view

        async def change(values: Values) -> bool:
            starts = values["starts"] if values["starts"].strip() != page.starts_local else None
            changes = changed(page.fields, read_fields(values))
            try:
                await self.ctx.write(calling.edit, page.line.id, changes, starts=starts)
            except calling.WouldLose as asked:
                question = f"{', '.join(asked.names)} would lose their places, wait again and be told."
                if not await self.session.ask(question, "change it", "go on with the form"):
                    raise
                await self.ctx.write(calling.edit, page.line.id, changes, starts=starts, yes=True)
            return True

        fields = await form_fields(self.ctx, page.fields, page.starts_local)
        kept = Kept(self.ctx, f"meeting:{page.line.id}")
        if await self.session.form(FormSpec("Change the meeting", fields, change, done="Save", kept=kept)):
            await self.reload()
            self.say("Saved.")

    @job
    async def action_announce(self) -> None:
        if not self._may("announce"):
            return
        line = self.view.line
        asks = "Put this meeting back on? Those who answered are told." if line.cancelled else (
            "Announce this meeting? Everybody who may see it is told.")  # fmt: skip
        if await self.session.ask(asks, "put it back on" if line.cancelled else "announce it", "leave it"):
            await self.ctx.write(calling.announce, line.id)
            await self.reload()

    @job
    async def action_cancel(self) -> None:
        if not self._may("cancel"):
            return
        if reason := await self.session.prompt("Cancel this meeting. Why? Those who wanted to come, or might, read it.",
                                               limit=calling.MAX_REASON):  # fmt: skip
            await self.ctx.write(calling.cancel, self.view.line.id, reason)
            await self.reload()

    @job
    async def action_clone(self) -> None:
        if self._may("clone") and await self.session.ask("Make a draft like this meeting, without dates?", "make it"):
            await self.session.open("meeting", await self.ctx.write(calling.clone, self.view.line.id))

    @job
    async def action_answer_for(self) -> None:
        if not self._may("answer_for"):
            return
        page = self.view

        async def send(values: Values) -> str:
            bring = int(values["guests"]) if values["guests"].strip().isdecimal() else 0
            guests = bring if values["answer"] == "yes" else None
            online = values.get("how") == "online" if page.fields.kind == "both" else None
            line = await self.ctx.write(answers.answer_for, page.line.id, values["handle"].strip(), values["answer"],
                                        guests=guests, online=online)  # fmt: skip
            waits = f" There is no place: they wait, as number {line.position}." if line.waiting else ""
            return f"You answered {values['answer']} for {values['handle'].strip()}, who is told.{waits}"

        fields: list[Field] = [
            Entry("handle", "Who", self.target if isinstance(self.target, str) else "", hint="handle", limit=24),
            Choice("answer", "Answer", tuple((answer, answer) for answer in ("yes", "maybe", "no")), "yes"),
            *([Choice("how", "How they come", (("room", "in the room"), ("online", "online")), "room")]
              if page.fields.kind == "both" else []),
            Entry("guests", "Guests", "0", limit=1),
        ]  # fmt: skip
        if said := await self.session.form(FormSpec("Answer for somebody", fields, send, done="Answer")):
            await self.reload()
            self.say(said)

    @job
    async def action_write(self) -> None:
        await self.write()

    async def write(self) -> None:
        """Have a text written to one of the groups."""
        if not self._may("write"):
            return
        page = self.view
        chosen = await self.session.choose("Write to whom? Each has a message of their own.", GROUPS)
        if not chosen:
            return
        group = dict(GROUPS)[chosen]

        async def send(values: Values) -> int:
            return await self.ctx.write(answers.message, page.line.id, group, values["text"])

        field = Entry("text", f"To those {group}", lines=8, limit=8_000)
        kept = Kept(self.ctx, f"meeting-message:{page.line.id}")
        count = await self.session.form(FormSpec(page.line.title, [field], send, done="Send", kept=kept))
        if count is not None:
            self.say(f"Sent to {plural(count, 'member')}.")


def _why_not(line: MeetingLine) -> str:
    """Why a meeting does not take what was asked of it."""
    if line.state == "draft":
        return "This is a draft: A announces it."
    if line.cancelled:
        return "This meeting is cancelled: A puts it back on." if not line.past else "This meeting is cancelled."
    return "This meeting is over." if line.past else "This meeting is announced already."
