"""Legible everywhere: the contrast of every cell of every screen, in every theme, on white and on black."""

from functools import cache

import pyte
import pytest

from bbs.context import Forum
from bbs.services import messages, notices, posts, reports
from screens.themes import NAMES
from tests.conftest import Group
from tests.meetings import call
from tests.terminal import Desk, context, live, sit_down

WALK = (
    "down", "1", "down", "enter", "enter", "down", "i", "esc", "r", "words", "ctrl+p", "ctrl+p", "esc", "2", "enter", "a",
    "esc", "3", "enter", "4", "enter", "5", "esc", "6", "s", "esc", "7", "?", "esc", "8", "M", "esc", "g", "esc", "q", "esc",
)  # fmt: skip
"""Keys that lead through the screens, and open a form, the editor, a question and the jump box."""
TEXT, BAR = 4.5, 3.0
NAMED = {
    "black": 0x000000, "red": 0xCD0000, "green": 0x00CD00, "brown": 0xCDCD00, "blue": 0x0000EE, "magenta": 0xCD00CD,
    "cyan": 0x00CDCD, "white": 0xE5E5E5, "brightblack": 0x7F7F7F, "brightred": 0xFF0000, "brightgreen": 0x00FF00,
    "brightbrown": 0xFFFF00, "brightblue": 0x5C5CFF, "brightmagenta": 0xFF00FF, "brightcyan": 0x00FFFF,
    "brightwhite": 0xFFFFFF,
}  # fmt: skip
"""xterm's colours, by pyte's names for the first sixteen."""


def fill(group: Group) -> None:
    made = group.do(
        "ross",
        posts.start_thread,
        "general",
        "A thread",
        "Some *words*, `code`, **bold**\n\n> quoted\n\n- [a](https://b.example)",
    )
    group.do("ross", posts.reply, made.thread_id, "@heather look")
    group.do("isla", reports.report_post, made.post_id, "unkind")
    group.do("ross", messages.send_message, "heather", "Hello.")
    call(group, title="Winter", starts="2099-12-03 14:00", zone="Europe/London",
             minutes=60, place="Edinburgh", places=3, about="Tea")  # fmt: skip


def luminance(color: int) -> float:
    """Relative luminance as WCAG 2.2 defines it, of 0xRRGGBB."""
    parts = [(color >> shift & 255) / 255 for shift in (16, 8, 0)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def contrast(one: int, other: int) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def number(color: str, default: int) -> int:
    """0xRRGGBB of one of pyte's colours."""
    return default if color == "default" else NAMED[color] if color in NAMED else int(color, 16)


def colors(cell: pyte.screens.Char, page: tuple[int, int]) -> tuple[int, int]:
    """A cell's (foreground, background), where `page` is what the terminal has for both."""
    front, back = number(cell.fg, page[0]), number(cell.bg, page[1])
    return (back, front) if cell.reverse else (front, back)


def faint(desk: Desk, page: tuple[int, int]) -> list[str]:
    """The cells that cannot be read well: text on its background, and bars on the page."""
    bad = []
    own = number(desk.screen.buffer[1][79].bg, page[1])
    for y in range(desk.screen.lines):
        for x in range(desk.screen.columns):
            cell = desk.screen.buffer[y][x]
            front, back = colors(cell, page)
            if cell.data.strip() and contrast(front, back) < TEXT:
                bad.append(f"{y},{x} {cell.data!r} {front:06x} on {back:06x}: {contrast(front, back):.2f}")
            elif back != own and contrast(back, own) < BAR:
                bad.append(f"{y},{x} a bar {back:06x} on {own:06x}: {contrast(back, own):.2f}")
    return bad


@pytest.mark.parametrize("term", ["xterm-256color", "xterm", "vt100"])
@pytest.mark.parametrize("theme", NAMES)
async def test_every_cell_is_legible_on_white_and_on_black(
    forum: Forum, sqlite_group: Group, theme: str, term: str
) -> None:
    group = sqlite_group
    fill(group)
    group.do("heather", notices.wish_theme, theme)
    async with live(forum), sit_down(forum, context(forum, group, "heather", theme), term=term) as desk:
        await desk.sees("New for you")
        for key in (*WALK, "\x10"):
            text = await desk.type(key)
            for page in ((0x000000, 0xFFFFFF), (0xFFFFFF, 0x000000)):
                assert faint(desk, page) == [], (key, text)


async def test_a_theme_is_chosen_and_kept(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("up to date")
        assert desk.screen.buffer[10][10].bg == "default"
        await desk.type("\x10", "Colours: dark", "enter")
        await desk.sees("Colours: dark.")
        assert desk.screen.buffer[10][10].bg == "121212"
        await desk.type("1")
        assert desk.screen.buffer[10][70].bg == "121212"
    assert group.read("isla", notices.wishes).theme == "dark"


async def test_sixteen_colours_and_no_color_are_drawn_without_colours(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    fill(group)
    for term, env in (("linux", {}), ("xterm-256color", {"NO_COLOR": "1"})):
        async with live(forum), sit_down(forum, context(forum, group, "heather"), term=term, env=env) as desk:
            await desk.type(*WALK)
            assert b"38;" not in desk.raw
            assert b"48;" not in desk.raw
            assert b"\x1b[7m" in desk.raw
