"""Drafts: one for each member and place, kept until sent or discarded."""

from dataclasses import replace

import pytest

from bbs.errors import Invalid, NotFound, Overtaken
from bbs.services import board_settings, boards, drafts, posts
from bbs.services.drafts import MAX_BODY, DraftView
from tests.conftest import Group


def save(group: Group, handle: str, place: str, body: str, key: str = "k", version: int = 0) -> DraftView:
    return group.do(handle, drafts.save_draft, DraftView(place, "Subject", body, None, key, None, version))


def again(group: Group, view: DraftView, body: str) -> DraftView:
    """The session that saved `view` goes on writing."""
    return group.do("isla", drafts.save_draft, replace(view, body=body))


def bodies(group: Group) -> dict[str, str]:
    """The body of each draft in the list by its place, with a question mark for a discarded one."""
    lines = group.read("isla", drafts.draft_list)
    return {line.draft.place + ("?" if line.discarded else ""): line.draft.body for line in lines}


def test_a_thread_sent_twice_by_its_boards_short_name_leaves_no_draft(group: Group) -> None:
    first = group.do("ross", posts.start_thread, "general", "T", "B", client_key="k")
    board = group.read("ross", boards.board_page, "general").board.id
    group.do("ross", drafts.save_draft, DraftView(f"board:{board}", "T", "B", None, "k", None))
    again = group.do("ross", posts.start_thread, "general", "T", "B", client_key="k")
    assert (again.post_id, again.again, group.read("ross", drafts.drafts)) == (first.post_id, True, ())


def test_a_draft_is_kept_as_typed_and_replaced_by_the_next(group: Group) -> None:
    first = save(group, "isla", "thread:1", "  half\n")
    again(group, first, "  half a thought\n")
    found = group.read("isla", drafts.drafts)
    assert [(draft.place, draft.body) for draft in found] == [("thread:1", "  half a thought\n")]


def test_drafts_are_ones_own(group: Group) -> None:
    save(group, "isla", "thread:1", "mine")
    for handle in ("ross", "heather", "morag"):
        assert group.read(handle, drafts.drafts) == ()
        assert group.read(handle, drafts.draft, "thread:1") is None
        group.do(handle, drafts.discard_draft, "thread:1")
    assert group.read("isla", drafts.draft, "thread:1")


def test_sending_removes_the_draft_of_that_place_alone(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    save(group, "isla", f"thread:{made.thread_id}", "answer")
    save(group, "isla", "board:1", "another")
    group.do("isla", posts.reply, made.thread_id, "answer")
    assert [draft.place for draft in group.read("isla", drafts.drafts)] == ["board:1"]


def test_an_emptied_draft_is_gone(group: Group) -> None:
    first = save(group, "isla", "thread:1", "words")
    group.do("isla", drafts.save_draft, replace(first, subject="", body="  "))
    assert group.read("isla", drafts.drafts) == ()


def test_old_drafts_are_forgotten_after_thirty_days(group: Group) -> None:
    save(group, "isla", "thread:1", "old")
    group.clock.forward(days=20)
    save(group, "isla", "thread:2", "newer")
    group.clock.forward(days=11)
    group.store.write_now(drafts.forget_old)
    assert [draft.place for draft in group.read("isla", drafts.drafts)] == ["thread:2"]


def test_complaint_1_two_sessions_on_one_draft_write_over_nothing(group: Group) -> None:
    """Complaint 1: drafts lost. The second session is refused with nothing written."""
    first = save(group, "isla", "thread:1", "one")
    other = group.read("isla", drafts.draft, "thread:1")
    assert other == first
    later = again(group, first, "one and two")
    with pytest.raises(Overtaken):
        again(group, other, "one or two")
    assert group.read("isla", drafts.draft, "thread:1") == later
    third = again(group, later, "one and two and three")
    assert third.version > later.version


def test_a_new_draft_does_not_write_over_one_begun_meanwhile(group: Group) -> None:
    save(group, "isla", "thread:1", "begun on the phone", "a")
    with pytest.raises(Overtaken):
        save(group, "isla", "thread:1", "begun at the desk", "b")
    assert bodies(group) == {"thread:1": "begun on the phone"}


def test_the_same_words_from_two_sessions_are_no_conflict(group: Group) -> None:
    first = save(group, "isla", "thread:1", "the same", "a")
    second = save(group, "isla", "thread:1", "the same", "b")
    assert (second.client_key, second.version) == (first.client_key, first.version)


def test_both_texts_can_be_kept_one_after_the_other(group: Group) -> None:
    first = save(group, "isla", "thread:1", "mine")
    again(group, first, "theirs")
    both = group.do("isla", drafts.keep_both, replace(first, body="mine, longer"))
    assert both.body == "theirs\n\nmine, longer"
    assert again(group, both, both.body + ".").body.endswith("longer.")


def test_keeping_both_repeats_nothing(group: Group) -> None:
    first = save(group, "isla", "thread:1", "words")
    again(group, first, "words and more")
    assert group.do("isla", drafts.keep_both, replace(first, body="words")).body == "words and more"
    assert group.do("isla", drafts.keep_both, replace(first, body="words and more, and more")).body == (
        "words and more, and more"
    )


def test_where_two_texts_have_no_room_in_one_the_second_can_be_had_back(group: Group) -> None:
    first = save(group, "isla", "thread:1", "a" * MAX_BODY)
    group.do("isla", drafts.keep_both, replace(first, body="b" * MAX_BODY, client_key="other"))
    assert bodies(group) == {"thread:1": "a" * MAX_BODY, "thread:1?": "b" * MAX_BODY}


def test_a_discarded_draft_can_be_had_back_for_a_day(group: Group) -> None:
    first = save(group, "isla", "thread:1", "words")
    group.do("isla", drafts.discard_draft, "thread:1")
    assert group.read("isla", drafts.draft, "thread:1") is None
    assert group.read("isla", drafts.drafts) == ()
    assert bodies(group) == {"thread:1?": "words"}
    back = group.do("isla", drafts.restore_draft, "thread:1")
    assert (back.body, back.subject, back.client_key) == ("words", "Subject", first.client_key)
    assert bodies(group) == {"thread:1": "words"}
    group.do("isla", drafts.discard_draft, "thread:1")
    group.clock.forward(hours=25)
    assert bodies(group) == {}
    with pytest.raises(NotFound):
        group.do("isla", drafts.restore_draft, "thread:1")
    group.store.write_now(drafts.forget_old)
    assert group.read("isla", drafts.discarded, "thread:1") is None


def test_what_was_begun_since_changes_places_with_what_is_had_back(group: Group) -> None:
    save(group, "isla", "thread:1", "old", "a")
    group.do("isla", drafts.discard_draft, "thread:1")
    save(group, "isla", "thread:1", "new", "b")
    group.do("isla", drafts.restore_draft, "thread:1")
    assert bodies(group) == {"thread:1": "old", "thread:1?": "new"}
    group.do("isla", drafts.restore_draft, "thread:1")
    assert bodies(group) == {"thread:1": "new", "thread:1?": "old"}


def test_nobody_has_anothers_discarded_draft_back(group: Group) -> None:
    save(group, "isla", "thread:1", "mine")
    group.do("isla", drafts.discard_draft, "thread:1")
    for handle in ("ross", "heather", "morag"):
        assert group.read(handle, drafts.discarded, "thread:1") is None
        assert group.read(handle, drafts.draft_list) == ()
        with pytest.raises(NotFound):
            group.do(handle, drafts.restore_draft, "thread:1")


def test_after_a_draft_was_sent_elsewhere_the_text_here_is_kept_anew(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    place = f"thread:{made.thread_id}"
    first = save(group, "isla", place, "answer")
    group.do("isla", posts.reply, made.thread_id, "answer", client_key=first.client_key)
    kept = again(group, first, "answer, and a thought")
    assert kept.client_key == first.client_key
    with pytest.raises(Overtaken):
        again(group, first, "another session's")


def test_what_has_too_many_letters_is_refused_and_nothing_changed(group: Group) -> None:
    first = save(group, "isla", "thread:1", "words")
    with pytest.raises(Invalid):
        again(group, first, "x" * (MAX_BODY + 1))
    assert bodies(group) == {"thread:1": "words"}


def test_the_list_does_not_name_a_place_that_has_closed_to_the_member(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "A title", "B")
    for place in (f"thread:{made.thread_id}", "board:1", f"post:{made.post_id}"):
        save(group, "isla", place, "words")
    assert {line.where for line in group.read("isla", drafts.draft_list)} == {"A title", "General"}
    group.do("morag", board_settings.set_board_people, 1, kind="private", reads=["ross"], moderates=[])
    lines = group.read("isla", drafts.draft_list)
    assert [(line.where, line.draft.body) for line in lines] == [("", "words")] * 3


def test_what_is_saved_over_another_sessions_text_leaves_that_to_be_had_back(group: Group) -> None:
    first = save(group, "isla", "thread:1", "mine")
    again(group, first, "theirs")
    kept = group.do("isla", drafts.save_over, replace(first, body="mine, longer"))
    assert bodies(group) == {"thread:1": "mine, longer", "thread:1?": "theirs"}
    assert again(group, kept, "mine, longer still").body == "mine, longer still"


def test_a_letter_that_the_database_refuses_costs_no_text(group: Group) -> None:
    save(group, "isla", "thread:1", "be\0fore")
    assert bodies(group) == {"thread:1": "before"}


def test_the_post_that_is_answered_is_saved_though_no_word_changed(group: Group) -> None:
    made = group.do("ross", posts.start_thread, "general", "T", "B")
    first = save(group, "isla", f"thread:{made.thread_id}", "words")
    group.do("isla", drafts.save_draft, replace(first, answers_id=made.post_id))
    found = group.read("isla", drafts.draft, first.place)
    assert found
    assert found.answers_id == made.post_id


def test_a_place_with_a_number_that_nothing_has_breaks_no_list(group: Group) -> None:
    save(group, "isla", "thread:99999999999", "words")
    assert [line.where for line in group.read("isla", drafts.draft_list)] == [""]
