"""A member's new password: judged and hashed off the loop, then kept."""

import asyncio

import structlog

from bbs.context import Context
from bbs.errors import Invalid
from bbs.passwords import check_new
from bbs.services import keys, members, people

log = structlog.get_logger()


async def change_password(ctx: Context, old: str, chosen: str, again: str) -> None:
    """Put a new password in the place of the old one; all of the member's sessions end.

    Whoever has none yet must have signed in just now: at a terminal that was left open nobody can give them one.
    Guesses at the old one count with those at the sign-in. Raises Invalid, Forbidden, Busy.
    """
    passwords = ctx.forum.passwords
    known = await ctx.read(people.password_of)
    if not known:
        await ctx.read(keys.require_fresh, ctx.proved_at)
    else:
        await asyncio.sleep(ctx.forum.guesses.begin(f"@{ctx.handle}"))
        if not await passwords.verify(known, old):
            log.warning("sign_in_failed", handle=ctx.handle, at="password")
            raise Invalid("That is not your present password.", "old")
        ctx.forum.guesses.was_right(f"@{ctx.handle}")
    if chosen != again:
        raise Invalid("The two new passwords differ.", "again")
    await asyncio.to_thread(check_new, chosen, ctx.handle)
    await ctx.forum.store.write(members.set_password, ctx.ticket.member_id, await passwords.hash(chosen))
