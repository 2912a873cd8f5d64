"""Textual's underside: each patch has a test that fails when Textual changes under it."""

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual import constants, events
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip

from bbs.allowance import Allowance
from bbs.context import Forum
from screens.keyboard import PASTE_BOUND
from screens.outgoing import Outgoing, color_system, printable
from screens.patches import _NothingKept, prepare_process
from screens.terminal import SIZE_COST, Terminal, clamp
from screens.themes import Look, painted
from tests.conftest import Group
from tests.terminal import Desk, context, live, sit_down

if TYPE_CHECKING:
    from screens.channel import Program

prepare_process()


def test_textual_still_has_what_is_patched() -> None:
    assert not hasattr(XTermParser._parse_extended_key, "cache_info")
    assert constants.ESCAPE_DELAY == 0.03
    assert isinstance(Strip([])._crop_cache, _NothingKept)
    assert hasattr(Stylesheet._parse_rules, "__wrapped__")
    assert not hasattr(StylesCache.get_inner_outer, "__wrapped__")


@pytest.mark.parametrize(("owner", "names"), [
    (App, ("_handle_exception", "_print_error_renderables", "_set_pointer_shape", "_update_mouse_over", "_watch_theme",
           "_process_messages", "_shutdown", "_begin_batch", "_end_batch", "_close_messages_no_wait")),
    (Screen, ("_on_idle", "_refresh_layout", "_compositor_refresh", "_on_screen_resume", "_on_timer_update", "_invoke_and_clear_callbacks")),
])  # fmt: skip
def test_textual_still_has_what_is_overridden(owner: type, names: tuple[str, ...]) -> None:
    assert [name for name in names if not hasattr(owner, name)] == []


@pytest.mark.parametrize(("term", "env", "system"), [
    ("xterm-256color", {}, ColorSystem.EIGHT_BIT), ("xterm", {"COLORTERM": "truecolor"}, ColorSystem.EIGHT_BIT),
    ("xterm", {}, ColorSystem.STANDARD), ("linux", {}, ColorSystem.STANDARD), ("vt100", {}, None), ("", {}, None),
    ("xterm-256color", {"NO_COLOR": "1"}, None), ("xterm-direct", {}, ColorSystem.EIGHT_BIT),
])  # fmt: skip
def test_colours_come_from_the_clients_terminal(term: str, env: dict[str, str], system: ColorSystem | None) -> None:
    assert color_system(term, env) is system


@pytest.mark.parametrize(("given_size", "size"), [
    ((80, 24), (80, 24)), ((0, 0), (80, 24)), ((1, 1), (20, 5)), ((65_535, 65_535), (500, 200)), ((80, 0), (80, 24)),
])  # fmt: skip
def test_sizes_are_clamped(given_size: tuple[int, int], size: tuple[int, int]) -> None:
    assert clamp(*given_size) == size


async def test_sizes_are_shown_as_the_allowance_of_all_sessions_covers_them_and_the_last_one_is() -> None:
    told: list[list[Size]] = [[], []]
    desk = Desk((80, 24))
    desk.allowance = Allowance(burst=0.0, share=0.5)
    terminals = [Terminal(desk), Terminal(desk)]
    for terminal, sizes in zip(terminals, told, strict=True):
        terminal.program = cast("Program", SimpleNamespace(resized=sizes.append))
    began = time.monotonic()
    for number in range(100):
        for terminal in terminals:
            terminal.resize(100 + number, 24)
        await asyncio.sleep(0.01)
    assert all(told)
    assert sum(map(len, told)) * SIZE_COST / 0.5 <= time.monotonic() - began
    while told[0][-1].width != 199 or told[1][-1].width != 199:
        await asyncio.sleep(0.01)


def test_without_colours_a_coloured_background_is_reversed() -> None:
    look = Look("terminal", None)
    assert painted(Style.parse("red on blue"), look) == Style(reverse=True)
    assert painted(Style.parse("bold red"), look) == Style(bold=True)


@given(st.text())
def test_no_control_character_passes_the_last_look(text: str) -> None:
    (sent,) = Outgoing(Look("terminal", None)).apply([Segment(text)], Color(0, 0, 0))
    assert all(letter.isprintable() or letter in "\u200d\ufe0e\ufe0f" for letter in sent.text)


def test_odd_spaces_are_shown_as_spaces() -> None:
    assert printable("a\u00a0b\u2009c\x1b") == "a b c�"


async def test_a_lone_escape_is_the_key(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.type("1")
        desk.press("\x1b")
        await desk.sees("New for you")


async def test_a_sequence_in_pieces_is_one_key(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.type("1")
        for piece in ("\x1b", "[", "B"):
            desk.press(piece)
        await desk.type("enter")
        await desk.sees("Boards › Introductions")


async def test_letters_cut_in_half_arrive_whole(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.type("1", "enter", "n")
        assert desk.terminal
        for byte in "Café 図書館 👩‍💻".encode():
            desk.terminal.feed(bytes([byte]))
        await desk.sees("Café 図")


async def test_a_parser_that_dies_is_replaced(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("up to date")
        desk.press("\x1b[99999999u", "\x1b[1;99999999999999999999u")
        await desk.type("1")
        await desk.sees("Introductions")


async def test_keys_typed_ahead_go_where_they_were_meant(forum: Forum, sqlite_group: Group) -> None:
    """All in one write, as a slow line delivers them."""
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("up to date")
        desk.press("1\rnA subject\tand the words\x13")
        await desk.sees("General › A subject", "and the words")


async def test_a_paste_over_the_bound_is_cut_and_ends(forum: Forum, sqlite_group: Group) -> None:
    pasted: list[int] = []
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("up to date")
        assert desk.terminal
        send = desk.terminal.keyboard.take

        def watch(message: object) -> None:
            if isinstance(message, events.Paste):
                pasted.append(len(message.text))
            send(message)  # type: ignore[arg-type]

        desk.terminal.keyboard.take = watch  # type: ignore[method-assign]
        desk.press("\x1b[200~", *["x" * 60_000] * 6, "\x1b[201~")
        await desk.type("1")
        await desk.sees("Introductions")
    assert pasted == [PASTE_BOUND]


async def test_painting_waits_for_a_client_that_does_not_read(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("up to date")
        await desk.rests()  # or what is left of painting Home would be the frame after which nothing is painted
        desk.stuck = 1_000_000
        desk.press("1")
        await desk.sees("Introductions")
        held = len(desk.raw)
        for key in ("2", "3", "4", "0", "1"):
            desk.press(key)
        await desk.rests_without_painting()
        assert len(desk.raw) == held
        desk.stuck = 0
        desk.press("2")
        await desk.sees("No meeting is planned.")


async def test_an_editor_that_paints_changes_shows_what_a_whole_painting_shows(
    forum: Forum, sqlite_group: Group
) -> None:
    keys = ["some words", "\r", "bs", " ", *"wrap" * 24, "up", "home", "x", "bs", "\x1b[3~", "\x1b[1;2C", "\x1b[1;2C", "y",
            "\x1a", "end", "\r", "\r", "\ttab", "down", "pgup", "図👍", "bs", "ctrl+p", "ctrl+p", "z", "bs"]  # fmt: skip
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla"), size=(40, 20)) as desk:
        await desk.sees("up to date")
        await desk.type("1", "enter", "n", "a subject", "tab")
        for key in keys:
            shown = await desk.type(key)
            desk.app.repaint()
            assert await desk.rests() == shown, key
