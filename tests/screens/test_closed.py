"""What is closed to a member while they look at it goes from their screen."""

import pytest

from bbs.context import Forum
from bbs.services import board_settings, posts, reports, roles
from bbs.store import Store
from tests.conftest import Group
from tests.meetings import call
from tests.terminal import context, live, make_forum, sit_down


@pytest.fixture
def forum(sqlite_store: Store) -> Forum:
    return make_forum(sqlite_store)


WAYS = {
    "thread": (("g", "#1\r"), "Canary words"), "meeting": (("2", "enter"), "Run by"), "board": (("g", "inner\r"), "Plans"),
}  # fmt: skip
"""To each place, and what stands there."""


@pytest.mark.parametrize("place", WAYS)
async def test_a_place_of_a_board_that_is_closed_is_left(forum: Forum, sqlite_group: Group, place: str) -> None:
    group = sqlite_group
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=["isla"])
    group.do("morag", posts.start_thread, "inner", "Plans", "Canary words")
    call(group, by="morag", board="inner", title="Canary tea")
    keys, shown = WAYS[place]
    async with live(forum), sit_down(forum, context(forum, group, "isla")) as desk:
        await desk.sees("New for you")
        await desk.type(*keys)
        await desk.sees(shown, gone="New for you")
        group.do("morag", board_settings.set_board_people, "inner", reads=[])
        await desk.sees("There is no", gone="Canary")


async def test_the_queue_of_one_who_moderates_no_longer_is_left(forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    made = group.do("isla", posts.start_thread, "general", "Wages", "Canary words")
    group.do("ross", reports.report_post, made.post_id, "rude")
    async with live(forum), sit_down(forum, context(forum, group, "heather")) as desk:
        await desk.sees("queue 1")
        await desk.type("8", "enter")
        await desk.sees("Canary words")
        group.do("morag", roles.set_roles, "heather", [])
        await desk.sees("New for you", gone="Canary")
