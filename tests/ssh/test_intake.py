"""What a connection may send: floods of packets are taken in portions, and wait; nobody else does."""

import asyncio
from typing import Any

import asyncssh
import pytest
from asyncssh.constants import MSG_IGNORE, MSG_KEXINIT
from asyncssh.packet import String

from bbs.ssh import house, intake
from bbs.ssh.intake import BEFORE_SIGN_IN, PORTION
from tests.ssh.conftest import Host

PATIENCE = 10.0


def test_asyncssh_still_has_what_is_wrapped() -> None:
    for name in ("data_received", "_recv_data", "_recv_pkthdr"):
        assert hasattr(asyncssh.SSHServerConnection, name), name


def flood(connection: Any, packets: int) -> None:
    for _ in range(packets):
        connection.send_packet(MSG_IGNORE, String(b""))


async def ended(connection: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()


class Flooder(asyncssh.SSHClient):
    """Sends packets in the place of a password."""

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.conn: Any = conn

    async def password_auth_requested(self) -> str | None:
        flood(self.conn, BEFORE_SIGN_IN // 32)
        await ended(self.conn)
        return None


async def test_a_stranger_who_sends_much_before_a_sign_in_is_hung_up_on(host: Host) -> None:
    with pytest.raises((asyncssh.Error, OSError)):
        async with host.connect("nobody", client_keys=None, client_factory=Flooder):
            pass
    assert (await host.run("isla", "whoami")).exit_status == 0


async def test_a_members_flood_of_packets_waits_and_others_do_not(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "BURST", 0.0)
    async with host.connect("ross") as connection:
        (served,) = host._listener._house.connections
        transport: Any = served._transport
        assert transport.max_size == PORTION
        async with asyncio.timeout(PATIENCE):
            while transport.is_reading():
                flood(connection, 10)
                await asyncio.sleep(0)
        assert (await host.run("isla", "whoami")).exit_status == 0
        assert (await connection.run("whoami")).exit_status == 0, "what was sent is taken in the end"


async def test_a_key_exchange_without_an_end_ends_the_connection(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be sent is kept until it is over: without a bound, were it not for this."""
    monkeypatch.setattr(intake, "EXCHANGE_SECONDS", 0.1)
    async with host.connect("isla") as connection:
        client: Any = connection
        client._packet_handlers = {**client._packet_handlers, MSG_KEXINIT: lambda *_: True}
        client._send_kexinit()
        await ended(connection)
    assert (await host.run("isla", "whoami")).exit_status == 0
