"""Codes with which people can join, that the member has made."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from bbs.services import invitations
from bbs.text import ago, moment
from bbs.views.members import InvitationLine
from screens import styles
from screens.place import Place, job
from screens.rows import Row, gap_row, text_row

ABOUT = "A code lets one person join. Moderators see whom you have invited. The code is shown once, when you make it."


class InvitationsScreen(Place):
    KIND = "invitations"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new code", tooltip="A new code for one person"),
        Binding("d", "withdraw", "withdraw", tooltip="Make a code useless (asks)"),
    ]
    heading = "People › Invitations"

    def offers(self, action: str) -> bool:
        is_open = isinstance(self.target, InvitationLine) and self.target.is_open(self.ctx.now())
        return is_open if action == "withdraw" else True

    async def load(self) -> None:
        found = await self.ctx.read(invitations.own_invitations)
        rows = [self._row(item) for item in found] or [text_row(("You have invited nobody yet.", styles.DIM))]
        self.rows = [text_row((ABOUT, styles.DIM)), gap_row(), *rows]

    def _row(self, item: InvitationLine) -> Row:
        now, zone = self.ctx.now(), self.ctx.zone
        words = item.state(now, zone)
        style = styles.BOLD if item.is_open(now) else styles.PLAIN
        made = f"  made {ago(item.made_at, now, zone)}"
        return text_row((f"{words[0].upper()}{words[1:]}", style), (made, styles.DIM), target=item)

    @job
    async def action_new(self) -> None:
        made = await self.ctx.write(invitations.make, self.ctx.forum.settings.invitations)
        await self.reload()
        until = moment(made.expires_at, self.ctx.zone)
        words = f"{made.code} lets one person join until {until}. They connect as 'join' and type it there."
        await self.show_until_noted(words)

    @job
    async def action_withdraw(self) -> None:
        item = self.target
        if not isinstance(item, InvitationLine) or not item.is_open(self.ctx.now()):
            return
        if await self.session.ask("Withdraw this code? Nobody can join with it then.", "withdraw"):
            await self.ctx.write(invitations.withdraw, item.id)
            await self.reload()
