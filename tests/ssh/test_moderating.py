"""Moderating by command: from a report to the end of it, and who may use which command."""

import json

import pytest

from bbs.services import posts, reports, roles
from tests.conftest import Group
from tests.ssh.conftest import Host
from tests.ssh.test_plain import lines


async def said(host: Host, handle: str, command: str, given: str = "") -> str:
    done = await host.run(handle, command, given)
    assert (done.exit_status, done.stderr) == (0, ""), (command, done.stderr)
    return str(done.stdout)


async def refused(host: Host, handle: str, command: str) -> tuple[int | None, str]:
    done = await host.run(handle, command)
    return done.exit_status, str(done.stderr).strip()


async def test_from_a_report_to_a_post_that_is_mended(host: Host, sqlite_group: Group) -> None:
    made = sqlite_group.do("ross", posts.start_thread, "general", "Wages", "Rude words about the council.")
    sqlite_group.do("heather", posts.reply, made.thread_id, "> Rude words about the council.\n\nReally?")
    assert "Reported" in await said(host, "isla", "report '#1' unkind")
    assert "A report waits" in await said(host, "morag", "notices")
    for command in ("news", "today"):
        assert "1 waits in the moderators' queue" in await said(host, "morag", command)
    assert "report" in await said(host, "morag", "mod queue")
    page = await said(host, "morag", "mod queue 1")
    assert "Reported by isla" in page
    assert "#2 by Heather" in page
    assert "is yours" in await said(host, "morag", "mod claim 1")
    assert await refused(host, "heather", "mod settle 1 done") == (5, "morag is dealing with this one.")
    hidden = await said(host, "morag", "mod hide '#1' be kind")
    assert "Hidden: #1" in hidden
    assert "mod hide '#1' REASON --also '#2'" in hidden
    assert "Hidden: #1, #2" in await said(host, "morag", "mod hide '#1' be kind --also '#2'")
    assert await said(host, "morag", "mod queue") == "Nothing waits for you.\n"
    assert "have acted on it" in await said(host, "isla", "notices")
    assert "#1 is hidden from others: be kind." in await said(host, "ross", "notices")
    own = await said(host, "ross", "read '#1'")
    assert own.splitlines()[-2:] == [
        "(hidden, only you and moderators see this. Reason: be kind.)", "Rude words about the council.",
    ]  # fmt: skip
    assert "(hidden by a moderator)" in await said(host, "isla", "read '#1'")
    assert "Changed" in await said(host, "ross", "edit '#1'", "Doubts about the council.")
    assert "held post" in await said(host, "morag", "mod queue")
    assert "approved" in await said(host, "morag", "mod approve 2")
    assert "Doubts about the council." in await said(host, "isla", "read '#1'")
    assert "is shown to everybody again" in await said(host, "ross", "notices")
    log = await said(host, "isla", "log")
    assert "morag hid #1 in Wages  be kind" in log
    assert "isla" not in log


@pytest.mark.parametrize(("command", "status", "why"), [
    ("mod restore '#1'", 5, "#1 is not hidden."),
    ("mod hide '#9' rude", 3, "There is no post #9."),
    ("mod claim 9", 3, "There is no item 9 in your queue."),
    ("mod settle 9 nonsense", 5, "An item is settled as done, no-action or duplicate."),
    ("mod unlock 1", 5, "This thread is not locked."),
    ("mod hide '#1'", 2, "Reason, which its author reads is missing: give it as REASON. 'help' lists the commands."),
])  # fmt: skip
async def test_what_cannot_be_done_is_refused_in_a_line(
    host: Host, sqlite_group: Group, command: str, status: int, why: str
) -> None:
    sqlite_group.do("ross", posts.start_thread, "general", "Wages", "Words")
    assert await refused(host, "heather", command) == (status, why)


async def test_plain_mode_says_that_something_waits(host: Host, sqlite_group: Group) -> None:
    made = sqlite_group.do("ross", posts.start_thread, "general", "Wages", "Words")
    async with host.connect("heather") as connection:
        heather = await lines(connection)
        sqlite_group.do("isla", reports.report_post, made.post_id, "unkind")
        heard = ""
        while "'mod queue' lists it." not in heard:  # it comes by the bus, and is said at the next question
            heather.says("whoami\n")
            heard = await heather.hears("heather · Heather", "\n> ")
        assert "1 waits in the moderators' queue" in heard


async def test_help_has_headings_and_lists_what_the_caller_may_do(host: Host, sqlite_group: Group) -> None:
    mine = await said(host, "isla", "help")
    assert [line for line in mine.splitlines() if line and not line.startswith(" ")][1:-2] == [
        "Reading and writing", "Meetings", "People", "Oneself",
    ]  # fmt: skip
    assert "mod hide" in await said(host, "heather", "help")
    names = [json.loads(line)["name"] for line in (await said(host, "morag", "help --json")).splitlines()]
    assert {"role", "mod queue"} <= set(names)
    assert (await refused(host, "isla", "mod queue"))[0] == 3


async def test_who_reports_the_only_one_who_could_act_is_told_so_before(host: Host, sqlite_group: Group) -> None:
    sqlite_group.do("morag", roles.set_roles, "heather", ["member"])
    sqlite_group.do("morag", posts.start_thread, "general", "Wages", "Words")
    status, why = await refused(host, "isla", "report '#1' unkind")
    assert (status, "Only morag could act" in why) == (5, True)
    assert "Reported" in await said(host, "isla", "report '#1' unkind --yes")
    assert await said(host, "morag", "mod queue") == "Nothing waits for you.\n"
