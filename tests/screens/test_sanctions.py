"""The one page of a member who is shut out; warnings; and what moderators and operators do on a member's page."""

from dataclasses import replace

import pytest

from bbs.context import Forum
from bbs.services import board_settings, boards, members, people, posts, sanctions
from tests.conftest import Group
from tests.terminal import context, live, sit_down


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_who_is_suspended_has_one_page(forum: Forum, sqlite_group: Group, size: tuple[int, int]) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Canary", "B")
    assert made
    group.do("heather", sanctions.suspend, "isla", 3, "Spam")
    ticket = group.store.write_now(members.sign_in, group.id("isla")).ticket
    assert ticket
    guest = replace(context(forum, group, "isla"), ticket=ticket, shut_out=True)
    async with live(forum), sit_down(forum, guest, size=size) as desk:
        await desk.sees("Reason: Spam.", "takeout")
        for key in ("1", "3", "space", "g", "/"):
            await desk.type(key)
            await desk.sees("Reason: Spam.", gone="Canary")
        await desk.type("r")
        for letter in "Why?":
            desk.press(letter)
        await desk.type("enter", "enter")
        await desk.sees("Why?", "you")
        await desk.type("?")
        await desk.sees("Help")
        await desk.type("1")
        await desk.sees("Reason: Spam.", gone="Canary")
        await desk.type("q", "q")
        await desk.sees("Sign out?")


async def test_a_warning_stays_on_home_until_it_is_acknowledged(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("You are up to date")
        sqlite_group.do("heather", sanctions.warn, "isla", "Be kind")
        await desk.sees("A moderator has warned you. Reason: Be kind.")
        await desk.type("home", "enter")
        await desk.sees("I have read it")
        await desk.type("y")
        await desk.sees("Thank you.", gone="Be kind")


async def test_a_moderator_takes_and_lifts_a_measure_on_the_members_page(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.type("4")
        await desk.sees("Isla")
        await desk.app.visits.open("profile", "isla")
        await desk.type("W", "s")
        await desk.sees("Silence isla", "everywhere", "isla reads it")
        await desk.type("tab", "tab", "ctrl+s")
        await desk.sees("Give a reason: the member reads it.")
        await desk.type("Loud", "ctrl+s")
        await desk.sees("isla is silenced until", "and reads why")
        await desk.type("W", "l", "y")
        await desk.sees("Nothing else is in force.", "Before")
    assert group.read("heather", people.profile, "isla").sanctions[0].in_force is False


async def test_who_moderates_a_board_silences_there_from_a_post(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    general = group.read("morag", boards.board_page, "general").board.id
    group.do("morag", board_settings.set_board_people, general, moderates=["isla"])
    rude = group.do("ross", posts.start_thread, "general", "Wages", "Rude words")
    elsewhere = group.do("ross", posts.start_thread, "training", "Wages", "Rude words")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.type("g", f"#{elsewhere.post_id}\r", "W")
        await desk.sees("Only a moderator can do that.")
        await desk.type("g", f"#{rude.post_id}\r", "W")
        await desk.sees("Silence ross", "in General")
        await desk.type("tab", "tab", "Loud", "ctrl+s")
        await desk.sees("ross is silenced in General until")
        await desk.type("enter", "W")
        await desk.sees("Silenced in General until", "s silence  l lift", gone="ban")
        await desk.type("l", "y")
        await desk.sees("Lifted.", "Before")
    assert group.read("heather", people.profile, "ross").sanctions[0].in_force is False


async def test_an_operator_gives_roles_on_the_members_page(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "morag")) as desk:
        await desk.sees("You are up to date")
        await desk.app.visits.open("profile", "isla")
        await desk.type("O")
        await desk.sees("Roles of Isla", "Facilitator")
        await desk.type("space", "ctrl+s")
        await desk.sees("Saved.", "facilitator")
    assert group.read("morag", people.profile, "isla").person.roles == ("facilitator",)
