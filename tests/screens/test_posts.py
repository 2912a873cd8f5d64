"""What a post holds, in the terminal: quotes, code, links, and where it answers."""

import base64
import re

import pytest

from bbs.context import Forum
from bbs.services import boards, posts
from screens.terminal import CLIPBOARD_BOUND
from tests.conftest import Group
from tests.terminal import Desk, context, live, sit_down

QUOTE = "\n".join(f"> quoted {number}" for number in range(1, 13))


def copied(desk: Desk) -> list[str]:
    """What the client's terminal was asked to keep."""
    return [base64.b64decode(found).decode() for found in re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", desk.raw)]


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_a_long_quote_is_folded_until_asked_for(forum: Forum, sqlite_group: Group, size: tuple[int, int]) -> None:
    sqlite_group.do("ross", posts.start_thread, "general", "T", f"{QUOTE}\n\nMy own words.")
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla"), size=size) as desk:
        await desk.sees("New for you")
        await desk.type("space")
        await desk.sees("quoted 4", "[… 8 more lines; o unfolds]", "My own words.", gone="quoted 5")
        await desk.type("o")
        await desk.sees("quoted 12", gone="unfolds]")
        await desk.type("o")
        await desk.sees("[… 8 more lines; o unfolds]", gone="quoted 5")


async def test_unfolding_is_for_one_reader(forum: Forum, sqlite_group: Group) -> None:
    made = sqlite_group.do("ross", posts.start_thread, "general", "T", QUOTE)
    sqlite_group.do("ross", posts.reply, made.thread_id, "short")
    async with (
        live(forum),
        sit_down(forum, context(forum, sqlite_group, "isla")) as one,
        sit_down(forum, context(forum, sqlite_group, "heather")) as two,
    ):
        await one.sees("New for you")
        await two.sees("New for you")
        await one.type("space", "o")
        await one.sees("quoted 12")
        await two.type("space")
        await two.sees("unfolds]", "short", gone="quoted 12")


async def test_long_code_scrolls_sideways_and_back(forum: Forum, sqlite_group: Group) -> None:
    code = "".join(f"{number:>10}" for number in range(1, 16))
    sqlite_group.do("ross", posts.start_thread, "general", "T", f"Words.\n\n```\n{code}\nshort\n```")
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space")
        await desk.sees("         7     ›", "│ short", gone="        10")
        await desk.type(">")
        await desk.sees("│ ‹", "        10", "›", "Words.", gone="         3")
        await desk.type(">", ">", ">")
        await desk.sees("No code goes on that way in this post.", "│ ‹", "        15")
        await desk.type("<", "<", "<", "<")
        await desk.sees("         1", "         7     ›", "│ short", gone="‹")


async def test_a_link_is_numbered_shown_in_full_and_copied_by_one_key(forum: Forum, sqlite_group: Group) -> None:
    address = "https://example.org/" + "a-long-path/" * 8
    sqlite_group.do("ross", posts.start_thread, "general", "T", f"See [the fund]({address}).")
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla"), size=(40, 20)) as desk:
        await desk.sees("New for you")
        shown = await desk.type("space")
        assert "the fund [1]" in shown
        assert f"<{address}>" in shown.replace("\n", "").replace("▌", "")
        assert copied(desk) == []
        await desk.type("y")
        await desk.sees("Copied: https://example.org/a-long-", "if your terminal allows")
        assert copied(desk) == [address]


async def test_one_of_several_links_is_copied_by_its_number(forum: Forum, sqlite_group: Group) -> None:
    sqlite_group.do("ross", posts.start_thread, "general", "T", "https://a.org/x and https://b.org/Käse.")
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space")
        await desk.sees("https://a.org/x [1] and https://b.org/Käse [2].")
        await desk.type("y")
        await desk.sees("Copy which link, 1 to 2?", "a.org/x")
        await desk.type("2")
        await desk.sees("Copied: https://b.org/K")
        assert copied(desk) == ["https://b.org/K%C3%A4se"]
        await desk.type("y", "esc")
        assert len(copied(desk)) == 1


async def test_of_many_links_the_number_is_typed(forum: Forum, sqlite_group: Group) -> None:
    sqlite_group.do("ross", posts.start_thread, "general", "T", " ".join(f"https://e.org/{n}" for n in range(1, 13)))
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "y", "12", "enter")
        await desk.sees("Copied: https://e.org/12")
        await desk.type("y", "13", "enter")
        assert copied(desk) == ["https://e.org/12"]


async def test_nothing_in_a_post_reaches_the_clipboard_by_itself(forum: Forum, sqlite_group: Group) -> None:
    bad = "[x](javascript:alert(1)) [y](https://e.org/%1b]52;c;eA==%07) \x1b]52;c;eA==\x07 <data:text/html,x>"
    sqlite_group.do("ross", posts.start_thread, "general", "T", bad)
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "down", "up")
        assert copied(desk) == []
        await desk.type("y")
        await desk.sees("Copied: https://e.org/%1b%5D52")
        assert copied(desk) == ["https://e.org/%1b%5D52;c;eA==%07"]
        assert b"\x1b]52;c;eA==" not in desk.raw


async def test_what_is_too_long_for_a_clipboard_is_not_sent(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        assert desk.terminal
        desk.terminal.copy("x" * (CLIPBOARD_BOUND + 1))
        assert copied(desk) == []


async def test_a_key_goes_to_the_answered_post_and_another_back(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("ross", posts.start_thread, "general", "T", "the question")
    for number in range(120):
        group.clock.forward(minutes=5)
        group.do("heather", posts.reply, made.thread_id, f"aside {number}\n\nmore")
    last = group.do("ross", posts.reply, made.thread_id, "to the point", answers_id=made.post_id)
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("g", f"#{last.post_id}", "enter")
        await desk.sees("to the point", f"→ ross #{made.post_id}")
        await desk.type("a")
        await desk.sees("the question", f"b goes back to #{last.post_id}", gone="to the point")
        await desk.type("b")
        await desk.sees("to the point", gone="the question")
        await desk.type("b")
        await desk.sees("a goes to the post that this one answers")
        await desk.type("esc")
        await desk.sees("New for you")


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_removing_the_first_post_asks_about_the_thread(
    forum: Forum, sqlite_group: Group, size: tuple[int, int]
) -> None:
    group = sqlite_group
    made = group.do("isla", posts.start_thread, "general", "My thread", "first words")
    async with live(forum), sit_down(forum, context(forum, group, "isla"), size=size) as desk:
        await desk.sees("New for you")
        await desk.type("1", "enter", "enter", "d")
        await desk.sees("And the thread?", "k stays open", "l is locked", "w goes too")
        await desk.type("esc")
        await desk.sees("first words", gone="stays open")
        group.do("ross", posts.reply, made.thread_id, "an answer")
        await desk.sees("an answer")
        await desk.type("d")
        await desk.sees("l is locked", gone="w goes too")
        await desk.type("l")
        await desk.sees("Removed by its author.", "an answer", "the thread is locked")


async def test_a_thread_removed_whole_is_gone_from_its_board(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("isla", posts.start_thread, "general", "My thread", "first words")
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", "enter", "enter", "d", "w")
        await desk.sees("The thread is removed.", "Nothing here yet", gone="My thread")
    assert group.read("ross", boards.board_page, "general").threads == ()
