"""Calling meetings, what is said of them, who sees them, states, and clock changes."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound
from bbs.services import board_settings, calendars, log, news, notices, search, threads
from bbs.services.meetings import answers, calling, pages
from bbs.services.meetings.fields import instant
from tests.conftest import Group
from tests.meetings import call, do_due, draft, fields, told


def test_members_cannot_call_meetings_and_calling_answers_for_nobody(group: Group) -> None:
    with pytest.raises(Forbidden):
        call(group, by="isla")
    assert group.read("heather", pages.meeting_page, call(group)).line.answer == ""


def test_calling_twice_makes_one_meeting(group: Group) -> None:
    made = [group.do("heather", calling.call, fields(), "2026-12-03 14:00", client_key="k") for _ in range(2)]
    assert made[0] == made[1]
    assert told(group, "isla") == [("announced", "")]


def test_all_that_is_said_of_a_meeting_can_be_read(group: Group) -> None:
    said = fields(about="# Tea", learn="To **pour**", kind="both", address="1 High Street", directions="Left", access="A lift",
                  link="https://meet.example/x", places=12, online_places=30, guests=2, answer_by="2026-12-01 18:00",
                  questions=("Diet?", "Access?"), facilitators=("heather", "morag"), minutes=90)  # fmt: skip
    made = group.do("heather", calling.call, said, "2026-12-03 14:00")
    assert group.read("morag", pages.meeting_page, made).fields == said
    page = group.read("isla", pages.meeting_page, made)
    assert (page.fields.link, page.starts_local, page.called_by) == ("", "2026-12-03 14:00", "heather")


@pytest.mark.parametrize(("field", "more"), [
    ("starts", {"starts": "tomorrow"}), ("starts", {"starts": "2026-12-03"}), ("starts", {"starts": "2020-01-01 10:00"}),
    ("starts", {"starts": "2027-03-28 01:30"}), ("zone", {"zone": "Atlantis/North"}), ("minutes", {"minutes": 1}),
    ("places", {"places": 0}), ("title", {"title": " "}), ("guests", {"guests": 6}), ("guests", {"guests": -1}),
    ("questions", {"questions": ("a", "b", "c")}), ("answer_by", {"answer_by": "soon"}), ("about", {"about": "x" * 10_001}),
    ("facilitators", {"facilitators": ("isla",)}), ("facilitators", {"facilitators": ("nobody",)}), ("kind", {"kind": "moon"}),
])  # fmt: skip
def test_what_cannot_be_a_meeting_is_refused_by_field(group: Group, field: str, more: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        call(group, **more)
    assert refused.value.field == field


def test_places_of_an_online_meeting_are_those_online(group: Group) -> None:
    made = call(group, kind="online", places=1)
    group.do("isla", answers.rsvp, made, "yes")
    line = group.read("isla", pages.meeting_page, made).line
    assert (line.places_left, line.online) == (0, True)


def test_any_facilitator_runs_any_meeting_and_the_named_are_told(group: Group) -> None:
    made = call(group, facilitators=("morag",))
    assert told(group, "morag") == [("announced", "You are named as one of its facilitators.")]
    group.do("heather", calling.edit, made, {"title": "Winter"})
    with pytest.raises(Forbidden):
        group.do("isla", calling.edit, made, {"title": "Mine"})
    group.do("heather", calling.edit, made, {"facilitators": ("heather",)})
    group.do("heather", calling.edit, made, {"facilitators": ("heather", "morag")})
    assert told(group, "morag")[-1] == ("you run it", "You are named as one of its facilitators.")


def test_two_facilitators_who_change_different_things_both_have_their_way(group: Group) -> None:
    made = call(group)
    group.do("heather", calling.edit, made, {"place": "Glasgow"})
    group.do("morag", calling.edit, made, {"learn": "Indexing"})
    said = group.read("isla", pages.meeting_page, made).fields
    assert (said.place, said.learn) == ("Glasgow", "Indexing")


# -- states


def test_a_draft_is_there_for_facilitators_alone_until_it_is_announced(group: Group) -> None:
    made = draft(group, title="Heron evening", starts="")
    for change in ({"place": "Leith"}, {"about": "About herons"}):
        group.do("heather", calling.edit, made, change)
    assert group.read("isla", pages.meeting_list) == ()
    assert group.read("isla", search.search, "heron").hits == ()
    assert group.read("isla", news.home).next_meeting is None
    assert told(group, "isla") == []
    for refused in (lambda: group.read("isla", pages.meeting_page, made), lambda: group.do("isla", answers.rsvp, made, "yes"),
                    lambda: group.read("isla", calendars.calendar, [made])):  # fmt: skip
        with pytest.raises(NotFound):
            refused()
    assert [line.state for line in group.read("morag", pages.meeting_list)] == ["draft"]
    assert "BEGIN:VEVENT" not in group.read("morag", calendars.calendar, [made])
    with pytest.raises(Invalid, match="no date"):
        group.do("heather", calling.announce, made)
    group.do("heather", calling.announce, made, "2026-12-03 14:00")
    assert told(group, "isla") == [("announced", "")]
    assert group.read("isla", search.search, "heron").hits
    with pytest.raises(Conflict, match="already"):
        group.do("heather", calling.announce, made)


def test_announcing_opens_a_thread_of_which_nobody_is_told_besides(group: Group) -> None:
    page = group.read("isla", pages.meeting_page, call(group))
    head = group.read("isla", threads.thread_page, page.thread_id).head
    assert (head.title, head.board_title) == ("Winter meet-up", "Meetings and events")
    assert told(group, "isla") == [("announced", "")]


def test_a_draft_has_no_thread(group: Group) -> None:
    assert group.read("heather", pages.meeting_page, draft(group)).thread_id == 0


def test_a_cancelled_or_past_meeting_takes_no_answer(group: Group) -> None:
    made = call(group)
    group.do("heather", calling.cancel, made, "Snow.")
    assert group.read("isla", pages.meeting_page, made).reason == "Snow."
    with pytest.raises(Conflict, match="cancelled"):
        group.do("isla", answers.rsvp, made, "yes")
    group.do("heather", calling.announce, made)
    group.clock.forward(days=30)
    with pytest.raises(Conflict, match="over"):
        group.do("isla", answers.rsvp, made, "yes")
    assert [(line.id, line.state) for line in group.read("isla", pages.meeting_list, past=True)] == [(made, "over")]
    assert group.read("isla", pages.meeting_list) == ()


def test_cancelling_needs_a_reason_and_a_meeting_that_is_not_over(group: Group) -> None:
    made = call(group)
    with pytest.raises(Invalid):
        group.do("heather", calling.cancel, made, "  ")
    with pytest.raises(Conflict, match="not announced"):
        group.do("heather", calling.cancel, draft(group), "Snow.")
    group.clock.forward(days=30)
    with pytest.raises(Conflict, match="over"):
        group.do("heather", calling.cancel, made, "Snow.")


def test_a_past_meeting_is_not_moved_to_a_time_to_come_nor_one_to_come_to_the_past(group: Group) -> None:
    made = call(group)
    with pytest.raises(Invalid, match="past"):
        group.do("heather", calling.edit, made, {}, starts="2026-11-20 14:00")
    group.clock.forward(days=30)
    with pytest.raises(Conflict, match="Clone"):
        group.do("heather", calling.edit, made, {}, starts="2027-12-03 14:00")
    group.do("heather", calling.edit, made, {"about": "It was good."}, starts="2026-12-03 15:00")
    assert group.read("isla", pages.meeting_page, made).starts_local == "2026-12-03 15:00"


def test_a_clone_has_what_was_said_and_neither_dates_nor_answers(group: Group) -> None:
    made = call(group, guests=2, about="Tea", answer_by="2026-12-01 12:00", questions=("Diet?",))
    group.do("isla", answers.rsvp, made, "yes", guests=1, replies={1: "vegan"})
    group.clock.forward(days=30)
    again = group.do("morag", calling.clone, made)
    one, two = (group.read("morag", pages.meeting_page, number) for number in (made, again))
    assert {**asdict(two.fields), "answer_by": "x", "facilitators": ""} == {
        **asdict(one.fields), "answer_by": "x", "facilitators": ""}  # fmt: skip
    assert (two.line.state, two.starts_local, two.fields.answer_by, two.line.going) == ("draft", "", "", 0)
    assert two.fields.facilitators == ("morag",)
    assert (two.going, two.uid != one.uid) == ((), True)


# -- who may see


def private(group: Group) -> int:
    board = group.do("morag", board_settings.add_board, "trustees", "Trustees", kind="private")
    group.do("morag", board_settings.set_board_people, board, reads=["ross"])
    return board


def test_a_meeting_of_a_private_board_is_not_there_for_others(group: Group) -> None:
    private(group)
    made = call(group, by="morag", title="Puffin budget", board="trustees", about="puffins")
    assert told(group, "ross")[-1] == ("announced", "")
    assert told(group, "isla") == []
    assert group.read("isla", pages.meeting_list) == group.read("isla", pages.meeting_list, past=True) == ()
    assert group.read("isla", news.home).next_meeting is None
    assert group.read("isla", search.search, "puffin").hits == ()
    assert {hit.kind for hit in group.read("ross", search.search, "puffin").hits} == {"meeting", "post"}
    with pytest.raises(NotFound):
        group.read("isla", pages.meeting_page, made)
    with pytest.raises(NotFound):
        group.do("isla", answers.rsvp, made, "yes")
    with pytest.raises(Conflict, match="cannot see"):
        group.do("morag", answers.answer_for, made, "isla", "yes")
    thread = group.read("ross", pages.meeting_page, made).thread_id
    with pytest.raises(NotFound):
        group.read("isla", threads.thread_page, thread)
    assert "isla" not in {person.handle for person in group.read("ross", pages.silent, made)}


def test_who_may_see_a_meeting_is_settled_when_it_is_announced(group: Group) -> None:
    private(group)
    made = draft(group)
    with pytest.raises(NotFound):
        group.do("heather", calling.edit, made, {"board": "trustees"})
    group.do("morag", calling.edit, made, {"board": "trustees"})
    group.do("morag", calling.announce, made)
    with pytest.raises(Invalid, match="settled"):
        group.do("morag", calling.edit, made, {"board": ""})
    with pytest.raises(NotFound):
        group.read("heather", pages.meeting_page, made)
    assert group.read("isla", pages.meeting_list) == ()


def test_a_notice_goes_out_of_sight_with_the_board(group: Group) -> None:
    board = private(group)
    call(group, by="morag", board="trustees")
    group.do("morag", board_settings.set_board_people, board, reads=[])
    assert {line.what for line in group.read("ross", notices.inbox).notices} == {"board"}
    assert group.read("ross", notices.unread_count) == 2
    assert {line.kind for line in group.read("ross", news.home).news} == {"account"}


def test_the_link_is_for_those_who_go_and_facilitators(group: Group) -> None:
    for handle in ("ailsa", "fergus"):
        group.add(handle)
    made = call(group, kind="online", places=1, link="https://meet.example/otter")
    for handle, answer in (("isla", "yes"), ("ross", "yes"), ("ailsa", "maybe")):
        group.do(handle, answers.rsvp, made, answer)

    def has_link(handle: str) -> tuple[bool, bool]:
        page = group.read(handle, pages.meeting_page, made)
        return "otter" in str(page), "otter" in group.read(handle, calendars.calendar, [made])

    assert {handle: has_link(handle) for handle in ("isla", "ross", "ailsa", "fergus", "heather")} == {
        "isla": (True, True), "ross": (False, False), "ailsa": (False, False), "fergus": (False, False),
        "heather": (True, True)}  # fmt: skip
    assert group.read("isla", search.search, "otter").hits == ()
    assert "otter" not in str(group.read("ross", notices.inbox))
    group.do("isla", answers.rsvp, made, "no")
    assert (has_link("isla"), has_link("ross")) == ((False, False), (True, True))


def test_replies_are_for_facilitators_and_are_erased_a_week_after(group: Group) -> None:
    made = call(group, questions=("Diet?", "Access?"))
    group.do("isla", answers.rsvp, made, "yes", replies={1: "no nuts"})
    with pytest.raises(Invalid, match="no question 3"):
        group.do("isla", answers.rsvp, made, "yes", replies={3: "x"})
    assert group.read("heather", pages.meeting_page, made).going[0].replies == ("no nuts", "")
    page = group.read("ross", pages.meeting_page, made)
    assert (page.going[0].replies, page.replies) == ((), ())
    assert group.read("isla", pages.meeting_page, made).replies == ("no nuts", "")
    assert "nuts" not in str((group.read("heather", notices.inbox), group.read("heather", log.log_page)))
    assert group.read("heather", search.search, "nuts").hits == ()
    group.clock.forward(days=10 + 6)
    do_due(group)
    assert group.read("heather", pages.meeting_page, made).going[0].replies == ("no nuts", "")
    group.clock.forward(days=2)
    do_due(group)
    assert group.read("heather", pages.meeting_page, made).going[0].replies == ()


# -- time


def test_wall_time_holds_across_the_clock_change() -> None:
    """14:00 in Edinburgh is 13:00 UTC in summer and 14:00 UTC in winter, after 2037 too."""
    for year in (2027, 2045):
        assert instant(f"{year}-07-01 14:00", "Europe/London").hour == 13
        assert instant(f"{year}-12-01 14:00", "Europe/London").hour == 14


def test_a_change_of_zone_keeps_what_the_clock_says(group: Group) -> None:
    made = call(group)
    before = group.read("isla", pages.meeting_page, made).line.begins
    group.do("heather", calling.edit, made, {"zone": "Europe/Paris"})
    page = group.read("isla", pages.meeting_page, made)
    assert (page.starts_local, before - page.line.begins) == ("2026-12-03 14:00", timedelta(hours=1))


def test_there_is_no_meeting_where_there_is_none(group: Group) -> None:
    for number in (99, 2**40, -1):
        with pytest.raises(NotFound):
            group.read("isla", pages.meeting_page, number)
        with pytest.raises(NotFound):
            group.do("isla", answers.rsvp, number, "yes")
