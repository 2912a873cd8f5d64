"""What a moderator does with an item of the queue, in the list and on the item's own page."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.services import queue_handling
from bbs.views.moderation import HAND_OVER, QueueLine
from screens.place import Place, job
from screens.places.measures import take_measure
from screens.places.reasons import ask_hiding, ask_reason

OUTCOMES = {"d": "done", "a": "no-action", "u": "duplicate"}
WAITS_FOR = {"application": "Let {0} in? They can sign in at once.", "handle": "Let {0} in? They can sign in at once.",
             "post": "Show the post of {0} to everybody?",
             "recovery": "Make a code for {0}? Be sure that it is them."}  # fmt: skip
"""What is asked before an item of each kind is approved."""


class QueuePlace(Place):
    """A place with an item of the queue under the cursor, or for the whole of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("H", "hide", "hide", tooltip="Hide what was reported, with a reason that its author reads"),
        Binding("s", "settle", "settle", tooltip="Settle the report: done, no action, or a duplicate"),
        Binding("y", "approve", "accept", tooltip="Accept the application, or show the held post (asks)"),
        Binding("x", "decline", "decline", tooltip="Decline it, with a reason that they read"),
        Binding("c", "claim", "claim", tooltip="Take it for yourself, or give it back"),
        Binding("W", "measure", "measures", tooltip="Warn, silence, suspend or ban whom the report is about"),
    ]

    @property
    def item(self) -> QueueLine | None:
        """The item that keys act on."""
        raise NotImplementedError

    async def acted(self, said: str) -> None:
        """Something was done: show what is left, and say it."""
        raise NotImplementedError

    def offers(self, action: str) -> bool:
        item = self.item
        if action in {"hide", "settle", "measure"}:
            gone = item is not None and item.hidden and action == "hide"
            return item is not None and item.kind == "report" and not gone
        if action in {"approve", "decline"}:
            return item is not None and item.kind != "report"
        return action not in {"open", "claim"} or item is not None

    @job
    async def action_hide(self) -> None:
        item = self.item
        if item is None or item.kind != "report":
            return
        if item.post_id and item.thread_id:
            hiding = await ask_hiding(self, item.post_id, item.about_name)
            if hiding is not None:
                await self.ctx.write(queue_handling.approve, item.id, hiding.reason, also=hiding.also)
                await self.acted("Hidden. Its author reads why, and who reported it hears of it.")
            return
        reason = await ask_reason(self, f"Hide it. {item.about_name} reads why:", f"Reason for {item.about_name}")
        if reason:
            await self.ctx.write(queue_handling.approve, item.id, reason)
            await self.acted("Hidden. Its author reads why, and who reported it hears of it.")

    @job
    async def action_settle(self) -> None:
        item = self.item
        if item is None or item.kind != "report":
            return
        chosen = await self.session.choose(f"Settle report {item.id}. Who reported it hears the outcome.",
                                           [("d", "done"), ("a", "no action"), ("u", "duplicate")])  # fmt: skip
        if chosen:
            note = await self.session.prompt("A word for whoever reported it (Enter for none)")
            await self.ctx.write(queue_handling.settle, item.id, OUTCOMES[chosen], note)
            await self.acted("Settled.")

    @job
    async def action_measure(self) -> None:
        item = self.item
        if item is not None and item.kind == "report" and item.about:
            await take_measure(self, item.about)

    @job
    async def action_approve(self) -> None:
        item = self.item
        if item is None or item.kind == "report":
            return
        if await self.session.ask(WAITS_FOR[item.kind].format(item.about), "yes", "not now"):
            done = await self.ctx.write(queue_handling.approve, item.id)
            if done.code:
                await self.show_until_noted(f"{done.code}  {HAND_OVER}")
            await self.acted("Done, and they are told.")

    @job
    async def action_decline(self) -> None:
        item = self.item
        if item is None or item.kind == "report":
            return
        reason = await self.session.prompt(f"Decline it. Reason, which {item.about or 'whoever asked'} reads")
        if reason:
            await self.ctx.write(queue_handling.decline, item.id, reason)
            await self.acted("Declined. They read the reason.")

    @job
    async def action_claim(self) -> None:
        item = self.item
        if item is None:
            return
        mine = item.claimed_by == self.ctx.handle
        await self.ctx.write(queue_handling.claim, item.id, claimed=not mine)
        await self.reload()
        self.say("Given back." if mine else "It is yours: others see that you are dealing with it. c gives it back.")
