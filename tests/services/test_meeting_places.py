"""Who has a place: the waiting list, guests, two ways to come, late places, deadlines, and accounts that go."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, SignedOut
from bbs.services import board_merging, board_settings, log, messages, news, notices, roles, sanctions, search
from bbs.services.meetings import answers, calling, pages
from bbs.store import Store
from tests.conftest import Group
from tests.meetings import call, do_due, read_all, told, whats, who

MOVED_UP, FREE, LOST = "you have a place now", "a place is free", "you have no place any more"


@pytest.fixture(autouse=True)
def others(group: Group) -> None:
    """Ailsa and Fergus, two more members."""
    for handle in ("ailsa", "fergus"):
        group.add(handle)


def yes(group: Group, meeting: int, *handles: str) -> None:
    for handle in handles:
        group.do(handle, answers.rsvp, meeting, "yes")


def say(group: Group, meeting: int, handle: str, answer: str, **more: object) -> None:
    group.do(handle, answers.rsvp, meeting, answer, **more)  # type: ignore[arg-type]


# -- the line


def test_a_yes_beyond_the_last_place_waits_and_moves_up(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross", "ailsa")
    read_all(group)
    assert [group.read(handle, pages.meeting_page, meeting).line.position for handle in ("ross", "ailsa")] == [1, 2]
    say(group, meeting, "isla", "no")
    assert who(group, meeting) == (["ross"], ["ailsa"])
    assert (told(group, "ross"), told(group, "ailsa")) == ([(MOVED_UP, "")], [])


def test_a_full_meeting_stops_nobody_who_asks_for_no_place(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla")
    for handle, answer in (("ross", "maybe"), ("ross", "no"), ("ailsa", "no"), ("isla", "maybe")):
        say(group, meeting, handle, answer)
    assert who(group, meeting) == ([], [])


def test_who_waits_and_says_no_frees_no_place(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross", "ailsa")
    read_all(group)
    say(group, meeting, "ross", "no")
    assert who(group, meeting) == (["isla"], ["ailsa"])
    assert all(MOVED_UP not in whats(group, handle) for handle in group.tickets)


def test_answering_yes_again_keeps_ones_place_and_ones_turn(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross", "ailsa", "ross", "isla")
    assert who(group, meeting) == (["isla"], ["ross", "ailsa"])


def test_an_answer_that_is_taken_back_gives_its_place_away(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    assert group.do("isla", answers.withdraw, meeting).answer == ""
    assert who(group, meeting) == (["ross"], [])


def test_a_place_that_one_was_told_of_and_has_given_up_is_told_of_no_more(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    say(group, meeting, "isla", "no")
    assert MOVED_UP in whats(group, "ross")
    say(group, meeting, "ross", "maybe")
    assert MOVED_UP not in whats(group, "ross")


def test_one_of_five_who_take_the_last_place_at_once_has_it(url: str, group: Group) -> None:
    group.add("callum")
    meeting = call(group, places=1)
    takers = ("isla", "ross", "ailsa", "fergus", "callum")
    others = [Store(url, clock=group.clock) for _ in takers]

    def take(number: int) -> bool:
        there = Group(others[number], group.clock, group.tickets)
        return there.do(takers[number], answers.rsvp, meeting, "yes").waiting

    with ThreadPoolExecutor(len(takers)) as pool:
        waiting = list(pool.map(take, range(len(takers))))
    for other in others:
        other.close()
    assert sorted(waiting) == [False, True, True, True, True]
    going, line = who(group, meeting)
    assert (going, len(line)) == ([takers[waiting.index(False)]], 4)


# -- more and fewer places


def test_fewer_places_ask_first_and_the_last_to_answer_lose_theirs(group: Group) -> None:
    meeting = call(group, places=3)
    yes(group, meeting, "isla", "ross", "ailsa", "fergus")
    read_all(group)
    with pytest.raises(calling.WouldLose) as asked:
        group.do("heather", calling.edit, meeting, {"places": 1})
    assert asked.value.names == ("ailsa", "ross")
    assert who(group, meeting) == (["isla", "ross", "ailsa"], ["fergus"])
    group.do("heather", calling.edit, meeting, {"places": 1}, yes=True)
    assert who(group, meeting) == (["isla"], ["ross", "ailsa", "fergus"])
    assert [whats(group, handle) for handle in ("isla", "ross", "ailsa", "fergus")] == [[], [LOST], [LOST], []]


def test_more_places_are_told_to_those_who_get_one(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross", "ailsa")
    read_all(group)
    group.do("heather", calling.edit, meeting, {"places": 2})
    assert who(group, meeting) == (["isla", "ross"], ["ailsa"])
    assert [whats(group, handle) for handle in ("isla", "ross", "ailsa", "fergus")] == [[], [MOVED_UP], [], []]


def test_a_place_lost_and_had_again_is_told_of_as_it_is(group: Group) -> None:
    meeting = call(group, places=2)
    yes(group, meeting, "isla", "ross")
    read_all(group)
    group.do("heather", calling.edit, meeting, {"places": 1}, yes=True)
    group.do("heather", calling.edit, meeting, {"places": 2})
    assert whats(group, "ross") == [MOVED_UP]


# -- guests


def test_guests_take_places_and_fewer_guests_free_them(group: Group) -> None:
    meeting = call(group, places=3, guests=5)
    say(group, meeting, "isla", "yes", guests=2)
    yes(group, meeting, "ross")
    say(group, meeting, "isla", "yes", guests=1)
    line = group.read("ross", pages.meeting_page, meeting).line
    assert (who(group, meeting), line.going, line.places_left) == ((["isla", "ross"], []), 3, 0)
    assert MOVED_UP in whats(group, "ross")


def test_a_party_that_does_not_fit_is_passed_over_and_sees_why(group: Group) -> None:
    meeting = call(group, places=2, guests=1)
    yes(group, meeting, "isla", "ross")
    say(group, meeting, "ailsa", "yes", guests=1)
    yes(group, meeting, "fergus")
    say(group, meeting, "ross", "no")
    assert who(group, meeting) == (["isla", "fergus"], ["ailsa"])
    line = group.read("ailsa", pages.meeting_page, meeting).line
    assert (line.position, line.passed_over) == (1, True)
    assert "for 2 people, so it went to the next" in line.standing
    say(group, meeting, "isla", "no")
    assert group.read("ailsa", pages.meeting_page, meeting).line.places_left == 1
    assert who(group, meeting) == (["fergus"], ["ailsa"])
    say(group, meeting, "ailsa", "yes", guests=0)
    assert who(group, meeting) == (["ailsa", "fergus"], [])


def test_guests_that_do_not_fit_are_refused_and_the_member_keeps_the_place(group: Group) -> None:
    meeting = call(group, places=2, guests=2)
    yes(group, meeting, "isla", "ross")
    with pytest.raises(Conflict, match="you keep the place"):
        say(group, meeting, "isla", "yes", guests=1)
    assert who(group, meeting) == (["isla", "ross"], [])
    with pytest.raises(Invalid, match="2 guests"):
        say(group, meeting, "isla", "yes", guests=3)


# -- the room and online


def test_the_room_and_online_have_lines_of_their_own(group: Group) -> None:
    meeting = call(group, kind="both", places=1, online_places=1)
    yes(group, meeting, "isla", "ross")
    say(group, meeting, "ailsa", "yes", online=True)
    say(group, meeting, "fergus", "yes", online=True)
    assert who(group, meeting) == (["isla", "ailsa"], ["ross", "fergus"])
    assert [group.read(handle, pages.meeting_page, meeting).line.position for handle in ("ross", "fergus")] == [1, 1]
    say(group, meeting, "ailsa", "no")
    assert who(group, meeting) == (["isla", "fergus"], ["ross"])
    with pytest.raises(Conflict, match="online"):
        say(group, meeting, "isla", "yes", online=True)


def test_nobody_joins_online_what_is_in_a_room(group: Group) -> None:
    with pytest.raises(Invalid, match="room only"):
        say(group, call(group), "isla", "yes", online=True)


def test_when_a_meeting_loses_its_room_all_come_online(group: Group) -> None:
    meeting = call(group, kind="both", places=1, online_places=2)
    yes(group, meeting, "isla")
    say(group, meeting, "ross", "yes", online=True)
    group.do("heather", calling.edit, meeting, {"kind": "online"})
    line = group.read("isla", pages.meeting_page, meeting).line
    assert (line.online, line.going, line.places_left) == (True, 2, 0)


# -- the last 48 hours, deadlines, and from the start on


def test_a_late_place_is_offered_and_the_first_to_say_yes_has_it(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross", "ailsa")
    group.clock.forward(days=8, hours=1)  # 47 hours before
    read_all(group)
    say(group, meeting, "isla", "no")
    assert who(group, meeting) == ([], ["ross", "ailsa"])
    assert [whats(group, handle) for handle in ("ross", "ailsa", "fergus")] == [[FREE], [FREE], []]
    yes(group, meeting, "ailsa")
    assert who(group, meeting) == (["ailsa"], ["ross"])
    assert [whats(group, handle) for handle in ("ross", "ailsa")] == [[], []]
    yes(group, meeting, "ross")
    assert who(group, meeting) == (["ailsa"], ["ross"])


def test_taking_back_a_no_is_a_new_answer(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    say(group, meeting, "isla", "no")
    yes(group, meeting, "isla")
    assert who(group, meeting) == (["ross"], ["isla"])


def test_when_it_moves_out_of_the_last_days_free_places_are_given_again(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    group.clock.forward(days=9)
    say(group, meeting, "isla", "no")
    group.do("heather", calling.edit, meeting, {}, starts="2027-01-14 14:00")
    assert who(group, meeting) == (["ross"], [])
    assert FREE not in whats(group, "ross")


def test_when_answers_are_closed_a_no_is_taken_and_nothing_else(group: Group) -> None:
    meeting = call(group, places=1, answer_by="2026-11-28 12:00")
    yes(group, meeting, "isla", "ross")
    group.clock.forward(days=5)
    for handle, answer in (("ailsa", "yes"), ("ailsa", "maybe"), ("isla", "maybe")):
        with pytest.raises(Conflict, match="Answers closed on Sat 28 Nov 2026 12:00"):
            say(group, meeting, handle, answer)
    assert group.read("ailsa", pages.meeting_page, meeting).line.takes == ("no",)
    say(group, meeting, "isla", "no")
    assert who(group, meeting) == (["ross"], [])
    say(group, meeting, "ross", "no")
    say(group, meeting, "ailsa", "no")


def test_after_answers_closed_a_late_place_can_be_taken_by_those_who_were_told(group: Group) -> None:
    meeting = call(group, places=1, answer_by="2026-11-28 12:00")
    yes(group, meeting, "isla", "ross")
    group.clock.forward(days=9)
    with pytest.raises(Conflict):
        yes(group, meeting, "ross")
    say(group, meeting, "isla", "no")
    assert group.read("ross", pages.meeting_page, meeting).line.takes == ("yes", "no")
    with pytest.raises(Conflict):
        yes(group, meeting, "ailsa")
    yes(group, meeting, "ross")
    assert who(group, meeting) == (["ross"], [])


def test_from_the_start_nobody_moves_up_and_a_no_is_taken_to_the_end(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    read_all(group)
    group.clock.forward(days=10)
    say(group, meeting, "isla", "no")
    assert who(group, meeting) == ([], ["ross"])
    assert told(group, "ross") == []
    with pytest.raises(Conflict, match="has begun"):
        yes(group, meeting, "ross")
    group.clock.forward(hours=2)
    with pytest.raises(Conflict, match="over"):
        say(group, meeting, "ross", "no")


# -- accounts that go


def test_a_banned_account_gives_its_place_away_and_who_gets_it_is_told_at_once(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    group.do("heather", sanctions.ban, "isla", "Spam.")
    assert who(group, meeting) == (["ross"], [])
    assert MOVED_UP in whats(group, "ross")


def test_who_returns_after_a_suspension_displaces_nobody(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross", "ailsa")
    group.do("heather", sanctions.suspend, "isla", 3, "Rude.")
    assert who(group, meeting) == (["ross"], ["ailsa"])
    with pytest.raises(SignedOut):
        yes(group, meeting, "isla")
    group.clock.forward(days=3, hours=1)
    do_due(group)
    assert who(group, meeting) == (["ross"], ["ailsa", "isla"])


def test_who_returns_where_there_is_room_has_a_place(group: Group) -> None:
    meeting = call(group, places=2)
    yes(group, meeting, "isla", "ross")
    group.do("heather", sanctions.suspend, "isla", 3, "Rude.")
    assert who(group, meeting) == (["ross"], [])
    group.clock.forward(days=3, hours=1)
    do_due(group)
    assert who(group, meeting) == (["isla", "ross"], [])


# -- whoever cannot see the meeting any more


def inner_meeting(group: Group, **more: Any) -> int:
    """A meeting of a private board which names three members."""
    group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
    group.do("morag", board_settings.set_board_people, "inner", reads=["isla", "ross", "ailsa"])
    meeting = call(group, by="morag", board="inner", **more)
    yes(group, meeting, "isla", "ross", "ailsa")
    return meeting


def words(group: Group, handle: str) -> list[str]:
    return [line.words for line in group.read(handle, notices.inbox).notices]


def test_whoever_loses_sight_of_its_board_has_no_place_and_the_next_in_line_moves_up(group: Group) -> None:
    meeting = inner_meeting(group, places=1)
    group.do("morag", board_settings.set_board_people, "inner", reads=["ross", "ailsa"])
    assert who(group, meeting, "morag") == (["ross"], ["ailsa"])
    assert group.read("ross", pages.meeting_page, meeting).line.going == 1
    assert MOVED_UP in whats(group, "ross")
    assert words(group, "isla")[0].startswith("You have no place in “Winter meet-up” any more")
    assert not any("Winter" in line for line in words(group, "isla")[1:])


def test_whoever_sees_it_again_is_the_last_in_line_or_has_a_place_where_there_is_room(group: Group) -> None:
    meeting = inner_meeting(group, places=2)
    group.do("morag", board_settings.set_board_people, "inner", reads=["ailsa"])
    assert who(group, meeting, "morag") == (["ailsa"], [])
    group.do("morag", board_settings.set_board_people, "inner", reads=["isla", "ross", "ailsa"])
    assert who(group, meeting, "morag") == (["isla", "ailsa"], ["ross"])


@pytest.mark.parametrize("how", ["kind", "role", "merged"])
def test_however_they_lose_sight_of_it(group: Group, how: str) -> None:
    group.add("finn", "operator")
    if how == "kind":
        group.do("morag", board_settings.add_board, "inner", "Inner")
    else:
        group.do("morag", board_settings.add_board, "inner", "Inner", kind="private")
        group.do("morag", board_settings.set_board_people, "inner", reads=["isla"])
    meeting = call(group, by="morag", board="inner", places=1)
    yes(group, meeting, "finn", "morag")
    if how == "kind":
        group.do("morag", roles.set_roles, "finn", [])
        group.do("morag", board_settings.edit_board, "inner", kind="private")
    elif how == "role":
        group.do("morag", roles.set_roles, "finn", [])
    else:
        group.do("morag", board_settings.add_board, "other", "Other", kind="private")
        group.do("morag", board_settings.set_board_people, "inner", reads=["finn"])
        group.do("morag", roles.set_roles, "finn", [])
        assert who(group, meeting, "morag") == (["finn"], ["morag"])
        group.do("morag", board_merging.merge_boards, "inner", "other")
    assert who(group, meeting, "morag") == (["morag"], [])


# -- answering for others, and writing to them


def test_a_facilitator_answers_for_others_who_are_told_by_whom(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    read_all(group)
    group.do("heather", answers.answer_for, meeting, "isla", "no")
    assert who(group, meeting) == (["ross"], [])
    assert told(group, "isla") == [("answered for you", "Heather answered no for you.")]
    assert whats(group, "ross") == [MOVED_UP]
    assert group.do("heather", answers.answer_for, meeting, "ailsa", "yes").waiting
    assert told(group, "ailsa")[-1][1] == "Heather answered yes for you, and you are on the waiting list."
    assert any("answered yes for ailsa" in line.action for line in group.read("heather", log.log_page))
    with pytest.raises(Forbidden):
        group.do("ross", answers.answer_for, meeting, "ailsa", "no")


def test_a_facilitator_writes_to_those_who_answered_so(group: Group) -> None:
    meeting = call(group, places=1)
    yes(group, meeting, "isla", "ross")
    say(group, meeting, "ailsa", "maybe")
    sent = {name: group.do("heather", answers.message, meeting, name, f"To {name}") for name in answers.GROUPS}
    assert sent == {"going": 1, "waiting": 1, "maybe": 1, "silent": 2}
    for handle, name in (("isla", "going"), ("ross", "waiting"), ("ailsa", "maybe"), ("fergus", "silent")):
        (line,) = group.read(handle, messages.conversation_with, "heather").messages
        assert line.body == f"About Winter meet-up, Thu 3 Dec 2026 14:00 GMT (meeting {meeting}):\n\nTo {name}"
    with pytest.raises(Forbidden):
        group.do("isla", answers.message, meeting, "going", "Hello")


def test_who_is_written_to_twice_has_one_conversation_and_one_notice(group: Group) -> None:
    meeting = call(group)
    yes(group, meeting, "isla", "ross")
    group.do("isla", messages.send_message, "heather", "Shall I bring cake?")
    group.do("morag", notices.wish, replace(group.read("morag", notices.wishes), tell_messages=False))
    read_all(group)
    for body in ("Bring a zeppelin.", "Or two."):
        assert group.do("heather", answers.message, meeting, "going", body) == 2
    assert group.do("heather", answers.message, meeting, "silent", "Do you come?") == 3
    assert [line.body for line in group.read("isla", messages.conversation_with, "heather").messages][1:] == [
        f"About Winter meet-up, Thu 3 Dec 2026 14:00 GMT (meeting {meeting}):\n\n{body}"
        for body in ("Bring a zeppelin.", "Or two.")
    ]
    for handle, told_of in (("isla", 1), ("ross", 1), ("morag", 0)):
        assert group.read(handle, news.standing).unread == told_of, handle
    assert len(group.read("isla", search.search, "zeppelin").hits) == 1
    assert not group.read("morag", search.search, "zeppelin").hits


def test_a_note_is_for_all_and_stays_with_the_answer(group: Group) -> None:
    meeting = call(group)
    say(group, meeting, "isla", "yes", note="by train")
    say(group, meeting, "isla", "maybe")
    assert group.read("ross", pages.meeting_page, meeting).maybe[0].note == "by train"
    with pytest.raises(Invalid):
        say(group, meeting, "isla", "yes", note="x" * 201)
    assert group.read("isla", notices.unread_count) == 1
