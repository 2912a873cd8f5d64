"""The editor, key by key, through the real driver."""

from contextlib import AbstractAsyncContextManager

import pytest

from bbs.context import Forum
from bbs.services import board_settings, drafts, people, posts
from tests.conftest import Group
from tests.terminal import Desk, context, live, sit_down

UNDO, REDO, HELP = "\x1a", "\x19", "\x0f"
WORD_LEFT, WORD_RIGHT, SELECT_WORD_LEFT = "\x1b[1;5D", "\x1b[1;5C", "\x1b[1;6D"
SELECT_ALL, CUT, PASTE, COPY = "\x1b[18~", "\x18", "\x16", "\x03"
LONG = "\n".join(f"line {number}" for number in range(1, 31))


@pytest.fixture
def place(sqlite_group: Group) -> str:
    """Where isla answers: a question by Ross that is new to her."""
    made = sqlite_group.do("ross", posts.start_thread, "general", "T", LONG)
    return f"thread:{made.thread_id}"


async def answering(desk: Desk) -> None:
    await desk.sees("New for you")
    await desk.type("space", "end", "r")
    await desk.sees("Reply in T")


def pasted(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


def kept(group: Group, place: str) -> str:
    found = group.read("isla", drafts.draft, place)
    return found.body if found else ""


def sits(group: Group, forum: Forum, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Desk]:
    return sit_down(forum, context(forum, group, "isla"), size=size)


async def test_what_was_done_is_taken_back_and_done_again(forum: Forum, sqlite_group: Group, place: str) -> None:
    async with live(forum), sits(sqlite_group, forum) as desk:
        await answering(desk)
        await desk.type("first ", "enter", "second")
        await desk.type(UNDO)
        await desk.sees("first", gone="second")
        await desk.type(REDO)
        await desk.sees("first", "second")
        await desk.type(SELECT_ALL, "bs")
        await desk.sees("Reply in T", gone="second")
        await desk.type(UNDO)
        await desk.sees("first", "second")
    assert kept(sqlite_group, place) == "first \nsecond"


async def test_words_are_passed_selected_and_moved(forum: Forum, sqlite_group: Group, place: str) -> None:
    async with live(forum), sits(sqlite_group, forum) as desk:
        await answering(desk)
        await desk.type("one two three", WORD_LEFT, WORD_LEFT, "and ")
        await desk.sees("one and two three")
        await desk.type(WORD_RIGHT, WORD_RIGHT, SELECT_WORD_LEFT, CUT)
        await desk.sees("one and two", gone="three")
        await desk.type("home", PASTE, " ")
        await desk.sees("three one and two")
        await desk.type("end", SELECT_WORD_LEFT, "2")
        await desk.sees("three one and 2")
    assert kept(sqlite_group, place) == "three one and 2"


async def test_what_is_copied_in_the_editor_reaches_the_members_own_clipboard(
    forum: Forum, sqlite_group: Group, place: str
) -> None:
    async with live(forum), sits(sqlite_group, forum) as desk:
        await answering(desk)
        await desk.type("words", SELECT_ALL, COPY, "end")
        assert b"\x1b]52;c;d29yZHM=\x07" in desk.raw


async def test_wide_letters_take_their_two_cells(forum: Forum, sqlite_group: Group, place: str) -> None:
    async with live(forum), sits(sqlite_group, forum, (40, 20)) as desk:
        await answering(desk)
        await desk.type("図書館", "left", "x", "end", "é👩", "bs", "!")
        await desk.rests()
        row = next(line for line in desk.screen.display if "図" in line)
        assert row.replace(" ", "").startswith("図書x館é!")
        assert desk.screen.buffer[desk.screen.display.index(row)][5].data == "x"
    assert kept(sqlite_group, place) == "図書x館é!"


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_help_stands_in_for_the_text_and_gives_it_back(
    forum: Forum, sqlite_group: Group, place: str, size: tuple[int, int]
) -> None:
    async with live(forum), sits(sqlite_group, forum, size) as desk:
        await answering(desk)
        await desk.sees("Ctrl+O help")
        await desk.type("my words", HELP)
        await desk.sees("Keys", "Ctrl+S sends", "Space goes on", gone="my words")
        for _ in range(8):
            await desk.type("space")
        await desk.sees("an address alone is")
        await desk.type("esc")
        await desk.sees("my words", gone="Keys")
        await desk.type(" and more")
        await desk.sees("my words and more")


@pytest.mark.parametrize(("size", "seen"), [((80, 24), 6), ((40, 20), 5), ((120, 40), 10)])
async def test_the_answered_post_is_in_view_and_scrolls(
    forum: Forum, sqlite_group: Group, place: str, size: tuple[int, int], seen: int
) -> None:
    async with live(forum), sits(sqlite_group, forum, size) as desk:
        await answering(desk)
        await desk.sees(f"line {seen - 2}", "more: Tab", gone="line 11")
        await desk.type("my words", "tab", "down", "down")
        await desk.sees("▎ line 3", f"▎ line {seen}", "my words", gone="▎ line 2\n")
        await desk.type(*["space"] * 12)
        await desk.sees("▎ line 30", "my words", gone=" more")
        await desk.type("tab", "!")
        await desk.sees("my words!")


@pytest.mark.parametrize("size", [(80, 24), (40, 20)])
async def test_letters_are_counted_near_the_limit(
    forum: Forum, sqlite_group: Group, place: str, size: tuple[int, int]
) -> None:
    async with live(forum), sits(sqlite_group, forum, size) as desk:
        await answering(desk)
        await desk.type(pasted("four\n" * 3000))
        await desk.sees("four", gone="of 20,000")
        await desk.type(pasted("four\n" * 1000 + "x"))
        await desk.sees("20,001 of 20,000", "All 4 members")


async def test_a_handle_is_completed_while_typing(forum: Forum, sqlite_group: Group, place: str) -> None:
    for handle in ("hamish", "hannah"):
        sqlite_group.add(handle, display_name=handle.title())
    async with live(forum), sits(sqlite_group, forum) as desk:
        await answering(desk)
        desk.press("ask @ha")
        await desk.sees("Tab @hamish", "@hannah", gone="heather")
        await desk.type("n")
        await desk.sees("Tab @hannah", gone="hamish")
        await desk.type("tab")
        await desk.sees("ask @hannah", "Ctrl+S send")
        await desk.type("or @he", "tab", "too")
        await desk.sees("ask @hannah or @heather too")
        await desk.type(" a@ha", "tab", "x")  # no mention: Tab goes on to the answered post
        await desk.sees("too a@ha")
    assert kept(sqlite_group, place) == "ask @hannah or @heather too a@ha"


async def test_an_offered_handle_can_be_clicked(forum: Forum, sqlite_group: Group, place: str) -> None:
    for handle in ("hamish", "hannah"):
        sqlite_group.add(handle)
    async with live(forum), sits(sqlite_group, forum) as desk:
        await answering(desk)
        desk.press("@ha")
        await desk.sees("Tab @hamish", "@hannah")
        column = desk.screen.display[-1].index("@hannah") + 2
        await desk.type(f"\x1b[<0;{column};24M\x1b[<0;{column};24m", "!")
        await desk.sees("@hannah !")


def test_only_who_may_read_the_board_is_offered(group: Group) -> None:
    for handle in ("roddy", "rowan"):
        group.add(handle, display_name=f"{handle.title()} Mac Rae")
    group.do("morag", board_settings.set_board_people, 1, kind="private", reads=["isla", "ross", "rowan"], moderates=[])

    def offered(beginning: str, board_id: int) -> list[str]:
        return [one.handle for one in group.read("isla", people.handles_like, beginning, board_id)]

    assert offered("ro", 1) == ["ross", "rowan"]
    assert offered("ro", 2) == ["roddy", "ross", "rowan"]
    assert offered("RA", 2) == ["roddy", "rowan"]
    assert offered("h", 1) == []  # a moderator whom it does not name cannot read it
    assert offered("mo", 1) == ["morag"]  # an operator can
    assert offered("is", 2) == []  # nobody calls themselves
    assert offered("%", 2) == []


async def test_what_is_discarded_can_be_brought_back_in_the_editor(
    forum: Forum, sqlite_group: Group, place: str
) -> None:
    async with live(forum), sits(sqlite_group, forum) as desk:
        await answering(desk)
        await desk.type("too hasty", "ctrl+g")
        await desk.sees("You can have it back for a day.")
        await desk.type("y")
        await desk.sees("Discarded. Your drafts (7) have it for a day")
        await desk.type("r")
        await desk.sees("Ctrl+G brings back what you discarded here.", gone="too hasty")
        await desk.type("ctrl+g")
        await desk.sees("too hasty", "Here is what you discarded.")
        await desk.type(" after all", "esc")
        await desk.sees("Your draft is kept.")
    assert kept(sqlite_group, place) == "too hasty after all"


async def test_the_drafts_page_shows_how_each_begins_and_brings_back_what_was_discarded(
    forum: Forum, sqlite_group: Group, place: str
) -> None:
    async with live(forum), sits(sqlite_group, forum, (40, 20)) as desk:
        await answering(desk)
        await desk.type("How it begins, and how it goes on for some more words", "esc")
        await desk.sees("Your draft is kept.")
        await desk.type("7")
        await desk.sees("Reply", "   How it begins, and how it goes on", gone="Discarded")
        await desk.type("d", "y")
        await desk.sees("No drafts.", "Discarded in the last day", "How it begins")
        await desk.type("u")
        await desk.sees("The draft is back.", "How it begins", gone="Discarded in")
        await desk.type("enter")
        await desk.sees("Reply in T", "How it begins", "is here again")
