"""The words under `mod` that put threads elsewhere: moving, splitting and merging them."""

import click

from bbs.services import arranging, threads
from bbs.ssh.commands.base import Run, argument, command, confirmed, number, option, target
from bbs.ssh.commands.board import YES
from bbs.ssh.commands.moderating import mod

_REASON = option("--reason", help="Why, which the authors read.")


def _say(run: Run, thread_id: int, said: str, *, as_json: bool) -> None:
    run.json({"thread_id": thread_id}) if as_json else run.say(said)


@command("move", argument("THREAD", "given"), argument("BOARD"), _REASON, YES, of=mod, joins_words=True)
async def move(run: Run, given: str, board: str, reason: str | None, *, yes: bool, as_json: bool) -> None:
    """Move a thread to another board. Its authors are told."""
    wanted = await target(run, given)
    moved = await confirmed(run, arranging.move_thread, wanted.thread_id, board, yes=yes, reason=reason or "")
    head = (await run.ctx.read(threads.thread_page, moved, limit=1)).head
    _say(run, moved, f"Thread {moved} is in {head.board_title} now.", as_json=as_json)


@command("split", argument("#POST", "given", many=True), option("--subject", "-s", help="Of the new thread."), _REASON,
         of=mod, joins_words=True)  # fmt: skip
async def split(run: Run, given: tuple[str, ...], subject: str | None, reason: str | None, *, as_json: bool) -> None:
    """Give posts a thread of their own. Their authors are told; 'mod merge' undoes it."""
    if not given:
        raise click.UsageError("No post is named: say which, such as '#1234'")
    subject = subject or await run.ask("Subject of the new thread: ", "--subject S")
    made = await run.ctx.write(arranging.split_thread, [number(each) for each in given], subject, reason=reason or "")
    _say(run, made, f"The posts are in thread {made} now.", as_json=as_json)


@command("merge", argument("THREAD", "given"), argument("INTO"), _REASON, YES, of=mod, joins_words=True)
async def merge(run: Run, given: str, into: str, reason: str | None, *, yes: bool, as_json: bool) -> None:
    """Put all posts of a thread into another one. It cannot be undone; the old number leads there from then on."""
    gone, kept = await target(run, given), await target(run, into)
    merged = await confirmed(run, arranging.merge_threads, gone.thread_id, kept.thread_id, yes=yes, reason=reason or "")
    _say(run, merged, f"Thread {gone.thread_id} is part of thread {merged} now.", as_json=as_json)
