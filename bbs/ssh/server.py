"""Listening, and proving who connects. `join` needs no proof; a key proves only the handle it is attached to."""

import asyncio
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import structlog

from bbs import private
from bbs.context import Context, Forum, Visitor
from bbs.errors import BBSError, Unavailable
from bbs.events import Event, SessionsEnded
from bbs.services import members
from bbs.ssh.limits import Limits, network
from bbs.ssh.session import AppFactory, ForumSession, Guest
from bbs.views.members import Credentials, SignIn

log = structlog.get_logger()

JOIN = "join"
TRIES = 6
"""Proofs that one connection may offer."""
CHANNELS = 4
"""A terminal, and a few commands over one multiplexed connection."""
WINDOW = 65_536
IDLE_JOIN_SECONDS = 60.0
KEEPALIVE = 120
"""Seconds between questions to a client whether it is there. Each costs half a millisecond, and with 500 who only sit
there that is most of what they cost: so it is seldom, and the kernel asks the client's machine more often, for nothing.
"""
PROBES = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 3}
"""tcp(7): a line that is dead is found in two minutes, and a router does not forget one that is quiet."""
VARIABLES, VARIABLE_BYTES = 16, 256
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
    "compression_algs": None,  # inflation has no bound
}  # fmt: skip


class _FewVariables(dict[bytes, bytes]):
    """The environment a client may send, bounded."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if len(self) < VARIABLES and len(name) + len(value) <= VARIABLE_BYTES:
            super().__setitem__(name, value)


@dataclass
class House:
    """What every connection of this process shares."""

    forum: Forum
    limits: Limits
    make_app: AppFactory
    sessions: set[ForumSession] = field(default_factory=set)
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    closing: bool = False

    def hear(self, event: Event) -> None:
        """End the sessions of a member whose account changed."""
        if isinstance(event, SessionsEnded):
            for session in tuple(self.sessions):
                if session.member_id == event.member_id:
                    session.end(event.reason)


class ForumServer(asyncssh.SSHServer):
    """One connection, from its first byte to its last."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._forum = house.forum
        self._conn: asyncssh.SSHServerConnection | None = None
        self._address = ""
        self._admitted = False
        self._handle = ""
        self._credentials = Credentials(0, "", "", frozenset())
        self._tries = 0
        self._channels = 0
        self._offered: asyncssh.SSHKey | None = None
        self._proved_by = ""
        self._new_hash = ""
        self._guest: asyncio.Future[Guest] = asyncio.get_running_loop().create_future()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn
        peer = conn.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._admitted = not self._house.closing and self._house.limits.admit(self._address)
        if self._admitted:
            self._house.connections.add(conn)
            _probe(conn.get_extra_info("socket"))
        else:
            log.warning("connection_refused", address=self._address)
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._admitted:
            self._house.limits.leave(self._address)
        if self._conn is not None:
            self._house.connections.discard(self._conn)
            self._conn._recv_handler = bool  # noqa: SLF001 - asyncssh's refers to the connection, which would not be freed
            self._conn = None
        if not self._guest.done():
            self._guest.cancel()

    # -- proof

    async def begin_auth(self, username: str) -> bool:
        self._handle = username.casefold()
        if self._handle != JOIN:
            self._credentials = await self._forum.store.read(members.credentials, self._handle[:64])
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Called for mere probes too, before any signature is checked: so nothing is decided here."""
        del username
        if self._handle != JOIN and key.get_fingerprint() not in self._credentials.key_fingerprints:
            return False
        self._offered, self._proved_by = key, "key"
        return True

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        del username
        self._proved_by, self._offered = "", None
        if self._handle == JOIN:
            return True
        self._tries += 1
        sources = (network(self._address), f"@{self._handle}")
        await asyncio.sleep(self._house.limits.delay(*sources))
        known = self._credentials.password_hash
        try:
            good = await self._forum.passwords.verify(known, password)
        except BBSError:
            good = False
        if good:
            self._house.limits.succeeded(*sources)
            if self._forum.passwords.needs_rehash(known):
                self._new_hash = await self._forum.passwords.hash(password)
            return True
        self._house.limits.failed(*sources)
        log.warning("sign_in_failed", address=self._address, handle=self._handle[:24])
        if self._tries >= TRIES and self._conn is not None:
            self._conn.disconnect(asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many tries")
        return False

    def kbdint_auth_supported(self) -> bool:
        # For members the library asks for the password this way by itself.
        return True if self._handle == JOIN else super().kbdint_auth_supported()

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        """A visitor without a key is asked nothing."""
        del username, lang, submethods
        return "", "", "", []

    def validate_kbdint_response(self, username: str, responses: object) -> bool:
        del username, responses
        self._proved_by, self._offered = "", None
        return self._handle == JOIN

    async def auth_completed(self) -> None:
        """The proof holds: only now is it known which key, if any, gave it."""
        key = self._offered if self._proved_by == "key" else None
        fingerprint = key.get_fingerprint() if key else ""
        if self._handle == JOIN:
            public = (fingerprint, key.export_public_key().decode().strip()) if key else None
            if not self._guest.done():
                self._guest.set_result(Visitor(self._forum, public))
            asyncio.get_running_loop().call_later(IDLE_JOIN_SECONDS, self._close_if_idle)
            return
        member_id = self._credentials.member_id
        try:
            try:
                signed_in = await self._forum.store.write(members.sign_in, member_id, fingerprint, self._new_hash)
            except Unavailable:
                signed_in = await self._forum.store.read(members.sign_in_to_read, member_id)
        except Exception:
            log.exception("sign_in_broke", handle=self._handle)
            raise
        log.info("signed_in", handle=self._handle, address=self._address, by="key" if key else "password")
        if not self._guest.done():
            self._guest.set_result(context_of(self._forum, signed_in))

    # -- channels

    def session_requested(self) -> Any:
        full = self._channels >= CHANNELS or len(self._house.sessions) >= self._forum.settings.max_sessions
        if self._conn is None or self._house.closing or full:
            return False
        self._channels += 1
        session = ForumSession(self._guest, self._house.make_app, self._house.sessions, self._channel_closed)
        channel = self._conn.create_server_channel(encoding=None, window=WINDOW)
        channel._env = _FewVariables()  # noqa: SLF001 - the library keeps whatever a client sends
        return channel, session

    def _channel_closed(self) -> None:
        self._channels -= 1

    def _close_if_idle(self) -> None:
        """A visitor who opens nothing holds a place that somebody may want."""
        if not self._channels and self._conn is not None:
            self._conn.close()


def _probe(line: socket.socket) -> None:
    """Have the kernel look whether the other machine is there; where it cannot be told how, as it does by itself."""
    with suppress(OSError):  # it has gone already: some systems then refuse
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in PROBES.items():
            if hasattr(socket, name):
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def context_of(forum: Forum, signed_in: SignIn) -> Context | str:
    """A member's context, or the reason why they may not come in."""
    if signed_in.ticket is None:
        return signed_in.refusal
    return Context(forum, signed_in.ticket, signed_in.handle, signed_in.zone, forum.store.clock(), signed_in.plain,
                   signed_in.theme)  # fmt: skip


def host_key(path: Path) -> asyncssh.SSHKey:
    """The server's Ed25519 key: made once, readable by its owner only, never replaced.

    Raises Unusable for one that others can read, BBSError for one that cannot be read.
    """
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="staffroom")
        private.make_folder(path.parent)
        with os.fdopen(private.create(path), "wb") as file:
            file.write(key.export_private_key())
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
        self._house.closing = True
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


async def listen(forum: Forum, make_app: AppFactory) -> Listener:
    """Accept connections at the settings' address."""
    settings = forum.settings
    limits = Limits(total=settings.max_connections, for_each=settings.max_per_address, clock=time.monotonic)
    house = House(forum, limits, make_app)
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
