"""The sign-up form for somebody who has an account, and the page of keys and sessions, as a member uses them."""

import asyncio
from dataclasses import replace

import asyncssh
import pytest

from bbs.context import Forum, Visitor
from bbs.services import codes, invitations, joining, keys, members, queue_views, recovery, sessions
from bbs.views.members import Device
from tests.conftest import Group
from tests.terminal import PATIENCE, Desk, context, live, sit_down

KEY = "SHA256:phone", "ssh-ed25519 AAAAphone"
DESK = Device("192.0.2.7", "192.0.2.7", "OpenSSH 9.2p1", "")
CTRL_O = "\x0f"


async def over(desk: Desk) -> None:
    assert desk.task
    await asyncio.wait_for(desk.task, PATIENCE)


async def test_a_key_is_added_to_an_account_from_the_sign_up_form(forum: Forum, sqlite_group: Group) -> None:
    code = sqlite_group.store.write_now(codes.make, sqlite_group.id("isla"), "device").code
    async with live(forum), sit_down(forum, Visitor(forum, KEY)) as desk:
        await desk.sees("Join", "I have an account")
        await desk.type(CTRL_O, "k", "isla", "enter", "enter", "ABCD-EFGH-JKMN", "enter", "Phone", "ctrl+s")
        await desk.sees("do not go together")
        await desk.type("ctrl+u", code, "ctrl+s")
        await over(desk)
        assert desk.app is None or desk.app.successor.handle == "isla"
    assert [key.called for key in sqlite_group.read("isla", keys.own_keys)] == ["Phone"]


async def test_the_way_to_it_with_letters_enter_and_backspace(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, Visitor(forum, KEY), size=(40, 20)) as desk:
        await desk.sees("Join")
        await desk.type(*["enter"] * 8, "i")
        await desk.sees("You have an account", "k add this key", "l I lost my key", "c I have a code", "Esc leave")
        await desk.type("l", "isla", "enter", "ring me at work", "enter", ".", "enter", "a")
        await over(desk)
    (item,) = sqlite_group.read("heather", queue_views.queue_list)
    assert (item.about, item.body) == ("isla", "ring me at work")


async def test_a_moderator_reads_the_code_for_who_has_lost_all_until_they_have_it(
    forum: Forum, sqlite_group: Group
) -> None:
    sqlite_group.store.write_now(recovery.ask, "isla", "ring me at work")
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "heather"), size=(40, 20)) as desk:
        await desk.rests()
        await desk.type("8", "y", "y")
        said = await desk.sees("Hand this code", "have an account")
        code = next(word for word in said.split() if codes.looks_like_code(word))
        await desk.type("j", "y")
        await desk.sees("Done, and they are told.")
    assert sqlite_group.store.read_now(codes.purpose_of, sqlite_group.id("isla"), code) == "recovery"


async def test_who_is_in_the_wrong_form_comes_back_to_the_first_one(forum: Forum) -> None:
    async with live(forum), sit_down(forum, Visitor(forum, None)) as desk:
        await desk.sees("offered no key")
        await desk.type(CTRL_O)
        await desk.sees("How do you want to get in?")
        await desk.type("c")
        await desk.sees("A new password", "New password again")
        await desk.type("esc")
        await desk.sees("Invitation code")


async def test_a_key_is_pasted_renamed_and_removed_on_the_page(forum: Forum, sqlite_group: Group) -> None:
    line = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    fresh = replace(context(forum, sqlite_group, "isla"), proved_at=sqlite_group.clock())
    sqlite_group.store.write_now(members.add_key, sqlite_group.id("isla"), *KEY)
    async with live(forum), sit_down(forum, fresh) as desk:
        await desk.sees("New for you")
        await desk.type("g", "@isla\r", "k", "a", "no key", "tab", "Laptop", "ctrl+s")
        await desk.sees("not a public key")
        await desk.type("ctrl+u", f"\x1b[200~{line.strip()}\x1b[201~", "ctrl+s")
        await desk.sees("Laptop", "added now", gone="Paste a public key")
        await desk.type("j", "e", "\x15", "Desk", "enter")
        await desk.sees("Desk", gone="Laptop")
        await desk.type("d")
        await desk.sees("Remove Desk? The sessions that it opened end.")
        await desk.type("enter")
        await desk.sees("SHA256:phone", gone="Desk")
    assert [key.called for key in sqlite_group.read("isla", keys.own_keys)] == ["Ed25519"]


async def test_a_session_is_ended_and_a_code_made_and_withdrawn_on_the_page(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    here, _ = (group.store.write_now(members.sign_in, group.id("isla"), device=DESK).ticket for _ in range(2))
    assert here is not None
    group.tickets["isla"] = here
    fresh = replace(context(forum, group, "isla"), proved_at=group.clock())
    async with live(forum), sit_down(forum, fresh) as desk:
        await desk.sees("New for you")
        await desk.type("g", "@isla\r", "k")
        await desk.sees("192.0.2.7  this one")
        await desk.type("d")
        await desk.sees("End the session from 192.0.2.7?")
        await desk.type("enter")
        await desk.sees("It has ended.")
        await desk.type("c")
        await desk.sees("is good once", "A code for another device")
        await desk.type("x", "y", "end", "d", "enter")
        await desk.sees("Keys that sign you in", gone="A code for another device")
    assert [line.id for line in group.read("isla", sessions.own_sessions)] == [here.session_id]


async def test_an_invitation_is_made_and_withdrawn_on_its_page(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "heather")) as desk:
        await desk.sees("New for you")
        await desk.type("4", "i", "n")
        said = await desk.sees("lets one person join until")
        code = next(word for word in said.split() if codes.looks_like_code(word))
        sqlite_group.store.read_now(joining.check_admission, joining.Admission("invite", code))
        await desk.type("y", "d", "enter")
        await desk.sees("Withdrawn")
    assert sqlite_group.read("heather", invitations.own_invitations)[0].withdrawn


@pytest.mark.parametrize(("handle", "offered"), [("heather", True), ("isla", False)])
async def test_inviting_is_offered_to_those_who_may(
    forum: Forum, sqlite_group: Group, handle: str, offered: bool
) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, handle)) as desk:
        await desk.sees("New for you")
        assert ("i invite" in await desk.type("4")) is offered
