"""Catching up and its undo, where they meet what others do meanwhile."""

from bbs.services import arranging, boards, news, posts, reading
from tests.conftest import Group


def test_undoing_where_nothing_was_unread_does_nothing(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.add("late")
    done = group.do("late", reading.catch_up, thread_id=made.thread_id)
    group.do("late", reading.undo_catch_up, done)
    assert group.read("late", news.home).news == ()


def test_undoing_leaves_unread_a_thread_that_moved_in_meanwhile(group: Group) -> None:
    old = group.do("ross", posts.start_thread, "training", "Moved", "B")
    seen = group.do("ross", posts.start_thread, "general", "Seen", "B")
    group.do("ross", posts.start_thread, "general", "New", "B")
    group.do("isla", posts.mark_read, seen.thread_id, seen.post_id)
    general = group.read("isla", boards.board_page, "general").board
    done = group.do("isla", reading.catch_up, board_id=general.id)
    group.do("heather", arranging.move_thread, old.thread_id, "general")
    group.do("isla", reading.undo_catch_up, done)
    assert "Moved" in {line.title for line in group.read("isla", news.home).news}
