"""The moderators' queue and log."""

from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from bbs.context import Context
from bbs.events import Event, QueueChanged
from bbs.services import moderation
from bbs.text import ago, excerpt
from bbs.views.moderation import LogLine, QueueItem
from screens import theme
from screens.lines import Part, blank, both_ends, line, wrap
from screens.page import Key, LongPage, Page, Row, text_row

MAX_SHOWN = 12
"""Lines of a reported text shown in the queue."""


class QueuePage(Page):
    BINDINGS: ClassVar[tuple[Key, ...]] = (
        Key("enter right", "open", "Go to the post", "open"),
        Key("H", "uphold", "Hide what was reported, with a reason", "hide"),
        Key("d", "dismiss", "Nothing wrong with it", "dismiss"),
        Key("y", "accept", "Accept the application", "accept"),
        Key("n", "refuse", "Refuse the application (asks)", "refuse"),
        Key("l", "log", "What moderators did", "log"),
    )
    title = "Moderation"

    def hears(self, event: Event) -> bool:
        return isinstance(event, QueueChanged)

    async def load(self) -> None:
        found = await self.ctx.read(moderation.queue)
        empty = text_row(("Nothing waits for you. l shows what moderators did.", theme.GOOD))
        self.rows = [self._row(item) for item in found] or [empty]

    def _row(self, item: QueueItem) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            mark: Part = ("▌" if over else " ", theme.CURSOR_MARK)
            when: list[Part] = [(f"{ago(item.at, now, zone)} ", theme.DIM)]
            if item.kind == "application":
                head: list[Part] = [("Wants to join  ", theme.NEW), (f"{item.about} @{item.by}", theme.BOLD),
                                    (f"  {item.reason}", theme.DIM)]  # fmt: skip
            else:
                what = f"#{item.post_id} in {item.board_title}" if item.post_id else "a private message"
                head = [("Reported  ", theme.NEW), (f"{item.about}, {what}", theme.BOLD),
                        (f"  by {item.by}: {item.reason}", theme.PLAIN)]  # fmt: skip
            rows = [both_ends(width - 1, head, when)]
            body = wrap([(item.body, theme.QUOTE)], width - 6)[:MAX_SHOWN]
            rows += [line(width - 1, ("  ▎ ", theme.DIM), *parts) for parts in body]
            return [*(Strip([*line(1, mark), *strip], width) for strip in rows), blank(width)]

        return Row(draw, item)

    @property
    def item(self) -> QueueItem | None:
        target = self.target
        return target if isinstance(target, QueueItem) else None

    async def do_open(self) -> None:
        if self.item is not None and self.item.thread_id:
            await self.frame.open(self.frame.make("thread", self.item.thread_id, self.item.post_id))

    async def do_uphold(self) -> None:
        item = self.item
        if item is None or item.kind != "report":
            return
        reason = await self.frame.prompt(f"Hide it. Reason, which {item.about} sees")
        if reason:
            await self.ctx.write(moderation.uphold_report, item.id, reason)
            await self.reload()
            self.frame.say("Hidden. Its author sees the reason.")

    async def do_dismiss(self) -> None:
        item = self.item
        if item is not None and item.kind == "report" and await self.frame.ask(
            f"Dismiss {item.by}'s report on {item.about}?", "y dismiss", "n leave it"
        ):  # fmt: skip
            await self.ctx.write(moderation.dismiss_report, item.id)
            await self.reload()

    async def do_accept(self) -> None:
        if self.item is not None and self.item.kind == "application":
            await self.ctx.write(moderation.decide_application, self.item.id, accepted=True)
            await self.reload()

    async def do_refuse(self) -> None:
        item = self.item
        if item is not None and item.kind == "application" and await self.frame.ask(
            f"Refuse {item.by}? They are told when they next sign in.", "y refuse"
        ):  # fmt: skip
            await self.ctx.write(moderation.decide_application, item.id, accepted=False)
            await self.reload()

    async def do_log(self) -> None:
        await self.frame.go("log")


class LogPage(LongPage):
    title = "Moderation › Log"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._lines: list[LogLine] = []

    async def load(self) -> None:
        self._lines = list(await self.ctx.read(moderation.log_page))
        self.more = bool(self._lines)
        self._set_rows()

    def _set_rows(self) -> None:
        self.rows = [self._row(item) for item in self._lines] or [text_row(("Nothing was done yet.", theme.DIM))]

    def _row(self, item: LogLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            why = f": {item.reason}" if item.reason else ""
            left: list[Part] = [(f" {item.actor}", theme.NAME), (f" {item.action} ", theme.PLAIN),
                                (f"“{excerpt(item.target, 60)}”{why}", theme.DIM)]  # fmt: skip
            return [both_ends(width, left, [(f"{ago(item.at, now, zone)} ", theme.DIM)], over=over)]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        older = await self.ctx.read(moderation.log_page, before=self._lines[-1].id)
        self._lines += older
        self.more = bool(older)
        self._set_rows()
