"""`ssh HANDLE@host COMMAND`: what is printed, as text and JSON, and the exit codes."""

import json

import asyncssh
import pytest

from bbs.services import board_settings, drafts, imports_people, messages, posts, reading, threads
from bbs.services.drafts import DraftView
from bbs.services.meetings import pages
from bbs.ssh import commands
from bbs.ssh.commands.base import split
from tests.conftest import Group
from tests.meetings import call
from tests.services.test_imports import bring, letter
from tests.ssh.conftest import Host


async def test_help_lists_every_command_without_an_argument_too(host: Host) -> None:
    listed = await host.run("isla", "help")
    assert listed.exit_status == 0
    for name in [
        "help",
        "whoami",
        "boards",
        "threads",
        "read",
        "post",
        "reply",
        "meetings",
        "meeting",
        "rsvp",
        "inbox",
        "dm",
        "people",
    ]:
        assert f"\n  {name}" in str(listed.stdout)
        about = await host.run("isla", f"{name} --help")
        assert about.exit_status == 0
        assert str(about.stdout).startswith("Usage: ")


async def test_a_thread_is_posted_read_and_answered_from_a_pipe(host: Host) -> None:
    posted = await host.run("ross", "post general --subject Who pays, and don't we all", "Mine will not.\n\nReally.")
    assert (posted.exit_status, posted.stdout) == (0, "Posted: thread 1, #1\n")
    listed = await host.run("isla", "threads general")
    assert "Who pays, and don't we all" in str(listed.stdout)
    assert "  1  " in str(listed.stdout)
    assert (await host.run("isla", "reply 1", "We split it.")).exit_status == 0
    assert (await host.run("ross", "reply '#2'", "Lucky you.")).exit_status == 0
    read = str((await host.run("isla", "read 1")).stdout)
    assert [word in read for word in ("Mine will not.\n\nReally.", "We split it.", "Lucky you.", "· new")] == [True] * 4
    assert " new" not in str((await host.run("isla", "read 1")).stdout)
    one = str((await host.run("isla", "read '#2'")).stdout)
    assert "We split it." in one
    assert "Lucky you." not in one


async def test_every_list_prints_an_object_a_line(host: Host, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("ross", messages.send_message, "isla", "hello")
    call(group, title="M", starts="2026-12-03 14:00", zone="UTC", minutes=60)
    fields = {
        "boards": "slug", "threads general": "title", "read 1": "body", "meetings": "starts_at", "meeting 1": "line",
        "inbox": "conversations", "dm ross --read": "body", "people": "handle", "whoami": "person",
        "rsvp 1 yes": "answer",
    }  # fmt: skip
    for command, wanted in fields.items():
        done = await host.run("isla", f"{command} --json")
        assert done.exit_status == 0, command
        rows = [json.loads(row) for row in str(done.stdout).splitlines()]
        assert rows, command
        assert all(wanted in row for row in rows), command


async def test_messages_go_out_and_come_in(host: Host) -> None:
    assert (await host.run("isla", "dm ross", "Are you coming?")).stdout == "Sent to ross.\n"
    assert "isla" in str((await host.run("ross", "inbox")).stdout)
    assert "Are you coming?" in str((await host.run("ross", "dm isla --read")).stdout)


async def test_an_old_message_is_found_and_read_where_it_stands(host: Host, sqlite_group: Group) -> None:
    for number in range(60):
        sqlite_group.do("ross", messages.send_message, "isla", f"number {number}")
        sqlite_group.clock.forward(minutes=1)
    newest = str((await host.run("isla", "dm ross --read")).stdout)
    assert "What was said earlier: dm ross --read --before 11\n" in newest
    assert "number 10\n" in newest
    earlier = str((await host.run("isla", "dm ross --read --before 11")).stdout)
    assert "number 9\n" in earlier
    assert "number 10" not in earlier


async def test_a_meeting_is_answered_and_its_calendar_file_printed(host: Host, sqlite_group: Group) -> None:
    call(sqlite_group, title="Winter", starts="2026-12-03 14:00", zone="UTC",
                    minutes=60)  # fmt: skip
    assert "Winter" in str((await host.run("isla", "meetings")).stdout)
    assert "You answered yes" in str((await host.run("isla", "rsvp 1 yes")).stdout)
    assert "Going: isla" in str((await host.run("isla", "meeting 1")).stdout)
    for command in ("meeting 1 --ics", "meetings --ics"):
        printed = str((await host.run("isla", command)).stdout)
        assert (printed[:17], printed[-15:]) == ("BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n")
        assert printed.count("BEGIN:VALARM") == 2  # isla attends
    assert (await host.run("isla", "meetings --past")).stdout == "No meetings are past.\n"


async def test_a_meeting_is_run_and_read_by_command(host: Host, sqlite_group: Group) -> None:
    group = sqlite_group
    await host.run("ross", "settings zone Pacific/Auckland")
    async with host.connect("heather") as facilitator, host.connect("ross") as member:

        async def done(of: asyncssh.SSHClientConnection, command: str, given: str = "") -> tuple[int | None, str]:
            source = {"input": given} if given else {"stdin": asyncssh.DEVNULL}
            run = await of.run(command, **source)
            return run.exit_status, str(run.stdout) + str(run.stderr)

        new = ("meeting new --title Winter meet-up --start 2026-12-10 23:30 --zone Europe/London --hours 1.5 --places 2 "
               "--guests 1 --question Any diet? --about -")  # fmt: skip
        assert await done(facilitator, new, "Tea, and *cake*.") == (0, "1\n")
        assert await done(member, new) == (3, "Only facilitators can call a meeting.\n")
        for command in ("meeting 1", "meetings"):
            said = (await done(member, command))[1]
            assert "Thu 10 Dec 23:30 Europe/London = Fri 11 Dec 12:30 for you" in said
        assert (await done(member, "rsvp 1 yes --guests 1 --note by the late train --reply 1=no nuts"))[0] == 0
        assert "Going: ross (1 guest, “by the late train”)" in (await done(member, "meeting 1"))[1]
        assert "1: no nuts" in (await done(facilitator, "meeting 1 --who"))[1]
        assert "no nuts" not in str((await host.run("isla", "meeting 1 --json")).stdout)
        assert "number 1 on the waiting list" in str((await host.run("isla", "rsvp 1 yes")).stdout)
        assert await done(facilitator, "meeting edit 1 --places 1") == (
            5, "ross would lose a place and wait again: nothing was changed. --yes does it all the same.\n")  # fmt: skip
        assert await done(facilitator, "meeting edit 1 --places 1 --yes") == (0, "Changed: meeting 1.\n")
        assert "Going: isla\nWaiting: ross" in (await done(facilitator, "meeting 1 --who"))[1]
        assert (await done(facilitator, "meeting edit 1"))[0] == 2
        assert (await done(facilitator, "meeting cancel 1 Too much snow"))[0] == 0
        assert "Cancelled: Too much snow" in (await done(member, "meeting 1"))[1]
        assert (await done(member, "rsvp 1 no"))[0] == 5
        assert await done(facilitator, "meeting clone 1") == (0, "2\n")
        assert await done(member, "meeting 2") == (3, "There is no meeting 2.\n")
    assert group.read("heather", pages.meeting_page, 1).fields.about == "Tea, and *cake*."


@pytest.mark.parametrize(("command", "status"), [
    ("nonsense", 2), ("read", 2), ("read abc", 2), ("rsvp 1 perhaps", 2), ("meeting x", 2), ("post general", 2),
    ("boards --nonsense", 2), ("read 99", 3), ("read '#99'", 3), ("threads nowhere", 3), ("meeting 99", 3),
    ("rsvp 99 yes", 3), ("dm nobody", 3), ("dm isla", 5), ("post general -s x", 5), ("read 99999999999999999999", 2),
])  # fmt: skip
async def test_exit_codes_are_true_and_errors_take_one_line(host: Host, command: str, status: int) -> None:
    done = await host.run("isla", command)
    assert (done.exit_status, done.stdout) == (status, "")
    assert str(done.stderr).count("\n") == 1


async def test_what_a_pipe_sends_leaves_a_draft_of_the_same_place_alone(host: Host, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("isla", posts.start_thread, "general", "T", "B")
    places = {"thread:1": "reply 1", "post:1": "edit 1", f"message:{group.id('ross')}": "dm ross",
              "board:1": "post general -s S"}  # fmt: skip
    for place, command in places.items():
        group.do("isla", drafts.save_draft, DraftView(place, "", f"half of {place}", None, place, None))
        assert (await host.run("isla", command, "something else")).exit_status == 0
        kept = group.read("isla", drafts.draft, place)
        assert kept is not None
        assert kept.body == f"half of {place}"


async def test_too_fast_has_its_own_code(host: Host, sqlite_group: Group) -> None:
    made = sqlite_group.do("ross", posts.start_thread, "general", "T", "B")
    for number in range(posts.BURST):
        sqlite_group.do("isla", posts.reply, made.thread_id, str(number))
    done = await host.run("isla", f"reply {made.thread_id}", "more")
    assert done.exit_status == commands.TOO_FAST


async def test_a_board_named_like_a_number_is_muted_by_its_name(host: Host, sqlite_group: Group) -> None:
    sqlite_group.do("ross", posts.start_thread, "general", "A thread", "B")
    sqlite_group.do("morag", board_settings.add_board, "1", "The year one")
    assert (await host.run("isla", "mute 1")).stdout == "Muted: The year one\n"
    assert (await host.run("isla", "mute '#1'")).stdout == "Muted: A thread\n"


async def test_a_control_in_a_command_is_left_out(host: Host) -> None:
    assert (await host.run("isla", "person ro\0ss")).exit_status == 0


@pytest.mark.parametrize("before", [-(10**30), 10**30])
async def test_a_message_number_of_any_size_is_taken(host: Host, sqlite_group: Group, before: int) -> None:
    sqlite_group.do("ross", messages.send_message, "isla", "hello")
    assert "hello" in str((await host.run("isla", f"dm ross --read --before={before}")).stdout)


async def test_up_to_date_is_said_only_where_nothing_is_left_over(host: Host, sqlite_group: Group) -> None:
    for number in range(2):
        sqlite_group.do("ross", posts.start_thread, "general", f"T{number}", "word " * 900)
    part = str((await host.run("isla", "today --minutes 1")).stdout)
    assert "In short\n" in part
    assert part.endswith("That is what fits on this page; the rest waits.\n")
    assert str((await host.run("isla", "today")).stdout).endswith("You are up to date.\n")


async def test_reading_what_is_new_where_nothing_is_prints_the_last_post_of_a_long_thread(
    host: Host, sqlite_group: Group
) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "the first words")
    for number in range(threads.RUN + 10):
        group.clock.forward(minutes=10)
        group.do("ross", posts.reply, made.thread_id, f"reply {number}.")
    group.do("isla", reading.catch_up)
    said = str((await host.run("isla", f"read {made.thread_id} --new")).stdout)
    assert [line for line in said.splitlines() if line.startswith("reply")] == [f"reply {threads.RUN + 9}."]
    assert "Nothing is new here" in said


async def test_the_colours_are_chosen_by_command(host: Host) -> None:
    assert (await host.run("isla", "settings theme dark")).stdout == "theme: dark\n"
    refused = await host.run("isla", "settings theme pink")
    assert refused.exit_status != 0
    assert "terminal, light, dark, high-contrast" in str(refused.stderr)
    assert str((await host.run("isla", "settings")).stdout).count("dark") == 1


async def test_notices_tell_of_what_was_given_to_a_member_from_an_imported_history(
    host: Host, sqlite_group: Group
) -> None:
    bring(sqlite_group, letter(1, subject="Loans"))
    sqlite_group.store.write_now(imports_people.claim, "isla@example.org", "isla")
    told = str((await host.run("isla", "notices")).stdout)
    assert "Loans" in told
    assert "what you wrote to the list is shown under your name now" in " ".join(told.split())


@pytest.mark.parametrize(("line", "words"), [
    ("search O'Neill by:O'Brien", ["search", "O'Neill", "by:O'Brien"]),
    ("search 'O\"Neill' \"don't panic\"", ["search", 'O"Neill', "don't panic"]), ("search don't", ["search", "don't"]),
    ("read '#12'", ["read", "#12"]), ("people rock 'n' roll", ["people", "rock", "n", "roll"]),
])  # fmt: skip
def test_an_apostrophe_inside_a_word_is_no_quote(line: str, words: list[str]) -> None:
    assert split(line) == words
