"""`help`: the commands under their headings, as far as the caller may use them."""

from collections.abc import Iterator
from dataclasses import dataclass

import click
from sqlalchemy.orm import Session

from bbs.services.permission import may
from bbs.services.rules import Action
from bbs.ssh.commands.base import Run, command, main
from bbs.views.members import Actor

HEADINGS: dict[str, tuple[str, ...]] = {
    "Reading and writing": (
        "help", "whoami", "today", "news", "next", "catchup", "boards", "threads", "read", "post", "reply", "edit",
        "delete", "history", "thank", "report", "report-message", "follow", "mute", "search", "drafts", "notices",
        "inbox", "dm", "settings",
    ),
    "Meetings": ("meetings", "meeting", "rsvp", "polls", "poll", "vote"),
    "Facilitators": (
        "meeting new", "meeting edit", "meeting announce", "meeting cancel", "meeting clone", "meeting answer",
        "meeting message", "poll new", "poll date", "poll until", "poll close", "poll cancel", "poll confirm",
    ),
    "People": ("people", "person"),
    "Oneself": ("keys", "sessions", "password", "invite", "warnings", "log", "takeout"),
    "Moderators": ("mod", "board"),
    "Operators": ("role",),
}  # fmt: skip
"""Each command or word with commands under it once, in the order of use. A command of a word can be named by itself
('meeting new'), where it stands under another heading.
"""
NEEDS: dict[str, Action] = {
    "mod": "see the queue", "board": "describe a board", "role": "give roles",
    **dict.fromkeys(HEADINGS["Facilitators"], "call a meeting"),
}  # fmt: skip
"""What one must be allowed to do to use a command, or those under a word; others are for everybody."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One command as help lists it. `name` is all that is typed before its arguments."""

    heading: str
    name: str
    usage: str
    help: str


@command("help")
async def help_(run: Run, *, as_json: bool) -> None:
    """List the commands."""
    mine = await run.ctx.read(usable)
    found = [line for line in listed() if line.name in mine]
    if as_json:
        run.json_lines({"heading": line.heading, "name": line.name, "help": line.help} for line in found)
        return
    run.say("\n".join(run.INTRODUCTION))
    heading = ""
    for line in found:
        if line.heading != heading:
            heading = line.heading
            run.say()
            run.say(heading)
        run.row((f"  {line.usage}", 28), line.help.split(". ")[0].split("\n")[0].rstrip("."))
    run.say()
    run.say("\n".join(run.CLOSING))


def usable(session: Session, actor: Actor) -> frozenset[str]:
    """The names of the commands that this member may use."""
    del session
    return frozenset(line.name for line in listed() if (need := _need(line.name)) is None or may(actor, need))


def _need(name: str) -> Action | None:
    return NEEDS.get(name) or NEEDS.get(name.split(maxsplit=1)[0])


def listed() -> Iterator[Listed]:
    """All commands in their order."""
    apart = {name for names in HEADINGS.values() for name in names if " " in name}
    for heading, names in HEADINGS.items():
        for name in names:
            for full, found in _commands(name):
                if full == name or full not in apart:
                    yield Listed(heading, full, _usage(full, found), found.help or "")


def _commands(name: str) -> Iterator[tuple[str, click.Command]]:
    """The command of this name, or all under it."""
    first, _, rest = name.partition(" ")
    found = main.commands.get(name) or main.commands[first]
    if not isinstance(found, click.Group):
        yield name, found
    else:
        yield from ((f"{first} {one}", each) for one, each in found.commands.items() if rest in {"", one})


def _usage(name: str, found: click.Command) -> str:
    arguments = (param for param in found.params if isinstance(param, click.Argument))
    return " ".join([name, *(argument.make_metavar(click.Context(found)) for argument in arguments)])
