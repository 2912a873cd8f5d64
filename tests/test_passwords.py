"""Passwords: which are refused when they are chosen, and in which forms one is the same."""

import unicodedata
from dataclasses import replace

import pytest

from bbs.errors import Forbidden, Invalid
from bbs.password_change import change_password
from bbs.passwords import MAX_BYTES, MAX_SENT, Passwords, check_new
from bbs.services import members
from bbs.ssh.password_auth import decoded
from tests.conftest import Group
from tests.terminal import TEST_PASSWORDS, context, make_forum

LEAKED = ("1234567890", "password12", "qwertyuiop", "1q2w3e4r5t", "iloveyou123", "liverpool1", "football99", "P@ssw0rd123",
          "letmeinnow", "abcdefghij", "princess22", "michael1985", "sunshine12!", "Glasgow1234", "aaaaaaaaaaaa")  # fmt: skip
"""Of the usual lists, and what people make of them."""


@pytest.mark.parametrize("password", LEAKED)
def test_what_every_attacker_tries_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="easily guessed"):
        check_new(password)


@pytest.mark.parametrize(
    "password",
    ["river canoe lantern seven", "thequietharbourlamp", "Überraschungsei am Montag", "日本語の長い合言葉です"],
)
def test_no_digit_capital_or_sign_is_asked_for(password: str) -> None:
    check_new(password)


def test_a_password_made_of_the_members_own_name_is_refused() -> None:
    check_new("fionagraysgarden")
    with pytest.raises(Invalid, match="easily guessed"):
        check_new("fionagray12", "fionagray")


def test_a_password_has_up_to_a_thousand_bytes_in_the_form_that_is_hashed() -> None:
    words = "river canoe lantern seven "
    longest = (words * 50)[: MAX_BYTES - 1] + "x"
    check_new(longest)
    with pytest.raises(Invalid, match="at most"):
        check_new(longest + "x")
    composed = "é" * (MAX_BYTES // 2)
    passwords = Passwords(**TEST_PASSWORDS)
    assert passwords._verify_now(passwords.hash_now(composed), unicodedata.normalize("NFD", composed))
    assert MAX_BYTES < len(unicodedata.normalize("NFD", composed).encode()) <= MAX_SENT
    passwords.close()


@pytest.mark.parametrize(("sent", "meant"), [("café £7".encode(), "café £7"), (b"caf\xe9 \xa37", "café £7"), (b"\x80 5 \x93x\x94", "€ 5 “x”"),
                                             (b"\x81\xff", "\ufffdÿ"), (b"", "")])  # fmt: skip
def test_bytes_of_an_old_client_are_read_as_its_letters(sent: bytes, meant: str) -> None:
    assert decoded(sent) == meant


def test_what_is_far_too_long_is_not_even_prepared() -> None:
    assert len(decoded("é".encode() * MAX_SENT)) == 2 * MAX_SENT


NEW = "seven quiet harbour lamps"


async def test_a_password_is_changed_with_the_present_one_and_guesses_at_it_count(sqlite_group: Group) -> None:
    forum = make_forum(sqlite_group.store)
    hashed = forum.passwords.hash_now("river canoe lantern seven")
    sqlite_group.store.write_now(members.set_password, sqlite_group.id("isla"), hashed)
    sqlite_group.tickets["isla"] = replace(sqlite_group.tickets["isla"], auth_epoch=1)
    ctx = context(forum, sqlite_group, "isla")
    with pytest.raises(Invalid, match="not your present"):
        await change_password(ctx, "wrong", NEW, NEW)
    assert forum.guesses.begin("@isla") == 0.0
    assert forum.guesses.begin("@isla") == 0.0
    assert forum.guesses.begin("@isla") > 0
    forum.guesses.was_right("@isla")
    with pytest.raises(Invalid, match="differ"):
        await change_password(ctx, "river canoe lantern seven", NEW, NEW + "!")
    await change_password(ctx, "river canoe lantern seven", NEW, NEW)
    known = sqlite_group.store.read_now(members.credentials, "isla").password_hash
    assert await forum.passwords.verify(known, NEW)


async def test_at_a_terminal_that_was_left_open_nobody_gets_a_first_password(sqlite_group: Group) -> None:
    forum = make_forum(sqlite_group.store)
    with pytest.raises(Forbidden, match="Sign in again"):
        await change_password(context(forum, sqlite_group, "isla"), "", NEW, NEW)
    fresh = replace(context(forum, sqlite_group, "isla"), proved_at=sqlite_group.clock())
    await change_password(fresh, "", NEW, NEW)
