"""Drafts in two sessions at once, and drafts whose place has changed under them."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from bbs.context import Forum
from bbs.services import arranging, board_settings, drafts, messages, moderation, posts, threads
from bbs.services.meetings import pages
from tests.conftest import Group
from tests.terminal import Desk, context, live, sit_down


@pytest.fixture
def thread_id(sqlite_group: Group) -> int:
    return sqlite_group.do("ross", posts.start_thread, "general", "T", "a question").thread_id


def sits(group: Group, forum: Forum, handle: str = "isla") -> AbstractAsyncContextManager[Desk]:
    return sit_down(forum, context(forum, group, handle))


async def answering(desk: Desk, *words: str) -> None:
    await desk.sees("Staffroom")
    await desk.type("g", "#1", "enter", "r", *words)


def listed(group: Group, handle: str = "isla") -> dict[str, str]:
    """The member's drafts, with a question mark for a discarded one."""
    lines = group.read(handle, drafts.draft_list)
    return {line.draft.place + ("?" if line.discarded else ""): line.draft.body for line in lines}


async def both_write(one: Desk, two: Desk) -> None:
    """The second session goes on from the first one's words; then the first writes on as well, and is asked."""
    await answering(one, "the first")
    await one.sees("draft kept")
    await answering(two)
    await two.sees("the first", "is here again")
    await two.type(" and the second")
    await two.sees("draft kept")
    await one.sees("Another of your sessions is writing in this draft too.")
    await one.type(" and the thir")
    await one.sees("changed this draft too. Go on")
    await one.type("d")
    await one.type("esc")
    await one.sees("m keep mine", "t take theirs", "b both", "the first and the third")


@pytest.mark.parametrize(("key", "body", "aside"), [
    ("m", "the first and the third", "the first and the second"),
    ("t", "the first and the second", "the first and the third"),
    ("b", "the first and the second\n\nthe first and the third", None),
])  # fmt: skip
async def test_complaint_1_of_two_sessions_the_second_is_told_and_chooses(
    forum: Forum, sqlite_group: Group, thread_id: int, key: str, body: str, aside: str | None
) -> None:
    """Complaint 1: drafts lost. Neither session's words are written over, and what is left out can be had back."""
    place = f"thread:{thread_id}"
    async with live(forum), sits(sqlite_group, forum) as one, sits(sqlite_group, forum) as two:
        await both_write(one, two)
        assert listed(sqlite_group)[place] == "the first and the second"
        await one.type(key)
        await one.sees(body.splitlines()[-1], gone="keep mine")
        await one.type("!")
        await one.sees("!")
        if key != "t":
            await two.sees("Another of your sessions is writing in this draft too.")
    kept = listed(sqlite_group)
    assert kept[place] == body + "!"
    assert kept.get(f"{place}?") == aside


async def test_taking_the_other_text_can_be_undone(forum: Forum, sqlite_group: Group, thread_id: int) -> None:
    async with live(forum), sits(sqlite_group, forum) as one, sits(sqlite_group, forum) as two:
        await both_write(one, two)
        await one.type("t")
        await one.sees("the first and the second", gone="third")
        await one.type("\x1a")
        await one.sees("the first and the third")


async def test_complaint_1_two_dropped_lines_at_once_lose_neither_text(
    forum: Forum, sqlite_group: Group, thread_id: int
) -> None:
    """Complaint 1: drafts lost. Nobody could be asked."""
    async with live(forum):
        async with sits(sqlite_group, forum) as one, sits(sqlite_group, forum) as two:
            await both_write(one, two)
        assert listed(sqlite_group) == {f"thread:{thread_id}": "the first and the second\n\nthe first and the third"}


async def test_a_text_is_not_sent_over_another_sessions(forum: Forum, sqlite_group: Group, thread_id: int) -> None:
    async with live(forum), sits(sqlite_group, forum) as one, sits(sqlite_group, forum) as two:
        await answering(one, "the first")
        await one.sees("draft kept")
        await answering(two, " and the second")
        await two.sees("draft kept")
        await one.type("!", "ctrl+s")
        await one.sees("m keep mine", "b both")
        await one.type("b")
        await one.sees("the first and the second", "the first!")
        await one.type("ctrl+s")
        await one.sees("Posted as #")
        await two.sees("has sent or discarded this draft")


async def test_what_was_sent_elsewhere_is_said_at_once(forum: Forum, sqlite_group: Group, thread_id: int) -> None:
    async with live(forum), sits(sqlite_group, forum) as one, sits(sqlite_group, forum) as two:
        await answering(one, "an answer")
        await one.sees("draft kept")
        await answering(two)
        await two.type("ctrl+s")
        await two.sees("Posted as #")
        await one.sees("has sent or discarded this draft", "an answer")
        await one.type("ctrl+s")
        await one.sees("Posted as #2")
    assert len(sqlite_group.read("isla", threads.thread_page, thread_id).posts) == 2
    assert listed(sqlite_group) == {}


async def test_two_sessions_on_one_message_keep_both_texts(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "hello")
    async with live(forum), sits(group, forum) as one, sits(group, forum) as two:
        for desk, words in ((one, "from the desk"), (two, "from the phone")):
            await desk.sees("Staffroom")
            await desk.type("3", "enter", "r")
            await desk.sees("Write to Ross")
            await desk.type(words)
        await one.type("esc")
        await one.rests()
        await two.type("esc")
        await two.sees("Both texts are kept")
    (body,) = listed(group).values()
    assert sorted(body.split("\n\n")) == ["from the desk", "from the phone"]


async def test_a_form_in_two_sessions_asks_as_well(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sits(group, forum, "heather") as one, sits(group, forum, "heather") as two:
        for desk, title in ((one, "Winter"), (two, "Spring")):
            await desk.sees("Staffroom")
            await desk.type("2", "n")
            await desk.sees("Announce a meeting")
            if desk is two:
                await desk.sees("Winter", "is here again")
                await desk.type("end", " or ")
            await desk.type(title)
            await until_kept(group, "heather", title)
        await one.type("!")
        await one.sees("changed this form too. Go on")
        await one.type("esc")
        await one.sees("m keep mine", "t take theirs")
        await one.type("t")
        await one.sees("Winter or Spring")
    kept = listed(group, "heather")
    assert '"Winter or Spring"' in kept["meeting:new"]
    assert '"Winter!"' in kept["meeting:new?"]
    assert group.read("heather", pages.meeting_list) == ()


async def until_kept(group: Group, handle: str, words: str) -> None:
    async with asyncio.timeout(10):
        while not any(words in body for body in listed(group, handle).values()):
            await asyncio.sleep(0.02)


async def test_a_boards_form_is_there_again_after_a_dropped_line(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum):
        async with sits(group, forum, "morag") as desk:
            await desk.sees("Staffroom")
            await desk.type("1", "n", "jokes", "tab", "Jokes of the trade")
        async with sits(group, forum, "morag") as desk:
            await desk.sees("Staffroom")
            await desk.type("1", "e", "end", " room")
        async with sits(group, forum, "morag") as desk:
            await desk.sees("Staffroom")
            await desk.type("7")
            await desk.sees("Board", "General room")
            await desk.type("enter")
            await desk.sees("Describe General", "General room")
            await desk.type("ctrl+s", "7", "enter")
            await desk.sees("New board", "Jokes of the trade")
            await desk.type("ctrl+s")
            await desk.sees("Boards › Jokes of the trade")
    assert listed(group, "morag") == {}


async def test_a_form_that_was_left_can_be_had_back(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sits(sqlite_group, forum, "heather") as desk:
        await desk.sees("Staffroom")
        await desk.type("2", "n", "Winter", "esc")
        await desk.sees("Leave? You can have it back for a day.")
        await desk.type("y", "7")
        await desk.sees("Discarded in the last day", "Meeting")
        await desk.type("enter")
        await desk.sees("The draft is back.")
        await desk.type("enter")
        await desk.sees("Announce a meeting", "Winter")


@pytest.mark.parametrize("change", ["locked", "moved", "archived", "made private", "removed"])
async def test_what_becomes_of_the_place_the_text_is_kept_and_the_member_is_told(
    forum: Forum, sqlite_group: Group, thread_id: int, change: str
) -> None:
    group = sqlite_group
    secret = group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")

    def happen() -> None:
        if change == "locked":
            group.do("heather", moderation.lock_thread, thread_id, locked=True)
        elif change == "moved":
            group.do("morag", arranging.move_thread, thread_id, "inner")
        elif change == "archived":
            group.do("morag", board_settings.archive_board, 1, archived=True)
        elif change == "made private":
            group.do("morag", board_settings.set_board_people, 1, kind="private", reads=["ross"], moderates=[])
        else:
            group.do("ross", posts.delete_post, 1, thread="remove")

    async with live(forum), sits(group, forum) as desk:
        await answering(desk, "too late, but not lost")
        happen()
        await desk.type("ctrl+s")
        await desk.sees("too late, but not lost", "is kept")
        await desk.type("esc")
        await desk.sees("T", gone="Reply in T")
        await desk.type("7")
        await desk.sees("too late, but not lost")
        await desk.type("enter")
        if change in {"moved", "made private"}:
            await desk.sees("A draft whose place is gone", "too late, but not lost")
            assert "Inner" not in desk.text()
    assert listed(group) == {f"thread:{thread_id}": "too late, but not lost"}
    assert secret
