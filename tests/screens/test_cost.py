"""What things cost, counted: bytes, writes, lines drawn, and what is left of a session that has ended."""

import gc
from itertools import pairwise

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyte.modes import DECAWM
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from bbs.context import Forum
from bbs.services import messages, posts
from screens import theme
from screens.app import StaffroomApp
from screens.canvas import Canvas
from screens.frame import Frame
from screens.lines import line
from screens.sheet import Sheet
from screens.terminal import Terminal
from tests.conftest import Group
from tests.terminal import Desk, context, live, make_forum, sit_down

CURSOR_BYTES = 400
PAGE_BYTES = 4096
LETTER_BYTES = 60
EDITOR_BYTES = 400


@pytest.fixture
def forum(sqlite_group: Group) -> Forum:
    group = sqlite_group
    for number in range(30):
        group.clock.forward(minutes=5)
        made = group.do("heather", posts.start_thread, "general", f"A thread with the number {number}", "Words\n" * 40)
    group.do("heather", posts.reply, made.thread_id, "> quoted\n\nAnd *an* answer.\n\n- one\n- two\n" * 12)
    for handle in ("heather", "ross"):
        group.do(handle, messages.send_message, "isla", f"a message from {handle}")
    return make_forum(group.store)


async def cost(desk: Desk, *keys: str) -> tuple[int, int]:
    """(bytes, writes) that these keys led to."""
    await desk.rests()
    before = len(desk.raw), len(desk.writes)
    await desk.type(*keys)
    return len(desk.raw) - before[0], len(desk.writes) - before[1]


async def test_home_is_painted_once(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.rests()
        assert len(desk.writes) == 1


@pytest.mark.parametrize("place", ["0", "1", "3", "4"], ids=["home", "boards", "messages", "people"])
async def test_a_cursor_key_sends_the_two_lines_that_change(forum: Forum, sqlite_group: Group, place: str) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type(place)
        sent, writes = await cost(desk, "down")
        assert 0 < sent <= CURSOR_BYTES
        assert writes == 1


async def test_in_a_board_and_a_thread(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", "enter")
        assert await cost(desk, "down") <= (CURSOR_BYTES, 1)
        await desk.type("enter")
        assert await cost(desk, "down") <= (CURSOR_BYTES, 1), "a line is scrolled, not painted anew"
        assert (await cost(desk, "pgdn"))[0] <= PAGE_BYTES


async def test_keys_typed_ahead_are_painted_together(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", "enter")
        assert (await cost(desk, "\x1b[B" * 5))[1] == 1


async def test_a_letter_sends_a_few_bytes(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("3", "n", "r")
        in_line, _ = await cost(desk, "o")
        assert 0 < in_line <= LETTER_BYTES
        await desk.type("esc", "0", "enter", "r")
        await desk.type("\x1b[200~" + "some words in a line\n" * 250 + "\x1b[201~", "a")
        sent = [(await cost(desk, letter))[0] for letter in "bcdef"]
        assert 0 < min(sent) <= EDITOR_BYTES, "the least: once a second the header says that the draft is kept"


async def test_nothing_is_left_of_a_session_that_has_ended(forum: Forum, sqlite_group: Group) -> None:
    kinds = (StaffroomApp, Frame, Sheet, Terminal)

    def alive() -> int:
        gc.collect()
        return sum(isinstance(found, kinds) for found in gc.get_objects())

    before = alive()
    async with live(forum):
        for _ in range(2):
            async with sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
                await desk.sees("New for you")
                await desk.type("1", "enter", "n")
                await desk.sees("New thread in")
                await desk.type("x")
                desk.terminal = None
    del desk
    assert alive() == before


# -- what the canvas sends is what a terminal shows

words = st.lists(st.sampled_from(["a", "b", " ", "é", "e\u0301", "図", "👍", "·"]), max_size=24).map("".join)
styles = st.sampled_from([theme.PLAIN, theme.BOLD, theme.BAR, theme.CURSOR, Style(reverse=True)])
rows = st.lists(st.tuples(words, styles), max_size=3).map(lambda parts: line(20, *parts))
screens = st.lists(rows, min_size=6, max_size=6)


@st.composite
def scrolled(draw: st.DrawFn) -> list[list[Strip]]:
    """Screens one after another, some of which are the one before moved by some lines."""
    shown = [draw(screens)]
    for by in draw(st.lists(st.integers(-5, 5), min_size=1, max_size=4)):
        before, fresh = shown[-1], draw(screens)
        shown.append(before[by:] + fresh[:by] if by > 0 else fresh[:-by] + before[: 6 + by] if by else fresh)
    return shown


def unwrapped_screen() -> pyte.Screen:
    screen = pyte.Screen(20, 6)
    screen.mode.remove(DECAWM)
    return screen


def cells(screen: pyte.Screen) -> list[list[object]]:
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


async def test_lines_do_not_wrap_by_themselves_until_the_session_ends(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        assert DECAWM not in desk.screen.mode
        await desk.type("ctrl+q")
        assert DECAWM in desk.screen.mode


@example([[line(20)] * 5 + [line(20, ("a" * 15 + "図図e\u0301", theme.PLAIN))], [line(20)] * 6], ColorSystem.EIGHT_BIT)
@settings(deadline=None)
@given(scrolled(), st.sampled_from([ColorSystem.EIGHT_BIT, ColorSystem.STANDARD, None]))
def test_differences_show_what_a_whole_painting_shows(shown: list[list[Strip]], system: ColorSystem | None) -> None:
    canvas, screen = Canvas(system), unwrapped_screen()
    stream = pyte.Stream(screen)
    for now in shown:
        stream.feed(canvas.paint(now))
        fresh = unwrapped_screen()
        pyte.Stream(fresh).feed(Canvas(system).paint(now))
        assert cells(screen) == cells(fresh)


def test_a_screen_that_does_not_change_sends_nothing() -> None:
    canvas = Canvas(ColorSystem.EIGHT_BIT)
    shown = [line(20, (f"row {number}", theme.PLAIN)) for number in range(6)]
    assert canvas.paint(shown)
    assert canvas.paint(list(shown)) == ""
    assert canvas.paint([line(20, (f"row {number}", theme.PLAIN)) for number in range(6)]) == ""
    for one, two in pairwise([shown, [*shown[1:], line(20, ("new", theme.PLAIN))]]):
        assert len(canvas.paint(two)) < sum(len(row.text) for row in one)
