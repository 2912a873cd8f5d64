"""Polls for the date of a meeting: the list, one of them, votes; and running them."""

import re

import click

from bbs.services import notices
from bbs.services.drafts import new_key
from bbs.services.polls import confirming, pages, running, voting
from bbs.ssh.commands.base import Cell, Run, argument, command, number, option
from bbs.ssh.commands.calling import FIELDS, fields_given
from bbs.text import lasting, on_both_clocks, plural, short_moment
from bbs.views.meetings import KINDS
from bbs.views.polls import ANSWER_WORDS, ANSWERS, DateLine, PollLine, PollPage, WaitingPoll

_VOTE = re.compile(r"(\d{1,9})=(\S+)")
POLL = argument("POLL", "poll_id", kind=click.INT)


# -- which there are, and one of them


@command("polls")
async def polls_(run: Run, *, as_json: bool) -> None:
    """List polls for the dates of meetings: those that go on, then past ones."""
    found = [*await run.ctx.read(pages.poll_list), *await run.ctx.read(pages.poll_list, past=True)]
    if as_json:
        run.json_lines(found)
        return
    if not found:
        run.say("No date is looked for.")
    for line in found:
        offer_poll(run, line)


def offer_poll(run: Run, line: PollLine) -> None:
    """A poll in a list."""
    run.offer(f"poll {line.id}", *_cells(run, line), number=line.id)


def _cells(run: Run, line: PollLine) -> list[Cell]:
    until = short_moment(line.closes_at, run.ctx.zone, run.ctx.now())
    became = {"open": f"open until {until}", "closed": "closed", "cancelled": "cancelled",
              "confirmed": f"date fixed: meeting {line.meeting_id}"}[line.state]  # fmt: skip
    waits = f"{plural(line.unanswered, 'date')} for you to answer" if line.unanswered else ""
    where = {"online": "online"}.get(line.kind, line.place or "place to be said")
    return [line.title, where, became, f"{plural(line.dates, 'date')}, {line.voters} answered", waits]


@command("poll", POLL)
async def poll(run: Run, poll_id: int, *, as_json: bool) -> None:
    """Show one poll: its dates, and what was answered."""
    await show_poll(run, poll_id, as_json=as_json)


async def show_poll(run: Run, poll_id: int, *, as_json: bool) -> None:
    """A poll in full. What the member was told of it is read then."""
    page = await run.ctx.read(pages.poll_page, poll_id)
    run.json(page) if as_json else _say_poll(run, page)
    await run.show()
    await run.ctx.note(notices.saw_poll, poll_id)


def offer_waiting(run: Run, poll: WaitingPoll) -> None:
    """The poll that waits for the member's answer and closes first."""
    until = short_moment(poll.closes_at, run.ctx.zone, run.ctx.now())
    more = f"{plural(poll.polls - 1, 'more poll')} in 'polls'" if poll.polls > 1 else ""
    run.offer(f"poll {poll.id}", "Find a date", poll.title, f"open until {until}", more, number=poll.id)


def _say_poll(run: Run, page: PollPage) -> None:
    """A poll in full, and the way to answer it."""
    line, said = page.line, page.fields
    run.say(f"Poll {line.id} · {line.title}")
    run.say(_became(run, page))
    run.say(f"Where: {', '.join(filter(None, (said.place, KINDS[line.kind])))} · {lasting(said.minutes)}")
    run.say(f"Run by {', '.join(said.facilitators) or page.called_by}")
    for label, words in (("What you will learn: ", said.learn), ("", said.about)):
        if words:
            run.say(f"\n{label}{words}")
    run.say()
    for date in page.dates:
        run.row((str(date.number), -3), *_date_cells(run, page, date))
    for voter in page.voters:
        answers = zip(page.dates, voter.answers, strict=True)
        given = ", ".join(f"{date.number} {ANSWER_WORDS[answer]}" for date, answer in answers)
        more = ", ".join(filter(None, ("online" if voter.online else "", f"“{voter.note}”" if voter.note else "")))
        run.say(f"{voter.handle}: {given}{f' ({more})' if more else ''}")
    if page.line.meeting_id:
        run.choices(("Show the meeting", f"meeting {page.line.meeting_id}"))
    elif page.line.state == "open":
        run.choices(("Answer for each date", f"vote {page.line.id}"))


def _became(run: Run, page: PollPage) -> str:
    line = page.line
    waits = f" {plural(line.unanswered, 'date waits', 'dates wait')} for your answer." if line.unanswered else ""
    return {
        "open": f"Open until {short_moment(line.closes_at, run.ctx.zone, run.ctx.now())}.{waits}",
        "closed": "Closed: no more answers are taken. A facilitator confirms a date.",
        "confirmed": f"The date is fixed: meeting {line.meeting_id}.",
        "cancelled": f"Cancelled: {page.reason}",
    }[line.state]


def _date_cells(run: Run, page: PollPage, date: DateLine) -> list[Cell]:
    counts = f"{date.yes} yes, {date.if_need_be} if need be, {date.no} no"
    marks = [word for word in ("confirmed", "best", "past") if getattr(date, word)]
    return [_when(run, page, date), counts, f"you: {ANSWER_WORDS[date.answer]}", ", ".join(marks)]


def _when(run: Run, page: PollPage, date: DateLine) -> str:
    return " = ".join(on_both_clocks(date.starts_at, page.fields.zone, run.ctx.zone, run.ctx.now()))


# -- answering


@command("vote", POLL, argument("N=ANSWER", "words", many=True, required=False),
         option("--online/--in-person", default=None, help="How you would come, where there is a room and a link."),
         option("--note", metavar="TEXT", help="What all who see the poll can read."))  # fmt: skip
async def vote(
    run: Run, poll_id: int, words: tuple[str, ...], *, online: bool | None, note: str | None, as_json: bool
) -> None:
    """Answer a poll: yes, if-need-be or no for each date, by its number: vote 3 1=yes 2=if-need-be 4=no."""
    answers, rest = _answers(words)
    if rest and note is None:
        raise click.UsageError(f"{rest[0]} is no vote such as 1=yes or 2=if-need-be")
    note = " ".join((note, *rest)) if note is not None else None  # ssh hands over what was quoted as bare words
    if not answers and note is None and online is None:
        answers = await _asked(run, await run.ctx.read(pages.poll_page, poll_id))
    page = await run.ctx.write(voting.vote, poll_id, answers, note=note, online=online)
    if as_json:
        run.json(page)
        return
    said = ", ".join(f"{date.number} {ANSWER_WORDS[date.answer]}" for date in page.dates)
    run.say(f"{page.line.title}. Your answers: {said}.")


async def _asked(run: Run, page: PollPage) -> dict[int, str]:
    """What the member answers for one date after another."""
    answers = {}
    for date in page.dates:
        question = f"Your answer for {_when(run, page, date)} (yes, if need be, no, or Enter to leave it): "
        while not date.past and page.line.state == "open":
            said = (await run.ask(question, f"{date.number}=yes")).casefold().replace(" ", "-")
            found = next((answer for answer in ANSWERS if said and answer.startswith(said)), "")
            if found:
                answers[date.number] = found
            if found or not said:
                break
    return answers


def _answers(words: tuple[str, ...]) -> tuple[dict[int, str], list[str]]:
    """What was answered by date, and the words that are no votes."""
    votes = [(word, _VOTE.fullmatch(word)) for word in words]
    return {int(found[1]): found[2] for _, found in votes if found}, [word for word, found in votes if not found]


# -- running one


@command("poll new", *FIELDS, option("--date", "dates", multiple=True, metavar="'YYYY-MM-DD HH:MM'",
                                     help="One of the dates to choose from."),
         option("--until", metavar="'YYYY-MM-DD HH:MM'", help="When it closes."), joins_words=True)  # fmt: skip
async def poll_new(run: Run, *, dates: tuple[str, ...], until: str | None, as_json: bool, **given: object) -> None:
    """Open a poll for the date of a meeting. Facilitators may. Prints its number."""
    fields = await fields_given(run, given)
    dates = dates or (await run.ask("First date, like 2026-12-03 14:00: ", "--date"),)
    until = until or await run.ask("Open until, like 2026-11-27 18:00: ", "--until")
    made = await run.ctx.write(running.open_poll, fields, dates, until, client_key=new_key())
    run.json({"poll_id": made}) if as_json else run.say(str(made))


@command("poll date", POLL, argument("add|drop", "what", kind=click.Choice(("add", "drop"))),
         argument("WHEN|N", "words", many=True))  # fmt: skip
async def poll_date(run: Run, poll_id: int, what: str, words: tuple[str, ...], *, as_json: bool) -> None:
    """Add a date, such as '2026-12-03 14:00', or drop one by its number."""
    given = " ".join(words)
    if what == "add":
        date = await run.ctx.write(running.add_date, poll_id, given)
    else:
        date = number(given)
        await run.ctx.write(running.drop_date, poll_id, date)
    said = f"Date {date} is {'in' if what == 'add' else 'out of'} the poll."
    run.json({"poll_id": poll_id, "number": date, "dropped": what == "drop"}) if as_json else run.say(said)


@command("poll until", POLL, argument("WHEN", "words", many=True))
async def poll_until(run: Run, poll_id: int, words: tuple[str, ...], *, as_json: bool) -> None:
    """Set when a poll closes; one that was closed is open again."""
    await run.ctx.write(running.set_until, poll_id, " ".join(words))
    await _say_state(run, poll_id, as_json=as_json)


@command("poll close", POLL)
async def poll_close(run: Run, poll_id: int, *, as_json: bool) -> None:
    """Close a poll now."""
    await run.ctx.write(running.close_poll, poll_id)
    await _say_state(run, poll_id, as_json=as_json)


@command("poll cancel", POLL, argument("REASON", "words", many=True))
async def poll_cancel(run: Run, poll_id: int, words: tuple[str, ...], *, as_json: bool) -> None:
    """Cancel a poll. Those who voted are told why."""
    await run.ctx.write(running.cancel_poll, poll_id, " ".join(words))
    await _say_state(run, poll_id, as_json=as_json)


@command("poll confirm", POLL, argument("N", "date", kind=click.INT))
async def poll_confirm(run: Run, poll_id: int, date: int, *, as_json: bool) -> None:
    """Confirm a date: the meeting is announced, and votes become answers. Prints the meeting's number."""
    made = await run.ctx.write(confirming.confirm_date, poll_id, date)
    run.json({"poll_id": poll_id, "meeting_id": made}) if as_json else run.say(str(made))


async def _say_state(run: Run, poll_id: int, *, as_json: bool) -> None:
    page = await run.ctx.read(pages.poll_page, poll_id)
    run.json(page.line) if as_json else run.row(*_cells(run, page.line))
