"""What a facilitator does to a poll, where it is read."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from bbs.services.meetings import calling
from bbs.services.polls import confirming, running
from bbs.text import plural, short_moment
from bbs.views.polls import DateLine, PollPage
from screens.forms.fields import Entry, FormSpec, Kept, Values
from screens.keys import FACILITATOR
from screens.place import Place, job
from screens.places.meeting_form import changed, read_fields, said_fields


class RunPlace(Place):
    """A place with a poll; the place itself says which."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "add date", tooltip="Add a date", group=FACILITATOR),
        Binding("d", "drop", "drop date", tooltip="Take the date out (asks)", group=FACILITATOR),
        Binding("C", "confirm", "confirm date", tooltip="Confirm the date: the meeting is announced (asks)",
                group=FACILITATOR),
        Binding("e", "edit", show=False, tooltip="Change what the meeting is about", group=FACILITATOR),
        Binding("T", "until", show=False, tooltip="Close the poll, or set until when it is open", group=FACILITATOR),
        Binding("X", "cancel", show=False, tooltip="Cancel the poll, with a reason", group=FACILITATOR),
    ]  # fmt: skip
    JUDGED: ClassVar[frozenset[str]] = frozenset({"new", "drop", "confirm", "edit", "until", "cancel"})
    poll_id: int

    @property
    def view(self) -> PollPage:
        raise NotImplementedError

    def offers(self, action: str) -> bool:
        if action not in self.JUDGED:
            return super().offers(action)
        return self._may_run() and (action not in {"drop", "confirm"} or isinstance(self.target, DateLine))

    def _may_run(self) -> bool:
        return self.view.may_run and self.view.line.state in {"open", "closed"}

    def _runs(self) -> bool:
        """Whether the member may; if not, it is said why."""
        if not self.view.may_run:
            self.say("Only facilitators run polls.", fault=True)
        elif not self._may_run():
            self.say("This poll is decided.", fault=True)
        return self._may_run()

    def _date_here(self) -> DateLine | None:
        if isinstance(self.target, DateLine):
            return self.target
        self.say("Move to a date first.")
        return None

    @job
    async def action_new(self) -> None:
        if not self._runs():
            return
        date = await self.session.prompt(f"Date and time ({self.view.fields.zone}), like 2026-12-03 14:00", limit=16)
        if date:
            await self.ctx.write(running.add_date, self.poll_id, date)
            await self.reload()
            self.say("The date is in the poll. Those who have answered are told.")

    @job
    async def action_drop(self) -> None:
        if not self._runs() or (date := self._date_here()) is None:
            return
        answered = plural(date.yes + date.if_need_be + date.no, "member")
        question = f"Take out {self._when(date)}, for which {answered} answered? It cannot be put back."
        if await self.session.ask(question, "take it out"):
            await self.ctx.write(running.drop_date, self.poll_id, date.number)
            await self.reload()
            self.say("The date is out of the poll. Answers for the others stand.")

    @job
    async def action_confirm(self) -> None:
        if not self._runs() or (date := self._date_here()) is None:
            return
        became = f"{date.yes} yes, {date.if_need_be} maybe, {date.no} no"
        question = f"Announce the meeting for {self._when(date)}? Everybody is told. Votes become answers: {became}."
        if await self.session.ask(question, "announce it", "not yet"):
            meeting_id = await self.ctx.write(confirming.confirm_date, self.poll_id, date.number)
            await self.session.open("meeting", meeting_id, replace=True)

    @job
    async def action_edit(self) -> None:
        if not self._runs():
            return
        view = self.view

        async def change(values: Values) -> bool:
            await self.ctx.write(calling.edit, view.draft_id, changed(view.fields, read_fields(values)))
            return True

        fields = [Entry("title", "Title", view.fields.title, limit=120), *await said_fields(self.ctx, view.fields)]
        kept = Kept(self.ctx, f"meeting:{view.draft_id}")
        if await self.session.form(FormSpec("Change what is said", fields, change, done="Save", kept=kept)):
            await self.reload()
            self.say("Saved.")

    @job
    async def action_until(self) -> None:
        if not self._runs():
            return
        chosen = "t"
        if self.view.line.state == "open":
            chosen = await self.session.choose(
                "Until when is the poll open?", [("t", "set the time"), ("c", "close it now")]
            )
        if chosen == "c":
            await self.ctx.write(running.close_poll, self.poll_id)
            await self.reload()
            self.say("The poll is closed. C on a date confirms it; T opens the poll again.")
        elif chosen:
            await self._set_until()

    async def _set_until(self) -> None:
        label = f"Open until ({self.view.fields.zone}), like 2026-11-27 18:00"
        until = await self.session.prompt(label, initial=self.view.until_local, limit=16)
        if until:
            await self.ctx.write(running.set_until, self.poll_id, until)
            await self.reload()
            self.say("The closing time is set.")

    @job
    async def action_cancel(self) -> None:
        if self._runs():
            reason = await self.session.prompt(
                "Cancel the poll. Why? Those who answered read it", limit=running.MAX_REASON
            )
            if reason:
                await self.ctx.write(running.cancel_poll, self.poll_id, reason)
                await self.reload()
                self.say("The poll is cancelled.")

    def _when(self, date: DateLine) -> str:
        """On the clocks of the meeting."""
        return short_moment(date.starts_at, ZoneInfo(self.view.fields.zone), self.ctx.now())
