"""Meetings for those who come: the list, one of them, who comes, calendar files, answers."""

import re

import click

from bbs.services import calendars, notices
from bbs.services.meetings import answers, pages
from bbs.ssh.commands.base import Cell, Run, argument, command, option
from bbs.text import lasting, moment, on_both_clocks, plural
from bbs.views.meetings import ANSWERS, KINDS, Attendee, MeetingLine, MeetingPage

MEETING = argument("ID", "meeting_id", kind=click.INT)
_REPLY = re.compile(r"(\d{1,2})=(.*)", re.DOTALL)


def when(run: Run, line: MeetingLine) -> str:
    """On the meeting's own clocks, and on the reader's where these differ."""
    if line.starts_at is None:
        return "no date yet"
    return " = ".join(on_both_clocks(line.starts_at, line.zone, run.ctx.zone, run.ctx.now()))


def _cells(run: Run, line: MeetingLine) -> list[Cell]:
    where = {"online": "online"}.get(line.kind, line.place or "place to be said")
    return [when(run, line), line.title, where, f"{line.going} going{line.left}", _state(line)]


def _state(line: MeetingLine) -> str:
    if line.state in {"draft", "cancelled"}:
        return line.state
    mine = f"waiting, number {line.position}" if line.waiting else line.answer or "not answered"
    return f"you: {mine}{', asked again' if line.asked_again else ''}"


def offer_meeting(run: Run, line: MeetingLine) -> None:
    """A meeting in a list."""
    run.offer(f"meeting {line.id}", *_cells(run, line), number=line.id)


@command("meetings", option("--past", is_flag=True, help="Those that are over."),
         option("--ics", is_flag=True, help="Print a calendar file."))  # fmt: skip
async def meetings_(run: Run, *, past: bool, ics: bool, as_json: bool) -> None:
    """List meetings, soonest first."""
    found = await run.ctx.read(pages.meeting_list, past=past)
    if ics:
        run.exactly(await run.ctx.read(calendars.calendar, [line.id for line in found]))
    elif as_json:
        run.json_lines(found)
    elif not found:
        run.say("No meetings are past." if past else "No meeting is planned.")
    else:
        for line in found:
            offer_meeting(run, line)


@command("meeting", MEETING, option("--ics", is_flag=True, help="A calendar file."),
         option("--who", is_flag=True, help="Who goes, waits, may come, cannot come and is silent."))  # fmt: skip
async def meeting(run: Run, meeting_id: int, *, ics: bool, who: bool, as_json: bool) -> None:
    """Show one meeting, or with --who those who answered and those who did not."""
    if ics:
        run.exactly(await run.ctx.read(calendars.calendar, [meeting_id]))
        return
    if who:
        page = await run.ctx.read(pages.meeting_page, meeting_id)
        silent = await run.ctx.read(pages.silent, meeting_id)
        if as_json:
            run.json({"going": page.going, "waiting": page.waiting, "maybe": page.maybe, "no": page.cannot,
                      "silent": silent})  # fmt: skip
        else:
            _say_answers(run, page)
            _say_group(run, "Silent", [person.handle for person in silent])
        return
    await show_meeting(run, meeting_id, as_json=as_json)


async def show_meeting(run: Run, meeting_id: int, *, as_json: bool) -> None:
    """A meeting in full. What the member was told of it is read then."""
    page = await run.ctx.read(pages.meeting_page, meeting_id)
    run.json(page) if as_json else _say_meeting(run, page)
    await run.show()
    await run.ctx.note(notices.saw_meeting, meeting_id)


def _say_meeting(run: Run, page: MeetingPage) -> None:
    """A meeting in full, and the answers to choose from."""
    line, said = page.line, page.fields
    run.say(f"Meeting {line.id} · {line.title}")
    if line.state in {"draft", "cancelled"}:
        run.say(
            f"Cancelled: {page.reason or 'no reason was given'}"
            if line.cancelled
            else "Draft: only facilitators see it."
        )
    run.say(f"When: {when(run, line)} · {lasting(line.minutes)}")
    run.say(f"Where: {', '.join(filter(None, (said.place, said.address, KINDS[line.kind])))}")
    for label, words in (("Link", said.link), ("Directions", said.directions), ("Access", said.access)):
        if words:
            run.say(f"{label}: {words}")
    guests = f" · each may bring {plural(said.guests, 'guest')}" if said.guests else ""
    run.say(f"Places: {f'{line.going} going{line.left}'}{guests}")
    if page.answers_close_at is not None and not line.past:
        run.say(f"Answers are taken until {moment(page.answers_close_at, run.ctx.zone)}.")
    thread = f" · talked about in thread {page.thread_id}" if page.thread_id else ""
    run.say(f"Run by {', '.join(said.facilitators) or page.called_by}{thread}")
    _say_answers(run, page)
    for label, text in (("What you will learn", said.learn), ("", said.about)):
        if text:
            run.say()
            run.say(f"{label}: {text}" if label else text)
    for number, question in enumerate(said.questions, 1):
        run.say(f"Question {number}: {question}{_replied(page, number)}")
    if line.state == "announced":
        run.say()
        run.say(line.standing)
        run.choices(*((f"Answer {answer}", f"rsvp {line.id} {answer}") for answer in line.takes))


def _replied(page: MeetingPage, number: int) -> str:
    mine = page.replies[number - 1] if page.replies else ""
    return f" You said: {mine}" if mine else ""


def _say_answers(run: Run, page: MeetingPage) -> None:
    groups = (("Going", page.going), ("Waiting", page.waiting), ("Maybe", page.maybe), ("No", page.cannot))
    for label, people in groups:
        _say_group(run, label, [_named(person, page) for person in people])


def _say_group(run: Run, label: str, names: list[str]) -> None:
    if names:
        run.say(f"{label}: {', '.join(names)}")


def _named(person: Attendee, page: MeetingPage) -> str:
    """'isla (1 guest, online, “by train”)'; facilitators read replies to the questions too."""
    more = [
        plural(person.guests, "guest") if person.guests else "",
        "online" if person.online and page.line.kind == "both" else "",
        "asked again" if person.asked_again else "",
        "passed over: the party did not fit" if person.passed_over else "",
        f"“{person.note}”" if person.note else "",
        *(f"{number}: {reply}" for number, reply in enumerate(person.replies, 1) if reply),
    ]
    said = ", ".join(filter(None, more))
    return f"{person.handle} ({said})" if said else person.handle


@command(
    "rsvp", MEETING, argument("yes|maybe|no", "answer", kind=click.Choice(ANSWERS)),
    option("--guests", type=int, metavar="N", help="How many you bring."),
    option("--online", is_flag=True, default=None, help="You join online."),
    option("--in-person", "in_person", is_flag=True, help="You come to the room, having said online before."),
    option("--note", metavar="TEXT", help="A line that all who see the meeting can read."),
    option("--reply", "replies", multiple=True, metavar="N=TEXT", help="To question N; facilitators read it."),
    joins_words=True,
)  # fmt: skip
async def rsvp(
    run: Run, meeting_id: int, answer: str, *, guests: int | None, online: bool | None, in_person: bool,
    note: str | None, replies: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Answer a meeting: yes, maybe or no."""
    line = await run.ctx.write(
        answers.rsvp, meeting_id, answer, guests=guests, online=False if in_person else online, note=note,
        replies=dict(map(_reply, replies)),
    )  # fmt: skip
    if as_json:
        run.json(line)
    else:
        say_answered(run, line)


def say_answered(run: Run, line: MeetingLine) -> None:
    """What came of an answer."""
    if line.waiting:
        run.say(line.standing)
        run.say("You are told when you have a place; in the last two days, when one is free to take.")
    else:
        run.say(f"You answered {line.answer}: {line.title}, {when(run, line)}. {line.standing}")


def _reply(given: str) -> tuple[int, str]:
    found = _REPLY.fullmatch(given)
    if not found:
        raise click.UsageError("Reply to a question by its number, like --reply 1=vegan")
    return int(found[1]), found[2]
