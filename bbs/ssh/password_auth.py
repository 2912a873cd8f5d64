"""Passwords in the bytes that clients really send.

asyncssh ends the connection, without a word, over a password that is not UTF-8 or holds what SASLprep forbids. Older
PuTTY sends the letters of its own code page: '£' as the one byte 0xA3.
"""

from asyncssh import auth
from asyncssh.packet import SSHPacket
from asyncssh.saslprep import SASLPrepError, saslprep

from bbs.passwords import MAX_SENT


def decoded(data: bytes) -> str:
    """The password, in UTF-8 or else in Windows' letters of Western Europe, which are Latin-1 and more."""
    if len(data) > MAX_SENT:  # nobody's password; to prepare so many letters would hold up everybody
        return data.decode("latin-1")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    try:
        return saslprep(text)
    except SASLPrepError:
        return text


class _Password(auth._ServerPasswordAuth):  # noqa: SLF001 - the library has no public way to replace a method
    async def _start(self, packet: SSHPacket) -> None:
        is_change = packet.get_boolean()
        password = decoded(packet.get_string())
        if is_change:
            packet.get_string()
        packet.check_end()
        if not is_change and await self._conn.validate_password(self._username, password):
            await self.send_success()
        else:
            self.send_failure()


class _KeyboardInteractive(auth._ServerKbdIntAuth):  # noqa: SLF001 - as above
    def _process_info_response(self, _pkttype: int, _pktid: int, packet: SSHPacket) -> None:
        answers = [decoded(packet.get_string()) for _ in range(min(packet.get_uint32(), MOST_ANSWERS))]
        packet.check_end()
        self.create_task(self._validate_response(answers))

    _packet_handlers = {auth.MSG_USERAUTH_INFO_RESPONSE: _process_info_response}  # noqa: RUF012 - as in the library


MOST_ANSWERS = 2
"""We ask for one."""


def accept_any_bytes() -> None:
    """Have asyncssh's servers in this process use these."""
    auth._server_auth_handlers |= {b"password": _Password, b"keyboard-interactive": _KeyboardInteractive}  # noqa: SLF001
