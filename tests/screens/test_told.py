"""Notices on the screen: the count, the line, the bell, and what one wishes."""

import asyncio
import dataclasses

import pytest
from sqlalchemy.orm import Session

from bbs.context import Forum
from bbs.events import Noticed
from bbs.services import imports_people, messages, notices, posts, roles
from bbs.store import Store, record
from tests.conftest import Group
from tests.services.test_imports import bring, letter
from tests.terminal import context, live, make_forum, sit_down


@pytest.fixture
def forum(sqlite_store: Store) -> Forum:
    return make_forum(sqlite_store)


def wish_bell(group: Group, *, bell: bool) -> None:
    group.do("isla", notices.wish, dataclasses.replace(group.read("isla", notices.wishes), bell=bell))


async def test_a_notice_is_said_and_counted_and_leads_to_its_place(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        await desk.type("1")
        group.do("ross", posts.start_thread, "general", "Fresh", "what says @isla?")
        await desk.sees("You are mentioned: 6 opens your notices.", "1 notice ")
        await desk.type("6")
        await desk.sees("Ross mentioned you in Fresh")
        await desk.type("enter")
        await desk.sees("General › Fresh", gone="1 notice")
        await desk.type("6")
        await desk.sees("Ross mentioned you in Fresh", gone="●")


async def test_all_can_be_marked_as_read_and_put_back(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "One", "B")
    group.do("ross", messages.send_message, "isla", "psst")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("2 notices")
        await desk.type("6", "c")
        await desk.sees("All marked as read. u puts them back.", gone="2 notices")
        await desk.type("u")
        await desk.sees("2 notices")


async def test_nothing_rings_until_the_member_wishes_it(forum: Forum, sqlite_group: Group) -> None:
    """Complaint 4: no word outside the terminal that something happened."""
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        group.do("ross", messages.send_message, "isla", "one")
        await desk.sees("A message has come")
        assert b"\x07" not in desk.raw
        wished = group.read("isla", notices.wishes)
        group.do("isla", notices.wish, dataclasses.replace(wished, bell=True))
        group.do("ross", posts.start_thread, "general", "Fresh", "B")
        await desk.sees("A new thread")
        assert b"\x1b[22;2t" in desk.raw
        assert b"\x1b]2;(2) Staffroom\x07\x07" in desk.raw
        await desk.type("6", "c")
        await desk.sees("All marked as read")
        await desk.type("ctrl+q")
        assert desk.raw.rindex(b"\x1b]2;Staffroom\x07") < desk.raw.rindex(b"\x1b[23;2t")


async def test_more_notices_than_are_counted_are_told_of(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    wish_bell(group, bell=True)
    for number in range(notices.CAP):
        group.clock.forward(minutes=30)
        group.do("ross", posts.start_thread, "general", f"Thread {number}", "B")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("100 notices")
        group.clock.forward(minutes=30)
        group.do("ross", posts.start_thread, "general", "Fresh", "what says @isla?")
        await desk.sees("You are mentioned")
        assert desk.raw.count(b"\x1b]2;(100) Staffroom\x07\x07") == 1


async def test_who_wants_no_bell_any_more_gets_the_plain_title_back(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    wish_bell(group, bell=True)
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        group.do("ross", messages.send_message, "isla", "one")
        await desk.sees("A message has come")
        wish_bell(group, bell=False)
        group.do("isla", notices.mark_read)
        while b"\x1b]2;Staffroom\x07" not in desk.raw:
            await desk.changed()
        titles = desk.raw.count(b"\x1b]2;")
        group.do("ross", posts.start_thread, "general", "Fresh", "B")
        await desk.sees("A new thread")
        await desk.rests()
        assert desk.raw.count(b"\x1b]2;") == titles


async def test_notices_are_counted_once_at_a_time(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("You are up to date")
        count = desk.app.notices
        count._begin()
        first = count._task
        count.hear(None)
        count._begin()
        assert count._task is first
        await desk.rests()
        assert count._task is not first


async def hear_of_what_nobody_knows(forum: Forum, group: Group) -> None:
    def send(session: Session) -> None:
        messages.send_message(session, group.actor("ross"), "isla", "one")
        record(session, Noticed("novel", [group.id("isla")], 0, 0))

    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        group.store.write_now(send)
        assert desk.task
        await asyncio.wait({desk.task}, timeout=5)


async def test_a_fault_while_counting_ends_the_session_aloud(forum: Forum, sqlite_group: Group) -> None:
    with pytest.raises(KeyError, match="novel"):
        await hear_of_what_nobody_knows(forum, sqlite_group)


async def test_a_member_who_is_writing_is_told_too(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    wished = group.read("isla", notices.wishes)
    group.do("isla", notices.wish, dataclasses.replace(wished, bell=True))
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        await desk.type("1", "enter", "n")
        await desk.sees("New thread in General")
        group.do("ross", messages.send_message, "isla", "one")
        while b"\x1b]2;(1) Staffroom\x07\x07" not in desk.raw:
            await desk.changed()
        assert "New thread in General" in desk.text()


async def test_a_conversation_that_is_open_needs_no_notice(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "one")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("1 notice ")
        await desk.type("3", "enter")
        await desk.sees("Messages › Ross", gone="1 notice")
        group.do("ross", messages.send_message, "isla", "two")
        await desk.sees("two")
        await desk.type("0")
        await desk.sees("You are up to date", gone="1 notice")


async def test_what_one_is_told_of_is_chosen_in_a_form(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        await desk.type("6", "s")
        await desk.sees("When somebody mentions me")
        await desk.type("right", "ctrl+s")
        await desk.sees("Saved.")
    assert not group.read("isla", notices.wishes).tell_mentions


async def test_following_and_its_marks(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "Fresh", "B")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("Fresh")
        await desk.type("1", "f")
        await desk.sees("General is not followed: what is new in it stays away from Home.", "(not followed)")
        await desk.type("0")
        await desk.sees("You are up to date")
        await desk.type("1", "enter", "f")
        await desk.sees("This thread is followed.", "+")
        await desk.type("0")
        await desk.sees("Fresh")
        await desk.type("space", "f")
        await desk.sees("This thread is not followed.")


async def test_a_member_is_told_what_became_theirs_of_an_imported_history(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    bring(group, letter(1, subject="Loans"))
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("You are up to date")
        group.store.write_now(imports_people.claim, "isla@example.org", "isla")
        await desk.sees("1 notice ")
        await desk.type("6")
        await desk.sees("Loans: what you wrote to the list is shown under your name now")
        await desk.type("enter")
        await desk.sees("General › Loans", gone="1 notice")


async def test_a_notice_without_a_place_is_read_in_full(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("morag", roles.set_roles, "isla", ["facilitator"])
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("Your account", "You are a facilitator now.", "1 notice")
        await desk.type("space")
        await desk.sees("Notices › Your account", "Morag @morag", "Before, you were a member.", gone="1 notice ")
        await desk.type("space")
        await desk.sees("You are up to date")
        await desk.type("6", "enter")
        await desk.sees("Notices › Your account", "You are a facilitator now.")
