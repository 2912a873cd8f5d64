"""What Textual brings: the command palette, the mouse, selected text, the scroll bar; and its own way to test."""

import base64

import pytest

from bbs.context import Forum
from bbs.services import board_settings, boards, posts
from screens.app import AppMaker
from screens.places.boards import BoardsScreen
from screens.places.home import HomeScreen
from tests.conftest import Gathering, Group
from tests.terminal import Desk, context, live, sit_down

F6 = "\x1b[17~"


def fill(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Budgets", "Words to select.")
    for number in range(40):
        group.clock.forward(minutes=2)
        group.do("heather", posts.reply, made.thread_id, f"Answer {number} of many")


@pytest.fixture(scope="module")
def sqlite_gathering(sqlite_gathering: Gathering, tmp_path_factory: pytest.TempPathFactory) -> Gathering:
    """The group, and what they have written."""
    return sqlite_gathering.filled(tmp_path_factory.mktemp("written") / "forum.db", fill)


def drag(start: tuple[int, int], end: tuple[int, int]) -> tuple[str, str, str]:
    """What a terminal sends when the left button is held from one (column, row) to another, counted from 1."""
    return f"\x1b[<0;{start[0]};{start[1]}M", f"\x1b[<32;{end[0]};{end[1]}M", f"\x1b[<0;{end[0]};{end[1]}m"


async def test_pilot_presses_keys_and_asks_for_state(forum: Forum, sqlite_group: Group) -> None:
    app = AppMaker()(context(forum, sqlite_group, "isla"), Desk((80, 24)), "xterm-256color", (80, 24), {})
    async with live(forum), app.run_test(size=(80, 24)) as pilot:
        await app.settled()
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("1")
        await app.settled()
        assert isinstance(app.screen, BoardsScreen)
        assert [row.target.slug for row in app.screen.rows if row.target][:2] == ["general", "introductions"]


async def test_the_palette_offers_the_actions_of_the_place_and_the_places(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", "\x10")
        await desk.sees("What do you want to do?", "Boards", "Home")
        await desk.type("meetings", "enter")
        await desk.sees("No meeting is planned.", gone="What do you want to do?")


async def test_the_palette_takes_no_book_for_a_question(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("\x10", f"\x1b[200~{'word ' * 40_000}\x1b[201~", "meetings", "enter")
        await desk.sees("No meeting is planned.", gone="What do you want to do?")


async def test_the_palette_does_not_offer_what_one_may_not_do(forum: Forum, sqlite_group: Group) -> None:
    for who, is_offered in (("isla", False), ("heather", True)):
        async with live(forum), sit_down(forum, context(forum, sqlite_group, who)) as desk:
            await desk.sees("New for you")
            await desk.type("space", "\x10", "pin")
            assert ("Pin" in desk.text()) is is_offered


async def test_the_palette_offers_a_boards_own_moderators_their_actions(forum: Forum, sqlite_group: Group) -> None:
    board_id = sqlite_group.read("morag", boards.board_page, "general").board.id
    sqlite_group.do("morag", board_settings.set_board_people, board_id, kind="public", reads=[], moderates=["isla"])
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", "enter", "enter", "\x10", "pin")
        await desk.sees("Pin or unpin the thread")


async def test_help_lists_the_keys_that_are_for_whoever_asks(forum: Forum, sqlite_group: Group) -> None:
    for who, moderates in (("isla", False), ("heather", True)):
        async with live(forum), sit_down(forum, context(forum, sqlite_group, who), size=(100, 80)) as desk:
            await desk.sees("New for you")
            text = await desk.type("space", "?")
            assert ("What moderators can do" in text, "The queue of reports" in text) == (moderates, moderates)
            assert "Reply, quoting the post" in text


@pytest.mark.parametrize("key", [F6, "\x14"])
async def test_the_mouse_is_given_to_the_terminal_and_taken_back(forum: Forum, sqlite_group: Group, key: str) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        before = len(desk.raw)
        await desk.type(key)
        await desk.sees("Your terminal has the mouse")
        assert b"\x1b[?1000l" in desk.raw[before:]
        before = len(desk.raw)
        await desk.type(key)
        assert b"\x1b[?1000h" in desk.raw[before:]


async def test_text_is_selected_with_the_mouse_and_copied(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "home")
        lines = desk.text().splitlines()
        row = next(y for y, text in enumerate(lines, 1) if "Words to select." in text)
        column = lines[row - 1].index("Words") + 1
        await desk.type(*drag((column, row), (column + 7, row)))
        await desk.sees("Ctrl+C copies what is selected.")
        await desk.type("\x03")
        assert b"\x1b]52;c;" + base64.b64encode(b"Words to") in desk.raw


async def test_the_scroll_bar_is_dragged(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("space", "home")
        await desk.sees("Words to select.")
        await desk.type(*drag((80, 2), (80, 20)))
        await desk.sees("Answer 3", gone="Words to select.")


async def test_nothing_of_the_servers_is_touched(forum: Forum, sqlite_group: Group) -> None:
    app = AppMaker()(context(forum, sqlite_group, "isla"), Desk((80, 24)), "xterm-256color", (80, 24), {})
    offered = {name for binding in app.BINDINGS for name in binding.action.split(",")}  # type: ignore[union-attr]
    assert not offered & {"screenshot", "suspend_process", "help_quit", "open_url"}
    assert app.ENABLE_COMMAND_PALETTE is False, "Textual's own commands save screenshots to the server's disk"
