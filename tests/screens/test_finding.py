"""Searching and jumping, as a member does."""

import pytest

from bbs.context import Forum
from bbs.services import board_settings, messages, posts
from bbs.store import Store
from tests.conftest import Group
from tests.meetings import call
from tests.terminal import context, live, make_forum, sit_down


@pytest.fixture
def forum(sqlite_store: Store) -> Forum:
    return make_forum(sqlite_store)


async def test_what_is_found_opens_in_its_place(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "Coffee", "\n\n".join(f"line {n}" for n in range(40)))
    group.do("ross", posts.reply, made.thread_id, "There is a café at the library.")
    group.do("ross", messages.send_message, "isla", "the café is shut")
    call(group, title="Café meeting", starts="2026-12-03 14:00",
             zone="Europe/London", minutes=60)  # fmt: skip
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("/")
        await desk.sees("How to ask")
        await desk.type("cafe", "enter")
        await desk.sees("Search › cafe", "There is a café at the library.", "the café is shut", "Café meeting")
        row = next(n for n, line in enumerate(desk.text().splitlines()) if "Coffee" in line)
        await desk.type(*["down"] * (row // 2 + 2))
        await desk.type("home")
        await desk.type("enter")
        await desk.sees("Meetings › Café meeting")
        await desk.type("esc", "down", "enter")
        await desk.type("esc", "end", "enter")
        await desk.sees("café")


async def test_an_old_message_opens_where_it_stands(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "the needle")
    for number in range(80):
        group.clock.forward(minutes=1)
        group.do("ross", messages.send_message, "isla", f"hay {number}")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("/", "needle", "enter", "enter")
        await desk.sees("the needle", "hay 0", gone="hay 79")


async def test_a_search_from_a_thread_or_a_board_begins_there(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "One", "the word")
    group.do("ross", posts.start_thread, "training", "Two", "the word")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "/")
        await desk.sees(f"in:{made.thread_id}")
        await desk.type("word", "enter")
        await desk.sees(f"Search › in:{made.thread_id} word", "One", gone="Two")
        await desk.type("/", "ctrl+u", "word", "enter")
        await desk.sees("Search › word", "One", "Two")
        await desk.type("o")
        await desk.sees("The newest first.")


async def test_nothing_that_is_typed_into_the_search_is_an_error(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("5", '" NEAR( -- *', "enter")
        await desk.sees("Nothing was found.")
        await desk.type("/", "ctrl+u", "-only", "enter")
        await desk.sees("Add a word that should be there")


async def test_the_jump_box_looks_while_one_types(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", posts.start_thread, "general", "Binding of periodicals", "words")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("g")
        await desk.sees("Training and CPD", "Copyright clinic")
        await desk.type("tcpd")
        await desk.sees("Training and CPD", gone="Copyright clinic")
        await desk.type("ctrl+u", "bindp")
        await desk.sees("Binding of periodicals")
        await desk.type("ctrl+u", "@o", "down", "enter")
        await desk.sees("People › Ross")
        await desk.type("esc")
        await desk.sees("New for you")


async def test_what_is_typed_right_after_a_jump_is_for_the_page_that_comes(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.rests()
        desk.press("g", "general", "enter", "n", "A subject")
        await desk.sees("New thread in General", "A subject")


async def test_a_private_board_is_not_to_be_jumped_to(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("morag", board_settings.add_board, "closed", "Closed circle", kind="private")
    made = group.do("morag", posts.start_thread, "closed", "Canary", "words")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        for typed in ("closed", "canary", f"#{made.post_id}"):
            await desk.type("g", typed, "enter")
            await desk.sees(f"Nothing here is called {typed}.", gone="Canary")
            await desk.type("esc")
