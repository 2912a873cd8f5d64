"""The list of boards, where there are more of them than a screen has lines."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bbs.context import Forum
from bbs.models import Board
from bbs.services import board_settings, boards
from tests.conftest import Group
from tests.terminal import context, live, make_forum, sit_down

MANY = 50


@pytest.fixture
def forum(sqlite_group: Group) -> Forum:
    """One with fifty boards more, of which the third is archived."""
    for number in range(1, MANY + 1):
        made = sqlite_group.do("morag", board_settings.add_board, f"b-{number}", f"Board {number}", category="More")
        if number == 3:
            sqlite_group.do("morag", board_settings.archive_board, made, archived=True)
    return make_forum(sqlite_group.store)


async def test_boards_are_read_as_the_cursor_comes_to_them(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1")
        await desk.sees("General")
        seen = set()
        for _ in range(MANY + 10):
            seen |= {int(number) for number in re.findall(r"Board (\d+)[ ▐]*$", await desk.type("down"), re.MULTILINE)}
        assert seen == set(range(1, MANY + 1))
        await desk.sees(f" Board {MANY} ", "Archived", "Board 3 ")


async def test_end_goes_to_the_last_board_of_all(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1", "end")
        await desk.sees(f" Board {MANY} ", "Archived", "Board 3 ")
        await desk.type("home")
        await desk.sees("General")


async def test_a_tall_terminal_is_filled(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla"), size=(80, 70)) as desk:
        await desk.sees("New for you")
        await desk.type("1")
        await desk.sees("General", " Board 1\n", f" Board {MANY}\n", " Archived\n", " Board 3\n")


@pytest.mark.parametrize("height", [24, 40], ids=["some boards fit", "more is read at once"])
async def test_a_form_of_a_board_far_down_is_had_back_after_a_dropped_line(
    forum: Forum, sqlite_group: Group, height: int
) -> None:
    async with live(forum):
        async with sit_down(forum, context(forum, sqlite_group, "morag")) as desk:
            await desk.sees("New for you")
            await desk.type("1", "end", "up", "e")
            await desk.sees(f"Describe Board {MANY}")
            await desk.type("end", " and its quarrels")
        async with sit_down(forum, context(forum, sqlite_group, "morag"), size=(80, height)) as desk:
            await desk.sees("New for you")
            await desk.type("7", "enter")
            await desk.sees(f"Describe Board {MANY}", f"Board {MANY} and its quarrels")


def swap_the_first_two_parts(session: Session) -> None:
    order = (Board.archived_at.is_not(None), Board.position, Board.id)
    found = list(session.scalars(select(Board).order_by(*order)))
    first, second, others = found[: boards.SHOWN], found[boards.SHOWN : 2 * boards.SHOWN], found[2 * boards.SHOWN :]
    for position, board in enumerate([*second, *first, *others]):
        board.position = position


async def test_boards_that_changed_places_unheard_do_not_hold_up_the_end(forum: Forum, sqlite_group: Group) -> None:
    """All that is read next is known already, and more follows it."""
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type("1")
        await desk.sees("General")
        forum.store.write_now(swap_the_first_two_parts)
        await desk.type("end")
        await desk.type("0")
        await desk.sees("New for you")
