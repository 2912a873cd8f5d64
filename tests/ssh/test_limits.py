"""Attacks on a running server, each beside a member who must not notice. Each test is named after the attack."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Self

import asyncssh
import pytest

from bbs.passwords import Busy, Passwords, Rank
from bbs.services import addresses, joining, members
from bbs.ssh import house
from bbs.ssh.commands.base import MAX_COMMAND, USAGE
from tests.conftest import Group
from tests.ssh.conftest import PASSWORD, Host

PATIENCE = 10.0


async def hang_on(host: Host, source: str = "127.0.0.1") -> asyncio.StreamWriter:
    """A connection that never says anything."""
    reader, writer = await asyncio.open_connection("127.0.0.1", host.port, local_addr=(source, 0))
    await reader.readline()
    return writer


@pytest.mark.parametrize("command", ["whoami " + "x" * 200_000, "read " + "--x " * 30_000, "'" + '"' * 100_000])
async def test_a_huge_command_line_is_refused_unread(host: Host, command: str) -> None:
    done = await host.run("isla", command)
    assert (done.exit_status, done.stdout) == (USAGE, "")
    assert f"{MAX_COMMAND:,} bytes at most" in str(done.stderr)


@pytest.mark.parametrize("word", ["--a ", "-a "])
async def test_a_thousand_options_are_refused_before_they_are_compared(host: Host, word: str) -> None:
    done = await host.run("isla", "search " + word * 2000)
    assert (done.exit_status, done.stdout) == (USAGE, "")
    assert "200 options at most" in str(done.stderr)
    assert (await host.run("isla", "search a -b -c")).exit_status == 0


async def test_a_huge_command_line_is_refused_in_plain_mode(host: Host) -> None:
    async with host.connect("isla") as connection:
        done = await connection.run(input="whoami " + "x" * 20_000 + "\nquit\n")
        assert f"{MAX_COMMAND:,} bytes at most" in str(done.stdout)


@pytest.mark.parametrize("settings", [{"max_unproved": 20, "max_unproved_per_address": 5}])
async def test_idle_connections_keep_nobody_out(host: Host) -> None:
    idle = [await hang_on(host, f"127.0.1.{number % 10 + 1}") for number in range(60)]
    assert (await host.run("isla", "whoami")).exit_status == 0
    for writer in idle:
        writer.close()


@pytest.mark.parametrize("settings", [{"connection_rate": 1, "max_penalty": 600}])
async def test_a_flood_of_connections_is_throttled_for_its_own_address_alone(host: Host) -> None:
    greeted = 0
    for _ in range(40):
        reader, writer = await asyncio.open_connection("127.0.0.1", host.port, local_addr=("127.0.2.1", 0))
        greeted += (await reader.readline()).startswith(b"SSH-2.0")
        writer.close()
    assert greeted <= 20
    assert (await host.run("isla", "whoami")).exit_status == 0


@pytest.mark.parametrize("settings", [{"max_visitors": 3, "max_visitors_per_address": 2}])
async def test_sign_up_forms_take_no_members_place(host: Host) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for source in ("127.0.3.1", "127.0.3.1", "127.0.3.2"):
            await stack.enter_async_context(visitor(host, source))
        for source in ("127.0.3.1", "127.0.3.3"):
            assert "Many people are signing up" in await farewell(host, source)
        assert (await host.run("isla", "whoami")).exit_status == 0
    async with visitor(host, "127.0.3.1") as connection:
        assert await connection.create_process(term_type="xterm")


async def farewell(host: Host, source: str) -> str:
    """Why the server ends a visitor's connection."""
    return await why_ended(visitor, host, source)


async def why_ended(connect: Callable[..., Any], *args: object) -> str:
    """Why the server ends a connection that it has let sign in."""
    why: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    class Client(asyncssh.SSHClient):
        def connection_lost(self, exc: Exception | None) -> None:
            why.set_result(str(exc))

    async with connect(*args, client_factory=Client), asyncio.timeout(PATIENCE):
        return await why


def visitor(
    host: Host, source: str, **more: object
) -> "contextlib.AbstractAsyncContextManager[asyncssh.SSHClientConnection]":
    return asyncssh.connect("127.0.0.1", host.port, local_addr=(source, 0), username="join", known_hosts=None,
                            config=None, agent_path=None, client_keys=None, password="", **more)  # fmt: skip


@pytest.mark.parametrize("settings", [{"max_sessions_per_member": 2}])
async def test_one_member_takes_no_more_than_their_places(host: Host) -> None:
    async with host.connect("isla") as one, host.connect("isla") as other:
        first = await one.create_process(term_type="xterm")
        await other.create_process(term_type="xterm")
        with pytest.raises(asyncssh.ChannelOpenError, match="You have 2 sessions open"):
            await other.create_process(term_type="xterm")
        assert (await host.run("heather", "whoami")).exit_status == 0
        first.channel.abort()
        await first.wait_closed()
        assert await other.create_process(term_type="xterm")


@pytest.mark.parametrize("settings", [{"max_sessions_per_member": 2}])
async def test_one_member_takes_no_more_than_their_connections(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member with many addresses could take every connection that the forum has, each without a channel."""
    async with host.connect("isla") as one, host.connect("isla") as other:
        for connection in (one, other):
            assert (await connection.run("whoami")).exit_status == 0  # by then the server has written that it is here
        assert "as many connections open as one member can have" in await why_ended(host.connect, "isla")
        assert (await host.run("heather", "whoami")).exit_status == 0
        assert (await other.run("whoami")).exit_status == 0
        monkeypatch.setattr(house, "UNUSED_SECONDS", 0.0)
        assert (await host.run("isla", "whoami")).exit_status == 0, "one that nothing used has made room"
        async with asyncio.timeout(PATIENCE):
            await one.wait_closed()


async def test_guessing_at_one_account_slows_that_account_and_not_its_neighbours(host: Host) -> None:
    """One office: Ross's phone tries an old password again and again; Isla and he sit beside it."""
    assert (await host.run("ross", "whoami")).exit_status == 0  # the office's address is known from now on
    phone = [asyncio.create_task(guess(host, "ross")) for _ in range(6)]
    async with asyncio.timeout(PATIENCE):
        while not host.forum.store.read_now(members.credentials, "ross"):
            await asyncio.sleep(0)
        async with host.connect("isla"), host.connect("ross"):
            pass
    assert not all(task.done() for task in phone)
    for task in phone:
        task.cancel()
    await asyncio.gather(*phone, return_exceptions=True)


async def guess(host: Host, handle: str) -> None:
    while True:
        with contextlib.suppress(asyncssh.Error, OSError):
            async with host.connect(handle, client_keys=None, password="an old one"):
                pass


async def test_a_full_queue_of_hashes_is_no_wrong_password() -> None:
    passwords = Passwords(memory_kib=64, passes=1)
    known = passwords.hash_now(PASSWORD)
    many = [asyncio.create_task(passwords.verify(known, "a guess", Rank.MANY_GUESSES)) for _ in range(300)]
    assert await passwords.verify(known, PASSWORD)
    assert not all(task.done() for task in many), "a member goes before those who guess"
    results = await asyncio.gather(*many, return_exceptions=True)
    assert any(isinstance(result, Busy) for result in results)
    assert all(result is False for result in results if not isinstance(result, Busy))
    assert await passwords.verify(known, PASSWORD)
    passwords.close()


async def test_hashes_that_nobody_waits_for_any_more_block_nobody() -> None:
    passwords = Passwords(memory_kib=64, passes=1)
    known = passwords.hash_now(PASSWORD)
    for _ in range(20):
        tasks = [asyncio.create_task(passwords.verify(known, "a guess")) for _ in range(10)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(PATIENCE):
        assert await passwords.verify(known, PASSWORD)
    passwords.close()


@pytest.mark.parametrize("given", [b"caf\xe9 \xa3 seven lanterns", "caf\xe9 £ seven lanterns".encode()])
async def test_a_password_in_the_bytes_of_an_old_client_signs_in(host: Host, sqlite_group: Group, given: bytes) -> None:
    hashed = host.forum.passwords.hash_now("café £ seven lanterns")
    sqlite_group.store.write_now(members.set_password, sqlite_group.id("ross"), hashed)
    async with host.connect("ross", client_keys=None, password=RawPassword(given)) as connection:
        assert (await connection.run("whoami")).exit_status == 0


async def test_a_wrong_password_in_odd_bytes_is_one_try(host: Host) -> None:
    class Typist(asyncssh.SSHClient):
        tries = 0

        def password_auth_requested(self) -> str:
            self.tries += 1
            return RawPassword(b"\xa3\xff\x00") if self.tries == 1 else PASSWORD

        def kbdint_auth_requested(self) -> None:
            return None

    typist = Typist()
    connection, _ = await asyncssh.create_connection(
        lambda: typist, "127.0.0.1", host.port, username="ross", known_hosts=None, config=None, client_keys=None,
        agent_path=None,
    )  # fmt: skip
    assert typist.tries == 2
    connection.close()


class RawPassword(str):
    """A password that asyncssh's client sends in these bytes."""

    __slots__ = ("raw",)
    raw: bytes

    def __new__(cls, raw: bytes) -> Self:
        made = super().__new__(cls, "odd")
        made.raw = raw
        return made

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        del encoding, errors
        return self.raw


async def test_a_wrong_key_and_then_the_right_password_on_one_connection(host: Host) -> None:
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(12)]
    async with host.connect("ross", client_keys=keys, password=PASSWORD) as connection:
        assert (await connection.run("whoami")).exit_status == 0
    async with host.connect("ross", client_keys=[*keys[:11], host.keys["ross"]]) as connection:
        assert (await connection.run("whoami")).exit_status == 0


async def test_an_address_is_known_after_a_sign_in(host: Host, sqlite_group: Group) -> None:
    assert sqlite_group.store.read_now(addresses.known) == {}
    await host.run("isla", "whoami")
    assert set(sqlite_group.store.read_now(addresses.known)) == {"127.0.0.1"}
    sqlite_group.clock.forward(days=31)
    assert sqlite_group.store.read_now(addresses.known) == {}
    sqlite_group.store.write_now(addresses.forget_old)


async def sign_up(host: Host, *lines: str) -> str:
    """What a visitor in plain mode reads."""
    async with host.connect("join", client_keys=None, password="") as connection, asyncio.timeout(PATIENCE):
        return str((await connection.run(input="".join(f"{line}\n" for line in lines))).stdout)


async def test_without_a_code_nobody_learns_who_is_a_member(host: Host) -> None:
    assert await sign_up(host, "", "ross") == await sign_up(host, "", "nobody-yet")


@pytest.mark.parametrize("settings", [{"registration": "approve"}])
async def test_an_applicant_hears_the_same_for_every_handle(host: Host) -> None:
    answers = [await sign_up(host, "", "I am the librarian of a prison.", handle, "Jo", "", "", PASSWORD, PASSWORD)
               for handle in ("ross", "jo")]  # fmt: skip
    assert "waits for a moderator" in answers[0]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("settings", [{"registration": "open"}])
async def test_one_connection_tries_ten_handles(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    heard = await sign_up(host, "", *["ross", "isla", "heather", "morag"], *[f"ross{n}x." for n in range(3)],
                          *["ross"] * 3)  # fmt: skip
    assert heard.count("is taken") == 7


async def no_sleep(seconds: float) -> None:
    del seconds


async def test_a_good_code_is_kept_over_what_is_refused_after_it(host: Host, sqlite_group: Group) -> None:
    code = sqlite_group.store.write_now(joining.invite)
    heard = await sign_up(host, code, "ross", "fiona", "Fiona", "", "", "password12", "short")
    assert "is taken" in heard
    assert "easily guessed" in heard
    sqlite_group.store.read_now(joining.check_admission, joining.Admission("invite", code))
