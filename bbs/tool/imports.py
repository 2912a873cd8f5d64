"""`bbs import mbox`."""

import itertools
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from bbs.clock import utc_now
from bbs.errors import NotFound
from bbs.mail import LeftOut, Mail, read_mail
from bbs.mbox import files
from bbs.services import imports
from bbs.store import Store
from bbs.text import plural
from bbs.tool.base import open_store, told

BATCH = 500
"""Messages in a transaction: the server's writers wait for a tenth of a second at most."""


@click.group("import")
def import_() -> None:
    """Bring a group's history in."""


@import_.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--board", "slug", required=True, help="The board that it goes to.")
@click.option("--verbose", is_flag=True, help="Name each message that is left out.")
@told
def mbox(paths: tuple[Path, ...], slug: str, *, verbose: bool) -> None:
    """Import a mailing list's archive: mbox files, Maildir folders, single messages, also packed with gzip.

    A second run adds what is new and nothing twice.
    """
    with open_store() as store:
        board_id = store.read_now(imports.board_id_of, slug)
        if board_id is None:
            raise NotFound(f"There is no board {slug}; 'bbs board list' lists them.")
        total, left_out = _bring_in(store, board_id, paths, verbose=verbose)
        store.write_now(imports.finished)
    for why, many in left_out.most_common():
        click.echo(f"left out {plural(many, 'message')}: {why}", err=True)
    if total.duplicates:
        click.echo(f"{plural(total.duplicates, 'message was', 'messages were')} there already", err=True)
    click.echo(f"imported {plural(total.imported, 'message')} in {plural(len(total.threads), 'thread')}; "
               f"skipped {total.duplicates + left_out.total()}")  # fmt: skip


def _bring_in(
    store: Store, board_id: int, paths: Sequence[Path], *, verbose: bool
) -> tuple[imports.Batch, Counter[str]]:
    """What was done, and how many messages were left out for each reason."""
    total, left_out = imports.Batch(), Counter[str]()
    with click.progressbar(length=sum(map(_size, paths)), label="Importing", file=sys.stderr, show_pos=False) as bar:
        messages = (item for path in paths for item in read_mail(path, now=utc_now(), read_bytes=bar.update))
        while part := list(itertools.islice(messages, BATCH)):
            for item in part:
                if isinstance(item, LeftOut):
                    left_out[item.why] += 1
                    if verbose:
                        click.echo(f"left out {item.what}: {item.why}", err=True)
            mails = [item for item in part if isinstance(item, Mail)]
            done = store.write_now(imports.add_messages, board_id, mails)
            total.imported += done.imported
            total.duplicates += done.duplicates
            total.threads |= done.threads
    return total, left_out


@import_.command()
@click.argument("address")
@click.argument("handle")
@told
def claim(address: str, handle: str) -> None:
    """Say that the one who wrote from ADDRESS is the member HANDLE."""
    with open_store() as store:
        name = store.write_now(imports.claim, address, handle)
    click.echo(f"What {name} wrote to the list is shown as {handle}'s now.")


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in files(path))
