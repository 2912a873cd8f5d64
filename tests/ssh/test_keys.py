"""Keys through commands: who may add one, when, and who hears of it."""

import asyncssh
import pytest

from bbs.services import keys
from tests.conftest import Group
from tests.ssh.conftest import PASSWORD, Host
from tests.ssh.test_plain import lines
from tests.ssh.test_sessions import Watcher, open_terminal


def a_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()


async def test_a_key_is_added_soon_after_the_sign_in_signs_in_and_is_removed(host: Host) -> None:
    made = asyncssh.generate_private_key("ssh-ed25519")
    added = await host.run("isla", "keys add", made.export_public_key().decode())
    assert str(added.stdout) == f"Added: key 5, Ed25519, {made.get_fingerprint()}\n"
    async with host.connect("isla", client_keys=[made]) as connection:
        assert made.get_fingerprint() in str((await connection.run("keys", stdin=asyncssh.DEVNULL)).stdout)
    assert (await host.run("isla", "keys remove 5")).stdout == "Removed: key 5\n"
    with pytest.raises(asyncssh.PermissionDenied):
        async with host.connect("isla", client_keys=[made]):
            pass


async def test_a_session_of_long_ago_adds_no_key(host: Host, sqlite_group: Group) -> None:
    async with host.connect("isla") as connection:
        await connection.run("whoami", stdin=asyncssh.DEVNULL)  # the sign-in is over on the server's side too
        sqlite_group.clock.forward(seconds=keys.FRESH.total_seconds() + 1)
        done = await connection.run("keys add", input=a_key())
        assert done.exit_status == 3
        assert "Sign in again" in str(done.stderr)


async def test_every_session_of_the_member_hears_of_a_new_key(host: Host, sqlite_group: Group) -> None:
    async with host.connect("isla") as one, host.connect("isla") as two, host.connect("ross") as other:
        screen = Watcher(await open_terminal(one))
        await screen.sees("New for you")
        isla, ross = await lines(two), await lines(other)
        sqlite_group.clock.forward(days=1)
        await host.run("isla", "keys add", a_key())
        await screen.sees("A key was added to your account, or removed")
        isla.says("whoami\n")
        await isla.hears("A key was added", "> ")
        ross.says("whoami\n")
        assert "A key" not in await ross.hears("ross · Ross", "> ")
    async with host.connect("isla") as later:
        assert "If it is not yours, 'keys remove 5'" in " ".join((await lines(later)).raw.decode().split())


@pytest.mark.parametrize("line", ["", "no key", "ssh-ed25519 AAAA", "x" * 300, "ssh-dss AAAAB3NzaC1kc3MAAAAA"])
async def test_what_is_no_key_is_refused(host: Host, line: str) -> None:
    assert (await host.run("isla", "keys add", line)).exit_status == 5


async def test_a_weak_key_is_refused(host: Host) -> None:
    weak = asyncssh.generate_private_key("ssh-rsa", key_size=1024).export_public_key().decode()
    assert "too weak" in str((await host.run("isla", "keys add", weak)).stderr)


async def test_a_key_belongs_to_one_member_and_the_last_way_in_stays(host: Host) -> None:
    theirs = host.keys["ross"].export_public_key().decode()
    assert "belongs to another account" in str((await host.run("isla", "keys add", theirs)).stderr)
    assert (await host.run("isla", "keys remove 4")).exit_status == 3
    assert "only way in" in str((await host.run("isla", "keys remove 3")).stderr)


async def test_several_keys_are_all_added_or_none(host: Host) -> None:
    both = await host.run("isla", "keys add", f"{a_key()}{a_key()}")
    assert str(both.stdout).count("Added: key") == 2
    theirs = host.keys["ross"].export_public_key().decode()
    assert (await host.run("isla", "keys add", f"{a_key()}{theirs}")).exit_status == 5
    assert str((await host.run("isla", "keys")).stdout).count("SHA256") == 3


async def test_a_private_key_is_kept_nowhere(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    private = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    done = await host.run("isla", "keys add", private)
    assert done.exit_status == 5
    assert "It was kept nowhere" in str(done.stderr)
    secret = private.splitlines()[1]
    assert secret not in "".join(capfd.readouterr())


async def test_removing_a_key_ends_the_sessions_that_it_opened(host: Host) -> None:
    lost = asyncssh.generate_private_key("ssh-ed25519")
    added = str((await host.run("isla", "keys add", lost.export_public_key().decode())).stdout)
    key_id = added.split("key ")[1].split(",", maxsplit=1)[0]
    async with host.connect("isla", client_keys=[lost]) as thief, host.connect("isla") as own:
        stolen, mine = Watcher(await open_terminal(thief)), await lines(own)
        await stolen.sees("New for you")
        mine.says(f"keys remove {key_id}\n")
        await mine.hears("Removed", "> ")
        await stolen.sees("The key that opened this session was removed")
        mine.says("whoami\n")
        await mine.hears("isla · Isla", "> ")


async def test_a_command_that_ends_its_own_session_says_that_it_is_done(host: Host) -> None:
    lost = asyncssh.generate_private_key("ssh-ed25519")
    await host.run("isla", "keys add", lost.export_public_key().decode())
    async with host.connect("isla", client_keys=[lost]) as connection:
        done = await connection.run("keys remove 5", stdin=asyncssh.DEVNULL)
        assert (done.exit_status, done.stdout) == (0, "Removed: key 5\n")
    async with host.connect("isla") as connection:
        mine = str((await connection.run("sessions", stdin=asyncssh.DEVNULL)).stdout).split("session ")[1].split()[0]
        done = await connection.run(f"sessions end {mine}", stdin=asyncssh.DEVNULL)
        assert (done.exit_status, done.stdout) == (0, f"Ended: session {mine}\n")


async def test_an_agent_with_twelve_keys_keeps_nobody_out(host: Host) -> None:
    others = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(12)]
    async with host.connect("isla", client_keys=[*others, host.keys["isla"]]) as connection:
        assert (await connection.run("whoami", stdin=asyncssh.DEVNULL)).exit_status == 0
    async with host.connect("ross", client_keys=others, password=PASSWORD) as connection:
        assert (await connection.run("whoami", stdin=asyncssh.DEVNULL)).exit_status == 0


async def test_a_key_is_given_with_the_command_too(host: Host) -> None:
    made = asyncssh.generate_private_key("ssh-ed25519", comment="Heather's laptop")
    added = await host.run("isla", f"keys add {made.export_public_key().decode().strip()}")
    assert str(added.stdout) == f"Added: key 5, Heather's laptop, Ed25519, {made.get_fingerprint()}\n"
    again = await host.run("isla", f"keys add {made.export_public_key().decode().strip()}")
    assert str(again.stdout) == f"There already: key 5, Heather's laptop, Ed25519, {made.get_fingerprint()}\n"
    refused = await host.run("isla", f"keys add '{made.export_private_key().decode()}'")
    assert (refused.exit_status, "It was kept nowhere" in str(refused.stderr)) == (5, True)
    assert (await host.run("isla", "keys list 5")).exit_status == 2
    assert (await host.run("isla", "keys remove 5 6")).exit_status == 2


async def test_a_file_in_the_bytes_of_powershell_is_read(host: Host) -> None:
    made = asyncssh.generate_private_key("ssh-ed25519")
    async with host.connect("isla") as connection:
        given = f"\ufeff{made.export_public_key().decode()}".encode("utf-16-le")
        done = await connection.run("keys add", input=given, encoding=None)
        assert (done.exit_status, made.get_fingerprint().encode() in bytes(done.stdout or b"")) == (0, True)  # type: ignore[arg-type]
        done = await connection.run("keys add", input=made.export_private_key("pkcs8-der"), encoding=None)
        assert b"private key" in bytes(done.stderr or b"")  # type: ignore[arg-type]


@pytest.mark.parametrize("format_", ["openssh", "pkcs8-pem"])
async def test_no_line_of_a_private_key_that_is_pasted_is_taken_for_a_command(host: Host, format_: str) -> None:
    private = asyncssh.generate_private_key("ssh-ed25519").export_private_key(format_).decode()
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says("keys add\n" + private + "whoami\n")
        heard = await isla.hears("isla · Isla", "> ")
    assert "It was kept nowhere" in " ".join(heard.split())
    assert "No such command" not in heard


async def test_a_key_that_is_pasted_over_several_lines_is_one(host: Host) -> None:
    made = asyncssh.generate_private_key("ssh-rsa")
    line = made.export_public_key().decode()
    async with host.connect("isla") as connection:
        isla = await lines(connection)
        isla.says(f"keys add\n{line[:76]}\n{line[76:152]}\n{line[152:]}whoami\n")
        heard = await isla.hears("isla · Isla", "> ")
        assert made.get_fingerprint() in heard.replace("\n", "")
        isla.says(f"keys add\n{made.export_public_key('rfc4716').decode()}whoami\n")
        assert "There already: key 5" in await isla.hears("isla · Isla", "> ")


async def test_codes_are_withdrawn_by_command(host: Host) -> None:
    await host.run("isla", "keys code")
    assert "'keys withdraw' makes it useless" in str((await host.run("isla", "keys")).stdout)
    assert "good for nothing" in str((await host.run("isla", "keys withdraw")).stdout)
    assert "A code" not in str((await host.run("isla", "keys")).stdout)
