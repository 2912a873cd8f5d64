"""Who gets in, who does not, and what a stranger can learn."""

import asyncio

import asyncssh
import pytest
from structlog.testing import capture_logs

from bbs.services import members, sanctions
from tests.conftest import Group
from tests.ssh.conftest import PASSWORD, Host


async def test_a_key_and_a_password_each_sign_in(host: Host) -> None:
    assert (await host.run("isla", "whoami")).stdout == "isla · Isla · member\n"
    async with host.connect("ross", client_keys=None, password=PASSWORD) as connection:
        assert (await connection.run("whoami")).exit_status == 0
    async with host.connect("ROSS", client_keys=None, password=PASSWORD) as connection:
        assert str((await connection.run("whoami")).stdout).startswith("ross")


@pytest.mark.parametrize("handle", ["ross", "nobody", "isla", "root"])
async def test_a_wrong_password_and_an_unknown_handle_look_alike(host: Host, handle: str) -> None:
    with pytest.raises(asyncssh.PermissionDenied) as refused:
        async with host.connect(handle, client_keys=None, password="wrong"):
            pass
    assert str(refused.value) == f"Permission denied for user {handle} on host 127.0.0.1"


@pytest.mark.parametrize("handle", ["ross", "nobody"])
async def test_every_handle_is_offered_the_same_ways_in(host: Host, handle: str) -> None:
    methods = await asyncssh.get_server_auth_methods("127.0.0.1", host.port, username=handle, config=None)
    assert methods == ["publickey", "keyboard-interactive", "password"]


async def test_a_key_proves_only_the_handle_it_is_attached_to(host: Host) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        async with host.connect("ross", client_keys=[host.keys["isla"]]):
            pass


async def test_wrong_keys_wrong_passwords_and_hang_ups_stand_in_the_log_each_once(host: Host) -> None:
    with capture_logs() as logged:
        for handle, proof in (("ross", {"client_keys": [host.keys["isla"]]}), ("nobody", {"password": "canary"})):
            with pytest.raises(asyncssh.PermissionDenied):
                async with host.connect(handle, **{"client_keys": None, "password": None, **proof}):
                    pass
        _, writer = await asyncio.open_connection("127.0.0.1", host.port)
        writer.close()
        async with asyncio.timeout(10):
            while sum(line["event"] == "left_without_sign_in" for line in logged) < 3:
                await asyncio.sleep(0.01)
    assert "canary" not in str(logged)
    lines = [line for line in logged if line["event"] != "loop_stalled"]
    assert [(line["event"], line["handle"], line.get("keys"), line.get("passwords")) for line in lines] == [
        ("left_without_sign_in", "ross", 1, 0), ("sign_in_failed", "nobody", None, None),
        ("left_without_sign_in", "nobody", 0, 1), ("left_without_sign_in", "", 0, 0),
    ]  # fmt: skip
    assert {line["address"] for line in lines} == {"127.0.0.1"}


async def test_a_key_that_is_only_shown_proves_nothing(host: Host, sqlite_group: Group) -> None:
    """Somebody shows Isla's public key and cannot sign with it."""

    class Impostor(asyncssh.SSHKeyPair):
        def __init__(self) -> None:
            known, own = host.keys["isla"], asyncssh.generate_private_key("ssh-ed25519")
            super().__init__(known.algorithm, known.algorithm, [known.algorithm], [known.algorithm],
                             known.public_data, None)  # fmt: skip
            self._own = own

        def sign(self, data: bytes) -> bytes:
            return self._own.sign(data, b"ssh-ed25519")

    with pytest.raises(asyncssh.PermissionDenied):
        async with host.connect("isla", client_keys=[Impostor()]):
            pass
    line = sqlite_group.store.read_now(members.keys, sqlite_group.id("isla"))[0]
    assert line.last_used_at is None


async def test_six_wrong_passwords_end_the_connection(host: Host) -> None:
    class Guesser(asyncssh.SSHClient):
        tries = 0

        def password_auth_requested(self) -> str:
            self.tries += 1
            return f"wrong {self.tries}"

        def kbdint_auth_requested(self) -> None:
            return None

    guesser = Guesser()
    with pytest.raises(asyncssh.Error):
        async with asyncio.timeout(60):
            await asyncssh.create_connection(lambda: guesser, "127.0.0.1", host.port, username="ross",
                                             known_hosts=None, config=None, client_keys=None, agent_path=None)  # fmt: skip
    assert guesser.tries <= 6


async def test_a_closed_account_is_told_why_and_gets_no_further(host: Host, sqlite_group: Group) -> None:
    sqlite_group.do("heather", sanctions.ban, "ross", "spam")
    done = await host.run("ross", "whoami")
    assert (done.exit_status, done.stdout) == (3, "")
    assert "A moderator has closed your account. Reason: spam." in str(done.stderr)


async def test_a_command_as_join_is_refused(host: Host) -> None:
    async with host.connect("join", client_keys=[asyncssh.generate_private_key("ssh-ed25519")]) as connection:
        done = await connection.run("whoami")
        assert done.exit_status == 3
    async with host.connect("join", client_keys=None, password="any") as connection:
        assert (await connection.run("boards")).exit_status == 3


async def test_forwarding_agent_x11_and_sftp_are_refused(host: Host) -> None:
    async with host.connect("isla") as connection:
        with pytest.raises(asyncssh.ChannelOpenError, match="forwards nothing"):
            await connection.open_connection("127.0.0.1", host.port)
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.start_server(lambda _h, _p: None, "127.0.0.1", 0)
        process = await connection.create_process(subsystem="sftp")
        done = await process.wait()
        assert "it holds no files" in str(done.stderr)
        assert done.exit_status == 1


async def test_one_connection_has_few_channels(host: Host) -> None:
    async with host.connect("isla") as connection:
        processes = [await connection.create_process(term_type="xterm") for _ in range(4)]
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process(term_type="xterm")
        for process in processes:
            process.close()


async def test_a_hash_is_renewed_when_the_parameters_change(host: Host, sqlite_group: Group) -> None:
    from bbs.passwords import Passwords

    old = Passwords(memory_kib=32, passes=2).hash_now(PASSWORD)
    sqlite_group.store.write_now(members.set_password, sqlite_group.id("ross"), old)
    async with host.connect("ross", client_keys=None, password=PASSWORD) as connection:
        await connection.run("whoami")
    known = sqlite_group.store.read_now(members.credentials, "ross").password_hash
    assert known != old
    assert not host.forum.passwords.needs_rehash(known)
