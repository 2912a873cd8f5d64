"""Who is told of what, and when it stops being news."""

import dataclasses
from typing import Any

import pytest

from bbs.errors import Invalid
from bbs.services import (
    arranging,
    board_settings,
    boards,
    messages,
    moderation,
    news,
    notices,
    posts,
    reading,
)
from bbs.services.meetings import answers, calling
from bbs.views.home import NextStep
from tests.conftest import Group
from tests.meetings import call


def told(group: Group, handle: str) -> list[tuple[str, str]]:
    """(kind, who did it) of a member's unread notices, newest first."""
    return [(line.kind, line.by) for line in group.read(handle, notices.inbox).notices if not line.read]


def count(group: Group, handle: str) -> int:
    return group.read(handle, news.home).unread_notices


def announce(group: Group, title: str) -> int:
    when = "2026-12-03 14:00"
    return call(group, title=title, starts=when, zone="Europe/London", minutes=60)


def private_board(group: Group) -> int:
    made = group.do("morag", board_settings.add_board, "closed", "Closed", kind="private")
    group.do("morag", board_settings.set_board_people, made, kind="private", reads=["ross"], moderates=[])
    return made


def test_a_mention_is_told_to_the_one_who_is_mentioned(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "ask @Isla, she knows")
    line = group.read("isla", notices.inbox).notices[0]
    assert (line.kind, line.by, line.title, line.post_id) == ("mention", "ross", "T", made.post_id)
    assert told(group, "heather") == [("thread", "ross")]
    assert told(group, "ross") == []


def test_a_handle_in_a_quotation_or_in_code_calls_nobody(group: Group) -> None:
    made = group.do("heather", posts.start_thread, "general", "T", "B")
    group.do("isla", notices.mark_read)
    group.do("ross", posts.reply, made.thread_id, "> ask @isla\n\nand `@isla` and\n\n```\n@isla\n```\n")
    assert told(group, "isla") == []


def test_an_edit_tells_those_whom_it_mentions_anew(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "ask @isla")
    group.do("ross", posts.edit_post, made.post_id, "ask @isla or @heather")
    assert told(group, "heather") == [("mention", "ross"), ("thread", "ross")]
    assert told(group, "isla") == [("mention", "ross")]


def test_a_mention_that_is_edited_away_takes_its_unread_notice_with_it(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "ask @isla or @heather")
    group.do("heather", notices.mark_read)
    assert (count(group, "isla"), count(group, "heather")) == (1, 0)
    group.do("ross", posts.edit_post, made.post_id, "ask `@isla` or nobody")
    assert (told(group, "isla"), count(group, "isla")) == ([], 0)
    assert [line.kind for line in group.read("heather", notices.inbox).notices] == ["mention"]  # was read: it happened
    group.do("ross", posts.edit_post, made.post_id, "ask @isla or @heather after all")
    assert told(group, "isla") == [("mention", "ross")]
    assert told(group, "heather") == []


def test_a_notice_shows_the_authors_own_words(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("ross", posts.reply, made.thread_id, "> **isla** wrote:\n>\n> B\n\nQuite so.")
    assert group.read("isla", notices.inbox).notices[0].words == "Quite so."


def test_who_is_mentioned_and_wishes_no_mentions_is_told_of_the_answer(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("isla", notices.wish, dataclasses.replace(group.read("isla", notices.wishes), tell_mentions=False))
    group.do("ross", posts.reply, made.thread_id, "yes, @isla")
    assert told(group, "isla") == [("reply", "ross")]


def test_names_that_nobody_has_take_nobodys_place(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "T", " ".join(f"@aa{n}" for n in range(20)) + " @isla")
    assert told(group, "isla") == [("mention", "ross")]


def test_a_name_taken_out_and_put_back_is_told_once(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "@isla")
    for body in ("nobody", "@isla again", "nobody again", "@isla once more"):
        group.do("ross", posts.edit_post, made.post_id, body)
    assert told(group, "isla") == [("mention", "ross")]


def test_home_says_mentioned_of_those_who_were(group: Group) -> None:
    group.add("ann")
    group.do("ross", posts.start_thread, "general", "T", "write to x@ann.org or @annabel or `@ann`")
    assert [line.kind for line in group.read("ann", news.home).news] == ["thread"]


def test_an_answer_is_told_to_the_one_answered_and_to_who_began_the_thread(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    first = group.do("heather", posts.reply, made.thread_id, "C")
    group.do("morag", posts.reply, made.thread_id, "D")
    for handle in ("isla", "heather", "morag"):
        group.do(handle, notices.mark_read)
    group.do("ross", posts.reply, made.thread_id, "E", answers_id=first.post_id)
    assert (told(group, "isla"), told(group, "heather"), told(group, "morag")) == (
        [("reply", "ross")], [("reply", "ross")], [],
    )  # fmt: skip


def test_a_reply_to_nothing_in_particular_answers_the_post_above_it(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("heather", posts.reply, made.thread_id, "C")
    group.do("ross", posts.reply, made.thread_id, "D")
    assert told(group, "heather")[0] == ("reply", "ross")


def test_one_who_is_mentioned_and_answered_is_told_once(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("ross", posts.reply, made.thread_id, "yes, @isla")
    assert told(group, "isla") == [("mention", "ross")]


def test_a_new_thread_is_told_to_those_who_follow_the_board(group: Group) -> None:
    board = group.read("isla", boards.board_page, "general").board.id
    group.do("isla", reading.follow_board, board, following=False)
    group.do("ross", posts.start_thread, "general", "T", "B")
    assert (told(group, "isla"), told(group, "heather")) == ([], [("thread", "ross")])


def test_what_is_muted_tells_nothing(group: Group) -> None:
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("isla", reading.mute_thread, made.thread_id, muted=True)
    group.do("ross", posts.reply, made.thread_id, "@isla?")
    assert told(group, "isla") == []


def test_nobody_is_told_of_what_they_may_not_see(group: Group) -> None:
    private_board(group)
    group.do("morag", posts.start_thread, "closed", "Secret", "@isla @ross")
    assert (told(group, "isla"), told(group, "ross")) == ([], [("mention", "morag"), ("account", "morag")])


def test_what_moves_out_of_sight_is_no_notice_any_more(group: Group) -> None:
    private_board(group)
    made = group.do("ross", posts.start_thread, "general", "T", "@isla")
    group.do("morag", arranging.move_thread, made.thread_id, "closed")
    assert (told(group, "isla"), count(group, "isla")) == ([], 0)


def test_what_is_removed_or_hidden_is_neither_shown_nor_counted(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "@isla")
    other = group.do("ross", posts.start_thread, "general", "U", "@isla")
    group.do("ross", posts.delete_post, made.post_id)
    group.do("heather", moderation.hide_post, other.post_id, "unkind")
    assert (told(group, "isla"), count(group, "isla")) == ([], 0)


def test_a_conversation_is_told_of_once_until_it_is_looked_at(group: Group) -> None:
    first = group.do("ross", messages.send_message, "isla", "one")
    second = group.do("ross", messages.send_message, "isla", "two")
    assert told(group, "isla") == [("message", "ross")]
    group.do("isla", messages.read_conversation, first.conversation_id, second.message_id)
    assert told(group, "isla") == []
    group.do("ross", messages.send_message, "isla", "three")
    assert told(group, "isla") == [("message", "ross")]


def test_no_word_of_a_meeting_takes_the_place_of_another(group: Group) -> None:
    made = announce(group, "Winter")
    group.do("isla", answers.rsvp, made, "maybe")
    group.do("heather", calling.cancel, made, "Snow.")
    lines = group.read("isla", notices.inbox).notices
    assert [(line.what, line.words, line.title) for line in lines] == [
        ("cancelled", "Snow.", "Winter"), ("announced", "", "Winter")]  # fmt: skip
    group.do("isla", notices.saw_meeting, made)
    assert told(group, "isla") == []


def test_who_moves_up_from_the_waiting_list_is_told(group: Group) -> None:
    made = call(group, title="W", starts="2026-12-03 14:00", zone="Europe/London",
                    minutes=60, places=1)  # fmt: skip
    for handle in ("ross", "isla", "morag"):
        group.do(handle, answers.rsvp, made, "yes")
        group.do(handle, notices.mark_read)
    group.do("ross", answers.rsvp, made, "no")
    lines = group.read("isla", notices.inbox).notices
    assert [(line.what, line.read) for line in lines if not line.read] == [("you have a place now", False)]
    assert (told(group, "morag"), told(group, "ross")) == ([], [])


def test_each_kind_can_be_wished_away(group: Group) -> None:
    wished = group.read("isla", notices.wishes)
    off: dict[str, Any] = {name: False for name in wished.__slots__ if name.startswith("tell_")}
    group.do("isla", notices.wish, dataclasses.replace(wished, **off))
    made = group.do("isla", posts.start_thread, "general", "T", "B")
    group.do("ross", posts.reply, made.thread_id, "answer")
    group.do("ross", posts.start_thread, "general", "U", "@isla")
    group.do("ross", messages.send_message, "isla", "psst")
    announce(group, "Winter")
    assert told(group, "isla") == []


def test_reading_the_thread_reads_its_notices(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "@isla")
    later = group.do("ross", posts.reply, made.thread_id, "and @isla again")
    group.do("isla", posts.mark_read, made.thread_id, made.post_id)
    assert [line.post_id for line in group.read("isla", notices.inbox).notices if not line.read] == [later.post_id]


def test_catching_up_reads_notices_and_its_undo_brings_them_back(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "T", "@isla")
    done = group.do("isla", reading.catch_up)
    assert count(group, "isla") == 0
    group.do("isla", reading.undo_catch_up, done)
    assert count(group, "isla") == 1


def test_a_mention_that_reading_on_would_miss_waits_at_its_end(group: Group) -> None:
    board = group.read("isla", boards.board_page, "general").board.id
    group.do("isla", reading.follow_board, board, following=False)
    made = group.do("ross", posts.start_thread, "general", "T", "@isla")
    step = group.read("isla", news.read_on)
    assert (step.thread_id, step.post_id) == (made.thread_id, made.post_id)
    assert [line.kind for line in group.read("isla", news.home).news] == ["mention"]
    group.do("isla", notices.mark_read, step.notice_id)
    assert group.read("isla", news.read_on) == NextStep()


def test_notices_of_another_member_cannot_be_marked(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "T", "@isla")
    line = group.read("isla", notices.inbox).notices[0]
    group.do("heather", notices.mark_read, line.id)
    assert count(group, "isla") == 1


def test_the_inbox_comes_in_pages(group: Group) -> None:
    for number in range(5):
        group.clock.forward(minutes=5)
        group.do("ross", posts.start_thread, "general", f"T{number}", "B")
    first = group.read("isla", notices.inbox, limit=3)
    second = group.read("isla", notices.inbox, before=first.notices[-1].id, limit=3)
    assert ([line.title for line in first.notices], first.more) == (["T4", "T3", "T2"], True)
    assert ([line.title for line in second.notices], second.more) == (["T1", "T0"], False)


def test_old_notices_are_forgotten(group: Group) -> None:
    group.do("ross", posts.start_thread, "general", "T", "B")
    group.clock.forward(days=91)
    group.store.write_now(notices.forget_old)
    assert group.read("isla", notices.inbox).notices == ()


def test_the_colours_are_one_of_four_and_stay(group: Group) -> None:
    assert group.read("isla", notices.wishes).theme == "terminal"
    group.do("isla", notices.wish_theme, "high-contrast")
    assert group.read("isla", notices.wishes).theme == "high-contrast"
    with pytest.raises(Invalid, match="light"):
        group.do("isla", notices.wish_theme, "pink")
    assert group.read("ross", notices.wishes).theme == "terminal"
