"""A private board does not exist for an outsider, whatever path they take; moderators reach as far as their boards."""

from collections.abc import Callable

import pytest

from bbs.errors import Forbidden, NotFound
from bbs.services import (
    arranging,
    board_settings,
    boards,
    messages,
    moderation,
    news,
    people,
    posts,
    queue_views,
    reading,
    reports,
    sanctions,
    threads,
)
from tests.conftest import Group

CANARY = "canary-7391"


@pytest.fixture
def private(group: Group) -> tuple[Group, int, int, int]:
    """(group, board, thread, post): Ross is in the private board, Isla is not."""
    board_id = group.do("morag", board_settings.add_board, "inner", f"Inner {CANARY}", kind="private")
    group.do("morag", board_settings.set_board_people, board_id, kind="private", reads=["ross"], moderates=[])
    made = group.do("ross", posts.start_thread, "inner", f"Title {CANARY}", f"@isla {CANARY}")
    return group, board_id, made.thread_id, made.post_id


def test_a_member_of_a_private_board_reads_it(private: tuple[Group, int, int, int]) -> None:
    group, board_id, thread_id, _ = private
    assert group.read("ross", threads.thread_page, thread_id).posts[0].body == f"@isla {CANARY}"
    assert "1 member of this board" in group.read("ross", boards.board_page, board_id).readers


def test_nothing_an_outsider_can_list_shows_a_private_board(private: tuple[Group, int, int, int]) -> None:
    group, _, _, _ = private
    seen = [
        group.read("isla", boards.board_list, archived=True), group.read("isla", news.home),
        group.read("isla", news.read_on), group.read("isla", people.profile, "ross"),
        group.read("isla", people.directory), group.read("isla", messages.inbox),
    ]  # fmt: skip
    assert CANARY not in repr(seen)
    assert group.read("isla", news.read_on).thread_id == 0
    assert group.do("isla", reading.catch_up).count == 0


def test_every_way_into_a_private_board_says_that_it_is_not_there(private: tuple[Group, int, int, int]) -> None:
    group, board_id, thread_id, post_id = private
    attempts: list[Callable[[], object]] = [
        lambda: group.read("isla", boards.board_page, board_id),
        lambda: group.read("isla", boards.board_page, "inner"),
        lambda: group.read("isla", threads.thread_page, thread_id),
        lambda: group.read("isla", threads.posts, thread_id),
        lambda: group.read("isla", threads.thread_of_post, post_id),
        lambda: group.read("isla", threads.history, post_id),
        lambda: group.do("isla", posts.start_thread, "inner", "T", "B"),
        lambda: group.do("isla", posts.reply, thread_id, "B"),
        lambda: group.do("isla", posts.thank, post_id, thanked=True),
        lambda: group.do("isla", posts.mark_read, thread_id, post_id),
        lambda: group.do("isla", reports.report_post, post_id, "why"),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound) as refused:
            attempt()
        assert CANARY not in refused.value.message


def test_losing_ones_place_in_a_private_board_ends_its_reading(private: tuple[Group, int, int, int]) -> None:
    group, board_id, thread_id, _ = private
    group.do("morag", board_settings.set_board_people, board_id, kind="private", reads=["isla"], moderates=[])
    with pytest.raises(NotFound):
        group.read("ross", threads.thread_page, thread_id)
    assert group.read("isla", threads.thread_page, thread_id).posts


def test_a_moderator_of_one_board_moderates_that_one(group: Group) -> None:
    general = group.read("morag", boards.board_page, "general").board.id
    group.do("morag", board_settings.set_board_people, general, kind="public", reads=[], moderates=["isla"])
    here = group.do("ross", posts.start_thread, "general", "T", "B")
    there = group.do("ross", posts.start_thread, "training", "T", "B")
    group.do("isla", moderation.hide_post, here.post_id, "unkind")
    group.do("isla", moderation.lock_thread, here.thread_id, locked=True)
    for attempt in (
        lambda: group.do("isla", moderation.hide_post, there.post_id, "unkind"),
        lambda: group.do("isla", moderation.pin_thread, there.thread_id, pinned=True),
        lambda: group.do("isla", arranging.move_thread, here.thread_id, "training"),
        lambda: group.do("isla", sanctions.ban, "ross", "why"),
        lambda: group.do("isla", board_settings.add_board, "mine", "Mine"),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_members_cannot_do_what_moderators_do(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    board = group.read("isla", boards.board_page, "general").board
    attempts: list[Callable[[], object]] = [
        lambda: group.do("isla", moderation.hide_post, made.post_id, "x"),
        lambda: group.do("isla", moderation.restore_post, made.post_id),
        lambda: group.do("isla", moderation.pin_thread, made.thread_id, pinned=True),
        lambda: group.do("isla", moderation.lock_thread, made.thread_id, locked=True),
        lambda: group.do("isla", moderation.rename_thread, made.thread_id, "x"),
        lambda: group.do("isla", arranging.move_thread, made.thread_id, "training"),
        lambda: group.do("isla", sanctions.suspend, "ross", 1, "x"),
        lambda: group.do("isla", sanctions.ban, "ross", "x"),
        lambda: group.do("isla", board_settings.edit_board, board.id, title="x", description="", category=""),
        lambda: group.do("isla", board_settings.archive_board, board.id, archived=True),
        lambda: group.read("isla", board_settings.board_settings, board.id),
        lambda: group.read("isla", queue_views.queue_list),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()


def test_a_moderator_of_some_boards_sees_those_and_no_other_private_ones(group: Group) -> None:
    for slug in ("one", "two", "three"):
        group.do("morag", board_settings.add_board, slug, slug, kind="private")
    made = {board.slug: board.id for board in group.read("morag", boards.board_list)}
    for slug in ("one", "three"):
        group.do("morag", board_settings.set_board_people, made[slug], kind="private", reads=[], moderates=["ross"])
    seen = {board.slug for board in group.read("ross", boards.board_list)}
    assert {"one", "three"} <= seen
    assert "two" not in seen
