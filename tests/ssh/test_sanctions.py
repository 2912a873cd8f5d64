"""A member who is suspended, banned or warned, over real ssh: commands, plain mode and the screen."""

import asyncio
import io
import zipfile

import asyncssh
import pytest

from bbs.services import messages, posts, sanctions
from bbs.store import Store
from tests.conftest import Group
from tests.ssh.conftest import Host
from tests.ssh.test_plain import Liner
from tests.ssh.test_sessions import Watcher, open_terminal

PATIENCE = 10.0
WHY = "Reason: Spam."


@pytest.fixture
def group(sqlite_group: Group) -> Group:
    sqlite_group.do("isla", posts.start_thread, "general", "Mine", "what I wrote")
    return sqlite_group


async def test_another_process_shuts_out_who_is_signed_in(host: Host, group: Group) -> None:
    """The operator's command and a second server are other processes: here, another store on the same database."""
    other = Store(group.store.url, clock=group.clock)
    async with host.connect("isla") as connection:
        desk = Watcher(await open_terminal(connection))
        await desk.sees("New for you")
        other.write_now(sanctions.ban, None, "isla", "Spam")
        await desk.sees("A moderator has closed your account. Reason: Spam.")
        async with asyncio.timeout(PATIENCE):
            await desk.process.wait_closed()
    other.close()


async def test_each_command_but_two_is_refused_with_the_reason(host: Host, group: Group) -> None:
    group.do("heather", sanctions.suspend, "isla", 3, "Spam")
    async with host.connect("isla") as connection:
        for command in ("whoami", "help", "boards", "read 1", "reply", "dm ross", "keys", "password", "nonsense", ""):
            done = await connection.run(command or "''", stdin=asyncssh.DEVNULL)
            assert (done.exit_status, done.stdout) == (3, ""), command
            assert WHY in str(done.stderr), command
        sent = await connection.run("dm moderators", input="It was not me")
        assert (sent.exit_status, sent.stderr) == (0, "")
        group.do("heather", messages.send_message, "moderators/isla", "Who was it?")
        read = await connection.run("dm moderators --read", stdin=asyncssh.DEVNULL)
        assert "It was not me" in str(read.stdout)
        assert "heather · " in str(read.stdout)
        taken = await connection.run("takeout", stdin=asyncssh.DEVNULL, encoding=None)
        assert taken.exit_status == 0
        assert b"what I wrote" in zipfile.ZipFile(io.BytesIO(taken.stdout)).read("posts.txt")  # type: ignore[arg-type]


async def test_one_page_in_plain_mode(host: Host, group: Group) -> None:
    group.do("heather", sanctions.ban, "isla", "Spam")
    async with host.connect("isla") as connection:
        isla = Liner(await connection.create_process(encoding=None))
        await isla.hears("A moderator has closed your account. Reason: Spam.", "'dm moderators' writes", "\n> ")
        isla.says("boards\n")
        await isla.hears(WHY, "\n> ")
        isla.says("dm moderators\n")
        await isla.hears("Only you and those who moderate can read this.")
        isla.says("Why?\n.\n")
        await isla.hears("Sent to moderators.")
        group.do("heather", messages.send_message, "moderators/isla", "Because.")
        isla.says("\n\n")
        await isla.hears("Because.")


async def test_a_warning_stands_beside_every_command_until_it_is_acknowledged(host: Host, group: Group) -> None:
    group.do("heather", sanctions.warn, "isla", "Be kind")
    for command in ("boards", "whoami", "warnings"):
        done = await host.run("isla", command)
        assert done.exit_status == 0
        assert "A moderator has warned you. Reason: Be kind." in str(done.stderr)
    assert (await host.run("isla", "warnings --acknowledge")).stderr == ""
    assert (await host.run("isla", "boards")).stderr == ""
