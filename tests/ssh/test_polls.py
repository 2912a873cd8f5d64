"""Polls by command: finding a date, from the first question to the meeting."""

import json

from bbs.services.meetings import pages as meetings
from bbs.services.polls import running
from bbs.views.meetings import MeetingFields
from tests.conftest import Group
from tests.ssh.conftest import Host

NEW = ("poll new --title Winter meet-up --place Edinburgh, the Old Hall --date 2026-12-03 14:00 --date '2026-12-10 23:30' "
       "--until 2026-11-30 18:00")  # fmt: skip


def open_poll(group: Group) -> int:
    fields = MeetingFields(title="Winter meet-up", zone="Europe/London")
    return group.do("heather", running.open_poll, fields, ("2026-12-03 14:00", "2026-12-10 23:30"), "2026-11-30 18:00")


async def test_a_date_is_found_by_command(host: Host, sqlite_group: Group) -> None:
    made = await host.run("heather", NEW)
    assert (made.exit_status, made.stdout, made.stderr) == (0, "1\n", "")
    listed = str((await host.run("isla", "polls")).stdout)
    assert all(words in listed for words in ("Winter meet-up", "Edinburgh, the Old Hall", "open until Mon 30 Nov 18:00",
                                             "2 dates", "2 dates for you to answer"))  # fmt: skip
    voted = await host.run("isla", "vote 1 1=yes 2=if-need-be --note by the late train")
    assert str(voted.stdout) == "Winter meet-up. Your answers: 1 yes, 2 if need be.\n"
    assert (await host.run("ross", "vote 1 2=no")).exit_status == 0
    assert (await host.run("heather", "poll date 1 add 2026-12-17 14:00")).stdout == "Date 3 is in the poll.\n"
    assert (await host.run("heather", "poll date 1 drop 1")).exit_status == 0
    shown = str((await host.run("ross", "poll 1")).stdout).splitlines()
    assert [line for line in shown if "Dec" in line] == [
        "  2  Thu 10 Dec 23:30  0 yes, 1 if need be, 1 no  you: no  best",
        "  3  Thu 17 Dec 14:00  0 yes, 0 if need be, 0 no  you: not answered",
    ]  # fmt: skip
    assert "isla: 2 if need be, 3 not answered (“by the late train”)" in shown
    assert "closed" in str((await host.run("heather", "poll close 1")).stdout)
    late = await host.run("isla", "vote 1 3=yes")
    assert (late.exit_status, "takes no more votes" in str(late.stderr)) == (5, True)
    assert "open until Tue 1 Dec 18:00" in str((await host.run("heather", "poll until 1 2026-12-01 18:00")).stdout)
    assert (await host.run("isla", "vote 1 3=yes")).exit_status == 0
    confirmed = await host.run("heather", "poll confirm 1 3")
    meeting = int(str(confirmed.stdout))
    assert [one.handle for one in sqlite_group.read("isla", meetings.meeting_page, meeting).going] == ["isla"]
    assert f"date fixed: meeting {meeting}" in str((await host.run("isla", "polls")).stdout)


async def test_a_poll_is_cancelled_with_a_reason_that_voters_are_told(host: Host, sqlite_group: Group) -> None:
    open_poll(sqlite_group)
    await host.run("isla", "vote 1 1=no")
    assert "cancelled" in str((await host.run("heather", "poll cancel 1 The room is closed")).stdout)
    assert "The room is closed" in str((await host.run("isla", "notices")).stdout)
    assert "Cancelled: The room is closed" in str((await host.run("ross", "poll 1")).stdout)


async def test_commands_that_cannot_be_are_refused_with_words(host: Host, sqlite_group: Group) -> None:
    open_poll(sqlite_group)
    for who, command, status, words in (
        ("isla", NEW, 3, "Only facilitators"), ("isla", "poll close 1", 3, "Only facilitators"),
        ("isla", "poll 9", 3, "no poll 9"), ("isla", "vote 9 1=yes", 3, "no poll 9"),
        ("isla", "vote 1", 2, "give it as 1=yes"), ("isla", "vote 1 yes", 2, "no vote such as"),
        ("isla", "vote 1 1=perhaps", 5, "yes, if-need-be or no"), ("isla", "vote 1 7=yes", 5, "no date 7"),
        ("isla", "vote 1 1=yes --online", 5, "in a room"), ("heather", "poll date 1 add soon", 5, "year-month-day"),
        ("heather", "poll date 1 drop 9", 5, "no date 9"), ("heather", "poll date 1 swap 9", 2, "swap"),
        ("heather", "poll confirm 1 9", 5, "no date 9"), ("heather", "poll cancel 1", 2, "REASON"),
        ("heather", "poll new --title T --date '2026-12-03 14:00'", 2, "--until"),
        ("heather", "poll new --title T --until '2026-12-01 14:00'", 2, "--date"),
    ):  # fmt: skip
        done = await host.run(who, command)
        assert (done.exit_status, done.stdout) == (status, ""), (command, done.stderr)
        assert words in str(done.stderr), command


async def test_a_reader_abroad_sees_both_clocks_each_with_its_own_day(host: Host, sqlite_group: Group) -> None:
    open_poll(sqlite_group)
    await host.run("ross", "settings zone Pacific/Auckland")
    shown = str((await host.run("ross", "poll 1")).stdout)
    assert "Thu 10 Dec 23:30 Europe/London = Fri 11 Dec 12:30 for you" in shown
    assert "Fri 11 Dec" not in str((await host.run("isla", "poll 1")).stdout)


async def test_what_waits_is_in_the_news_and_read_on_opens_it(host: Host, sqlite_group: Group) -> None:
    open_poll(sqlite_group)
    news = str((await host.run("isla", "news")).stdout)
    assert "Find a date  Winter meet-up" in news
    assert "Poll 1 · Winter meet-up" in str((await host.run("isla", "next")).stdout)
    assert "You are up to date." in str((await host.run("isla", "next")).stdout)
    printed = json.loads(str((await host.run("isla", "news --json")).stdout))
    assert (printed["poll"]["id"], printed["poll"]["polls"]) == (1, 1)
    await host.run("isla", "vote 1 1=yes 2=no")
    assert "Find a date" not in str((await host.run("isla", "news")).stdout)
