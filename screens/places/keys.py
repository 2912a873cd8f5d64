"""The member's public keys."""

from bbs.services import members
from bbs.text import moment
from screens import styles
from screens.place import Place
from screens.rows import heading_row, text_row


class KeysScreen(Place):
    KIND = "keys"
    heading = "Your keys"

    async def load(self) -> None:
        own_keys = await self.ctx.forum.store.read(members.keys, self.ctx.ticket.member_id)
        zone = self.ctx.zone
        rows = [heading_row("Keys that sign you in")]
        for key in own_keys:
            used = moment(key.last_used_at, zone) if key.last_used_at else "never"
            rows.append(text_row((f"{key.kind}  {key.fingerprint}", styles.PLAIN),
                                 (f"\nadded {moment(key.added_at, zone)}, used {used}", styles.DIM)))  # fmt: skip
        if not own_keys:
            rows.append(text_row(("None. You sign in with your password.", styles.DIM)))
        self.rows = rows
