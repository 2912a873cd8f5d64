"""Polls in the terminal: answering date by date and all at once, undoing, and running one."""

import pytest

from bbs.context import Forum
from bbs.services.polls import pages, running, voting
from tests.conftest import Group
from tests.meetings import fields
from tests.terminal import context, live, sit_down

DATES = ("2026-12-03 14:00", "2026-12-10 23:30")


def ask(group: Group, **more: str) -> int:
    return group.do("heather", running.open_poll, fields(**more), DATES, "2026-11-30 18:00")


def answers(group: Group, handle: str, poll: int) -> list[str]:
    return [date.answer for date in group.read(handle, pages.poll_page, poll).dates]


@pytest.mark.parametrize("size", [(80, 24), (40, 20)], ids=["80x24", "40x20"])
async def test_dates_are_answered_one_after_another_and_an_answer_is_undone(
    forum: Forum, sqlite_group: Group, size: tuple[int, int]
) -> None:
    group = sqlite_group
    poll = ask(group)
    group.do("ross", voting.vote, poll, {2: "if-need-be"}, note="by train")
    async with live(forum), sit_down(forum, context(forum, group, "isla"), size=size) as desk:
        await desk.sees("Which dates suit you?")
        await desk.type("2")
        await desk.sees("Finding a date", "Winter meet-up")
        await desk.type("enter")
        await desk.sees(
            "Open until Mon", "30 Nov 18:00.", "Thu 3 Dec 14:00", "0 yes · 1 if need be · 0 no", "ross", "by train"
        )
        await desk.type("enter")
        await desk.sees("does it suit you?")
        await desk.type("x", "y")
        await desk.sees("u undoes it")
        await desk.type("enter", "c")
        await desk.sees("You have answered.")
        assert answers(group, "isla", poll) == ["yes", "no"]
        await desk.type("u")
        await desk.sees("as they were")
    assert answers(group, "isla", poll) == ["yes", ""]


async def test_all_dates_are_answered_in_a_form_that_keeps_what_was_entered(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    poll = ask(group, kind="both")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("Which dates suit you?")
        await desk.type("2", "enter", "a")
        await desk.sees("Thu 10 Dec 23:30", "not answered", "I would come online", "Note")
        await desk.type("y", "enter", "i", "enter", "space", "enter", "late")
        group.do("isla", voting.vote, poll, {1: "no"})
        await desk.type("ctrl+s")
        await desk.sees("Your answers are kept.", "online", "late")
    page = group.read("isla", pages.poll_page, poll)
    assert ([date.answer for date in page.dates], page.note, page.online) == (["yes", "if-need-be"], "late", True)


async def test_a_facilitator_runs_a_poll_to_the_meeting(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.sees("New for you")
        await desk.type("2", "P")
        await desk.sees("Find a date", "Open until")
        await desk.type("Winter", "enter", *(f"{date}\r" for date in DATES), ".\r", "2026-11-30 18:00", "ctrl+s")
        await desk.sees("Which dates suit you?", "Thu 10 Dec 23:30", "Nobody has answered yet.")
        await desk.type("n", "2026-12-17 10:00\r")
        await desk.sees("Thu 17 Dec 10:00")
        await desk.type("end", "d")
        await desk.sees("Take out Thu 17 Dec 10:00")
        await desk.type("enter")
        await desk.sees("out of the poll", gone="17 Dec")
        await desk.type("T", "c")
        await desk.sees("Closed: no more answers")
        await desk.type("T", "\x152026-12-01 18:00\r")
        await desk.sees("Open until Tue 1 Dec 18:00")
        group.do("isla", voting.vote, 1, {1: "yes"})
        await desk.sees("1 yes")
        await desk.type("home", "C")
        await desk.sees("Announce the meeting for Thu 3 Dec 14:00", "1 yes")
        await desk.type("enter")
        await desk.sees("Meetings › Winter", "Going: 1", "isla")


async def test_cancelling_asks_for_the_reason_and_shows_it(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    ask(group)
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.sees("Which dates suit you?")
        await desk.type("2", "enter", "X", "No room this winter\r")
        await desk.sees("Cancelled: No room this winter")
        await desk.type("enter")
        await desk.sees("No more answers are taken")
        await desk.type("esc", "p")
        await desk.sees("Dates that were looked for", "cancelled")


async def test_keys_of_facilitators_are_refused_to_others_and_not_offered(forum: Forum, sqlite_group: Group) -> None:
    ask(sqlite_group)
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("Which dates suit you?")
        await desk.type("2", "enter")
        shown = await desk.sees("answer all")
        assert "add date" not in shown
        for key in "ndCeTX":
            await desk.type(key)
            await desk.sees("Only facilitators run polls.")
