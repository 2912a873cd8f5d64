"""Listening: the open port, and ending well."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import asyncssh

from bbs import private
from bbs.context import Forum
from bbs.errors import BBSError
from bbs.services import addresses
from bbs.ssh.connection import ForumServer
from bbs.ssh.gate import Caps, Gate
from bbs.ssh.house import House
from bbs.ssh.password_auth import accept_any_bytes
from bbs.ssh.session import AppFactory

KEEPALIVE = 120
"""Seconds between questions to a client whether it is there. Each costs half a millisecond, and with 500 who only sit
there that is most of what they cost: so it is seldom, and the kernel asks the client's machine more often, for nothing.
"""
FAREWELL_SECONDS = 7.0
GOODBYE_SECONDS = 1.0
CLOSING_SECONDS = 2.0
"""At a restart: the time in which sessions keep their drafts and end."""

ALGORITHMS = {
    # Debian 12's Dropbear takes the first that it knows and stumbles over an unknown first one.
    "kex_algs": ["curve25519-sha256", "curve25519-sha256@libssh.org", "mlkem768x25519-sha256"],
    "encryption_algs": [
        "chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr",
        "aes192-ctr", "aes128-ctr",
    ],
    "mac_algs": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"],
    "signature_algs": [
        "ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
    ],
    "compression_algs": None,  # inflation has no bound
}  # fmt: skip


def host_key(path: Path) -> asyncssh.SSHKey:
    """The server's Ed25519 key: made once, readable by its owner only, never replaced.

    Raises Unusable for one that others can read, BBSError for one that cannot be read.
    """
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="staffroom")
        private.make_folder(path.parent)
        private.put(path, key.export_private_key())
        return key
    private.refuse_shared("host key", path)
    try:
        return asyncssh.read_private_key(str(path))
    except (OSError, asyncssh.KeyImportError) as error:
        raise BBSError(f"The host key {path} cannot be read ({error}). Restore it from a backup.") from None


class Listener:
    """The open port. `port` is the real one where 0 was asked for."""

    def __init__(self, house: House, acceptor: asyncssh.SSHAcceptor) -> None:
        self._house = house
        self._acceptor = acceptor
        self._unsubscribe = house.forum.bus.subscribe(house.hear)

    @property
    def port(self) -> int:
        return self._acceptor.get_port()

    async def close(self, reason: str) -> None:
        """Take nobody new, let every session keep its draft and say goodbye, then let go."""
        self._house.is_closing = True
        self._acceptor.close()
        for session in tuple(self._house.sessions):
            session.end(reason)
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await asyncio.gather(*(session.finished.wait() for session in tuple(self._house.sessions)))
        self._unsubscribe()
        with suppress(TimeoutError):  # a client that is cut off drops what it has not shown yet, the goodbye first
            async with asyncio.timeout(GOODBYE_SECONDS):
                await asyncio.gather(*(connection.wait_closed() for connection in tuple(self._house.connections)))
        for connection in tuple(self._house.connections):
            connection.close()
        with suppress(TimeoutError):  # from Python 3.12.1 on it waits for the last connection, however idle
            await asyncio.wait_for(self._acceptor.wait_closed(), CLOSING_SECONDS)
        await self._house.departures.finish()


async def listen(forum: Forum, make_app: AppFactory) -> Listener:
    """Accept connections at the settings' address."""
    settings = forum.settings
    accept_any_bytes()
    house = House(forum, await _gate(forum), make_app)
    acceptor = await asyncssh.create_server(
        lambda: ForumServer(house),
        settings.host or None,
        settings.port,
        server_host_keys=[host_key(settings.host_key)],
        config=None,
        gss_host=None,
        agent_forwarding=False,
        x11_forwarding=False,
        line_editor=False,
        login_timeout=settings.login_grace,
        keepalive_interval=KEEPALIVE,
        keepalive_count_max=2,
        server_version="Staffroom",
        **ALGORITHMS,
    )
    return Listener(house, acceptor)


async def _gate(forum: Forum) -> Gate:
    settings = forum.settings
    caps = Caps(
        connections=settings.max_connections, for_each=settings.max_per_address, unproved=settings.max_unproved,
        unproved_each=settings.max_unproved_per_address, rate=settings.connection_rate, penalty=settings.max_penalty,
    )  # fmt: skip
    known = await forum.store.read(addresses.known)
    now = forum.store.clock()
    ages = {source: (now - last_at).total_seconds() for source, last_at in known.items()}
    return Gate(caps, clock=time.monotonic, known=ages)
