"""Clients that leave in the middle of anything leave no fault behind: nothing that asyncio would only tell the log."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import asyncssh
import pytest

from tests.ssh.conftest import PASSWORD, Host
from tests.ssh.test_sessions import Watcher, open_terminal

PATIENCE = 10.0


@pytest.fixture
async def faults() -> AsyncIterator[list[str]]:
    """What would stand in the log as 'exception was never retrieved', and the like."""
    found: list[str] = []

    def note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        found.append(f"{context['message']}: {context.get('exception')!r}")

    asyncio.get_running_loop().set_exception_handler(note)
    yield found
    gc.collect()
    await asyncio.sleep(0)
    assert found == []


async def raw(host: Host, *said: bytes) -> None:
    """Say this before any handshake, and hang up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
    await reader.readline()
    for piece in said:
        writer.write(piece)
    with suppress(ConnectionError):
        await writer.drain()
    writer.transport.abort()


class Leaving(asyncssh.SSHClient):
    """Hangs up when it is asked for a proof."""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self._conn = conn

    def public_key_auth_requested(self) -> None:
        self._conn.abort()

    def password_auth_requested(self) -> str:
        asyncio.get_running_loop().call_soon(self._conn.abort)
        return "wrong"


async def all_gone(host: Host) -> None:
    async with asyncio.timeout(PATIENCE):
        while host.is_visited:
            await asyncio.sleep(0.01)


async def test_hang_ups_before_and_during_the_sign_in(host: Host, faults: list[str]) -> None:
    for said in ((), (b"\r\n",), (b"GET / HTTP/1.0\r\n\r\n",), (b"SSH-2.0-x\r\n",), (b"SSH-2.0-x\r\n", b"\xff" * 4000),
                 (b"SSH-1.5-old\r\n",), (b"x" * 9000,)):  # fmt: skip
        await raw(host, *said)
    for keys in (None, [host.keys["isla"]]):
        with suppress(asyncssh.Error, OSError):
            connection, _ = await asyncssh.create_connection(
                Leaving, "127.0.0.1", host.port, username="ross", known_hosts=None, config=None, client_keys=keys,
                agent_path=None,
            )  # fmt: skip
            connection.abort()
    with suppress(asyncssh.Error):
        async with host.connect("isla", client_keys=[host.keys["ross"]]):
            pass
    await all_gone(host)


async def test_hang_ups_at_every_step_of_a_session(host: Host, faults: list[str]) -> None:
    async with host.connect("ross", client_keys=None, password=PASSWORD) as connection:
        connection.abort()  # the sign-in may still be written
    async with host.connect("isla") as connection:
        desk = Watcher(await open_terminal(connection))
        await desk.sees("New for you")
        desk.process.stdin.write(b"1g")
        connection.abort()
    async with host.connect("isla") as connection:
        await connection.create_process("post general --subject T", encoding=None)
        connection.abort()
    async with host.connect("join", client_keys=None, password="") as connection:
        await open_terminal(connection)
        connection.abort()
    async with host.connect("isla") as connection:
        with suppress(asyncssh.Error):
            await connection.open_connection("127.0.0.1", 9)
        with suppress(asyncssh.Error):
            await connection.create_process("scp -t /tmp")
        connection.abort()
    await all_gone(host)
