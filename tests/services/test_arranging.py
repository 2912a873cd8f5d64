"""Threads are moved, split and merged: who reads them then, who is told, and what everybody keeps."""

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, Unconfirmed
from bbs.services import (
    arranging,
    board_settings,
    boards,
    drafts,
    jump,
    moderation,
    news,
    notices,
    posts,
    reading,
    search,
    threads,
    today,
)
from bbs.services.drafts import DraftView
from tests.conftest import Group

CANARY = "canary-5150"


def private(group: Group, *reads: str) -> None:
    """A board 'inner' for these."""
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=reads)


def unread(group: Group, handle: str, thread_id: int) -> list[str]:
    """The posts of a thread that a member has not read; those that boards and Home count are as many."""
    found = [post.body for post in group.read(handle, threads.thread_page, thread_id, at=1).posts if post.unread]
    lines = [line.unread for board in group.read(handle, boards.board_list)
             for line in group.read(handle, boards.board_page, board.id).threads if line.id == thread_id]  # fmt: skip
    assert lines == [len(found)]
    assert {
        line.thread_id: line.count for line in group.read(handle, news.home).news if line.thread_id == thread_id
    }.get(thread_id, 0) == len(found)
    return found


def told(group: Group, handle: str) -> list[str]:
    return [line.words for line in group.read(handle, notices.inbox).notices if line.by == "heather"]


# -- moving


def test_a_thread_that_goes_out_of_sight_and_comes_back_is_as_it_was(group: Group) -> None:
    private(group, "ross", "heather")
    made = group.do("ross", posts.start_thread, "general", CANARY, f"@isla {CANARY}")
    group.do("isla", posts.mark_read, made.thread_id, made.post_id)
    second = group.do("ross", posts.reply, made.thread_id, f"second {CANARY}")
    group.do("isla", reading.follow_thread, made.thread_id, following=True)
    view = DraftView(f"thread:{made.thread_id}", "", "mine", None, drafts.new_key(), None)
    group.do("isla", drafts.save_draft, view)
    group.do("heather", arranging.move_thread, made.thread_id, "inner")
    group.do("ross", posts.reply, made.thread_id, f"@isla third {CANARY}")
    seen = [
        group.read("isla", use_case)
        for use_case in (notices.inbox, notices.news, news.home, news.read_on, boards.board_list, drafts.draft_list)
    ]
    seen += [group.read("isla", search.search, CANARY), group.read("isla", jump.places, CANARY),
             group.read("isla", today.today)]  # fmt: skip
    assert CANARY not in repr(seen)
    assert group.read("isla", notices.unread_count) == 0
    assert group.read("isla", news.read_on).thread_id == 0
    with pytest.raises(NotFound):
        group.read("isla", threads.thread_page, made.thread_id)
    group.do("heather", arranging.move_thread, made.thread_id, "general", agreed=True)
    assert unread(group, "isla", made.thread_id) == [f"second {CANARY}", f"@isla third {CANARY}"]
    page = group.read("isla", threads.thread_page, made.thread_id)
    assert (page.head.followed, page.head.has_draft, page.first_unread_id) == (True, True, second.post_id)


def test_a_move_by_which_more_could_read_asks_first_and_the_authors_hear(group: Group) -> None:
    private(group, "isla", "heather")
    made = group.do("isla", posts.start_thread, "inner", "Plans", "B")
    with pytest.raises(Unconfirmed, match="“Plans” could be read by 1 more member: ross"):
        group.do("heather", arranging.move_thread, made.thread_id, "general")
    assert group.read("isla", threads.thread_page, made.thread_id).head.board_slug == "inner"
    group.do("heather", arranging.move_thread, made.thread_id, "general", reason="for all", agreed=True)
    assert group.read("ross", threads.thread_page, made.thread_id).posts
    assert "for all" in told(group, "isla")[0]
    with pytest.raises(Conflict, match="in General already"):
        group.do("heather", arranging.move_thread, made.thread_id, "general")


def test_an_author_who_cannot_read_the_new_board_hears_it_without_a_title(group: Group) -> None:
    private(group, "ross", "heather")
    made = group.do("isla", posts.start_thread, "general", CANARY, "B")
    group.do("heather", arranging.move_thread, made.thread_id, "inner", reason="names are in it")
    assert len(told(group, "isla")) == 1
    assert "names are in it" in told(group, "isla")[0]
    assert CANARY not in repr(group.read("isla", notices.inbox))


# -- splitting


def test_posts_get_a_thread_of_their_own_and_are_as_read_as_before(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Old", "one")
    aside = [group.do("ross", posts.reply, made.thread_id, body).post_id for body in ("zeppelin two", "three")]
    group.do("isla", posts.mark_read, made.thread_id, aside[0])
    group.do("isla", posts.reply, made.thread_id, "four")
    new = group.do("heather", arranging.split_thread, [aside[1], aside[0]], "New", reason="another matter")
    assert [post.body for post in group.read("isla", threads.thread_page, new, at=1).posts] == ["zeppelin two", "three"]
    assert unread(group, "isla", new) == ["three"]
    assert unread(group, "isla", made.thread_id) == []
    assert group.read("isla", threads.thread_of_post, aside[0]) == new
    assert {line.title: line.posts for line in group.read("isla", boards.board_page, "general").threads} == {
        "Old": 2, "New": 2,
    }  # fmt: skip
    assert group.read("isla", search.search, f"zeppelin in:{new}").hits
    assert told(group, "ross") == ["What you wrote in “Old” is in a thread of its own now: another matter"]
    assert told(group, "isla") == []
    group.do("heather", arranging.merge_threads, new, made.thread_id)
    assert [post.body for post in group.read("isla", threads.thread_page, made.thread_id, at=1).posts] == [
        "one", "zeppelin two", "three", "four",
    ]  # fmt: skip
    assert unread(group, "isla", made.thread_id) == ["three"]


def test_an_answer_to_a_post_that_went_elsewhere_answers_the_thread(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "Old", "one")
    second = group.do("ross", posts.reply, made.thread_id, "two")
    third = group.do("isla", posts.reply, made.thread_id, "three", answers_id=second.post_id)
    group.do("heather", arranging.split_thread, [second.post_id], "New")
    post = group.read("ross", threads.thread_page, made.thread_id, at=third.post_id).posts[-1]
    assert (post.body, post.answers_id, post.answers_author) == ("three", None, "")
    late = group.do("isla", posts.reply, made.thread_id, "written meanwhile", answers_id=second.post_id)
    assert group.read("ross", threads.thread_page, made.thread_id, at=late.post_id).posts[-1].answers_id is None


def test_odd_splits_are_refused(group: Group) -> None:
    one = group.do("ross", posts.start_thread, "general", "One", "B")
    two = group.do("ross", posts.start_thread, "general", "Two", "B")
    for ids, subject in (([one.post_id], "S"), ([one.post_id, two.post_id], "S"), ([], "S"), ([one.post_id], " ")):
        with pytest.raises(Invalid):
            group.do("heather", arranging.split_thread, ids, subject)
    with pytest.raises(Forbidden):
        group.do("isla", arranging.split_thread, [one.post_id], "S")


# -- merging


@pytest.fixture
def pair(group: Group) -> tuple[Group, int, int]:
    """(group, A, B): Ross wrote two posts in each, in turn; Isla has read all of A and none of B."""
    a = group.do("ross", posts.start_thread, "general", "A", "a1")
    b = group.do("ross", posts.start_thread, "general", "B", "b1")
    last = group.do("ross", posts.reply, a.thread_id, "a2")
    group.do("ross", posts.reply, b.thread_id, "b2")
    group.do("isla", posts.mark_read, a.thread_id, last.post_id)
    return group, a.thread_id, b.thread_id


def test_what_was_read_stays_read_and_the_rest_unread(pair: tuple[Group, int, int]) -> None:
    group, a, b = pair
    assert group.do("heather", arranging.merge_threads, b, a) == a
    assert [post.body for post in group.read("isla", threads.thread_page, a, at=1).posts] == ["a1", "b1", "a2", "b2"]
    assert unread(group, "isla", a) == ["b1", "b2"]
    assert unread(group, "morag", a) == ["a1", "b1", "a2", "b2"]
    group.do("ross", posts.reply, a, "c1")
    assert unread(group, "isla", a) == ["b1", "b2", "c1"]
    group.do("isla", reading.catch_up, thread_id=a)
    assert unread(group, "isla", a) == []


def test_what_was_read_stays_read_across_boards_and_floors(pair: tuple[Group, int, int]) -> None:
    group, a, b = pair
    late = group.do("ross", posts.start_thread, "training", "Late", "late")
    group.do("isla", posts.mark_read, late.thread_id, late.post_id)
    group.do("morag", reading.catch_up, board_id=group.read("morag", boards.board_page, "training").board.id)
    group.do("heather", arranging.merge_threads, b, late.thread_id)
    assert unread(group, "isla", late.thread_id) == ["b1", "b2"]
    assert unread(group, "morag", late.thread_id) == ["b1", "b2"]
    group.do("heather", arranging.merge_threads, a, late.thread_id)
    assert unread(group, "isla", late.thread_id) == ["b1", "b2"]
    assert unread(group, "morag", late.thread_id) == ["a1", "b1", "a2", "b2"]


def test_follows_mutes_and_drafts_go_along(pair: tuple[Group, int, int]) -> None:
    group, a, b = pair
    group.do("isla", reading.follow_thread, a, following=True)
    group.do("isla", reading.mute_thread, b, muted=True)
    group.do("morag", reading.follow_board, 1, following=False)
    group.do("morag", reading.follow_thread, b, following=True)
    view = DraftView(f"thread:{b}", "", "half", None, drafts.new_key(), None)
    group.do("isla", drafts.save_draft, view)
    group.do("heather", arranging.merge_threads, b, a)
    for handle in ("isla", "morag"):
        head = group.read(handle, threads.thread_page, a).head
        assert (head.followed, head.muted) == (True, False), handle
    kept = group.read("isla", drafts.draft, f"thread:{a}")
    assert kept is not None
    assert kept.body == "half"
    assert group.read("isla", drafts.draft, f"thread:{b}") is None
    done = group.do("isla", posts.reply, b, "half", client_key=view.client_key)
    assert (done.thread_id, group.read("isla", drafts.drafts)) == (a, ())


def test_two_drafts_become_one(pair: tuple[Group, int, int]) -> None:
    group, a, b = pair
    for thread_id, body in ((a, "for A"), (b, "for B")):
        view = DraftView(f"thread:{thread_id}", "", body, None, drafts.new_key(), None)
        group.do("isla", drafts.save_draft, view)
    group.do("heather", arranging.merge_threads, b, a)
    assert [draft.body for draft in group.read("isla", drafts.drafts)] == ["for A\n\nfor B"]


def test_old_numbers_lead_to_the_posts(pair: tuple[Group, int, int]) -> None:
    group, a, b = pair
    c = group.do("isla", posts.start_thread, "general", "C", "c1").thread_id
    group.do("heather", arranging.merge_threads, b, a)
    group.do("heather", arranging.merge_threads, a, c)
    for number in (a, b, c):
        assert group.read("isla", threads.thread_page, number, at=1).head.id == c
        assert [post.body for post in group.read("isla", threads.posts, number).posts][-1] == "c1"
    assert group.read("isla", threads.thread_of_post, 2) == c
    assert group.do("isla", posts.reply, b, "late").thread_id == c
    group.do("isla", posts.mark_read, b, 6)
    assert [line.id for line in group.read("isla", boards.board_page, "general").threads] == [c]
    assert [place.id for place in group.read("isla", jump.places, "A") if place.kind == "thread"] in ([], [c])


def test_odd_merges_are_refused_and_nothing_is_lost(pair: tuple[Group, int, int]) -> None:
    group, a, b = pair
    locked = group.do("ross", posts.start_thread, "general", "Locked", "B").thread_id
    group.do("heather", moderation.lock_thread, locked, locked=True)
    shut = group.do("ross", posts.start_thread, "copyright", "Shut", "B").thread_id
    group.do("heather", board_settings.archive_board, "copyright", archived=True)
    gone = group.do("ross", posts.start_thread, "general", "Gone", "B")
    group.do("ross", posts.delete_post, gone.post_id, thread="remove")
    for thread_id, into in ((a, a), (a, locked), (a, shut), (a, gone.thread_id), (a, 99), (gone.thread_id, a)):
        with pytest.raises((Conflict, Invalid, NotFound)):
            group.do("heather", arranging.merge_threads, thread_id, into)
    with pytest.raises(Forbidden):
        group.do("isla", arranging.merge_threads, b, a)
    assert len(group.read("isla", threads.thread_page, a, at=1).posts) == 2
    group.do("heather", arranging.merge_threads, a, b)
    with pytest.raises(Invalid, match="one thread already"):
        group.do("heather", arranging.merge_threads, b, a)
    assert len(group.read("isla", threads.thread_page, a, at=1).posts) == 4


def test_a_merge_by_which_more_could_read_asks_first(group: Group) -> None:
    private(group, "isla", "heather")
    inner = group.do("isla", posts.start_thread, "inner", CANARY, "B")
    outer = group.do("ross", posts.start_thread, "general", "Open", "B")
    with pytest.raises(Unconfirmed, match="1 more member: ross"):
        group.do("heather", arranging.merge_threads, inner.thread_id, outer.thread_id)
    with pytest.raises(NotFound):
        group.read("ross", threads.thread_page, inner.thread_id)
    group.do("heather", arranging.merge_threads, outer.thread_id, inner.thread_id)
    assert "moved to a board that you cannot read" in told(group, "ross")[0]
    assert CANARY not in repr(group.read("ross", notices.inbox))
    with pytest.raises(NotFound):
        group.read("ross", threads.thread_page, outer.thread_id)


def test_the_number_of_a_merged_thread_shows_no_more_than_the_other(pair: tuple[Group, int, int]) -> None:
    group, a, b = pair
    private(group, "isla", "heather")
    group.do("heather", arranging.merge_threads, b, a)
    group.do("heather", arranging.move_thread, a, "inner")
    for number in (a, b):
        with pytest.raises(NotFound):
            group.read("ross", threads.thread_page, number)
