"""The one page of a member who is suspended or banned: why, until when, the moderators, and what is theirs."""

from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from bbs.services import messages, sanctions
from bbs.views.messages import ConversationPage, MessageSentView
from bbs.views.sanctions import SanctionLine
from screens import styles
from screens.places.conversation import ConversationScreen
from screens.rows import Row, gap_row, heading_row, text_row


class ShutOutScreen(ConversationScreen, inherit_bindings=False):
    KIND = "shut_out"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r,n,enter", "write", "write", tooltip="Write a line to the moderators; Enter sends it"),
        Binding("R", "write_long", "write long", tooltip="Write to the moderators in the editor"),
        Binding("down,j", "move_down", show=False, tooltip="Move down"),
        Binding("up,k", "move_up", show=False, tooltip="Move up"),
        Binding("pagedown,space", "page_down", show=False, tooltip="A screen down"),
        Binding("pageup", "page_up", show=False, tooltip="A screen up"),
        Binding("home", "first", show=False, tooltip="To the first line"),
        Binding("end", "last", show=False, tooltip="To the last line"),
        Binding("ctrl+c", "copy_text", show=False, tooltip="Copy what is selected with the mouse"),
        Binding("escape,q,backspace", "back", "sign out", tooltip="Sign out (asks)"),
        Binding("question_mark", "help", "help", tooltip="This help"),
    ]
    is_reading = False

    def begin(self, *_: Any) -> None:
        super().begin(0, messages.MODERATORS)
        self._sanctions: tuple[SanctionLine, ...] = ()

    @property
    def heading(self) -> str:
        return f"{self.ctx.forum.settings.name} › Your account"

    async def load(self) -> None:
        self._sanctions = await self.ctx.read(sanctions.own)
        await super().load()

    async def fetch(self, before: int = 0) -> ConversationPage:
        return await self.ctx.read(messages.moderators_page, before=before)

    async def mark_read(self, message_id: int) -> None:
        await self.ctx.note(messages.read_moderators, message_id)

    async def send(self, text: str, client_key: str) -> MessageSentView:
        return await self.ctx.write(messages.send_to_moderators, text, client_key=client_key)

    def above(self) -> list[Row]:
        told = [text_row((sanction.told(self.ctx.zone), styles.WARN)) for sanction in self._sanctions]
        if not self._sanctions:
            told = [text_row(("This has ended. Sign in again.", styles.GOOD))]
        handle = self.ctx.handle
        return [
            *told, gap_row(),
            text_row(("You can write to those who moderate here, and take out what is yours from your own computer: ",
                      styles.PLAIN), (f"ssh {handle}@HOST takeout > takeout.zip", styles.BOLD)),
            gap_row(), heading_row("You and the moderators"), *super().above(),
        ]  # fmt: skip

    def action_back(self) -> None:
        """Out of the line that is being written, or of the forum: nothing else is behind it."""
        if self.is_asking:
            super().action_back()
        else:
            self.do(self._leave)

    async def _leave(self) -> None:
        if await self.session.ask("Sign out?", "sign out", "stay"):
            self.session.sign_out()
