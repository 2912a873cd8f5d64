"""Sessions that break, hang up, flood or never read: each hurts only itself, and leaves nothing behind."""

import asyncio
import gc
import socket

import asyncssh
import pyte
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from textual.strip import Strip

from bbs.errors import SignedOut
from bbs.models import Draft
from bbs.services import drafts, posts, sanctions
from bbs.ssh.connection import PROBES, ForumServer
from bbs.ssh.session import ForumSession
from screens.app import StaffroomApp
from screens.terminal import OUTPUT_HIGH, Terminal
from tests.conftest import Group
from tests.ssh.conftest import Host

PATIENCE = 10.0


async def open_terminal(connection: asyncssh.SSHClientConnection) -> "asyncssh.SSHClientProcess[bytes]":
    return await connection.create_process(term_type="xterm-256color", term_size=(80, 24), encoding=None)


class Watcher:
    """What one client sees."""

    def __init__(self, process: "asyncssh.SSHClientProcess[bytes]") -> None:
        self.process = process
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)

    async def sees(self, wanted: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while wanted not in "\n".join(self.screen.display):
                data = await self.process.stdout.read(65_536)
                assert data, f"the line ended before {wanted!r}"
                self._stream.feed(data)


async def test_nothing_of_a_session_is_left_after_hang_ups(host: Host) -> None:
    """Complaint of other programs: each member who leaves pins an app in some cache."""
    for _ in range(3):
        for key in ("1", "\x1b[B", "\x1b[1;5A", "2", "?", "\x1b[200~pasted\x1b[201~"):
            async with host.connect("isla") as connection:
                desk = Watcher(await open_terminal(connection))
                await desk.sees("New for you")
                desk.process.stdin.write(key.encode())
                connection.abort()
    async with asyncio.timeout(PATIENCE):
        while host.forum.presence.members():
            await asyncio.sleep(0.02)
    async with asyncio.timeout(PATIENCE):  # an editor's timer of a second keeps its app until it is due
        while living_apps():
            await asyncio.sleep(0.1)


def living_apps() -> int:
    gc.collect()
    return sum(isinstance(found, StaffroomApp) for found in gc.get_objects())


async def test_a_flood_of_keys_keeps_nobody_else_waiting(host: Host) -> None:
    async with host.connect("isla") as flooding, host.connect("heather") as calm:
        flood = await open_terminal(flooding)
        desk = Watcher(await open_terminal(calm))
        await desk.sees("New for you")
        flood.stdin.write(b"y" * 60_000 + b"\x1b[99999999u\x1b[<9999;9999;9999M\xff\xfe")
        desk.process.stdin.write(b"1")
        async with asyncio.timeout(3):
            await desk.sees("Introductions")


FRAME = 20_000
"""Bytes that one screen of this size takes at most. Without the bound, 220 of them make half a million."""


async def test_a_client_that_never_reads_costs_a_bounded_amount(host: Host) -> None:
    """Painting is held once a client has not taken what was painted before."""
    async with host.connect("isla") as connection:
        process = await connection.create_process(term_type="xterm", term_size=(200, 80), encoding=None, window=4096)
        await process.stdout.read(1)
        process.channel.pause_reading()
        app = host.app_of("isla")
        async with asyncio.timeout(6 * PATIENCE):
            for key, kind in [(b"?", "help"), (b"1", "boards")] * 110:
                process.stdin.write(key)  # one after another: keys that are typed ahead are painted together
                while kind != app.visits.here.KIND or not (app.is_quiet or app.terminal._held_since):
                    await asyncio.sleep(0.002)
        assert OUTPUT_HIGH < app.terminal.channel.backlog() < OUTPUT_HIGH + FRAME
        assert (await host.run("heather", "whoami")).exit_status == 0


async def break_down() -> None:
    raise ZeroDivisionError


async def test_a_session_that_crashes_says_so_and_the_other_goes_on(host: Host) -> None:
    async with host.connect("isla") as one, host.connect("heather") as two:
        broken, calm = Watcher(await open_terminal(one)), Watcher(await open_terminal(two))
        await broken.sees("New for you")
        await calm.sees("New for you")
        host.app_of("isla").do(break_down)
        await broken.sees("tell an operator")
        await broken.process.wait()
        assert broken.process.exit_status == 1
        calm.process.stdin.write(b"1")
        await calm.sees("Introductions")


async def test_odd_window_sizes_are_survived(host: Host) -> None:
    async with host.connect("isla") as connection:
        desk = Watcher(await open_terminal(connection))
        await desk.sees("New for you")
        for size in ((0, 0), (1, 1), (65_535, 65_535), (3, 200), (80, 24)):
            desk.process.change_terminal_size(*size)
        desk.process.stdin.write(b"1")
        await desk.sees("Introductions")


async def test_a_hang_up_in_the_middle_of_typing_keeps_every_letter(host: Host, sqlite_group: Group) -> None:
    text = "every letter of this " * 20
    async with host.connect("isla") as connection:
        desk = Watcher(await open_terminal(connection))
        await desk.sees("New for you")
        desk.process.stdin.write(b"1\rn")
        await desk.sees("New thread in")
        desk.process.stdin.write(b"\t" + text.encode())
        await desk.sees("every letter")
        connection.abort()
    async with asyncio.timeout(PATIENCE):
        while host.forum.presence.members():
            await asyncio.sleep(0.02)
    kept = sqlite_group.read("isla", drafts.drafts)
    assert kept
    assert text.startswith(kept[0].body)


async def test_what_is_typed_as_the_account_is_closed_is_kept(host: Host, sqlite_group: Group) -> None:
    """The session is over before the second in which a draft is saved; and it reads nothing any more."""
    async with host.connect("isla") as connection:
        desk = Watcher(await open_terminal(connection))
        await desk.sees("New for you")
        desk.process.stdin.write(b"1\rnS\tevery word of it")
        await desk.sees("word of it")
        sqlite_group.do("heather", sanctions.ban, "isla", "Spam.")
        await desk.sees("Spam.")
    async with asyncio.timeout(PATIENCE):
        while host.forum.presence.members():
            await asyncio.sleep(0.02)
    assert sqlite_group.store.read_now(lambda s: s.query(Draft.body).all()) == [("every word of it",)]
    with pytest.raises(SignedOut):
        sqlite_group.read("isla", drafts.drafts)


def forbid_writing(group: Group, *, forbidden: bool) -> None:
    """On the store's one writing connection."""
    connection = group.store.engine.raw_connection()
    connection.cursor().execute(f"PRAGMA query_only={int(forbidden)}")
    connection.close()


async def test_when_nothing_can_be_written_members_read_and_are_told(host: Host, sqlite_group: Group) -> None:
    """As on a full disk; and it is over as soon as there is room again, without a restart."""
    sqlite_group.do("ross", posts.start_thread, "general", "Still here", "Words to read")
    forbid_writing(sqlite_group, forbidden=True)
    assert "Words to read" in str((await host.run("isla", "read '#1'")).stdout)
    async with host.connect("isla") as connection:
        desk = Watcher(await open_terminal(connection))
        await desk.sees("Still here")
        desk.process.stdin.write(b"1\rnA subject\tand words\x13")
        await desk.sees("read only")
        await desk.sees("does not answer just now")
        await desk.sees("and words")
        forbid_writing(sqlite_group, forbidden=False)
        desk.process.stdin.write(b"\x13")
        await desk.sees("General › A subject")


async def test_while_the_database_is_away_a_sign_in_is_refused_in_words_and_costs_no_penalty(
    host: Host, sqlite_group: Group
) -> None:
    with sqlite_group.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE member_keys RENAME TO away"))
    with capture_logs() as logged, pytest.raises(asyncssh.DisconnectError, match="database does not answer just now"):
        async with host.connect("isla"):
            pass
    assert {line["event"] for line in logged} <= {"database_unavailable", "loop_stalled"}
    with sqlite_group.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO member_keys"))
    assert (await host.run("isla", "whoami")).exit_status == 0


@pytest.mark.parametrize("plain", [False, True])
async def test_what_is_typed_when_the_line_drops_while_nothing_can_be_written_is_kept(
    host: Host, sqlite_group: Group, plain: bool
) -> None:  # fmt: skip
    forbid_writing(sqlite_group, forbidden=True)
    async with host.connect("isla") as connection:
        if plain:
            process = await connection.create_process()
            process.stdin.write("post general --subject S\nand words\n")
            await process.stdout.readuntil("Write line by line")
            process.stdin.write_eof()
            await process.wait()
        else:
            desk = Watcher(await open_terminal(connection))
            await desk.sees("New for you")
            desk.process.stdin.write(b"1\rnA subject\tand words")
            await desk.sees("does not answer just now")
            connection.abort()
    async with asyncio.timeout(PATIENCE):
        while not host.forum.unsaved.count:
            await asyncio.sleep(0.02)
    await host.forum.unsaved.save()
    assert host.forum.unsaved.count == 1
    forbid_writing(sqlite_group, forbidden=False)
    await host.forum.unsaved.save()
    assert [draft.body for draft in sqlite_group.read("isla", drafts.drafts)] == ["and words"]
    assert host.forum.unsaved.count == 0


async def test_the_kernel_looks_whether_a_quiet_client_is_there(host: Host) -> None:
    """The program's own question costs more with each who only sits there, so it is seldom."""
    async with host.connect("isla"):
        (connection,) = host._listener._house.connections
        line = connection.get_extra_info("socket")
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        asked = {name: line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in PROBES}
        assert asked == PROBES


async def test_what_an_ended_session_held_is_free_without_a_collection(host: Host) -> None:
    """A thousand who come and go would else leave 60 KB each until the next one."""
    kinds = (Strip, StaffroomApp, Terminal, ForumSession, ForumServer, asyncssh.SSHServerConnection)

    def held() -> set[str]:
        return {type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds)}

    async def come_and_go() -> None:
        async with host.connect("isla") as connection:
            desk = Watcher(await open_terminal(connection))
            await desk.sees("New for you")
            desk.process.stdin.write(b"1")
            await desk.sees("Introductions")
            connection.abort()

    await come_and_go()  # the first one leaves some blank lines in a store that all share
    gc.collect()
    gc.disable()
    gc.freeze()  # what there is already is not looked at
    try:
        for _ in range(3):
            await come_and_go()
        async with asyncio.timeout(PATIENCE):
            while host.forum.presence.members() or host._listener._house.sessions:
                await asyncio.sleep(0.02)
        for _ in range(200):
            if not held():
                break
            await asyncio.sleep(0.05)  # asyncssh has something to do yet after the last of our own
        assert not held()
    finally:
        gc.enable()
        gc.unfreeze()
