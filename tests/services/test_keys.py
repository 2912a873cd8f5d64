"""A member's own keys."""

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, SignedOut
from bbs.services import codes, keys, members, notices, recovery, sanctions
from bbs.views.members import Device, SignIn
from tests.conftest import Group


@pytest.mark.parametrize("number", [1, 2**31, 2**70])
def test_a_key_that_is_not_there_is_not_found(group: Group, number: int) -> None:
    with pytest.raises(NotFound):
        group.do("isla", keys.remove_key, number)


KEY = "SHA256:new", "ssh-ed25519 AAAAnew"
DEVICE = Device("10.0.0.7", "10.0.0.7", "OpenSSH 9.2p1", "")


def told(group: Group, handle: str) -> str:
    return " ".join(line.words for line in group.read(handle, notices.inbox).notices)


def test_a_key_is_called_what_it_is_given_or_what_its_comment_says(group: Group) -> None:
    wanted = [("SHA256:a", "ssh-ed25519 A isla@\x1b[31mlaptop"), ("SHA256:b", "ssh-ed25519 B")]
    group.do("isla", keys.add_keys, group.clock(), wanted)
    group.do("isla", keys.add_keys, group.clock(), [("SHA256:c", "ssh-ed25519 C isla@phone")], "  My\nphone ")
    lines = group.read("isla", keys.own_keys)
    assert [line.called for line in lines] == ["isla@[31mlaptop", "Ed25519", "My phone"]
    group.do("isla", keys.rename_key, lines[1].id, "Tablet")
    assert group.read("isla", keys.own_keys)[1].name == "Tablet"
    with pytest.raises(NotFound):
        group.do("ross", keys.rename_key, lines[1].id, "Mine")


def test_a_code_of_ten_minutes_adds_the_key_of_another_device_once(group: Group) -> None:
    made = group.do("isla", keys.device_code, group.clock())
    signed_in = group.store.write_now(keys.add_with_code, "isla", made.code.lower(), KEY, "Phone", DEVICE)
    assert signed_in.ticket is not None
    assert group.store.read_now(members.actor, signed_in.ticket).handle == "isla"
    assert "Phone was added as a key with a one-time code from 10.0.0.7" in told(group, "isla")
    with pytest.raises(Invalid, match="do not go together"):
        group.store.write_now(keys.add_with_code, "isla", made.code, ("SHA256:b", "ssh-ed25519 B"), "", DEVICE)


def test_a_code_is_not_good_for_long_nor_for_another_nor_after_the_next_one(group: Group) -> None:
    first = group.do("isla", keys.device_code, group.clock())
    second = group.do("isla", keys.device_code, group.clock())
    group.do("ross", keys.device_code, group.clock())
    for handle, code in (("isla", first.code), ("ross", second.code), ("nobody", second.code), ("isla", "")):
        with pytest.raises(Invalid):
            group.store.write_now(keys.add_with_code, handle, code, KEY, "", DEVICE)
    group.clock.forward(minutes=11)
    with pytest.raises(Invalid):
        group.store.write_now(keys.add_with_code, "isla", second.code, KEY, "", DEVICE)


def test_a_code_is_made_soon_after_the_sign_in_and_can_be_withdrawn(group: Group) -> None:
    since = group.clock()
    made = group.do("isla", keys.device_code, since)
    assert [code.purpose for code in group.read("isla", keys.access).codes] == ["device"]
    assert group.do("isla", keys.withdraw_codes)
    with pytest.raises(Invalid):
        group.store.write_now(keys.add_with_code, "isla", made.code, KEY, "", DEVICE)
    group.clock.forward(minutes=6)
    with pytest.raises(Forbidden, match="Sign in again"):
        group.do("isla", keys.device_code, since)


def test_somebody_elses_key_is_refused_and_the_code_stays_good(group: Group) -> None:
    group.store.write_now(members.add_key, group.id("ross"), *KEY)
    made = group.do("isla", keys.device_code, group.clock())
    with pytest.raises(Conflict, match="another account"):
        group.store.write_now(keys.add_with_code, "isla", made.code, KEY, "", DEVICE)
    assert group.store.write_now(
        keys.add_with_code, "isla", made.code, ("SHA256:b", "ssh-ed25519 B"), "", DEVICE
    ).ticket


def test_a_closed_account_gets_no_key(group: Group) -> None:
    made = group.do("isla", keys.device_code, group.clock())
    group.store.write_now(codes.make, group.id("isla"), "recovery")
    group.do("heather", sanctions.ban, "isla", "spam")
    with pytest.raises(Invalid):  # the end of all sessions took it back
        group.store.write_now(keys.add_with_code, "isla", made.code, KEY, "", DEVICE)
    signed_in = group.store.write_now(keys.add_with_password, group.id("isla"), KEY, "", DEVICE, staff_keys_only=False)
    assert signed_in.shut_out
    assert group.store.read_now(members.credentials, "isla").key_fingerprints == frozenset()


def test_a_code_for_a_device_sets_no_password(group: Group) -> None:
    made = group.do("isla", keys.device_code, group.clock())
    with pytest.raises(Invalid):
        group.store.write_now(keys.set_password_with_code, "isla", made.code, "hash", DEVICE, staff_keys_only=False)


# -- lost all


def test_the_operators_command_makes_a_code_for_anybody_and_they_are_told(group: Group) -> None:
    for handle in ("isla", "morag"):
        made = group.store.write_now(recovery.recover, handle)
        assert "made a code with which you can be let in again" in told(group, handle)
        assert group.store.write_now(
            keys.add_with_code, handle, made.code, (handle, f"ssh-ed25519 {handle}"), "", DEVICE
        ).ticket


def test_a_recovery_code_gives_a_new_password_and_ends_the_other_sessions(group: Group) -> None:
    made = group.store.write_now(recovery.recover, "isla")

    def use() -> SignIn:
        return group.store.write_now(
            keys.set_password_with_code, "isla", made.code, "hash", DEVICE, staff_keys_only=False
        )

    signed_in = use()
    assert signed_in.ticket is not None
    with pytest.raises(SignedOut):
        group.read("isla", keys.own_keys)
    group.tickets["isla"] = signed_in.ticket
    assert "changed with a recovery code from 10.0.0.7" in told(group, "isla")
    with pytest.raises(Invalid):
        use()


def test_a_member_who_is_still_in_withdraws_a_recovery_code(group: Group) -> None:
    made = group.store.write_now(recovery.recover, "isla")
    group.do("isla", keys.withdraw_codes)
    with pytest.raises(Invalid):
        group.store.write_now(keys.add_with_code, "isla", made.code, KEY, "", DEVICE)


def test_a_new_password_makes_a_code_useless_that_somebody_else_may_have(group: Group) -> None:
    made = group.store.write_now(recovery.recover, "isla")
    group.store.write_now(members.set_password, group.id("isla"), "hash")
    with pytest.raises(Invalid):
        group.store.write_now(keys.add_with_code, "isla", made.code, KEY, "", DEVICE)


# -- the setting that takes passwords from moderators and operators


@pytest.mark.parametrize(("handle", "refused"), [("isla", False), ("heather", True), ("morag", True)])
def test_where_keys_are_required_a_password_lets_no_moderator_in(group: Group, handle: str, refused: bool) -> None:
    def enter(key: str = "") -> bool:
        signed_in = group.store.write_now(members.sign_in, group.id(handle), key, staff_keys_only=True)
        return signed_in.ticket is not None

    assert enter() is not refused
    group.store.write_now(members.add_key, group.id(handle), *KEY)
    assert enter(KEY[0])


def test_where_keys_are_required_a_moderators_password_adds_no_key_and_a_code_does(group: Group) -> None:
    with pytest.raises(Invalid, match="sign in with a key"):
        group.store.write_now(keys.add_with_password, group.id("heather"), KEY, "", DEVICE, staff_keys_only=True)
    made = group.store.write_now(recovery.recover, "heather")
    with pytest.raises(Invalid, match="sign in with a key"):
        group.store.write_now(keys.set_password_with_code, "heather", made.code, "hash", DEVICE, staff_keys_only=True)
    assert group.store.write_now(keys.add_with_code, "heather", made.code, KEY, "", DEVICE).ticket


def test_where_keys_are_required_a_moderators_last_key_stays(group: Group) -> None:
    for handle in ("heather", "isla"):
        group.store.write_now(members.set_password, group.id(handle), "hash")
        key = f"SHA256:{handle}", "ssh-ed25519 AAAA"
        group.store.write_now(members.add_key, group.id(handle), *key)
        group.tickets[handle] = group.store.write_now(members.sign_in, group.id(handle)).ticket  # type: ignore[assignment]
    (key_of_heather,), (key_of_isla,) = (group.read(handle, keys.own_keys) for handle in ("heather", "isla"))
    with pytest.raises(Conflict, match="only way in"):
        group.do("heather", keys.remove_key, key_of_heather.id, staff_keys_only=True)
    group.do("isla", keys.remove_key, key_of_isla.id, staff_keys_only=True)
    group.do("heather", keys.remove_key, key_of_heather.id)


def test_the_doctor_hears_which_moderators_have_no_key(group: Group) -> None:
    assert group.store.read_now(members.deciding_without_key) == ("heather", "morag")
    group.store.write_now(members.add_key, group.id("heather"), *KEY)
    assert group.store.read_now(members.deciding_without_key) == ("morag",)
