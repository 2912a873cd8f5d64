"""`bbs import mbox` and `bbs import undo`."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from bbs.clock import utc_now
from bbs.errors import BBSError
from bbs.mail import LeftOut, Mail
from bbs.services import imports, imports_undo
from bbs.services.imports_threads import Filing
from bbs.store import Store
from bbs.text import plural
from bbs.tool.base import open_store, say, told
from bbs.tool.imports_order import InOrder
from bbs.tool.imports_people import claim, forget, people, unclaim
from bbs.tool.imports_reading import read_all, size
from bbs.tool.imports_summary import Progress, Summary
from bbs.views.imports import UndoCost

BATCH = 250
"""Messages in a transaction, about a tenth of a second on an idle machine: so long the server's writers wait."""
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended."""


@click.group("import")
def import_() -> None:
    """Bring a group's history in."""


@import_.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--board", "slug", required=True, help="The board that it goes to.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--verbose", is_flag=True, help="Name each message that is skipped, cut, different or there already.")
@told
def mbox(paths: tuple[Path, ...], slug: str, *, dry_run: bool, verbose: bool) -> None:
    """Import a mailing list's archive: mbox files, Maildir folders, single messages, also packed with gzip.

    A second run adds what is new and nothing twice.
    """
    with open_store() as store, InOrder() as kept:
        board_id = store.read_now(imports.board_id_of, slug)
        summary = Summary(verbose=verbose)
        try:
            _read(paths, kept, summary)
            if dry_run:
                filing = Filing(board_id)
                _go_through(kept, summary, lambda mails: store.read_now(imports.examine, mails, filing))
        except sqlite3.Error as error:  # of the file that keeps them: the forum's own come as ours
            raise BBSError(f"The messages cannot be kept while they are read: {error}.") from None
        except KeyboardInterrupt:
            say("Interrupted: nothing was changed.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        if dry_run:
            say("This is a dry run: nothing was changed. The same command without --dry-run would say:")
            summary.print()
        else:
            _bring_in(store, board_id, ", ".join(path.name for path in paths), kept, summary)


def _read(paths: Sequence[Path], kept: InOrder, summary: Summary) -> None:
    """Understand all messages, before any is brought in."""
    with Progress("Reading", size(paths)) as progress:
        for item in read_all(paths, now=utc_now(), read_bytes=progress.advance):
            progress.messages += 1
            if isinstance(item, LeftOut):
                summary.skip(item.what, item.why)
            elif not kept.add(item):
                summary.saw_again(item)


def _go_through(kept: InOrder, summary: Summary, bring: Callable[[list[Mail]], imports.Batch]) -> None:
    with Progress("Importing", len(kept)) as progress:
        for mails in kept.batches(BATCH):
            summary.add(bring(mails))
            progress.messages += len(mails)
            progress.advance(len(mails))


def _bring_in(store: Store, board_id: int, source: str, kept: InOrder, summary: Summary) -> None:
    """Write everything, batch by batch. What has been written stays, however this ends."""
    run_id = store.write_now(imports.begin_run, board_id, source)
    names = kept.names()

    def add(mails: list[Mail]) -> imports.Batch:
        return store.write_now(imports.add_messages, board_id, mails, run_id=run_id, names=names)

    try:
        _go_through(kept, summary, add)
    except BaseException as error:
        _close(store, run_id, summary)
        say("The rest was not brought in. The same command goes on from here.", err=True)
        if isinstance(error, KeyboardInterrupt):
            raise click.exceptions.Exit(INTERRUPTED) from None
        raise
    _close(store, run_id, summary)


def _close(store: Store, run_id: int, summary: Summary) -> None:
    summary.print()
    store.write_now(imports.end_run, run_id)
    if summary.imported:
        say(f"This was run {run_id}: 'bbs import undo {run_id}' takes it back.")


@import_.command()
@click.argument("run", type=int, required=False)
@click.option("--list", "as_list", is_flag=True, help="List the runs of the import instead.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@told
def undo(run: int | None, *, as_list: bool, yes: bool) -> None:
    """Take back what one run of the import brought in: the newest, or RUN."""
    with open_store() as store:
        if as_list:
            for line in store.read_now(imports_undo.runs):
                state = f"undone {line.undone_at:%Y-%m-%d}" if line.undone_at else plural(line.posts, "message")
                say(f"{line.id:>4}  {line.started_at:%Y-%m-%d %H:%M}  {line.board:<20} {state:<18} {line.source}")
            return
        cost = store.read_now(imports_undo.cost, run)
        say(f"Run {cost.run.id} of {cost.run.started_at:%Y-%m-%d %H:%M} UTC brought "
            f"{plural(cost.run.posts, 'message')} to {cost.run.board}, from {cost.run.source}.")  # fmt: skip
        say(_concerned(cost))
        if not yes:
            click.confirm("Take it back?", abort=True)
        taken = _undo(store, cost.run.id, cost.run.posts)
    say(f"took back {plural(taken, 'message')} of run {cost.run.id}")


def _concerned(cost: UndoCost) -> str:
    if not cost.replies:
        return "No member has written in its threads."
    return (f"{plural(cost.replies, 'reply', 'replies')} by {plural(cost.members, 'member')} would lose their thread: "
            "they stay, without what they answer.")  # fmt: skip


def _undo(store: Store, run_id: int, posts: int) -> int:
    taken = 0
    with Progress("Taking back", posts) as progress:
        while some := store.write_now(imports_undo.undo_some, run_id):
            taken += some
            progress.messages += some
            progress.advance(some)
    return taken


for command in (people, claim, unclaim, forget):
    import_.add_command(command)
