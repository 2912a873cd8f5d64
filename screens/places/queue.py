"""What waits for moderators: reports and applications."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import Event, QueueChanged
from bbs.services import moderation
from bbs.text import ago
from bbs.views.moderation import QueueItem
from screens import styles
from screens.lines import Part, blank, both_ends, line, wrap
from screens.place import Place, job
from screens.rows import Row, text_row

MAX_SHOWN = 12
"""Lines of a reported text shown in the queue."""


class QueueScreen(Place):
    KIND = "queue"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Go to the post"),
        Binding("H", "uphold", "hide", tooltip="Hide what was reported, with a reason"),
        Binding("d", "reject", "dismiss", tooltip="Nothing is wrong with it (asks)"),
        Binding("y", "accept", "accept", tooltip="Accept the application (asks)"),
        Binding("x", "refuse", "refuse", tooltip="Refuse the application (asks)"),
        Binding("l", "log", "log", tooltip="What moderators did"),
    ]
    heading = "Moderation"

    def hears(self, event: Event) -> bool:
        return isinstance(event, QueueChanged)

    def offers(self, action: str) -> bool:
        kind = self.item.kind if self.item is not None else ""
        if action == "open":
            return self.item is not None and bool(self.item.thread_id)
        wanted = {"uphold": "report", "reject": "report", "accept": "application", "refuse": "application"}
        return wanted.get(action, kind) == kind

    async def load(self) -> None:
        items = await self.ctx.read(moderation.queue)
        empty = text_row(("Nothing waits for you. l shows what moderators did.", styles.GOOD))
        self.rows = [self._row(item) for item in items] or [empty]

    def _row(self, item: QueueItem) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            mark: Part = ("▌" if over else " ", styles.CURSOR_MARK)
            when: list[Part] = [(f"{ago(item.at, now, zone)} ", styles.DIM)]
            if item.kind == "application":
                head: list[Part] = [("Wants to join  ", styles.NEW), (f"{item.about} @{item.by}", styles.BOLD),
                                    (f"  {item.reason}", styles.DIM)]  # fmt: skip
            else:
                what = f"#{item.post_id} in {item.board_title}" if item.post_id else "a private message"
                head = [("Reported  ", styles.NEW), (f"{item.about}, {what}", styles.BOLD),
                        (f"  by {item.by}: {item.reason}", styles.PLAIN)]  # fmt: skip
            rows = [both_ends(width - 1, head, when)]
            said = ((item.note, styles.WARN), (item.body, styles.QUOTE))
            body = [parts for words in said if words[0] for parts in wrap([words], width - 6)[:MAX_SHOWN]]
            rows += [line(width - 1, ("  ▎ ", styles.DIM), *parts) for parts in body]
            return [*(Strip([*line(1, mark), *strip], width) for strip in rows), blank(width)]

        return Row(draw, item)

    @property
    def item(self) -> QueueItem | None:
        target = self.target
        return target if isinstance(target, QueueItem) else None

    @job
    async def action_open(self) -> None:
        if self.item is not None and self.item.thread_id:
            await self.session.open("thread", self.item.thread_id, self.item.post_id)

    @job
    async def action_uphold(self) -> None:
        item = self.item
        if item is None or item.kind != "report":
            return
        reason = await self.session.prompt(f"Hide it. Reason, which {item.about} sees")
        if reason:
            await self.ctx.write(moderation.uphold_report, item.id, reason)
            await self.reload()
            self.say("Hidden. Its author sees the reason.")

    @job
    async def action_reject(self) -> None:
        item = self.item
        if item is not None and item.kind == "report" and await self.session.ask(
            f"Dismiss {item.by}'s report on {item.about}?", "dismiss", "leave it"
        ):  # fmt: skip
            await self.ctx.write(moderation.dismiss_report, item.id)
            await self.reload()

    @job
    async def action_accept(self) -> None:
        item = self.item
        if item is not None and item.kind == "application" and await self.session.ask(
            f"Accept {item.by}? They can sign in at once.", "accept", "not now"
        ):  # fmt: skip
            await self.ctx.write(moderation.decide_application, item.id, accepted=True)
            await self.reload()

    @job
    async def action_refuse(self) -> None:
        item = self.item
        if item is not None and item.kind == "application" and await self.session.ask(
            f"Refuse {item.by}? They are told when they next sign in.", "refuse", "not now"
        ):  # fmt: skip
            await self.ctx.write(moderation.decide_application, item.id, accepted=False)
            await self.reload()

    @job
    async def action_log(self) -> None:
        await self.session.go("log")
