"""Reports, the queue, and that everything is logged and can be undone."""

import pytest

from bbs.errors import Conflict, Invalid, NotFound
from bbs.services import (
    arranging,
    board_settings,
    boards,
    log,
    moderation,
    news,
    posts,
    queue_handling,
    queue_views,
    reading,
    reports,
    threads,
)
from tests.conftest import Group


def test_a_report_comes_to_the_queue_once_and_leaves_when_handled(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "rude")
    for _ in range(2):
        group.do("isla", reports.report_post, made.post_id, "unkind")
    queue = group.read("heather", queue_views.queue_list)
    assert [(item.reports[0].by, item.about, item.reports[0].reason, item.body) for item in queue] == [
        ("isla", "ross", "unkind", "rude")
    ]
    group.do("heather", queue_handling.approve, queue[0].id, "be kind")
    assert group.read("heather", queue_views.queue_list) == ()
    with pytest.raises(Conflict, match="Another moderator"):
        group.do("morag", queue_handling.settle, queue[0].id, "no-action")


def test_the_author_of_a_hidden_post_sees_why(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "rude")
    with pytest.raises(Invalid):
        group.do("heather", moderation.hide_post, made.post_id, "  ")
    group.do("heather", moderation.hide_post, made.post_id, "be kind")
    views = {h: group.read(h, threads.thread_page, made.thread_id).posts[0] for h in ("ross", "isla", "heather")}
    assert (views["ross"].body, views["ross"].hidden_reason) == ("rude", "be kind")
    assert (views["isla"].body, views["isla"].hidden_reason, views["isla"].state) == ("", "", "hidden")
    assert views["heather"].body == "rude"
    with pytest.raises(NotFound):
        group.read("isla", threads.history, made.post_id)
    group.do("heather", moderation.restore_post, made.post_id)
    assert group.read("isla", threads.thread_page, made.thread_id).posts[0].body == "rude"


def test_a_moved_thread_is_in_the_other_board_with_its_posts(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("heather", arranging.move_thread, made.thread_id, "training")
    assert group.read("isla", boards.board_page, "general").threads == ()
    assert [line.id for line in group.read("isla", boards.board_page, "training").threads] == [made.thread_id]
    unread = {board.slug: board.unread for board in group.read("isla", boards.board_list)}
    assert (unread["general"], unread["training"]) == (0, 1)


def test_a_moved_thread_stays_unread_in_a_board_that_was_read_further(group: Group) -> None:
    old = group.do("ross", posts.start_thread, "general", "Old", "B")
    newer = group.do("ross", posts.start_thread, "training", "Newer", "B")
    group.do("isla", posts.mark_read, newer.thread_id, newer.post_id)
    group.do("heather", arranging.move_thread, old.thread_id, "training")
    assert group.read("isla", news.read_on).thread_id == old.thread_id


def test_a_read_thread_stays_read_when_it_is_moved(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    board = group.read("isla", boards.board_page, "general").board
    group.do("isla", reading.catch_up, board_id=board.id)
    group.do("heather", arranging.move_thread, made.thread_id, "training")
    assert group.read("isla", news.read_on).thread_id == 0


def test_pinned_threads_stand_on_top(group: Group) -> None:
    one = group.do("ross", posts.start_thread, "general", "One", "B")
    two = group.do("ross", posts.start_thread, "general", "Two", "B")
    group.do("heather", moderation.pin_thread, one.thread_id, pinned=True)
    assert [line.id for line in group.read("isla", boards.board_page, "general").threads] == [
        one.thread_id, two.thread_id,
    ]  # fmt: skip


def test_a_board_pages_its_threads_without_gaps(group: Group) -> None:
    made = []
    for number in range(23):
        group.clock.forward(minutes=10)
        made.append(group.do("ross", posts.start_thread, "general", f"T{number}", "B").thread_id)
    group.do("heather", moderation.pin_thread, made[3], pinned=True)
    found: list[int] = []
    page = group.read("isla", boards.board_page, "general", limit=5)
    found += [line.id for line in page.threads]
    while page.more:
        page = group.read("isla", boards.board_page, "general", after=page.threads[-1], limit=5)
        found += [line.id for line in page.threads]
    assert found == [made[3], *reversed([i for i in made if i != made[3]])]


def test_a_moderator_of_one_board_sees_its_queue_and_its_log_only(group: Group) -> None:
    general = group.read("morag", boards.board_page, "general").board.id
    group.do("morag", board_settings.set_board_people, general, kind="public", reads=[], moderates=["isla"])
    here = group.do("ross", posts.start_thread, "general", "T", "here")
    there = group.do("ross", posts.start_thread, "training", "T", "there")
    for made in (here, there):
        group.do("heather", reports.report_post, made.post_id, "look")
    assert [item.body for item in group.read("isla", queue_views.queue_list)] == ["here"]
    group.do("heather", moderation.rename_thread, here.thread_id, "Renamed")
    group.do("heather", moderation.rename_thread, there.thread_id, "Renamed too")
    lines = {line.target: line.before for line in group.read("isla", log.log_page, limit=2)}
    assert lines == {"Renamed": "T", "Renamed too": ""}
