"""The words under `mod` about members: warning, silencing, suspending, banning, and lifting what was done."""

from bbs.services import sanctions
from bbs.ssh.commands.base import Run, argument, command, option
from bbs.ssh.commands.moderating import mod
from bbs.text import plural
from bbs.views.sanctions import LIFTED, Imposed, Reinstated

_HANDLE, _DAYS = argument("HANDLE"), argument("DAYS", kind=int)
_REASON = argument("REASON", many=True, required=False)


async def _why(run: Run, reason: tuple[str, ...]) -> str:
    return " ".join(reason) or await run.ask("Reason, which the member reads: ", "REASON")


@command("warn", _HANDLE, _REASON, of=mod)
async def warn(run: Run, handle: str, reason: tuple[str, ...], *, as_json: bool) -> None:
    """Tell a member that something must stop. They see it until they say that they have read it."""
    _say_done(run, await run.ctx.write(sanctions.warn, handle, await _why(run, reason)), as_json=as_json)


@command("silence", _HANDLE, _DAYS, _REASON, option("--board", metavar="B", help="In this board alone."), of=mod)
async def silence(
    run: Run, handle: str, days: int, reason: tuple[str, ...], board: str | None, *, as_json: bool
) -> None:  # fmt: skip
    """Let a member read and write nothing that others would read, for some days, in one board or everywhere."""
    done = await run.ctx.write(sanctions.silence, handle, days, await _why(run, reason), board=board)
    _say_done(run, done, as_json=as_json)


@command("suspend", _HANDLE, _DAYS, _REASON, of=mod)
async def suspend(run: Run, handle: str, days: int, reason: tuple[str, ...], *, as_json: bool) -> None:
    """Leave a member one page for 1, 3, 7 or 30 days: why, until when, the moderators, and what is their own."""
    done = await run.ctx.write(sanctions.suspend, handle, days, await _why(run, reason))
    _say_done(run, done, as_json=as_json)


@command("ban", _HANDLE, _REASON, option("--hide-all", is_flag=True, help="Hide every post and message of theirs too."),
         of=mod)  # fmt: skip
async def ban(run: Run, handle: str, reason: tuple[str, ...], *, hide_all: bool, as_json: bool) -> None:
    """Close an account. Its member signs in to one page, reads why, and can write to the moderators."""
    done = await run.ctx.write(sanctions.ban, handle, await _why(run, reason), hide_all=hide_all)
    _say_done(run, done, as_json=as_json)


def _say_done(run: Run, done: Imposed, *, as_json: bool) -> None:
    if as_json:
        run.json(done)
        return
    run.say(f"{done.handle} is {done.sanction.words(run.ctx.zone)}, and reads why.")
    if done.hidden:
        run.say(f"{plural(done.hidden, 'post or message', 'posts and messages')} hidden.")
    for other in done.in_force:
        if other.id != done.sanction.id:
            run.say(f"Still in force too: {other.words(run.ctx.zone)}.")


@command("reinstate", _HANDLE, option("--board", metavar="B", help="Lift the silence in this board."), of=mod)
async def reinstate(run: Run, handle: str, board: str | None, *, as_json: bool) -> None:
    """Lift a ban, or else the newest suspension, silence or warning. What was before it holds again."""
    done: Reinstated = await run.ctx.write(sanctions.reinstate, handle, board=board)
    if as_json:
        run.json(done)
        return
    run.say(f"Lifted: {LIFTED[done.lifted.kind]}{f' in {done.lifted.board}' if done.lifted.board else ''}.")
    if done.restored:
        run.say(f"{plural(done.restored, 'post or message', 'posts and messages')} shown again.")
    still = "; ".join(each.words(run.ctx.zone) for each in done.in_force)
    run.say(f"Still in force: {still}." if still else "Nothing else is in force.")
