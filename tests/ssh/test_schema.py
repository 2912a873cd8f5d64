"""What `--json` prints has the shape that docs/commands.md promises, for every command."""

import json
import re
from pathlib import Path
from typing import Any

import asyncssh
import jsonschema
import pytest

from bbs.services import drafts, joining, messages, posts, reports, sanctions
from bbs.services.drafts import DraftView
from bbs.services.joining import Admission
from bbs.services.polls import running
from bbs.ssh import commands
from tests.conftest import Group
from tests.meetings import call, fields
from tests.ssh.conftest import Host

DOC = (Path(__file__).parents[2] / "docs/commands.md").read_text()
SCHEMA: dict[str, Any] = json.loads(re.findall(r"^```json\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)[0])
PRINTS = {
    command: (re.findall(r"`(\w+)`", shapes), shapes.endswith("one a line"))
    for command, shapes in re.findall(r"^\| `([^`]+)` \| (`.*?) \|$", DOC[DOC.index("## JSON") :], re.MULTILINE)
}
"""The names of the shapes that a command prints, and whether one stands on each line."""

SAMPLES = (
    ("boards", "boards"), ("threads general", "threads"), ("news", "news"), ("today", "today"),
    ("notices", "notices"), ("inbox", "inbox"), ("next", "next"), ("next", "next"), ("next", "next"), ("next", "next"),
    ("today --minutes 1 --mark-read", "today"), ("read 1", "read"), ("read '#1'", "read"), ("history '#1'", "history"),
    ("search wages", "search"), ("search isla", "search"), ("search winter", "search"), ("search hello", "search"),
    ("thank '#1'", "thank"), ("thank '#1' --off", "thank"), ("report '#1' rude words", "report"),
    ("report-message 1 rude", "report-message"), ("follow 1", "follow"), ("follow general --off", "follow"),
    ("mute 1", "mute"), ("mute general --off", "mute"), ("catchup", "catchup"), ("catchup 1", "catchup"),
    ("catchup general", "catchup"), ("meetings", "meetings"), ("meeting 1", "meeting"), ("rsvp 1 yes", "rsvp"),
    ("meeting 1 --who", "meeting --who"), ("polls", "polls"), ("poll 1", "poll"),
    ("vote 1 1=yes 2=if-need-be --note late", "vote"), ("news", "news"),
    ("dm ross --read", "dm --read"), ("drafts", "drafts"), ("people", "people"), ("person ross", "person"),
    ("whoami", "whoami"), ("takeout", "takeout"), ("settings", "settings"),
    ("settings zone Europe/Paris", "settings"), ("keys", "keys"), ("help", "help"), ("sessions", "sessions"),
    ("keys code", "keys code"), ("keys withdraw", "keys withdraw"), ("log", "log"),
)  # fmt: skip
MODERATED = (
    ("mod queue", "mod queue"), ("mod queue 1", "mod queue ID"), ("mod claim 1", "mod claim"),
    ("mod settle 1 no-action", "mod settle"), ("mod approve 2 rude", "mod approve"),
    ("mod pin 1", "mod pin"), ("mod unpin 1", "mod unpin"), ("mod lock 1 answered", "mod lock"), ("mod rename 1 --subject In other words", "mod rename"),
    ("mod unlock 1", "mod unlock"), ("mod hide '#1' rude", "mod hide"), ("mod restore '#1'", "mod restore"),
    ("mod warn ross rude", "mod warn"), ("mod silence ross 1 rude --board general", "mod silence"),
    ("mod suspend ross 1 rude", "mod suspend"), ("mod ban ross rude --hide-all", "mod ban"),
    ("mod reinstate ross", "mod reinstate"),
    ("mod decline 3 no", "mod decline"), ("log", "log"), ("notices", "notices"), ("news", "news"), ("today", "today"),
)  # fmt: skip
RUN = (
    ("meeting new --title Spring tea --start 2027-03-01 14:00 --draft", "meeting new", ""),
    ("meeting announce 3", "meeting announce", ""), ("meeting edit 3 --place Leith", "meeting edit", ""),
    ("meeting answer 3 ross yes", "meeting answer", ""), ("meeting message 3 going", "meeting message", "Bring tea."),
    ("meeting clone 3", "meeting clone", ""), ("meeting cancel 3 snow", "meeting cancel", ""),
    ("poll new --title Tea --date 2027-04-01 14:00 --date 2027-04-02 14:00 --until 2027-03-01 18:00", "poll new", ""),
    ("poll date 2 add 2027-04-03 14:00", "poll date", ""), ("poll date 2 drop 1", "poll date", ""),
    ("poll close 2", "poll close", ""), ("poll until 2 2027-03-02 18:00", "poll until", ""),
    ("poll confirm 2 3", "poll confirm", ""), ("poll cancel 1 snow", "poll cancel", ""),
    ("role ross facilitator", "role", ""),
)  # fmt: skip
"""What a facilitator does, and an operator."""
ARRANGED = (
    ("board add inner --title Inner circle --kind private", "board add"),
    ("board people inner --reads isla", "board people"), ("board people inner --reads +ross,-isla", "board people"),
    ("board edit inner --about What is private --replies off", "board edit"), ("board order inner", "board order"),
    ("mod split '#1' --subject Apart", "mod split"), ("mod merge 3 1", "mod merge"), ("mod move 1 inner", "mod move"),
    ("board archive training", "board archive"), ("board reopen training", "board reopen"),
    ("board merge inner general --yes", "board merge"),
)  # fmt: skip
WRITTEN = (
    ("post general --subject Q", "post", "text"), ("reply 1", "reply", "text"), ("edit '#4'", "edit", "other text"),
    ("delete '#5'", "delete", ""), ("dm ross", "dm", "text"),
)  # fmt: skip


def strict(schema: Any) -> Any:
    """The same, where every object has all of its fields and no others."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(value) for key, value in schema.items()}
    if "properties" in found:
        found |= {"required": list(found["properties"]), "additionalProperties": False}
    return found


def check(documented: str, output: str) -> None:
    shapes, lines = PRINTS[documented]
    wanted = [{"$ref": f"#/$defs/{shape}"} for shape in shapes]
    validator = jsonschema.Draft202012Validator(strict(SCHEMA) | {"anyOf": wanted})
    rows = [json.loads(row) for row in output.splitlines()]
    assert rows
    assert lines or len(rows) == 1
    for row in rows:
        validator.validate(row)


@pytest.fixture
def lively(sqlite_group: Group) -> Group:
    """A forum in which every list has something for Isla."""
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Wages", "Who pays wages, @isla?")
    group.do("ross", posts.edit_post, made.post_id, "Who pays your wages, @isla?")
    group.do("ross", messages.send_message, "isla", "hello")
    group.do("ross", posts.start_thread, "general", "More", "More.")
    call(group, title="Winter", starts="2026-12-03 14:00", zone="UTC", minutes=60,
             places=3)  # fmt: skip
    dates = ("2026-12-03 10:00", "2026-12-04 10:00")
    group.do("heather", running.open_poll, fields(title="Tea"), dates, "2026-11-30 18:00")
    group.do("isla", drafts.save_draft, DraftView(f"thread:{made.thread_id}", "", "half", None, "k", None))
    return group


async def test_every_command_prints_what_is_documented(host: Host, lively: Group) -> None:
    async with host.connect("isla") as connection:
        for command, documented in SAMPLES:
            done = await connection.run(f"{command} --json", stdin=asyncssh.DEVNULL)
            assert (done.exit_status, done.stderr) == (0, ""), command
            check(documented, str(done.stdout))
        for command, documented, given in WRITTEN:
            source = {"input": given} if given else {"stdin": asyncssh.DEVNULL}
            done = await connection.run(f"{command} --json", **source)
            assert (done.exit_status, done.stderr) == (0, ""), command
            check(documented, str(done.stdout))


async def test_what_moderators_use_prints_what_is_documented(host: Host, lively: Group) -> None:
    group = lively
    group.do("isla", reports.report_post, 1, "unkind")
    group.do("isla", reports.report_message, 1, "rude")
    admission = Admission("approve", "", "I am the librarian of a prison.")
    group.store.write_now(joining.join, admission, "angus", "Angus", "hash")
    async with host.connect("heather") as connection:
        for command, documented in MODERATED:
            done = await connection.run(f"{command} --json", stdin=asyncssh.DEVNULL)
            assert (done.exit_status, done.stderr) == (0, ""), command
            check(documented, str(done.stdout))
        done = await connection.run("mod edit '#1' --json", input="without the number")
        check("mod edit", str(done.stdout))


async def test_what_those_with_a_role_do_prints_what_is_documented(host: Host, lively: Group) -> None:
    for command, documented, given in RUN:
        done = await host.run("morag", f"{command} --json", given)
        assert (done.exit_status, done.stderr) == (0, ""), command
        check(documented, str(done.stdout))


async def test_what_arranges_boards_and_threads_prints_what_is_documented(host: Host, lively: Group) -> None:
    lively.do("ross", posts.reply, 1, "More.")
    async with host.connect("heather") as connection:
        for command, documented in ARRANGED:
            done = await connection.run(f"{command} --json", stdin=asyncssh.DEVNULL)
            assert (done.exit_status, done.stderr) == (0, ""), command
            check(documented, str(done.stdout))


async def test_keys_print_what_is_documented(host: Host, lively: Group) -> None:
    line = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    added = await host.run("isla", "keys add --json", line)
    check("keys add", str(added.stdout))
    removed = await host.run("isla", f"keys remove {json.loads(str(added.stdout))['id']} --json")
    check("keys remove", str(removed.stdout))
    renamed = await host.run("isla", "keys rename 3 --name Laptop --json")
    check("keys rename", str(renamed.stdout))


async def test_sessions_and_invitations_print_what_is_documented(host: Host, lively: Group) -> None:
    async with host.connect("isla"):
        other = await host.run("isla", "sessions --json")
        ids = [json.loads(line)["id"] for line in str(other.stdout).splitlines() if not json.loads(line)["is_this"]]
        check("sessions end", str((await host.run("isla", f"sessions end {ids[0]} --json")).stdout))
    check("role", str((await host.run("morag", "role ross facilitator --json")).stdout))
    check("invite", str((await host.run("heather", "invite --json")).stdout))
    check("invite list", str((await host.run("heather", "invite list --json")).stdout))
    check("invite withdraw", str((await host.run("heather", "invite withdraw 1 --json")).stdout))


async def test_warnings_print_what_is_documented(host: Host, sqlite_group: Group) -> None:
    sqlite_group.do("heather", sanctions.warn, "isla", "Be kind")
    check("warnings", str((await host.run("isla", "warnings --json")).stdout))


def test_every_command_has_a_shape_and_every_shape_is_used() -> None:
    named = {command.split(" --")[0] for command in PRINTS}
    assert {name if name in commands.main.commands else name.split()[0] for name in named} == set(
        commands.main.commands
    )
    sampled = {documented for _, documented, *_ in (*SAMPLES, *MODERATED, *RUN, *ARRANGED, *WRITTEN)}
    apart = {"keys add", "keys remove", "keys rename", "sessions end", "invite", "invite list", "invite withdraw",
             "mod edit", "warnings"}  # fmt: skip
    assert set(PRINTS) - sampled == apart | {"password"}  # which is asked for in plain mode
    used = {shape for shapes, _ in PRINTS.values() for shape in shapes}
    nested = set(re.findall(r"#/\$defs/(\w+)", json.dumps(SCHEMA)))
    assert used | nested == set(SCHEMA["$defs"])
