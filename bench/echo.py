"""The floor: an asyncssh server that answers each key with 200 bytes and does nothing else."""

import asyncio

import asyncssh

GREETING = b"ready" + b" " * 2000
ANSWER = b"x" * 200


class Session(asyncssh.SSHServerSession[bytes]):
    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._chan = chan

    def pty_requested(self, term_type: str, term_size: object, term_modes: object) -> bool:
        del term_type, term_size, term_modes
        return True

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self._chan.write(GREETING)

    def data_received(self, data: bytes, datatype: object) -> None:
        del data, datatype
        self._chan.write(ANSWER)


class Server(asyncssh.SSHServer):
    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Anybody's will do, but the proof of it costs what it costs."""
        del username, key
        return True

    def session_requested(self) -> tuple[asyncssh.SSHServerChannel[bytes], Session]:
        return self._conn.create_server_channel(encoding=None), Session()


async def main() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(Server, "127.0.0.1", 0, server_host_keys=[key], line_editor=False)
    print(f"listening on 127.0.0.1:{server.get_port()}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
