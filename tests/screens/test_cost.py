"""What things cost, counted: bytes, writes, lines drawn, and what is left of a session that has ended."""

import gc
import io
import threading
from typing import Any

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it.token import Token
from pyte.modes import DECAWM
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from sqlalchemy import event
from textual._compositor import Compositor
from textual.color import Color
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from bbs import markdown
from bbs.context import Forum
from bbs.events import MinutePassed
from bbs.services import messages, posts
from screens import driver, styles
from screens.app import StaffroomApp
from screens.driver import ServedScreen
from screens.forms.asking import UNUSED
from screens.frames import Frames
from screens.lines import line
from screens.markdown import LONG
from screens.outgoing import Outgoing
from screens.terminal import Terminal
from screens.themes import NAMES, Look
from tests.conftest import Gathering, Group
from tests.terminal import Desk, context, live, sit_down

HOME_BYTES = 3072
"""At 9600 baud, three seconds."""
CURSOR_BYTES = 350
PAGE_BYTES = 4096
LETTER_BYTES = 60
EDITOR_BYTES = 400


def fill(group: Group) -> None:
    for number in range(30):
        group.clock.forward(minutes=5)
        made = group.do("heather", posts.start_thread, "general", f"A thread with the number {number}", "Words\n" * 40)
    group.do("heather", posts.reply, made.thread_id, "> quoted\n\nAnd *an* answer.\n\n- one\n- two\n" * 12)
    for handle in ("heather", "ross"):
        group.do(handle, messages.send_message, "isla", f"a message from {handle}")


@pytest.fixture(scope="module")
def sqlite_gathering(sqlite_gathering: Gathering, tmp_path_factory: pytest.TempPathFactory) -> Gathering:
    """The group, and what they have written."""
    return sqlite_gathering.filled(tmp_path_factory.mktemp("written") / "forum.db", fill)


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
        assert "New for you" in desk.text()
        assert len(desk.text().splitlines()[4].strip()) > 20, "a full Home"
        assert len(desk.raw) <= HOME_BYTES


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
        sent, writes = await cost(desk, "down")
        assert 0 < sent <= CURSOR_BYTES
        assert writes == 1
        await desk.type("enter")
        sent, writes = await cost(desk, "down")
        assert 0 < sent <= CURSOR_BYTES, "a line is scrolled, not painted anew"
        assert writes == 1
        assert (await cost(desk, "pgdn"))[0] <= PAGE_BYTES


async def test_keys_typed_ahead_are_painted_together(
    forum: Forum, sqlite_group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "PAINT_WAIT", 60.0)  # on a busy machine five keys take longer than painting waits
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


@pytest.mark.parametrize(("kind", "key"), [("notices", "6"), ("drafts", "7"), ("jump box", "g")])
async def test_a_new_screen_is_laid_out_once(
    forum: Forum, sqlite_group: Group, monkeypatch: pytest.MonkeyPatch, kind: str, key: str
) -> None:
    """Textual tells a screen its size three times while it is opened, and asks for a layout once it is mounted."""
    laid_out: list[object] = []
    reflow = Compositor.reflow

    def counted(self: Compositor, parent: Widget, size: Size) -> object:
        laid_out.append(parent)
        return reflow(self, parent, size)

    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.rests()
        monkeypatch.setattr(Compositor, "reflow", counted)
        await desk.type(key)
        assert laid_out == [desk.app.screen], kind


async def test_what_is_left_as_it_was_opened_reads_nothing_anew(forum: Forum, sqlite_group: Group) -> None:
    statements: list[str] = []
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.type("6", "s")
        await desk.sees("Settings")
        event.listen(sqlite_group.store._read_engine, "before_cursor_execute", lambda *it: statements.append(it[2]))
        await desk.type("esc")
        await desk.sees("Notices", gone="Settings")
    assert statements == []


async def test_forms_are_closed_after_a_minute_without_use(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.type("1", "enter", "n", "Half a title", "esc", "g", "esc")
        assert len(desk.app.modals()) == 2
        for modal in desk.app.modals():
            modal.left_at -= UNUSED + 1
        await desk.type("g")
        desk.app.call_later(desk.app._take_event, MinutePassed())
        await desk.type("esc")
        assert [type(modal).__name__ for modal in desk.app.modals()] == ["JumpBox"], "it was open"
        await desk.type("n")
        assert "Half a title" in desk.text()


async def test_nothing_is_left_of_a_session_that_has_ended(forum: Forum, sqlite_group: Group) -> None:
    kinds = (StaffroomApp, ServedScreen, Terminal)

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


# -- what is sent is what Textual has painted

words = st.lists(st.sampled_from(["a", "b", " ", "é", "e\u0301", "図", "👍", "·", " " * 12]), max_size=24).map("".join)
kinds = st.sampled_from([styles.PLAIN, styles.BOLD, styles.BAR, styles.CURSOR, styles.LINK, Style(reverse=True)])
rows = st.lists(st.tuples(words, kinds), max_size=3).map(lambda parts: line(20, *parts))
screens = st.lists(rows, min_size=6, max_size=6)
looks = st.builds(Look, st.sampled_from(NAMES), st.sampled_from([ColorSystem.EIGHT_BIT, ColorSystem.STANDARD, None]))
console = Console(color_system="256", force_terminal=True, file=io.StringIO())


def painted(shown: list[Strip], look: Look) -> str:
    """What Textual writes for a screen."""
    outgoing = Outgoing(look)
    filtered = [strip.apply_filter(outgoing, Color(0, 0, 0)) for strip in shown]
    return "\n".join(f"\x1b[{y};1H{strip.render(console)}" for y, strip in enumerate(filtered, 1))


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


def cells(screen: pyte.Screen) -> list[list[Any]]:
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


async def test_lines_do_not_wrap_by_themselves_until_the_session_ends(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        assert DECAWM not in desk.screen.mode
        await desk.type("ctrl+q")
        assert DECAWM in desk.screen.mode


@example([[line(20)] * 5 + [line(20, ("a" * 15 + "図図e\u0301", styles.PLAIN))], [line(20)] * 6],
         Look("terminal", ColorSystem.EIGHT_BIT))  # fmt: skip
@settings(deadline=None)
@given(scrolled(), looks)
def test_what_is_sent_shows_what_was_painted(shown: list[list[Strip]], look: Look) -> None:
    frames, screen = Frames((20, 6)), unwrapped_screen()
    stream = pyte.Stream(screen)
    for now in shown:
        stream.feed(frames.shorten(painted(now, look)))
        fresh = unwrapped_screen()
        pyte.Stream(fresh).feed(painted(now, look).replace("\n", ""))
        assert seen(screen) == seen(fresh)


def seen(screen: pyte.Screen) -> list[list[Any]]:
    """The cells of a screen; of a blank one only what can be seen of it."""
    return [[cell._replace(fg="default", bold=False, italics=False) if not cell.data.strip() and not cell.reverse else cell
             for cell in row] for row in cells(screen)]  # fmt: skip


def test_a_screen_that_does_not_change_sends_nothing() -> None:
    frames, look = Frames((20, 6)), Look("terminal", ColorSystem.EIGHT_BIT)
    shown = [line(20, (f"row {number}", styles.PLAIN)) for number in range(6)]
    first = frames.shorten(painted(shown, look))
    assert first
    assert frames.shorten(painted(list(shown), look)) == ""
    changed = [*shown[:-1], line(20, ("new", styles.PLAIN))]
    assert 0 < len(frames.shorten(painted(changed, look))) < len(first) // 2


def test_a_colour_is_not_named_while_it_is_in_force() -> None:
    frames, look = Frames((20, 6)), Look("terminal", ColorSystem.EIGHT_BIT)
    sent = frames.shorten(painted([line(20, ("one", styles.NAME), (" two", styles.NAME))] * 6, look))
    assert sent.count("38;5;63") == 1


@pytest.mark.parametrize("doubted", ["👍🏽", "👨\u200d👩\u200d👧", "1\ufe0f\u20e3", "🇬🇧"])
def test_what_stands_right_of_a_doubtful_letter_stands_where_it_should(doubted: str) -> None:
    """Terminals disagree about the width of skin tones, families, keycaps and flags."""
    sent = Frames((20, 6)).shorten(f"\x1b[1;1Hab{doubted} right")
    after = sent[sent.index(doubted) + len(doubted) :]
    assert after.startswith(f"\x1b[{3 + cell_len(doubted)}G right")


async def test_long_posts_are_laid_out_beside_the_loop_and_not_on_it(
    forum: Forum, sqlite_group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = sqlite_group
    body = "A long and honest sentence of *many* words.\n\n" * 300
    made = group.do("heather", posts.start_thread, "general", "Long", body)
    for _ in range(4):
        group.do("heather", posts.reply, made.thread_id, body)
    parse, on_threads = markdown.parse, []

    def watched(text: str) -> list[Token]:
        if len(text) > LONG:
            on_threads.append(threading.current_thread() is not threading.main_thread())
        return parse(text)

    monkeypatch.setattr(markdown, "parse", watched)
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("g", *f"#{made.post_id}", "enter")
        await desk.sees("General › Long")
        for number in range(1, 5):
            await desk.type("]")
            await desk.sees(f"#{made.post_id + number}")
    assert on_threads == [True] * 5
