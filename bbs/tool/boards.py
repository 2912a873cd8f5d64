"""`bbs board …`."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.models import Board
from bbs.services import board_settings
from bbs.tool.base import echo_json, open_store, say, told
from bbs.views.boards import KINDS


@click.group()
def board() -> None:
    """Add and list boards."""


@board.command("add")
@click.argument("slug")
@click.option("--title", required=True)
@click.option("--description", default="")
@click.option("--category", default="", help="The heading under which it is listed.")
@click.option("--kind", type=click.Choice(KINDS), default="public", show_default=True, help="Who reads and writes.")
@click.option("--private", "kind", flag_value="private", help="The same as --kind private.")
@told
def add(slug: str, *, title: str, description: str, category: str, kind: str) -> None:
    """Add a board; SLUG is its short name in commands."""
    with open_store() as store:
        store.write_now(board_settings.add_board, None, slug, title, description=description, category=category,
                        kind=kind)  # fmt: skip
    say(f"The board {title} is there now.")


@board.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@told
def list_(*, as_json: bool) -> None:
    """List the boards."""
    with open_store() as store:
        rows = store.read_now(_all)
    if as_json:
        echo_json(rows)
        return
    for row in rows:
        marks = (f" ({row['kind']})" if row["kind"] != "public" else "") + (" (archived)" if row["archived"] else "")
        say(f"{row['slug']:<20}  {row['title']}{marks}")


def _all(session: Session) -> list[dict[str, object]]:
    rows = session.scalars(select(Board).where(Board.kind != "merged").order_by(Board.position, Board.id))
    return [
        {"slug": b.slug, "title": b.title, "description": b.description, "category": b.category, "kind": b.kind,
         "private": b.kind == "private", "archived": b.archived_at is not None}
        for b in rows
    ]  # fmt: skip
