"""What waits for moderators, one item under another."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import Event, QueueChanged
from bbs.services import queue_views
from bbs.text import ago, plural
from bbs.views.moderation import QueueLine
from screens import styles
from screens.lines import Part, blank, both_ends, line, wrap
from screens.place import job
from screens.places.queue_actions import QueuePlace
from screens.rows import Row, text_row

MAX_SHOWN = 3
"""Lines of a text that the list shows of it."""
HEADS = {"report": "Reported", "application": "Wants to join", "recovery": "Cannot sign in", "handle": "New handle",
         "post": "Held post"}  # fmt: skip


def about(item: QueueLine) -> str:
    """Whom an item is about."""
    name = item.about_name or "somebody from the list's history"
    return f"{name} @{item.about}" if item.about and item.kind != "report" else name


def where(item: QueueLine) -> str:
    """Where the thing stands."""
    if item.post_id:
        return f"#{item.post_id} in {item.board_title or 'a private board'}"
    return "a private message" if item.message_id else ""


def why(item: QueueLine) -> str:
    """Who has reported it and for what, shortly."""
    if not item.reports:
        return ""
    last = item.reports[-1]
    others = len({report.by for report in item.reports}) - 1
    return f"{last.by}{f' and {others} more' if others else ''}: {last.reason}"


class QueueScreen(QueuePlace):
    KIND = "queue"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "open", "open", tooltip="Show it with its context and the people's history"),
        *QueuePlace.BINDINGS,
        Binding("l", "log", "log", tooltip="What moderators did"),
    ]
    heading = "Moderation"

    @property
    def closes(self) -> bool:
        return True

    def hears(self, event: Event) -> bool:
        return isinstance(event, QueueChanged) and self.ctx.ticket.member_id in event.member_ids

    async def load(self) -> None:
        items = await self.ctx.read(queue_views.queue_list)
        empty = text_row(("Nothing waits for you. l shows what moderators did.", styles.GOOD))
        self.rows = [self._row(item) for item in items] or [empty]

    def _row(self, item: QueueLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            mark: Part = ("▌" if over else " ", styles.CURSOR_MARK)
            place = ", ".join(part for part in (about(item), where(item)) if part)
            head: list[Part] = [(f"{HEADS[item.kind]}  ", styles.NEW), (place, styles.BOLD)]
            rows = [both_ends(width - 1, head, [(f" {ago(item.at, now, zone)} ", styles.DIM)])]
            claimed = f"{item.claimed_by} is dealing with it" if item.claimed_by else ""
            for words, style in ((why(item), styles.PLAIN), (item.remark, styles.WARN), (claimed, styles.ACCENT)):
                rows += [line(width - 1, ("  ", styles.PLAIN), *row) for row in wrap([(words, style)], width - 4)
                         if words]  # fmt: skip
            body = wrap([(item.body, styles.QUOTE)], width - 6) if item.body else []
            rows += [line(width - 1, ("  ▎ ", styles.DIM), *row) for row in body[:MAX_SHOWN]]
            if len(body) > MAX_SHOWN:
                rows.append(line(width - 1, (f"    {plural(len(body) - MAX_SHOWN, 'more line')}", styles.DIM)))
            return [*(Strip([*line(1, mark), *strip], width) for strip in rows), blank(width)]

        return Row(draw, item)

    @property
    def item(self) -> QueueLine | None:
        target = self.target
        return target if isinstance(target, QueueLine) else None

    async def acted(self, said: str) -> None:
        await self.reload()
        self.say(said)

    @job
    async def action_open(self) -> None:
        if self.item is not None:
            await self.session.open("queue-item", self.item.id)

    @job
    async def action_log(self) -> None:
        await self.session.go("log")
