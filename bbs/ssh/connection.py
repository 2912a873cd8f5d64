"""One connection: proving who connects, and opening channels. `join` needs no proof; a key proves its own handle."""

import asyncio
import socket
from contextlib import suppress
from typing import Any, NoReturn

import asyncssh
import structlog
from asyncssh.constants import (
    DISC_BY_APPLICATION,
    DISC_TOO_MANY_CONNECTIONS,
    OPEN_ADMINISTRATIVELY_PROHIBITED,
    OPEN_RESOURCE_SHORTAGE,
)

from bbs import handles
from bbs.allowance import Allowance
from bbs.config import Settings
from bbs.context import Context, Forum, Visitor
from bbs.errors import Unavailable
from bbs.guesses import GuessesOf, subjects
from bbs.passwords import Busy, Rank
from bbs.public_keys import why_refused
from bbs.services import members
from bbs.ssh.gate import End, Passage, network
from bbs.ssh.house import Allowances, House
from bbs.ssh.intake import Intake
from bbs.ssh.session import END_SECONDS, ForumSession, Guest
from bbs.text import clean_line
from bbs.views.members import Credentials, Device, SignIn, Ticket

log = structlog.get_logger()

JOIN = "join"
TRIES = 6
"""Passwords that one connection may try."""
NAMES = 6
"""Handles that one connection may try: each is looked up."""
CHANNELS = 4
"""A terminal, and a few commands over one multiplexed connection. A visitor has one."""
WINDOW = 65_536
IDLE_JOIN_SECONDS = 60.0
"""A visitor who opens no terminal has a place for so long."""
VISIT_SECONDS = 3600.0
"""The longest that signing up can take."""
PROBES = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 3}
"""tcp(7): a line that is dead is found in two minutes, and a router does not forget one that is quiet."""
VARIABLES, VARIABLE_BYTES = 16, 256
LONGEST_CLIENT = 60
USERAUTH = b"ssh-userauth"
CROWDED = "Many people are signing up at this moment. Try again in a few minutes."
MANY_CONNECTIONS = "You have as many connections open as one member can have. End one of them first."
AWAY = "The forum's database does not answer just now. Try again in a few minutes."
HANG_UP_SECONDS = END_SECONDS + 0.2
"""A connection that has to end is closed then, whatever its client does; with the way of the event: in 2 seconds."""
NO_FORWARDING = "Staffroom is a forum: it forwards nothing."


class _FewVariables(dict[bytes, bytes]):
    """The environment a client may send, bounded."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if len(self) < VARIABLES and len(name) + len(value) <= VARIABLE_BYTES:
            super().__setitem__(name, value)


class ForumServer(asyncssh.SSHServer):
    """One connection, from its first byte to its last."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._forum = house.forum
        self._conn: asyncssh.SSHServerConnection | None = None
        self._address = self._source = ""
        self._passage: Passage | None = None
        self._intake: Intake | None = None
        self._allowances = Allowances()
        self._since = self._used_at = 0.0
        self._handle = ""
        self._credentials = Credentials(0, "", "", frozenset())
        self._names = self._tries = self._keys_refused = 0
        self._sessions: set[ForumSession] = set()
        self._ticket: Ticket | None = None
        self._is_visiting = self._is_in = False
        self._timers: tuple[asyncio.TimerHandle, ...] = ()
        self._offered: asyncssh.SSHKey | None = None
        self._proved_by = ""
        self._new_hash = ""
        self._guest: asyncio.Future[Guest] = asyncio.get_running_loop().create_future()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn
        peer = conn.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._source = network(self._address)
        self._since = asyncio.get_running_loop().time()
        passage = "the server is ending" if self._house.is_closing else self._house.gate.admit(self._source, conn.abort)
        if isinstance(passage, Passage):
            self._passage = passage
            self._intake = Intake(conn)
            self._house.connections.add(conn)
            _probe(conn.get_extra_info("socket"))
        else:
            log.warning("connection_refused", address=self._address, reason=passage)
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._passage is not None:
            self._house.gate.leave(self._passage, None if self._is_in else self._how_it_ended())
        if self._is_visiting:
            self._house.visitor_left(self._source)
        for timer in self._timers:
            timer.cancel()
        if self._ticket is not None:
            self._house.signed_in.discard(self)
            self._house.departures.note(self._ticket.session_id)
        if self._intake is not None:
            self._intake.close()
        if self._conn is not None:
            self._house.connections.discard(self._conn)
            self._conn._recv_handler = bool  # noqa: SLF001 - asyncssh's refers to the connection, which would not be freed
            self._conn = None
        if not self._guest.done():
            self._guest.cancel()

    def _how_it_ended(self) -> End:
        if not self._is_visiting:
            log.info("left_without_sign_in", address=self._address, handle=self._handle[:24],
                     keys=self._keys_refused, passwords=self._tries)  # fmt: skip
        if self._tries:
            return End.WRONG_PASSWORD
        waited = asyncio.get_running_loop().time() - self._since
        is_slow = not self._guest.done() and waited >= self._forum.settings.login_grace
        return End.TOO_SLOW if is_slow else End.NOTHING_TRIED

    def _refuse(self, reason: str) -> None:
        """End the connection with a message."""
        if self._conn is not None:
            self._conn.disconnect(DISC_TOO_MANY_CONNECTIONS, reason)

    def _turn_away(self, reason: str) -> None:
        """The same, once the proof is answered, where they have done nothing for which to be penalised."""
        self._is_in = True
        asyncio.get_running_loop().call_soon(self._refuse, reason)

    # -- proof

    async def begin_auth(self, username: str) -> bool:
        self._handle = handles.meant(username)
        self._names += 1
        self._expect_service(USERAUTH)
        if self._names > NAMES:
            self._refuse("Too many names on one connection.")
        elif self._handle != JOIN:
            try:
                self._credentials = await self._forum.store.read(members.credentials, self._handle[:64])
            except Unavailable:
                self._turn_away(AWAY)
        return True

    def _expect_service(self, service: bytes | None) -> None:
        """paramiko asks for the service again before each new proof, and asyncssh would end the connection over it."""
        if self._conn is not None:
            self._conn._next_service = service  # noqa: SLF001 - there is no public way

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Called for mere probes too, before any signature is checked: so nothing is decided here."""
        del username
        if self._handle != JOIN and key.get_fingerprint() not in self._credentials.key_fingerprints:
            self._keys_refused += 1
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
        counted = self._subjects()
        await asyncio.sleep(self._house.guesses.begin(*counted))
        try:
            return await self._is_password(password, counted)
        except Busy as busy:  # nothing was learnt, so nothing is counted
            self._house.guesses.was_not_looked_at(*counted)
            self._tries -= 1
            self._refuse(busy.message)
            return False

    def _subjects(self) -> tuple[str, ...]:
        """Whose guesses a wrong password counts among."""
        return subjects(self._handle, self._source, is_known=self._is_known())

    async def _is_password(self, password: str, counted: tuple[str, ...]) -> bool:
        """Raises Busy."""
        guesses, known = self._house.guesses, self._credentials.password_hash
        many = self._source in counted and guesses.are_many(self._source)
        if await self._forum.passwords.verify(known, password, Rank.MANY_GUESSES if many else Rank.SIGN_IN):
            guesses.was_right(*counted)
            if self._forum.passwords.needs_rehash(known):
                self._new_hash = await self._forum.passwords.hash(password, Rank.SIGN_IN)
            return True
        log.warning("sign_in_failed", address=self._address, handle=self._handle[:24])
        if self._tries >= TRIES:
            self._refuse("Too many tries.")
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
        self._expect_service(None)
        key = self._offered if self._proved_by == "key" else None
        guest = self._visitor(key) if self._handle == JOIN else await self._member(key)
        if not self._guest.done():
            self._guest.set_result(guest)

    def _visitor(self, key: asyncssh.SSHKey | None) -> Visitor | str:
        loop = asyncio.get_running_loop()
        if not self._house.admit_visitor(self._source):
            loop.call_soon(self._refuse, CROWDED)
            return CROWDED
        self._is_visiting = True
        self._stop_waiting(self._source)
        self._timers = (loop.call_later(IDLE_JOIN_SECONDS, self._close_if_idle),
                        loop.call_later(VISIT_SECONDS, self._end_visit))  # fmt: skip
        refused = why_refused(key) if key else ""
        public = None
        if key and not refused:
            public = key.get_fingerprint(), key.export_public_key().decode().strip()
        guesses = GuessesOf(self._house.guesses, self._source, self._is_known)
        return Visitor(self._forum, public, guesses, self._device(), refused)

    def _is_known(self) -> bool:
        return self._house.gate.is_known(self._source)

    def _device(self) -> Device:
        version = str(self._conn.get_extra_info("client_version", "")) if self._conn is not None else ""
        client = clean_line(version.removeprefix("SSH-2.0-").replace("_", " "))
        return Device(self._source, self._address, client[:LONGEST_CLIENT], self._forum.server_id)

    async def _member(self, key: asyncssh.SSHKey | None) -> Context | str:
        member_id, fingerprint = self._credentials.member_id, key.get_fingerprint() if key else ""
        alone = self._forum.settings.staff_keys_only
        if not self._house.has_room_for(member_id):
            self._turn_away(MANY_CONNECTIONS)
            return MANY_CONNECTIONS
        try:
            try:
                signed_in = await self._forum.store.write(
                    members.sign_in, member_id, fingerprint, self._new_hash, self._device(), staff_keys_only=alone
                )
            except Unavailable:
                signed_in = await self._forum.store.read(
                    members.sign_in_to_read, member_id, fingerprint, staff_keys_only=alone
                )
        except Unavailable:
            self._turn_away(AWAY)
            return AWAY
        except Exception:
            log.exception("sign_in_broke", handle=self._handle)
            raise
        log.info("sign_in_refused" if signed_in.ticket is None else "signed_in", handle=self._handle,
                 address=self._address, by="key" if key else "password")  # fmt: skip
        self._is_in = True
        self._stop_waiting(f"@{member_id}")
        if signed_in.ticket is not None:
            self._house.gate.remember(self._source)
            self._belongs_to(signed_in.ticket)
        return context_of(self._forum, signed_in)

    def _belongs_to(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self._used_at = asyncio.get_running_loop().time()
        if self._conn is None:  # it was lost while the sign-in was written
            self._house.departures.note(ticket.session_id)
        else:
            self._house.signed_in.add(self)

    @property
    def ticket(self) -> Ticket:
        assert self._ticket is not None  # noqa: S101 - it is asked of those who are signed in
        return self._ticket

    def end(self, reason: str) -> None:
        """Tell the member in every channel, and hang up: a client need not end when its channels do."""
        for session in tuple(self._sessions):
            session.end(reason)
        loop = asyncio.get_running_loop()
        self._timers = (
            *self._timers,
            loop.call_later(HANG_UP_SECONDS if self._sessions else 0.0, self._hang_up, reason),
        )

    def _hang_up(self, reason: str) -> None:
        if self._conn is not None:
            self._conn.disconnect(DISC_BY_APPLICATION, reason)

    def _stop_waiting(self, subject: str) -> None:
        """Somebody is in: what they cost counts with what the `subject`'s other connections do."""
        if self._passage is not None:
            self._house.gate.proved(self._passage)
        self._allowances = self._house.allowances(subject)
        if self._intake is not None:
            self._intake.signed_in(self._allowances.packets)

    # -- channels

    def session_requested(self) -> Any:
        """A channel, and the session on it. Raises asyncssh.ChannelOpenError with what the client shows."""
        is_full = len(self._sessions) >= (1 if self._is_visiting else CHANNELS)
        if self._conn is None or self._house.is_closing or is_full:
            return False
        if why := "" if self._handle == JOIN else self._house.why_full(self._credentials.member_id):
            raise asyncssh.ChannelOpenError(OPEN_RESOURCE_SHORTAGE, why)
        session = ForumSession(self, self._guest, self._house.make_app, self._credentials.member_id)
        self._sessions.add(session)
        self._house.sessions.add(session)
        channel = self._conn.create_server_channel(encoding=None, window=WINDOW)
        channel._env = _FewVariables()  # noqa: SLF001 - the library keeps whatever a client sends
        return channel, session

    @property
    def settings(self) -> Settings:
        return self._forum.settings

    @property
    def unused_for(self) -> float:
        return 0.0 if self._sessions else asyncio.get_running_loop().time() - self._used_at

    @property
    def allowance(self) -> Allowance:
        return self._allowances.work

    def channel_closed(self, session: ForumSession) -> None:
        self._sessions.discard(session)
        self._used_at = asyncio.get_running_loop().time()

    def session_ended(self, session: ForumSession) -> None:
        self._house.sessions.discard(session)

    def signed_up(self, ticket: Ticket) -> None:
        """The visitor is a member now."""
        self._belongs_to(ticket)
        if self._is_visiting:
            self._is_visiting = False
            self._house.visitor_left(self._source)
        self._is_in = True
        self._house.gate.remember(self._source)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> NoReturn:
        del dest_host, dest_port, orig_host, orig_port
        raise asyncssh.ChannelOpenError(OPEN_ADMINISTRATIVELY_PROHIBITED, NO_FORWARDING)

    def unix_connection_requested(self, dest_path: str) -> NoReturn:
        del dest_path
        raise asyncssh.ChannelOpenError(OPEN_ADMINISTRATIVELY_PROHIBITED, NO_FORWARDING)

    def _close_if_idle(self) -> None:
        """A visitor who opens nothing holds a place that somebody may want."""
        if not self._sessions and self._conn is not None:
            self._conn.close()

    def _end_visit(self) -> None:
        if self._is_visiting:
            for session in tuple(self._sessions):
                session.end("Signing up took too long, so it has ended. Nobody was signed up.")


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
                   signed_in.theme, signed_in.shut_out, signed_in.warned)  # fmt: skip
