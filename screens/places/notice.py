"""One notice that has no other place: all of its words, and who caused it when."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.services import notices
from bbs.text import moment
from screens import styles
from screens.place import Place
from screens.rows import gap_row, text_row


class NoticeScreen(Place):
    KIND = "notice"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "read_on", "read on", tooltip="Read on through everything that is new"),
    ]
    is_reading = True

    def begin(self, notice_id: int) -> None:
        self._notice_id = notice_id

    heading = "Notices › Your account"

    async def load(self) -> None:
        item = await self.ctx.read(notices.notice, self._notice_id)
        by = f"{item.by_name} @{item.by} · " if item.by else ""
        self.rows = [
            text_row((f"{by}{moment(item.at, self.ctx.zone)}", styles.DIM)), gap_row(),
            text_row((item.words, styles.PLAIN)),
        ]  # fmt: skip
