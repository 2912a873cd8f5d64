"""One item of the queue, with all that helps to decide."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from bbs.events import Event, QueueChanged
from bbs.services import queue_views
from bbs.text import ago, day, plural
from bbs.views.moderation import History, LogLine, QueueLine, QueuePage
from screens import styles
from screens.lines import line, wrap
from screens.place import job
from screens.places.queue import HEADS, about, where
from screens.places.queue_actions import QueuePlace
from screens.rows import Row, gap_row, heading_row, line_row, text_row


class QueueItemScreen(QueuePlace):
    KIND = "queue-item"
    BINDINGS: ClassVar[list[BindingType]] = [
        *QueuePlace.BINDINGS,
        Binding("enter,right", "open", "go there", tooltip="Go to the post, or to the person"),
    ]

    def begin(self, item_id: int) -> None:
        self._item_id = item_id
        self._page: QueuePage | None = None

    @property
    def page(self) -> QueuePage:
        assert self._page is not None  # noqa: S101 - a place is loaded before it is shown
        return self._page

    @property
    def item(self) -> QueueLine | None:
        return self.page.line

    @property
    def heading(self) -> str:
        return f"Moderation › Item {self._item_id}"

    @property
    def closes(self) -> bool:
        return True

    def hears(self, event: Event) -> bool:
        return isinstance(event, QueueChanged) and self.ctx.ticket.member_id in event.member_ids

    async def load(self) -> None:
        self._page = page = await self.ctx.read(queue_views.queue_page, self._item_id)
        item = page.line
        place = ", ".join(part for part in (about(item), where(item)) if part)
        rows = [text_row((f"{HEADS[item.kind]}  ", styles.NEW), (place, styles.BOLD))]
        if item.thread_title:
            rows.append(line_row((item.thread_title, styles.DIM)))
        if item.remark:
            rows.append(text_row((item.remark, styles.WARN)))
        if item.claimed_by:
            rows.append(line_row((f"{item.claimed_by} is dealing with it.", styles.ACCENT)))
        rows += [self._reported(number) for number in range(len(item.reports))]
        rows += self._texts(page)
        for person in page.history:
            rows += [gap_row(), *self._person(person)]
        self.rows = [*rows, *self._echoes(page)]

    def _reported(self, number: int) -> Row:
        report = self.page.line.reports[number]
        when = ago(report.at, self.ctx.now(), self.ctx.zone)
        return text_row((f"Reported by {report.by}, {when}: ", styles.DIM), (report.reason, styles.PLAIN))

    def _texts(self, page: QueuePage) -> list[Row]:
        """The words in question between those above and below them."""
        item = page.line
        above = [line_row((f"#{near.post_id} {near.author}: ", styles.DIM), (near.words, styles.DIM))
                 for near in page.context if near.post_id < item.post_id]  # fmt: skip
        below = [line_row((f"#{near.post_id} {near.author}: ", styles.DIM), (near.words, styles.DIM))
                 for near in page.context if near.post_id > item.post_id]  # fmt: skip
        rows = [gap_row(), *above, _quoted(item.body or "(no words of their own)", item), *below]
        if page.now:
            rows += [text_row(("It was edited since, and says now:", styles.WARN)), _quoted(page.now)]
        if item.hidden:
            rows.append(text_row(("Others do not see it any more.", styles.GOOD)))
        return rows

    def _person(self, person: History) -> list[Row]:
        facts = [f"here since {day(person.joined_at, self.ctx.zone)}", plural(person.posts, "post")]
        if person.upheld or person.not_upheld:
            facts.append(f"{plural(person.upheld, 'report')} about them upheld, {person.not_upheld} not")
        if person.reported:
            facts.append(f"has made {plural(person.reported, 'report')}, {person.reported_rightly} upheld")
        head = text_row((f"{person.name} @{person.handle}", styles.NAME), (f"  {', '.join(facts)}", styles.PLAIN),
                        target=person)  # fmt: skip
        return [head, *(self._logged(entry) for entry in person.log)]

    def _logged(self, entry: LogLine) -> Row:
        why = f": {entry.reason}" if entry.reason else ""
        when = ago(entry.at, self.ctx.now(), self.ctx.zone)
        return line_row((f"  {when}  {entry.actor} {entry.action} {entry.target}{why}", styles.DIM))

    def _echoes(self, page: QueuePage) -> list[Row]:
        if not page.echoes:
            return []
        rows = [line_row((f"#{echo.post_id} {echo.author} in {echo.thread_title}: {echo.words}", styles.PLAIN))
                for echo in page.echoes]  # fmt: skip
        return [gap_row(), heading_row("Other posts that hold the same words"), *rows]

    async def acted(self, said: str) -> None:
        await self.session.back()
        self.session.say(said)

    @job
    async def action_open(self) -> None:
        target = self.target
        if isinstance(target, History):
            await self.session.open("profile", target.handle)
        elif isinstance(target, QueueLine) and target.thread_id:
            await self.session.open("thread", target.thread_id, target.post_id)


def _quoted(body: str, target: QueueLine | None = None) -> Row:
    def draw(width: int, over: Style | None) -> list[Strip]:
        mark = ("▌ ▎ " if over else "  ▎ ", styles.CURSOR_MARK if over else styles.DIM)
        return [line(width, mark, *row) for row in wrap([(body, styles.PLAIN)], width - 5)]

    return Row(draw, target)
