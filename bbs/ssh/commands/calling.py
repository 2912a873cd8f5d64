"""Meetings for those who run them: calling, changing, announcing, cancelling, answering for others, writing to them."""

from dataclasses import replace
from typing import Any

import click

from bbs.errors import Invalid
from bbs.services.meetings import answers, calling
from bbs.ssh.commands.base import Run, argument, command, option
from bbs.ssh.commands.meeting import MEETING
from bbs.text import plural
from bbs.views.meetings import ANSWERS, KINDS, MeetingFields

WHEN = "'YYYY-MM-DD HH:MM'"
NONE = "none"
"""What takes a limit, a time, a board or the questions away again."""
FIELDS = (
    option("--title", metavar="T", help="What it is called."),
    option("--zone", metavar="Z", help="Where the clocks are that its times are written on, such as Europe/London."),
    option("--hours", type=float, metavar="H", help="How long it lasts."),
    option("--kind", type=click.Choice(tuple(KINDS)), help="In a room, online, or both."),
    option("--place", metavar="P", help="In a few words."),
    option("--address", metavar="A", help="Of the place."),
    option("--directions", metavar="T", help="How to get there."),
    option("--access", metavar="T", help="Steps, lifts, hearing loops."),
    option("--link", metavar="URL", help="To join online: those who go see it, and facilitators."),
    option("--places", metavar="N", help="In the room, or 'none' for no limit; of an online meeting, online."),
    option("--online-places", metavar="N", help="Online, where there is a room too."),
    option("--guests", type=int, metavar="N", help="How many each may bring, 0 to 5."),
    option("--answer-by", metavar=WHEN, help="Until when answers are taken, or 'none'."),
    option("--about", metavar="TEXT|-", help="Markdown; - reads standard input."),
    option("--learn", metavar="TEXT", help="What one will learn."),
    option("--question", "questions", multiple=True, metavar="T", help="To those who come; two at most."),
    option(
        "--facilitator", "facilitators", multiple=True, metavar="HANDLE", help="Who runs it; you, if nobody is named."
    ),
    option("--board", metavar="SLUG", help="Only readers of this board see it; 'none' for everybody."),
)
"""What is said of a meeting, for `meeting` and `poll`."""
START = option("--start", metavar=WHEN, help="When it begins, on the clocks of its zone.")


async def fields_given(run: Run, given: dict[str, Any]) -> MeetingFields:
    """The fields of a new meeting; the title is asked for where it is missing."""
    changes = await changes_given(run, given)
    title = changes.pop("title", None) or await run.ask("Title: ", "--title")
    return replace(MeetingFields(title, run.ctx.forum.settings.zone), **changes)


async def changes_given(run: Run, given: dict[str, Any]) -> dict[str, Any]:
    """What the options name, by the names of MeetingFields. Raises Invalid."""
    named = {name: value for name, value in given.items() if value not in {None, ()}}
    if "hours" in named:
        named["minutes"] = _minutes(named.pop("hours"))
    for name in ("places", "online_places"):
        if name in named:
            named[name] = _number(named[name], name)
    for name in ("answer_by", "board", "link"):
        if named.get(name) == NONE:
            named[name] = ""
    if named.get("questions") == (NONE,):
        named["questions"] = ()
    if named.get("about") == "-":
        named["about"] = await run.one_line("What it is about: ")
    return named


def _minutes(hours: float) -> int:
    if not 0 < hours < 10_000:
        raise Invalid("Write how many hours it lasts, like 2 or 1.5.", "minutes")
    return round(hours * 60)


def _number(given: str, name: str) -> int | None:
    if given == NONE:
        return None
    if not (given.isascii() and given.isdecimal()) or len(given) > 9:
        raise Invalid("Write the number of places, or 'none' for no limit.", name)
    return int(given)


def _say_id(run: Run, meeting_id: int, *, as_json: bool) -> None:
    run.json({"meeting_id": meeting_id}) if as_json else run.say(str(meeting_id))


def _say_done(run: Run, meeting_id: int, done: str, *, as_json: bool) -> None:
    run.json({"meeting_id": meeting_id}) if as_json else run.say(done)


@command("meeting new", *FIELDS, START, option("--draft", is_flag=True, help="Announce it later."), joins_words=True)
async def meeting_new(run: Run, *, start: str | None, draft: bool, as_json: bool, **given: Any) -> None:
    """Call a meeting: facilitators may. Prints its number."""
    fields = await fields_given(run, given)
    if draft:
        made = await run.ctx.write(calling.create_draft, fields, start or "")
    else:
        start = start or await run.ask("Start, like 2026-12-03 14:00: ", "--start")
        made = await run.ctx.write(calling.call, fields, start)
    _say_id(run, made, as_json=as_json)


@command("meeting edit", MEETING, *FIELDS, START,
         option("--yes", is_flag=True, help="Even if somebody loses a place."), joins_words=True)  # fmt: skip
async def meeting_edit(run: Run, meeting_id: int, *, start: str | None, yes: bool, as_json: bool, **given: Any) -> None:
    """Change what is named of a meeting. Where people would lose their places, they are named and nothing is done."""
    changes = await changes_given(run, given)
    if not changes and start is None:
        raise click.UsageError("Name what is to change, such as --place or --start")
    try:
        await run.ctx.write(calling.edit, meeting_id, changes, starts=start, yes=yes)
    except calling.WouldLose as asked:
        names = ", ".join(asked.names)
        if await run.choose(f"{names} would lose their places.", "Leave it as it is", "Change it") == 0:
            raise Invalid(f"{asked.message} --yes does it all the same.") from None
        await run.ctx.write(calling.edit, meeting_id, changes, starts=start, yes=True)
    _say_done(run, meeting_id, f"Changed: meeting {meeting_id}.", as_json=as_json)


@command("meeting announce", MEETING)
async def meeting_announce(run: Run, meeting_id: int, *, as_json: bool) -> None:
    """Announce a draft, or put a cancelled meeting back on."""
    await run.ctx.write(calling.announce, meeting_id)
    _say_done(run, meeting_id, f"Announced: meeting {meeting_id}.", as_json=as_json)


@command("meeting cancel", MEETING, argument("REASON", "words", many=True, required=False))
async def meeting_cancel(run: Run, meeting_id: int, words: tuple[str, ...], *, as_json: bool) -> None:
    """Call a meeting off. Those who wanted to come, or might, read why."""
    reason = " ".join(words) or await run.ask("Why: ", "REASON")
    await run.ctx.write(calling.cancel, meeting_id, reason)
    _say_done(run, meeting_id, f"Cancelled: meeting {meeting_id}.", as_json=as_json)


@command("meeting clone", MEETING)
async def meeting_clone(run: Run, meeting_id: int, *, as_json: bool) -> None:
    """Make a draft like another meeting, without dates and answers. Prints its number."""
    _say_id(run, await run.ctx.write(calling.clone, meeting_id), as_json=as_json)


@command("meeting answer", MEETING, argument("HANDLE"), argument("yes|maybe|no", "answer", kind=click.Choice(ANSWERS)),
         option("--guests", type=int, metavar="N", help="How many they bring."),
         option("--online", is_flag=True, default=None, help="They join online."))  # fmt: skip
async def meeting_answer(
    run: Run, meeting_id: int, handle: str, answer: str, *, guests: int | None, online: bool | None, as_json: bool
) -> None:
    """Answer for another member, who is told. A yes waits where the meeting is full."""
    line = await run.ctx.write(answers.answer_for, meeting_id, handle, answer, guests=guests, online=online)
    if as_json:
        run.json(line)
    else:
        waits = f" It is full: they wait, as number {line.position}." if line.waiting else ""
        run.say(f"You answered {answer} for {handle}, who is told: {line.title}.{waits}")


@command("meeting message", MEETING, argument("|".join(answers.GROUPS), "group", kind=click.Choice(answers.GROUPS)))
async def meeting_message(run: Run, meeting_id: int, group: str, *, as_json: bool) -> None:
    """Write to all who go, wait, may come or are silent, each in a message of their own. Text from standard input."""
    text = await run.one_line(f"To those {group}: ")
    count = await run.ctx.write(answers.message, meeting_id, group, text)
    run.json({"meeting_id": meeting_id, "count": count}) if as_json else run.say(f"Sent to {plural(count, 'member')}.")
