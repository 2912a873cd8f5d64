"""`bbs import mbox`."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bbs.clock import utc_now
from bbs.errors import NotFound
from bbs.mail import Broken, Mail, read_mbox
from bbs.services import imports
from bbs.text import plural
from bbs.tool.base import open_store, told

BATCH = 500
"""Messages in a transaction: the server's writers wait for a tenth of a second at most."""


@click.group("import")
def import_() -> None:
    """Bring a group's history in."""


@import_.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--board", "slug", required=True, help="The board that it goes to.")
@told
def mbox(file: Path, slug: str) -> None:
    """Import a mailing list's archive. A second run adds what is new and nothing twice."""
    total = imports.Batch()
    broken = 0
    with open_store() as store:
        board_id = store.read_now(imports.board_id_of, slug)
        if board_id is None:
            raise NotFound(f"There is no board {slug}; 'bbs board list' lists them.")
        with click.progressbar(length=file.stat().st_size, label="Importing", file=sys.stderr,
                               show_pos=False) as bar:  # fmt: skip
            found = read_mbox(file, now=utc_now(), read_bytes=bar.update)
            for part in _batches(found):
                mails = [item for item in part if isinstance(item, Mail)]
                for item in part:
                    if isinstance(item, Broken):
                        broken += 1
                        click.echo(f"skipped {item.what}: {item.why}", err=True)
                done = store.write_now(imports.add_messages, board_id, mails)
                total.imported += done.imported
                total.duplicates += done.duplicates
                total.threads |= done.threads
        store.write_now(imports.finished)
    if total.duplicates:
        click.echo(f"{plural(total.duplicates, 'message was', 'messages were')} there already", err=True)
    click.echo(f"imported {plural(total.imported, 'message')} in {plural(len(total.threads), 'thread')}; "
               f"skipped {total.duplicates + broken}")  # fmt: skip


@import_.command()
@click.argument("address")
@click.argument("handle")
@told
def claim(address: str, handle: str) -> None:
    """Say that the one who wrote from ADDRESS is the member HANDLE."""
    with open_store() as store:
        name = store.write_now(imports.claim, address, handle)
    click.echo(f"What {name} wrote to the list is shown as {handle}'s now.")


def _batches(found: Iterator[Mail | Broken]) -> Iterator[list[Mail | Broken]]:
    while part := list(itertools.islice(found, BATCH)):
        yield part
