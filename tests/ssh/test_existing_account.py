"""`join` for somebody who has an account, ending sessions from elsewhere, and moderators who must have keys."""

import asyncio
import contextlib
from collections.abc import Callable

import asyncssh
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bbs.bus import POLL
from bbs.models import MemberSession
from bbs.services import addresses, joining, members, people, queue_views, recovery
from bbs.services.codes import looks_like_code
from bbs.ssh.connection import HANG_UP_SECONDS
from tests.conftest import Group
from tests.ssh.conftest import PASSWORD, Host
from tests.ssh.test_plain import Liner
from tests.ssh.test_sessions import Watcher, open_terminal

PATIENCE = 10.0
OTHER_LINES = {"loop_stalled"}
NEW = "seven quiet harbour lamps"


def a_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


async def say_at_join(host: Host, key: asyncssh.SSHKey | None, *said: str) -> str:
    """What `join` answers in lines to somebody who says this."""
    proof = {"client_keys": [key]} if key else {"client_keys": None, "password": ""}
    async with host.connect("join", **proof) as connection, asyncio.timeout(PATIENCE):
        return str((await connection.run(input="".join(f"{line}\n" for line in said))).stdout)


async def test_a_member_adds_a_second_key_with_their_password_and_goes_straight_in(host: Host) -> None:
    phone = a_key()
    heard = await say_at_join(host, phone, "3", "Phone", "ROSS", PASSWORD)
    assert "You are ross." in heard
    async with host.connect("ross", client_keys=[phone]) as connection:
        assert "Phone, Ed25519" in str((await connection.run("keys", stdin=asyncssh.DEVNULL)).stdout)
        told = str((await connection.run("notices", stdin=asyncssh.DEVNULL)).stdout)
    assert "Phone was added as a key with your password from 127.0.0.1" in told


async def test_a_code_from_one_device_adds_the_key_of_another(host: Host) -> None:
    code = str((await host.run("isla", "keys code")).stdout).splitlines()[0]
    tablet = a_key()
    assert "You are isla." in await say_at_join(host, tablet, "3", "", "isla", code)
    assert (await host.run("isla", "whoami")).exit_status == 0
    async with host.connect("isla", client_keys=[tablet]) as connection:
        assert (await connection.run("whoami", stdin=asyncssh.DEVNULL)).exit_status == 0
    assert "do not go together" in await say_at_join(host, a_key(), "3", "", "isla", code)


@pytest.mark.parametrize("handle", ["ross", "nobody", "isla"])
async def test_a_stranger_learns_nothing_and_adds_nothing(host: Host, handle: str) -> None:
    """Isla has no password, Ross has another, and nobody is called 'nobody'."""
    heard = await say_at_join(host, a_key(), "3", "", handle, "wrong password", handle, "ABCD-EFGH-JKMN")
    assert heard.count("do not go together") == 2
    assert len(host.forum.store.read_now(members.credentials, handle).key_fingerprints) == (handle != "nobody")


async def test_guesses_at_join_count_as_those_at_the_sign_in(host: Host) -> None:
    begun: list[tuple[str, ...]] = []
    guesses = host.guesses
    begin = guesses.begin

    def count(*subjects: str) -> float:
        begun.append(subjects)
        begin(*subjects)
        return 0.0

    guesses.begin = count  # type: ignore[method-assign]
    heard = await say_at_join(host, a_key(), "3", "", *(["ross", "wrong password"] * 8))
    assert begun == [("@ross", "127.0.0.1")] * 6
    assert "enough tries for one connection" in heard


async def test_who_has_lost_all_sets_a_new_password_with_a_code(host: Host, sqlite_group: Group) -> None:
    made = sqlite_group.store.write_now(recovery.recover, "ross")
    heard = await say_at_join(
        host, None, "account", "ross", "ABCD-EFGH-JKMN", "ross", made.code, "123", "123", NEW, NEW
    )
    assert "at least 10 characters" in heard
    assert "You are ross." in heard
    async with host.connect("ross", client_keys=None, password=NEW) as connection:
        assert (await connection.run("whoami", stdin=asyncssh.DEVNULL)).exit_status == 0


async def test_a_sign_up_is_known_as_an_address_that_a_member_has(host: Host, sqlite_group: Group) -> None:
    code = sqlite_group.store.write_now(joining.invite)
    assert "You are fiona." in await say_at_join(host, a_key(), "1", code, "fiona", "Fiona", "", "")
    assert "127.0.0.1" in sqlite_group.store.read_now(addresses.known)


async def test_a_weak_key_opens_no_account_by_way_of_join(host: Host, sqlite_group: Group) -> None:
    weak = asyncssh.generate_private_key("ssh-rsa", key_size=1024)
    code = sqlite_group.store.write_now(joining.invite)
    heard = await say_at_join(host, weak, code, "fiona", "Fiona", "", "", NEW, NEW)
    assert "That kind of key is too weak" in " ".join(heard.split())
    assert "You are fiona." in heard
    known = sqlite_group.store.read_now(members.credentials, "fiona")
    assert (bool(known.password_hash), known.key_fingerprints) == (True, frozenset())


async def test_where_another_try_is_in_vain_join_says_what_to_do_and_ends(host: Host) -> None:
    heard = await say_at_join(host, host.keys["isla"], "3", "", "ross", PASSWORD, "ross", PASSWORD)
    assert heard.count("Your handle") == 1
    assert "belongs to another account" in heard
    assert "ssh-keygen" in heard


async def test_what_is_typed_ahead_of_a_sign_up_is_obeyed_after_it(host: Host, sqlite_group: Group) -> None:
    code = sqlite_group.store.write_now(joining.invite)
    heard = await say_at_join(host, a_key(), "1", code, "fiona", "Fiona", "", "", "whoami", "boards")
    assert "fiona · Fiona · member" in heard
    assert "General" in heard


async def test_a_sign_up_that_ends_in_the_middle_says_so(host: Host) -> None:
    assert "Nobody was signed up." in await say_at_join(host, a_key(), "1")


async def test_a_handle_is_known_however_it_is_typed(host: Host) -> None:
    for typed in ("ROSS", " ross ", "@ross", "ross@forum.example.org"):
        async with host.connect(typed, client_keys=None, password=PASSWORD) as connection:
            assert str((await connection.run("whoami", stdin=asyncssh.DEVNULL)).stdout).startswith("ross")


async def test_who_has_another_key_sets_a_new_password_with_a_code_all_the_same(
    host: Host, sqlite_group: Group
) -> None:
    made = sqlite_group.store.write_now(recovery.recover, "ross")
    assert "You are ross." in await say_at_join(host, host.keys["isla"], "5", "ross", made.code, NEW, NEW)


@pytest.mark.parametrize(
    "written",
    [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")],
    ids=["small letters", "spaces", "nothing between"],
)
async def test_a_code_is_good_however_it_is_typed(
    host: Host, sqlite_group: Group, written: Callable[[str], str]
) -> None:
    made = sqlite_group.store.write_now(recovery.recover, "ross")
    assert "You are ross." in await say_at_join(host, a_key(), "3", "", "ross", written(made.code))


async def test_a_password_may_look_like_a_code(host: Host, sqlite_group: Group) -> None:
    password = "tree-hand-bark"
    assert looks_like_code(password)
    sqlite_group.store.write_now(members.set_password, sqlite_group.id("ross"), host.forum.passwords.hash_now(password))
    assert "You are ross." in await say_at_join(host, a_key(), "3", "", "ross", password)


async def test_guesses_at_join_stand_in_the_log_with_address_and_handle(host: Host, sqlite_group: Group) -> None:
    code = sqlite_group.store.write_now(joining.invite)
    with capture_logs() as logged:
        await say_at_join(host, a_key(), "3", "", "ross", "canary password", "ross", "ABCD-EFGH-JKMN")
        await say_at_join(host, None, "account", "nobody", "ABCD-EFGH-JKMN")
        await say_at_join(host, a_key(), "1", "ABCD-EFGH-JKMN", code, "fiona", "Fiona", "", "")
        await say_at_join(host, a_key(), "3", "", "ross", PASSWORD)
    at_join = [
        (line["event"], line.get("handle"), line["address"]) for line in logged if line["event"] not in OTHER_LINES
    ]
    assert at_join == [
        ("sign_in_failed", "ross", "127.0.0.1"), ("sign_in_failed", "ross", "127.0.0.1"),
        ("sign_in_failed", "ross", "127.0.0.1"), ("sign_in_failed", "nobody", "127.0.0.1"),
        ("code_refused", None, "127.0.0.1"), ("signed_up", "fiona", "127.0.0.1"), ("signed_in", "ross", "127.0.0.1"),
    ]  # fmt: skip
    assert not any(secret in str(logged) for secret in ("canary", "ABCD", code, PASSWORD))


async def test_who_is_refused_has_not_signed_in_by_the_log(host: Host, sqlite_group: Group) -> None:
    sqlite_group.store.write_now(members.add_member, "fiona", password_hash=host.forum.passwords.hash_now(PASSWORD),
                                 state="applied")  # fmt: skip
    with capture_logs() as logged:
        async with host.connect("fiona", client_keys=None, password=PASSWORD) as connection:
            assert (await connection.run("whoami", stdin=asyncssh.DEVNULL)).exit_status == 3
    assert [line["event"] for line in logged if line["event"] not in OTHER_LINES] == ["sign_in_refused"]


# -- sessions


async def test_a_session_that_is_ended_elsewhere_ends_within_two_seconds_whatever_its_client_does(host: Host) -> None:
    async with host.connect("isla") as idle, host.connect("isla") as other, host.connect("ross") as ross:
        for connection in (idle, other):  # the sign-in is over on the server's side too
            await connection.run("whoami", stdin=asyncssh.DEVNULL)
        own = open_sessions(host, "isla")
        screen = Watcher(await open_terminal(idle))
        await screen.sees("New for you")
        for line in own:
            await host.run("isla", f"sessions end {line}")
        await screen.sees("You ended this session from another one")
        async with asyncio.timeout(PATIENCE):  # the other has no channel, and its client would never end it
            await asyncio.gather(idle.wait_closed(), other.wait_closed())
        assert (await ross.run("whoami", stdin=asyncssh.DEVNULL)).exit_status == 0
    assert HANG_UP_SECONDS + POLL < 2


def open_sessions(host: Host, handle: str) -> list[int]:
    """The numbers of a member's sessions."""
    member_id = host.forum.store.read_now(members.credentials, handle).member_id
    theirs = select(MemberSession.id).where(MemberSession.member_id == member_id)
    return host.forum.store.read_now(lambda session: list(session.scalars(theirs)))


async def test_a_connection_is_listed_as_long_as_it_is_there(host: Host) -> None:
    async with host.connect("isla", client_version="OpenSSH_for_Windows_9.5") as connection:
        said = str((await connection.run("sessions", stdin=asyncssh.DEVNULL)).stdout)
    assert "127.0.0.1  OpenSSH for Windows 9.5  by Ed25519" in said
    assert "this one" in said
    async with asyncio.timeout(PATIENCE):
        while open_sessions(host, "isla"):
            await asyncio.sleep(0.01)


# -- keys for those who decide


@pytest.mark.parametrize("settings", [{"staff_keys_only": True}])
async def test_where_keys_are_required_a_moderator_with_a_password_is_told_what_to_do(
    host: Host, sqlite_group: Group
) -> None:
    hashed = host.forum.passwords.hash_now(PASSWORD)
    sqlite_group.store.write_now(members.set_password, sqlite_group.id("heather"), hashed)
    async with host.connect("heather", client_keys=None, password=PASSWORD) as connection:
        done = await connection.run("whoami", stdin=asyncssh.DEVNULL)
        assert (done.exit_status, done.stdout) == (3, "")
        assert "sign in with a key" in str(done.stderr)
    assert "sign in with a key" in await say_at_join(host, a_key(), "3", "", "heather", PASSWORD)
    assert (await host.run("heather", "whoami")).exit_status == 0


@pytest.mark.parametrize("settings", [{"staff_keys_only": True}])
async def test_a_session_by_password_ends_when_its_member_becomes_a_moderator(host: Host) -> None:
    async with host.connect("ross", client_keys=None, password=PASSWORD) as connection:
        await connection.run("whoami", stdin=asyncssh.DEVNULL)
        await host.run("morag", "role ross moderator")
        done = await connection.run("whoami", stdin=asyncssh.DEVNULL)
        assert (done.exit_status, "sign in with a key" in str(done.stderr)) == (3, True)


@pytest.mark.parametrize("settings", [{"staff_keys_only": True}])
async def test_the_first_operator_joins_with_a_key_where_keys_are_required(host: Host, sqlite_group: Group) -> None:
    code = sqlite_group.store.write_now(joining.invite, role="operator")
    heard = await say_at_join(host, a_key(), "2", code, "fiona", "Fiona", "", "", NEW, NEW)
    assert "signs in with a key" in heard
    assert "You are fiona." in await say_at_join(host, a_key(), "1", code, "fiona", "Fiona", "", "")
    assert sqlite_group.read("isla", people.profile, "fiona").person.roles == ("facilitator", "operator")


async def test_who_has_lost_all_asks_at_join_and_hears_the_same_whoever_it_is(host: Host, sqlite_group: Group) -> None:
    words = "Ring me at the library, please."
    heard = {handle: await say_at_join(host, a_key(), "4", handle, words) for handle in ("isla", "nobody", "morag")}
    answers = {said[said.index("How a moderator") :] for said in heard.values()}
    assert len(answers) == 1
    assert [item.about for item in sqlite_group.read("heather", queue_views.queue_list)] == ["isla"]
    code = str((await host.run("heather", "mod approve 1")).stdout)
    wanted = next(word for word in code.split() if looks_like_code(word.rstrip(".")))
    assert "You are isla." in await say_at_join(host, a_key(), "3", "", "isla", wanted.rstrip("."))
    assert "to ask for one" in await say_at_join(host, None, "lost", "isla", words)


# -- signing up beside others


@pytest.mark.parametrize("settings", [{"max_visitors_per_address": 8}])
async def test_of_eight_with_one_code_one_joins_and_the_others_lose_nothing(
    host: Host, sqlite_group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.guesses, "begin", lambda *_: 0.0)  # eight at one address would wait long
    one, more = (sqlite_group.store.write_now(joining.invite, uses=uses) for uses in (1, 7))
    async with contextlib.AsyncExitStack() as stack:
        visitors = []
        for number in range(8):
            connection = await stack.enter_async_context(host.connect("join", client_keys=[a_key()]))
            visitor = Liner(await connection.create_process(encoding=None))
            visitor.says(f"1\n{one}\nnewcomer{number}\nName {number}\n\n")
            await visitor.hears("Time zone")
            visitors.append(visitor)
        for visitor in visitors:
            visitor.says("\n")
        quickest = 0
        for number, visitor in enumerate(visitors):
            async with asyncio.timeout(PATIENCE):
                while b"You are" not in visitor.raw and b"has been used" not in visitor.raw:
                    visitor.raw += await visitor.process.stdout.read(65_536)
            if b"You are" in visitor.raw:
                quickest += 1
            else:
                visitor.says(f"{more}\n")
                await visitor.hears(f"You are newcomer{number}.")
    assert quickest == 1
    names = {person.handle: person.display_name for person in sqlite_group.read("isla", people.directory).people}
    assert {f"newcomer{number}": f"Name {number}" for number in range(8)}.items() <= names.items()
