"""Meetings: the list, one of them, calendar files, answers."""

import click

from bbs.services import calendars, meetings
from bbs.ssh.commands.base import Cell, Run, argument, command, option
from bbs.text import plural
from bbs.views.meetings import MeetingLine, MeetingPage


def _cells(run: Run, line: MeetingLine) -> list[Cell]:
    places = "" if line.places_left is None else f", {plural(line.places_left, 'place')} left"
    mine = "waiting" if line.waiting else line.answer or "not answered"
    answer = "cancelled" if line.cancelled else f"you: {mine}"
    return [run.moment(line.starts_at), line.title, line.place or "place to be said", f"{line.going} going{places}",
            answer]  # fmt: skip


def offer_meeting(run: Run, line: MeetingLine) -> None:
    """A meeting in a list."""
    run.offer(f"meeting {line.id}", *_cells(run, line), number=line.id)


@command("meetings", option("--past", is_flag=True, help="Those that are over."),
         option("--ics", is_flag=True, help="Print a calendar file."))  # fmt: skip
async def meetings_(run: Run, *, past: bool, ics: bool, as_json: bool) -> None:
    """List meetings, soonest first."""
    found = await run.ctx.read(meetings.meeting_list, past=past)
    if ics:
        run.exactly(await run.ctx.read(calendars.calendar, [line.id for line in found]))
    elif as_json:
        run.json_lines(found)
    elif not found:
        run.say("No meetings are past." if past else "No meeting is planned.")
    else:
        for line in found:
            offer_meeting(run, line)


@command("meeting", argument("ID", kind=click.INT), option("--ics", is_flag=True, help="A calendar file."))
async def meeting(run: Run, id: int, *, ics: bool, as_json: bool) -> None:  # noqa: A002 - the argument's name
    """Show one meeting."""
    if ics:
        run.exactly(await run.ctx.read(calendars.calendar, [id]))
        return
    page = await run.ctx.read(meetings.meeting_page, id)
    run.json(page) if as_json else say_meeting(run, page)


def say_meeting(run: Run, page: MeetingPage) -> None:
    """A meeting in full, and the answers to choose from."""
    run.row(f"Meeting {page.line.id}", *_cells(run, page.line))
    run.say(f"Called by {page.called_by} · lasts {plural(page.line.minutes, 'minute')}")
    for label, names in (("Going", page.going), ("Waiting", page.waiting), ("Maybe", page.maybe), ("No", page.cannot)):
        if names:
            run.say(f"{label}: {', '.join(names)}")
    if page.agenda:
        run.say()
        run.say(page.agenda)
    if not (page.line.cancelled or page.line.past):
        run.choices(*((f"Answer {answer}", f"rsvp {page.line.id} {answer}") for answer in meetings.ANSWERS))


@command("rsvp", argument("ID", kind=click.INT), argument("ANSWER", kind=click.Choice(meetings.ANSWERS)))
async def rsvp(run: Run, id: int, answer: str, *, as_json: bool) -> None:  # noqa: A002 - the argument's name
    """Answer a meeting: yes, maybe or no."""
    line = await run.ctx.write(meetings.rsvp, id, answer)
    if as_json:
        run.json(line)
    elif line.waiting:
        run.say("You are on the waiting list: you move up when somebody cannot come.")
    else:
        run.say(f"You answered {answer}: {line.title}, {run.moment(line.starts_at)}.")
