"""What is one's own: a takeout, and the warnings that one was given."""

from math import ceil

from bbs.context import Context
from bbs.errors import BBSError, TooFast
from bbs.services import sanctions, takeout
from bbs.ssh.commands.base import Run, command, option
from bbs.text import plural


@command("takeout")
async def takeout_(run: Run, *, as_json: bool) -> None:
    """Give what you have written and what the forum holds of you, as a zip on standard output: takeout > takeout.zip"""
    if wait := run.ctx.forum.takeouts_asked.take(run.ctx.ticket.member_id):
        raise TooFast(
            f"You have had three takeouts in an hour. Ask again in {plural(ceil(wait / 60), 'minute')}.", ceil(wait)
        )
    async with run.ctx.forum.takeouts:  # one after another: each keeps a reading thread busy
        content = await run.ctx.read(takeout.takeout, forum=run.ctx.forum.settings.name)
    if as_json:
        run.json({"handle": run.ctx.handle, "bytes": len(content)})
    else:
        await run.give_file("takeout.zip", content)


@command("warnings", option("--acknowledge", is_flag=True, help="Say that you have read them."))
async def warnings(run: Run, *, acknowledge: bool, as_json: bool) -> None:
    """List what moderators have warned you of and you have not acknowledged."""
    found = await run.ctx.read(sanctions.warnings)
    if acknowledge:
        await run.ctx.write(sanctions.acknowledge)
    if as_json:
        run.json_lines(found)
        return
    for warning in found:
        run.say(f"{run.moment(warning.at)}: {warning.told(run.ctx.zone)}")
    if not found:
        run.say("No warnings.")
    elif acknowledge:
        run.say("Acknowledged. To answer: dm moderators.")


async def warning(ctx: Context) -> str:
    """What a member who was warned sees beside every command, until they acknowledge it; '' for others."""
    if not ctx.warned or ctx.shut_out:
        return ""
    try:
        waiting = await ctx.read(sanctions.warnings)
    except BBSError:
        return ""
    told = " ".join(each.told(ctx.zone) for each in waiting)
    return f"{told} 'warnings --acknowledge' says that you have read this." if waiting else ""
