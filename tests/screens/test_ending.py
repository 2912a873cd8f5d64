"""A line may drop at any moment: whatever is under way ends with its session, and nothing works on closed screens."""

import asyncio

import pytest

from bbs.context import Forum
from bbs.errors import NotFound
from bbs.services import messages
from screens.forms.form import Form
from screens.forms.modal import Modal
from tests.conftest import Group
from tests.terminal import PATIENCE, Desk, context, live, sit_down

JOURNEYS = {
    "places": ["1", "enter", "enter", "esc", "3", "enter", "2", "0"],
    "writing": ["1", "enter", "n", "A title", "tab", "Some text", "ctrl+s", "enter", "r", "An answer", "ctrl+s"],
    "questions": ["1", "g", "gen", "enter", "m", "q", "y", "ctrl+p", "esc", "6", "s", "tab", "esc", "5", "word"],
    "notices": ["3", "enter", "Hello to you", "enter", "esc", "esc", "6", "c", "y"],
}


async def go_on_for(turns: int) -> None:
    """Let the loop turn so many times: no seconds, so that each run is cut at the same places."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def walk(desk: Desk, keys: list[str], turns: int) -> None:
    for key in keys:
        desk.press(key)
        await go_on_for(turns)


@pytest.mark.parametrize("journey", JOURNEYS)
async def test_a_line_drops_at_any_moment_without_a_fault(journey: str, forum: Forum, sqlite_group: Group) -> None:
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "Hello.")
    async with live(forum):
        for cut in range(1, len(JOURNEYS[journey]) + 1):
            for turns in (1, 20, 150):
                async with sit_down(forum, context(forum, group, "isla")) as desk:  # raises what the session dies of
                    await desk.rests()
                    await walk(desk, JOURNEYS[journey][:cut], turns)


async def test_what_is_read_when_the_line_drops_is_not_put_on_a_closed_screen(
    forum: Forum, sqlite_group: Group
) -> None:
    """A message comes; while the conversation is read again, the member hangs up."""
    group = sqlite_group
    group.do("ross", messages.send_message, "isla", "Hello.")
    async with live(forum):
        for turns in range(0, 60, 3):
            async with sit_down(forum, context(forum, group, "isla")) as desk:
                await desk.type("3", "enter")
                place = desk.app.visits.here
                desk.app.do(place.reload)
                await go_on_for(turns)


async def test_nobody_is_asked_who_has_left(forum: Forum, sqlite_group: Group) -> None:
    """A form that is being sent when the line drops may have a question yet: nothing waits for its answer."""
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.rests()
        await desk.app.stop()
        async with asyncio.timeout(PATIENCE):
            assert not await desk.app.ask("Which text stays?", "mine")


async def test_a_session_that_has_failed_can_be_told_to_end(forum: Forum, sqlite_group: Group) -> None:
    """The server tells all sessions, in one loop."""
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.rests()
        app = desk.app
        app.failed(ZeroDivisionError())
        assert desk.task
        await asyncio.wait({desk.task})
        app.end("The server stops.")
        assert isinstance(app.failure, ZeroDivisionError)
        app.failure = None


class Gone(Modal[str]):
    """A form whose place is gone by the time that it is opened."""

    async def opened(self) -> None:
        raise NotFound("That is gone.")


async def test_a_form_that_cannot_be_opened_leaves_the_place_as_it_was(forum: Forum, sqlite_group: Group) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "isla")) as desk:
        await desk.rests()
        desk.app.do(lambda: desk.app.show_modal(Gone()))
        await desk.sees("That is gone.")
        await desk.type("1")
        await desk.sees("Introductions")


@pytest.mark.parametrize("turns", range(0, 16, 2))
async def test_hanging_up_while_a_form_opens_is_no_fault(forum: Forum, sqlite_group: Group, turns: int) -> None:
    async with live(forum), sit_down(forum, context(forum, sqlite_group, "heather")) as desk:
        await desk.type("g", "@isla\r")
        desk.press("W", "s")
        async with asyncio.timeout(PATIENCE):
            while not any(isinstance(screen, Form) for screen in desk.app.open_screens()):
                await asyncio.sleep(0)
        await go_on_for(turns)
