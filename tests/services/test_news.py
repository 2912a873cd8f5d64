"""What is unread, in which order it is read, and catching up."""

import pytest

from bbs.services import boards, messages, moderation, news, posts, reading
from tests.conftest import Group


def unread(group: Group, handle: str, slug: str = "general") -> int:
    return next(board.unread for board in group.read(handle, boards.board_list) if board.slug == slug)


def test_a_newcomer_has_no_backlog(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "Old", "B")
    group.add("fiona")
    assert unread(group, "fiona") == 0
    assert group.read("fiona", news.home).news == ()
    group.do("ross", posts.start_thread, "general", "New", "B")
    assert unread(group, "fiona") == 1


def test_ones_own_posts_are_not_news(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    assert unread(group, "ross") == 0
    group.do("isla", posts.reply, made.thread_id, "answer")
    assert (unread(group, "ross"), unread(group, "isla")) == (1, 1)


def test_writing_a_reply_does_not_mark_what_others_wrote_before(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("isla", posts.reply, made.thread_id, "answer")
    assert unread(group, "isla") == 1


def test_a_badge_always_has_something_behind_it(group: Group) -> None:
    """Removed, hidden and muted posts do not count: nobody could find them."""
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    second = group.do("ross", posts.reply, made.thread_id, "C")
    third = group.do("ross", posts.reply, made.thread_id, "D")
    assert unread(group, "isla") == 3
    group.do("ross", posts.delete_post, second.post_id)
    group.do("heather", moderation.hide_post, third.post_id, "unkind")
    assert unread(group, "isla") == 1
    group.do("isla", reading.mute_thread, made.thread_id, muted=True)
    assert unread(group, "isla") == 0
    assert group.read("isla", news.home).news == ()
    assert group.read("isla", news.read_on).thread_id == 0


def test_the_pointer_moves_forward_only(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    second = group.do("ross", posts.reply, made.thread_id, "C")
    group.do("isla", posts.mark_read, made.thread_id, second.post_id)
    group.do("isla", posts.mark_read, made.thread_id, made.post_id)
    assert unread(group, "isla") == 0


def test_reading_to_the_middle_leaves_the_rest(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    second = group.do("ross", posts.reply, made.thread_id, "C")
    group.do("ross", posts.reply, made.thread_id, "D")
    group.do("isla", posts.mark_read, made.thread_id, second.post_id)
    assert unread(group, "isla") == 1


def test_reading_one_thread_leaves_an_older_one_unread(group: Group) -> None:
    """The board's floor rises no further than its oldest unread post."""
    old = group.do("ross", posts.start_thread, "general", "Old", "B")
    new = group.do("ross", posts.start_thread, "general", "New", "B")
    group.do("isla", posts.mark_read, new.thread_id, new.post_id)
    assert unread(group, "isla") == 1
    assert group.read("isla", news.read_on).thread_id == old.thread_id
    group.do("isla", posts.mark_read, old.thread_id, old.post_id)
    assert unread(group, "isla") == 0


def test_read_on_goes_through_this_board_then_the_next_then_messages(group: Group) -> None:
    first = group.do("ross", posts.start_thread, "general", "G1", "B")
    second = group.do("ross", posts.start_thread, "general", "G2", "B")
    other = group.do("ross", posts.start_thread, "training", "T1", "B")
    sent = group.do("ross", messages.send_message, "isla", "psst")
    board = {b.slug: b.id for b in group.read("isla", boards.board_list)}
    order = []
    here = board["training"]
    for _ in range(5):
        step = group.read("isla", news.read_on, board_id=here)
        order.append(step.thread_id or -step.conversation_id)
        if step.thread_id:
            group.do("isla", reading.catch_up, thread_id=step.thread_id)
        elif step.conversation_id:
            group.do("isla", messages.read_conversation, step.conversation_id, sent.message_id)
    assert order == [other.thread_id, second.thread_id, first.thread_id, -sent.conversation_id, 0]


def test_home_says_who_mentioned_and_who_answered(group: Group) -> None:
    mine = group.do("isla", posts.start_thread, "general", "Mine", "B")
    group.do("ross", posts.reply, mine.thread_id, "answer", answers_id=mine.post_id)
    other = group.do("ross", posts.start_thread, "training", "Other", "ask @Isla about it")
    group.do("ross", messages.send_message, "isla", "are you coming?")
    kinds = {line.kind: (line.title, line.author) for line in group.read("isla", news.home).news}
    assert kinds == {"answer": ("Mine", "ross"), "mention": ("Other", "ross"), "message": ("are you coming?", "ross")}
    assert other


def test_home_shows_what_the_other_one_wrote_though_one_wrote_last(group: Group) -> None:
    group.do("ross", messages.send_message, "isla", "are you coming?")
    group.do("isla", messages.send_message, "ross", "by the way")
    assert [(line.title, line.author) for line in group.read("isla", news.home).news] == [("are you coming?", "ross")]


def test_catching_up_with_a_board_can_be_undone(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("ross", posts.start_thread, "general", "C", "D")
    group.do("ross", posts.start_thread, "training", "E", "F")
    board = group.read("isla", boards.board_page, "general").board
    done = group.do("isla", reading.catch_up, board_id=board.id)
    assert (done.count, unread(group, "isla"), unread(group, "isla", "training")) == (2, 0, 1)
    group.do("isla", reading.undo_catch_up, done)
    assert (unread(group, "isla"), unread(group, "isla", "training")) == (2, 1)


def test_catching_up_with_a_thread_can_be_undone(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A", "B")
    second = group.do("ross", posts.reply, made.thread_id, "C")
    group.do("ross", posts.reply, made.thread_id, "D")
    group.do("isla", posts.mark_read, made.thread_id, second.post_id)
    done = group.do("isla", reading.catch_up, thread_id=made.thread_id)
    assert (done.count, unread(group, "isla")) == (1, 0)
    group.do("isla", reading.undo_catch_up, done)
    assert unread(group, "isla") == 1


def test_catching_up_with_everything_can_be_undone(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "A", "B")
    group.do("ross", posts.start_thread, "training", "E", "F")
    done = group.do("isla", reading.catch_up)
    assert (done.count, group.read("isla", news.home).news) == (2, ())
    group.do("isla", reading.undo_catch_up, done)
    assert len(group.read("isla", news.home).news) == 2


def test_a_muted_board_is_silent_until_it_is_heard_again(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "A", "B")
    board = group.read("isla", boards.board_page, "general").board
    group.do("isla", reading.mute_board, board.id, muted=True)
    assert unread(group, "isla") == 0
    group.do("isla", reading.mute_board, board.id, muted=False)
    assert unread(group, "isla") == 1


def test_a_reply_in_a_thread_that_one_began_is_an_answer_on_home_as_in_the_notices(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "Mine", "B")
    group.do("heather", posts.reply, made.thread_id, "to you")
    group.do("ross", posts.reply, made.thread_id, "to Heather")
    (line,) = group.read("isla", news.home).news
    assert (line.kind, line.count) == ("answer", 2)


def test_home_has_the_newest_thread_of_each_board_however_old(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "RECENT", 1)
    news._heard.cache_clear()
    older = [group.do("ross", posts.start_thread, "training", f"T{number}", "B") for number in range(2)]
    newest = group.do("ross", posts.start_thread, "general", "N", "B")
    try:
        shown = {line.thread_id for line in group.read("isla", news.home).news}
    finally:
        news._heard.cache_clear()
    assert shown == {newest.thread_id, older[-1].thread_id}


def test_a_thread_whose_last_post_is_ones_own_is_still_found_for_what_is_unread_before_it(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    group.do("isla", posts.reply, made.thread_id, "answer")
    (line,) = group.read("isla", news.home).news
    assert (line.thread_id, line.count, line.author) == (made.thread_id, 1, "ross")
    assert group.read("isla", news.read_on).thread_id == made.thread_id
