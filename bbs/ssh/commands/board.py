"""The words under `board`: making boards, their order and kind, whom they name, and merging them."""

from collections.abc import Sequence

import click

from bbs.services import board_merging, board_settings, boards
from bbs.ssh.commands.base import Run, argument, command, confirmed, group, on_or_off, option
from bbs.views.boards import KINDS, BoardSettings

board = group("board", alone="--help", help="Make boards and look after them; 'board people SLUG' says whom one names.")
NOBODY = "nobody"
_TITLE = option("--title", help="What it is called.")
_ABOUT = option("--about", help="What it is for.")
_CATEGORY = option("--category", help="The heading under which it is listed.")
_KIND = option("--kind", type=click.Choice(KINDS), help="Who reads it and writes in it.")
_RIGHTS = {"reads": "Who reads a private board: handles.", "writes": "Who writes where few do.",
           "moderates": "Who moderates it."}  # fmt: skip
YES = option("--yes", is_flag=True, help="Do it though more members could read it then.")


def _say(run: Run, done: BoardSettings, said: str, *, as_json: bool) -> None:
    run.json(done) if as_json else run.say(said)


@command("add", argument("SLUG"), _TITLE, _ABOUT, _CATEGORY, _KIND, of=board, joins_words=True)
async def add(
    run: Run, slug: str, title: str | None, about: str | None, category: str | None, kind: str | None, *, as_json: bool
) -> None:
    """Make a board. SLUG is its short name: letters, digits and hyphens."""
    title = title or await run.ask("Title: ", "--title T")
    await run.ctx.write(board_settings.add_board, slug, title, description=about or "", category=category or "",
                        kind=kind or KINDS[0])  # fmt: skip
    made = await run.ctx.read(board_settings.board_settings, slug)
    _say(run, made, f"The board {made.title} is there now.", as_json=as_json)


@command("edit", argument("SLUG"), _TITLE, _ABOUT, _CATEGORY, _KIND,
         option("--replies", metavar="on|off", help="Whether all reply in an announcement board."), YES,
         of=board, joins_words=True)  # fmt: skip
async def edit(
    run: Run, slug: str, title: str | None, about: str | None, category: str | None, kind: str | None,
    replies: str | None, *, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Describe a board anew, or make it one of another kind; what is not named stays."""
    done = await confirmed(
        run, board_settings.edit_board, slug, yes=yes, title=title, description=about, category=category, kind=kind,
        others_reply=None if replies is None else on_or_off(replies),
    )  # fmt: skip
    run.json(done) if as_json else _say_settings(run, done)


@command("order", argument("SLUG", "slugs", many=True), of=board)
async def order(run: Run, slugs: tuple[str, ...], *, as_json: bool) -> None:
    """Put boards in this order, before all others. Boards of one category stay together."""
    await run.ctx.write(board_settings.order_boards, slugs)
    found = await run.ctx.read(boards.board_list)
    run.json_lines(found) if as_json else run.say(", ".join(line.slug for line in found))


@command("archive", argument("SLUG"), of=board)
async def archive(run: Run, slug: str, *, as_json: bool) -> None:
    """Archive a board: it can be read and found, and takes no posts."""
    done = await run.ctx.write(board_settings.archive_board, slug, archived=True)
    _say(run, done, f"{done.title} is archived.", as_json=as_json)


@command("reopen", argument("SLUG"), of=board)
async def reopen(run: Run, slug: str, *, as_json: bool) -> None:
    """Have an archived board take posts again."""
    done = await run.ctx.write(board_settings.archive_board, slug, archived=False)
    _say(run, done, f"{done.title} takes posts again.", as_json=as_json)


@command("merge", argument("SLUG"), argument("INTO"), YES, of=board)
async def merge(run: Run, slug: str, into: str, *, yes: bool, as_json: bool) -> None:
    """Move all threads of a board to another one. It cannot be undone; the short name leads there from then on."""
    done = await confirmed(run, board_merging.merge_boards, slug, into, yes=yes)
    _say(run, done, f"{slug} is part of {done.title} now.", as_json=as_json)


@command("people", argument("SLUG"), *(option(f"--{right}", multiple=True, metavar="H", help=says)
                                       for right, says in _RIGHTS.items()), of=board, joins_words=True)  # fmt: skip
async def people(
    run: Run, slug: str, reads: tuple[str, ...], writes: tuple[str, ...], moderates: tuple[str, ...], *, as_json: bool
) -> None:
    """Show whom a board names, or name others, who are told: '+isla' adds one, '-isla' takes one, 'nobody' all."""
    found = await run.ctx.read(board_settings.board_settings, slug)
    if reads or writes or moderates:
        found = await run.ctx.write(
            board_settings.set_board_people, slug, reads=_named(found.reads, reads),
            writes=_named(found.writes, writes), moderates=_named(found.moderates, moderates),
        )  # fmt: skip
    run.json(found) if as_json else _say_settings(run, found)


def _named(before: Sequence[str], given: Sequence[str]) -> list[str] | None:
    """The handles that are meant: these, or those before with some more ('+') or less ('-'). None: nothing was said."""
    words = " ".join(given).replace(",", " ").split()
    if not words or words == [NOBODY]:
        return [] if words else None
    changes = [word for word in words if word[0] in "+-"]
    if changes and len(changes) < len(words):
        raise click.UsageError("Name all handles, or put + or - before each of them")
    named = set(before) if changes else set(words)
    named |= {word[1:] for word in changes if word[0] == "+"}
    return sorted(named - {word[1:] for word in changes if word[0] == "-"})


def _say_settings(run: Run, found: BoardSettings) -> None:
    run.say(f"{found.title} · {found.kind}{' · archived' if found.archived else ''}")
    who = (("Reads it", _reads(found)), ("Writes in it", _writes(found)), ("Moderates it", ", ".join(found.moderates)))
    for label, words in (("About", found.description), ("Category", found.category), *who):
        if words:
            run.say(f"{label}: {words}")


def _reads(found: BoardSettings) -> str:
    if found.kind != "private":
        return "everybody"
    return ", ".join((*found.reads, "operators, and whoever writes in it or moderates it"))


def _writes(found: BoardSettings) -> str:
    named = ", ".join(found.writes)
    if found.kind == "announcement":
        return f"{named or 'moderators'}; others {'' if found.others_reply else 'do not '}reply"
    return "everybody" if found.kind == "public" else named or "whoever reads it"
