"""What moderators did."""

from rich.style import Style
from textual.strip import Strip

from bbs.services import log
from bbs.text import ago, excerpt
from bbs.views.moderation import LogLine
from screens import styles
from screens.lines import Part, both_ends, line
from screens.place import LongPlace
from screens.rows import Row, text_row


class LogScreen(LongPlace):
    KIND = "log"
    heading = "What moderators did"

    def begin(self) -> None:
        self._entries: list[LogLine] = []

    async def load(self) -> None:
        self._entries = list(await self.ctx.read(log.log_page))
        self.more = bool(self._entries)
        self._set_rows()

    def _set_rows(self) -> None:
        self.rows = [self._row(item) for item in self._entries] or [text_row(("Nothing was done yet.", styles.DIM))]

    def _row(self, item: LogLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone

        def draw(width: int, over: Style | None) -> list[Strip]:
            why = f": {item.reason}" if item.reason else ""
            left: list[Part] = [(f" {item.actor}", styles.NAME), (f" {item.action} ", styles.PLAIN),
                                (f"{excerpt(item.target, 60)}{why}", styles.DIM)]  # fmt: skip
            first = both_ends(width, left, [(f" {ago(item.at, now, zone)} ", styles.DIM)], over=over)
            changed = " → ".join(part for part in (item.before, item.after) if part)
            return [first, *([line(width, (f"   {changed}", styles.DIM), over=over)] if changed else [])]

        return Row(draw, item)

    async def fetch_more(self) -> None:
        older = await self.ctx.read(log.log_page, before=self._entries[-1].id)
        self._entries += older
        self.more = bool(older)
        self._set_rows()
