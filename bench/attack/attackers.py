"""Attacks that need no tool of others. Each runs until it is cancelled, and says what it got."""

# ruff: noqa: SLF001 - no client sends such packets by its public methods

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from multiprocessing.queues import Queue
from typing import Any

import asyncssh
from asyncssh.constants import MSG_IGNORE
from asyncssh.packet import String

from bench.attack.member import connect

Attack = Callable[[int, asyncssh.SSHKey], Awaitable[None]]
got: Counter[str] = Counter()
"""What happened to the attacker, by kind. One attack runs in one process."""


def address(network: int, number: int) -> str:
    return f"127.{network}.{number // 250}.{number % 250 + 1}"


async def for_ever(work: Callable[[], Awaitable[object]], pause: float = 0.2) -> None:
    """Do it again and again, whatever becomes of it."""
    while True:
        try:
            await work()
            got["done"] += 1
        except (asyncssh.Error, OSError, TimeoutError) as error:
            got[type(error).__name__] += 1
        await asyncio.sleep(pause)


async def all_at_once(works: Iterable[Awaitable[object]]) -> None:
    await asyncio.gather(*works)


async def nothing(port: int, key: asyncssh.SSHKey) -> None:
    """No attack, for comparison."""
    del port, key
    await asyncio.Event().wait()


# -- connections that say nothing


async def idle_sockets(port: int, key: asyncssh.SSHKey) -> None:
    """1,200 from 60 addresses, opened again when they are closed."""
    del key
    sources = [address(10, number) for number in range(60) for _ in range(20)]
    await all_at_once(for_ever(partial(sit, port, source, b""), 1.0) for source in sources)


async def half_open(port: int, key: asyncssh.SSHKey) -> None:
    """200 from 20 addresses that begin the handshake and never go on."""
    del key
    begun = b"SSH-2.0-half\r\n" + b"\x00\x00\x01\x00"
    sources = [address(11, number) for number in range(20) for _ in range(10)]
    await all_at_once(for_ever(partial(sit, port, source, begun), 1.0) for source in sources)


async def sit(port: int, source: str, says: bytes) -> None:
    """Say something and wait, until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        writer.write(says)
        while await reader.read(1000):
            pass
    finally:
        writer.close()


# -- guessing


async def guessing(port: int, key: asyncssh.SSHKey) -> None:
    """10 addresses with 20 connections each guess at one account."""
    del key

    async def guess(source: str) -> None:
        async with connect(port, "ross", source, client_keys=None, password="a guess"):  # noqa: S106 - a guess
            got["signed in"] += 1

    sources = [address(12, number) for number in range(10) for _ in range(20)]
    await all_at_once(for_ever(partial(guess, source)) for source in sources)


# -- packets


async def empty_packets_before_a_sign_in(port: int, key: asyncssh.SSHKey) -> None:
    """Five addresses send empty packets in the place of a password."""
    del key

    class Flooder(asyncssh.SSHClient):
        def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
            self.conn = conn

        async def password_auth_requested(self) -> str | None:
            await _send_empty_packets(self.conn)
            return None

    async def flood(source: str) -> None:
        async with connect(port, "ross", source, client_keys=None, client_factory=Flooder):
            got["signed in"] += 1

    await all_at_once(for_ever(partial(flood, address(18, number))) for number in range(5))


async def empty_packets(port: int, key: asyncssh.SSHKey) -> None:
    """Five connections of a member send empty packets."""

    async def flood(source: str) -> None:
        async with connect(port, "morag", source, client_keys=[key]) as connection:
            await _send_empty_packets(connection)

    await all_at_once(for_ever(partial(flood, address(19, number))) for number in range(5))


async def key_exchanges(port: int, key: asyncssh.SSHKey) -> None:
    """Five connections of a member change their keys without end."""

    async def change(source: str) -> None:
        async with connect(port, "morag", source, client_keys=[key]) as connection:
            client: Any = connection
            while not client._transport.is_closing():
                if client._kex_complete:
                    client._send_kexinit()
                    client._kexinit_sent = True
                    got["exchanges"] += 1
                await asyncio.sleep(0)

    await all_at_once(for_ever(partial(change, address(20, number))) for number in range(5))


async def _send_empty_packets(connection: Any) -> None:
    """As many as the server takes, and few more: to make them costs a CPU, which the member needs too."""
    transport = connection._transport
    while not transport.is_closing():
        packets: list[bytes] = []
        connection._send = packets.append
        for _ in range(500):
            connection.send_packet(MSG_IGNORE, String(b""))
        del connection._send
        transport.write(b"".join(packets))
        got["packets"] += len(packets)
        while transport.get_write_buffer_size() > 10_000 and not transport.is_closing():  # noqa: ASYNC110 - asyncssh's own
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.01)


# -- signing up


async def sign_up_forms(port: int, key: asyncssh.SSHKey) -> None:
    """Seven addresses open all the sign-up forms that they can."""
    del key

    async def sit(source: str) -> None:
        async with connect(port, "join", source, client_keys=None, password="") as connection:
            process = await connection.create_process(term_type="xterm", term_size=(80, 24), encoding=None)
            got["forms"] += 1
            while await process.stdout.read(65_536):
                pass

    sources = [address(13, number) for number in range(7) for _ in range(70)]
    await all_at_once(for_ever(partial(sit, source), 1.0) for source in sources)


async def sign_up_probes(port: int, key: asyncssh.SSHKey) -> None:
    """Ask which handles are taken, without a code."""
    del key

    async def ask(source: str) -> None:
        async with connect(port, "join", source, client_keys=None, password="") as connection:
            given = "".join(f"{word}\n" for word in ("", "isla", "ross", "heather") * 20)
            done = await asyncio.wait_for(connection.run(input=given), 10)
            got["told"] += str(done.stdout).count("is taken")

    await all_at_once(for_ever(partial(ask, address(14, number))) for number in range(5))


# -- members who attack


async def huge_commands(port: int, key: asyncssh.SSHKey) -> None:
    """Command lines of 200 kB and of 30,000 flags, four at a time."""

    async def run(command: str, source: str) -> None:
        async with connect(port, "morag", source, client_keys=[key]) as connection:
            done = await connection.run(command, stdin=asyncssh.DEVNULL)
            got[f"exit code {done.exit_status}"] += 1

    lines = ["whoami " + "x" * 200_000, "read " + "--x " * 30_000] * 2
    await all_at_once(for_ever(partial(run, line, address(15, number))) for number, line in enumerate(lines))


async def stalled_readers(port: int, key: asyncssh.SSHKey) -> None:
    """Ten terminals that press keys and never read."""
    async with terminals(port, key, 10, is_stalled=True) as processes:
        await all_at_once(for_ever(partial(_press, process, b"12340"), 0.05) for process in processes)


async def resize_storm(port: int, key: asyncssh.SSHKey) -> None:
    """Ten terminals that change their size without end."""
    sizes = [(80, 24), (0, 0), (4_000_000, 4_000_000), (1, 1), (300, 100)]

    async def storm(process: "asyncssh.SSHClientProcess[bytes]") -> None:
        for size in sizes:
            process.change_terminal_size(*size)

    async with terminals(port, key, 10) as processes:
        await all_at_once(for_ever(partial(storm, process), 0.02) for process in processes)


async def input_flood(port: int, key: asyncssh.SSHKey) -> None:
    """Five terminals into which everything is pasted."""
    async with terminals(port, key, 5) as processes:
        await all_at_once(for_ever(partial(_press, process, b"j" * 50_000), 0.05) for process in processes)


async def line_flood(port: int, key: asyncssh.SSHKey) -> None:
    """Five sessions in plain mode that read on and on."""

    async def read_on(source: str) -> None:
        async with connect(port, "morag", source, client_keys=[key]) as connection:
            process = await connection.create_process(term_type="dumb", encoding=None)
            while True:
                process.stdin.write(b"\n" * 10_000)
                await process.stdout.read(65_536)

    await all_at_once(for_ever(partial(read_on, address(21, number))) for number in range(5))


async def searches(port: int, key: asyncssh.SSHKey) -> None:
    """A member who searches, reads and thanks in forty channels at once."""
    commands = ("search the and of in", "today", "members", "thank '#1'", "boards --json", "log")

    async def ask(connection: asyncssh.SSHClientConnection, number: int) -> None:
        done = await connection.run(commands[number % len(commands)], stdin=asyncssh.DEVNULL)
        got[f"exit code {done.exit_status}"] += 1

    async def keep_asking(source: str) -> None:
        async with connect(port, "morag", source, client_keys=[key]) as connection:
            await all_at_once(for_ever(partial(ask, connection, number), 0) for number in range(4))

    await all_at_once(for_ever(partial(keep_asking, address(22, number))) for number in range(10))


async def channel_flood(port: int, key: asyncssh.SSHKey) -> None:
    """Channels and variables without end, on one connection."""

    async def flood(source: str) -> None:
        async with connect(port, "morag", source, client_keys=[key]) as connection:
            for _ in range(200):
                with contextlib.suppress(asyncssh.ChannelOpenError):
                    await connection.create_process(env={f"V{n}": "x" * 1000 for n in range(100)}, term_type="xterm")

    await all_at_once(for_ever(partial(flood, address(16, number))) for number in range(3))


async def _press(process: "asyncssh.SSHClientProcess[bytes]", keys: bytes) -> None:
    process.stdin.write(keys)
    await asyncio.wait_for(process.stdin.drain(), 1)


@contextlib.asynccontextmanager
async def terminals(
    port: int, key: asyncssh.SSHKey, count: int, *, is_stalled: bool = False
) -> "AsyncIterator[list[asyncssh.SSHClientProcess[bytes]]]":
    """Terminals of one member, each on a connection of its own."""
    async with contextlib.AsyncExitStack() as stack:
        processes = []
        for number in range(count):
            connection = await stack.enter_async_context(connect(port, "morag", address(17, number), client_keys=[key]))
            process = await connection.create_process(term_type="xterm-256color", term_size=(80, 24), encoding=None)
            if is_stalled:
                process.channel.pause_reading()
            processes.append(process)
        yield processes


ATTACKS: tuple[Attack, ...] = (
    nothing, idle_sockets, half_open, empty_packets_before_a_sign_in, empty_packets, key_exchanges, guessing,
    sign_up_forms, sign_up_probes, huge_commands, stalled_readers, resize_storm, input_flood, line_flood, searches,
    channel_flood,
)  # fmt: skip


def run(attack: Attack, port: int, key: bytes, results: "Queue[dict[str, int]]", seconds: float) -> None:
    """One attack, in a process of its own, which is terminated. What it got goes into the queue."""

    async def for_so_long() -> None:
        work = attack(port, asyncssh.import_private_key(key))
        done, _ = await asyncio.wait([asyncio.ensure_future(work)], timeout=seconds)
        results.put(dict(got))  # before it ends: a client that does not read never closes by itself
        for task in done:
            task.result()

    asyncio.run(for_so_long())
