"""Finding the date of a meeting: dates, votes, closing, reminders, and what confirming makes of them."""

import dataclasses
from datetime import timedelta

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound, SignedOut
from bbs.services import board_settings, news, notices, sanctions, search
from bbs.services.meetings import calling
from bbs.services.meetings import pages as meetings
from bbs.services.polls import confirming, pages, running, voting
from bbs.views.polls import PollPage
from tests.conftest import Group
from tests.meetings import do_due, fields, read_all, told, whats

FIELDS = fields()
DATES = ("2026-12-03 14:00", "2026-12-10 14:00")
UNTIL = "2026-11-30 18:00"


def ask(group: Group, *dates: str, until: str = UNTIL, **said: object) -> int:
    """A poll of Heather's."""
    return group.do("heather", running.open_poll, fields(**said), dates or DATES, until)


def vote(group: Group, handle: str, poll: int, *answers: str, **more: object) -> PollPage:
    """`answers` are for dates 1, 2 and so on; '' names no answer."""
    named = {number: answer for number, answer in enumerate(answers, 1) if answer}
    return group.do(handle, voting.vote, poll, named, **more)  # type: ignore[arg-type]


def page(group: Group, handle: str, poll: int) -> PollPage:
    return group.read(handle, pages.poll_page, poll)


def counts(group: Group, poll: int) -> dict[int, tuple[int, int, int]]:
    return {date.number: (date.yes, date.if_need_be, date.no) for date in page(group, "isla", poll).dates}


def mine(group: Group, handle: str, poll: int) -> dict[int, str]:
    return {date.number: date.answer for date in page(group, handle, poll).dates}


# -- opening one


def test_facilitators_alone_open_and_run_polls(group: Group) -> None:
    group.add("ailsa", "moderator")
    for handle in ("isla", "ailsa"):
        with pytest.raises(Forbidden, match="facilitators"):
            group.do(handle, running.open_poll, FIELDS, DATES, UNTIL)
    poll = ask(group)
    assert page(group, "morag", poll).may_run
    assert not page(group, "isla", poll).may_run
    for use_case, *args in ((running.add_date, "2026-12-17 14:00"), (running.drop_date, 1), (running.set_until, UNTIL),
                            (running.close_poll,), (running.cancel_poll, "why"), (confirming.confirm_date, 1)):  # fmt: skip
        with pytest.raises(Forbidden):
            group.do("isla", use_case, poll, *args)


def test_a_poll_shows_what_the_meeting_is_about_but_not_its_link_and_is_no_meeting_yet(group: Group) -> None:
    poll = ask(group, kind="both", link="https://example.org/secret", about="Tea and *CPD*")
    shown = page(group, "isla", poll)
    assert (shown.line.title, shown.line.place, shown.fields.about) == ("Winter meet-up", "Edinburgh", "Tea and *CPD*")
    assert (shown.fields.link, shown.draft_id) == ("", 0)
    assert page(group, "heather", poll).fields.link
    for handle in ("isla", "heather"):
        assert group.read(handle, meetings.meeting_list) == ()
    assert group.read("isla", search.search, "winter").hits == ()
    with pytest.raises(NotFound):
        group.read("isla", meetings.meeting_page, page(group, "heather", poll).draft_id)


def test_a_poll_is_told_to_those_who_wish_to_hear_of_meetings(group: Group) -> None:
    group.do("ross", notices.wish, dataclasses.replace(group.read("ross", notices.wishes), tell_meetings=False))
    poll = ask(group)
    assert whats(group, "isla") == ["which dates suit you?"]
    assert (told(group, "ross"), told(group, "heather")) == ([], [])
    line = group.read("isla", news.home).news[0]
    assert line.poll_id == poll
    assert line.title == "Winter meet-up: which dates suit you? You can answer until Mon 30 Nov 2026 18:00 GMT."
    vote(group, "isla", poll, "yes")
    assert told(group, "isla") == []


def test_opening_twice_makes_one_poll(group: Group) -> None:
    made = [group.do("heather", running.open_poll, FIELDS, DATES, UNTIL, client_key="k") for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize(("field", "dates", "until"), [
    ("dates", (), UNTIL), ("dates", ("soon",), UNTIL), ("dates", ("2020-01-01 10:00",), UNTIL),
    ("dates", ("2026-12-03 14:00", "2026-12-03 14:00"), UNTIL), ("dates", ("2027-03-28 01:30",), UNTIL),
    ("dates", tuple(f"2026-12-03 {hour:02}:{minute:02}" for hour in range(8, 12) for minute in range(0, 60, 10)), UNTIL),
    ("until", DATES, "tomorrow"), ("until", DATES, "2026-11-01 10:00"),
])  # fmt: skip
def test_what_cannot_be_a_poll_is_refused_by_field(
    group: Group, field: str, dates: tuple[str, ...], until: str
) -> None:
    with pytest.raises(Invalid) as refused:
        group.do("heather", running.open_poll, FIELDS, dates, until)
    assert refused.value.field == field
    assert group.read("heather", pages.poll_list) == ()


# -- voting


def test_dates_that_are_not_named_keep_their_answers(group: Group) -> None:
    poll = ask(group)
    vote(group, "isla", poll, "yes", "no", note="late on the 3rd")
    vote(group, "isla", poll, "", "if-need-be")
    assert mine(group, "isla", poll) == {1: "yes", 2: "if-need-be"}
    assert page(group, "ross", poll).voters[0].note == "late on the 3rd"
    vote(group, "isla", poll, note="")
    assert (mine(group, "isla", poll), page(group, "isla", poll).note) == ({1: "yes", 2: "if-need-be"}, "")


def test_an_answer_can_be_taken_back(group: Group) -> None:
    poll = ask(group)
    vote(group, "isla", poll, "yes", "no")
    group.do("isla", voting.vote, poll, {1: ""})
    assert mine(group, "isla", poll) == {1: "", 2: "no"}


def test_a_vote_that_is_refused_changes_nothing(group: Group) -> None:
    poll = ask(group)
    for refused in ({1: "yes", 9: "yes"}, {1: "yes", 2: "perhaps"}):
        with pytest.raises(Invalid):
            group.do("isla", voting.vote, poll, refused)
    with pytest.raises(Invalid) as long:
        group.do("isla", voting.vote, poll, {1: "yes"}, note="x" * 201)
    assert long.value.field == "note"
    with pytest.raises(Invalid) as nowhere:
        group.do("isla", voting.vote, poll, {1: "yes"}, online=True)
    assert nowhere.value.field == "online"
    assert page(group, "isla", poll).voters == ()


def test_a_date_is_added_and_one_dropped_and_other_answers_stand(group: Group) -> None:
    poll = ask(group)
    for handle in ("isla", "ross"):
        vote(group, handle, poll, "no", "yes")
    read_all(group)
    assert group.do("heather", running.add_date, poll, "2026-12-17 14:00") == 3
    group.do("heather", running.drop_date, poll, 1)
    assert counts(group, poll) == {2: (2, 0, 0), 3: (0, 0, 0)}
    shown = page(group, "isla", poll)
    assert [date.not_answered for date in shown.dates] == [0, 2]
    assert {voter.handle: voter.answers for voter in shown.voters} == {"isla": ("yes", ""), "ross": ("yes", "")}
    assert whats(group, "isla") == ["there is a new date to choose from"]
    group.do("isla", voting.vote, poll, {3: "yes"})
    assert counts(group, poll) == {2: (2, 0, 0), 3: (1, 0, 0)}


def test_a_date_that_comes_back_has_another_number_and_no_answers(group: Group) -> None:
    poll = ask(group)
    vote(group, "isla", poll, "yes", "yes")
    group.do("heather", running.drop_date, poll, 2)
    with pytest.raises(Invalid, match="taken out"):
        vote(group, "isla", poll, "", "no")
    assert group.do("heather", running.add_date, poll, DATES[1]) == 3
    assert mine(group, "isla", poll) == {1: "yes", 3: ""}
    group.do("heather", running.drop_date, poll, 1)
    with pytest.raises(Conflict, match="only date"):
        group.do("heather", running.drop_date, poll, 3)


def test_the_best_date_is_the_one_to_which_most_can_come(group: Group) -> None:
    poll = ask(group, *DATES, "2026-12-17 14:00")
    assert not any(date.best for date in page(group, "isla", poll).dates)
    vote(group, "isla", poll, "yes", "yes", "no")
    vote(group, "ross", poll, "no", "if-need-be", "no")
    vote(group, "morag", poll, "yes", "no", "if-need-be")
    assert [date.best for date in page(group, "isla", poll).dates] == [True, False, False]
    vote(group, "heather", poll, "no", "yes", "yes")
    assert [date.best for date in page(group, "isla", poll).dates] == [False, True, False]


def test_who_is_suspended_or_gone_neither_votes_nor_counts(group: Group) -> None:
    poll = ask(group)
    vote(group, "ross", poll, "yes")
    group.do("heather", sanctions.suspend, "ross", 7, "rude")
    assert counts(group, poll)[1] == (0, 0, 0)
    assert group.read("isla", pages.poll_list)[0].voters == 0
    with pytest.raises(SignedOut):
        vote(group, "ross", poll, "no")
    group.clock.forward(days=7, hours=1)
    assert group.read("isla", pages.poll_list)[0].voters == 1


def test_who_is_silenced_votes_without_a_note(group: Group) -> None:
    poll = ask(group)
    vote(group, "ross", poll, "yes", note="by train")
    group.do("heather", sanctions.silence, "ross", 7, "rude")
    with pytest.raises(Forbidden):
        vote(group, "ross", poll, "no", note="words")
    vote(group, "ross", poll, "no", note="by train")
    assert counts(group, poll)[1] == (0, 0, 1)


# -- closing


def test_a_late_vote_is_refused_before_any_background_work_has_run(group: Group) -> None:
    poll = ask(group, until="2026-11-23 15:00")
    vote(group, "ross", poll, "yes")
    group.clock.forward(minutes=56)
    assert group.read("isla", pages.poll_list)[0].state == "closed"
    with pytest.raises(Conflict, match="closed on Mon 23 Nov 2026 15:00 GMT"):
        vote(group, "isla", poll, "yes")
    assert counts(group, poll)[1] == (1, 0, 0)


def test_who_called_the_poll_is_told_that_it_has_closed_and_nobody_else_needs_to_answer(group: Group) -> None:
    poll = ask(group)
    group.clock.forward(days=8)
    do_due(group)
    do_due(group)
    assert whats(group, "heather") == ["the poll has closed"]
    assert (told(group, "isla"), told(group, "morag")) == ([], [])
    assert page(group, "isla", poll).line.state == "closed"


def test_a_poll_that_was_closed_goes_on_with_a_new_time(group: Group) -> None:
    poll = ask(group)
    vote(group, "isla", poll, "yes")
    group.do("heather", running.close_poll, poll)
    with pytest.raises(Conflict, match="closed"):
        vote(group, "isla", poll, "no")
    with pytest.raises(Conflict, match="closed"):
        group.do("heather", running.close_poll, poll)
    read_all(group)
    group.do("heather", running.set_until, poll, "2026-12-01 18:00")
    assert whats(group, "ross") == ["you can choose dates again"]
    vote(group, "isla", poll, "no")
    assert counts(group, poll)[1] == (0, 0, 1)


def test_cancelling_tells_those_who_voted_and_why(group: Group) -> None:
    poll = ask(group)
    group.do("isla", notices.wish, dataclasses.replace(group.read("isla", notices.wishes), tell_meetings=False))
    vote(group, "isla", poll, "no")
    with pytest.raises(Invalid):
        group.do("heather", running.cancel_poll, poll, " ")
    group.do("heather", running.cancel_poll, poll, "The room is closed all winter.")
    assert told(group, "isla") == [("no date is looked for any more", "The room is closed all winter.")]
    assert told(group, "ross") == []
    assert (page(group, "ross", poll).line.state, page(group, "ross", poll).reason) == (
        "cancelled",
        "The room is closed all winter.",
    )
    with pytest.raises(Conflict, match="cancelled"):
        vote(group, "ross", poll, "yes")
    for use_case, *args in (
        (running.add_date, "2026-12-17 14:00"),
        (running.set_until, UNTIL),
        (confirming.confirm_date, 1),
    ):
        with pytest.raises(Conflict, match="cancelled"):
            group.do("heather", use_case, poll, *args)
    assert group.read("isla", pages.poll_list) == ()
    assert [line.id for line in group.read("isla", pages.poll_list, past=True)] == [poll]


# -- reminding


def test_those_who_have_not_answered_for_every_date_are_reminded_once_a_day_before_it_closes(group: Group) -> None:
    poll = ask(group)
    vote(group, "isla", poll, "yes", "no")
    vote(group, "heather", poll, "", "no")
    read_all(group)
    group.clock.forward(days=6)
    do_due(group)
    assert told(group, "ross") == []
    group.clock.forward(hours=5)
    do_due(group)
    do_due(group)
    assert told(group, "ross") == [
        ("some dates wait for your answer", "You can answer until Mon 30 Nov 2026 18:00 GMT.")
    ]
    for handle in ("morag", "heather"):
        assert whats(group, handle) == ["some dates wait for your answer"]
    assert told(group, "isla") == []


def test_who_answered_for_a_dropped_date_alone_is_reminded(group: Group) -> None:
    poll = ask(group)
    vote(group, "isla", poll, "yes")
    group.do("heather", running.drop_date, poll, 1)
    read_all(group)
    group.clock.forward(days=6, hours=5)
    do_due(group)
    assert whats(group, "isla") == ["some dates wait for your answer"]


@pytest.mark.parametrize("end", ["close", "cancel", "confirm", "sooner", "off"])
def test_nobody_is_reminded_of_a_poll_that_takes_no_votes_or_closes_within_a_day(group: Group, end: str) -> None:
    poll = ask(group)
    if end == "close":
        group.do("heather", running.close_poll, poll)
    elif end == "cancel":
        group.do("heather", running.cancel_poll, poll, "no room")
    elif end == "confirm":
        group.do("heather", confirming.confirm_date, poll, 2)
    elif end == "sooner":
        group.do("heather", running.set_until, poll, "2026-11-24 10:00")
    group.clock.forward(days=8)  # 'off': the server was down when it was due
    do_due(group)
    assert "some dates wait for your answer" not in whats(group, "ross")


def test_a_reminder_moves_with_the_closing_time(group: Group) -> None:
    poll = ask(group)
    group.do("heather", running.set_until, poll, "2026-12-02 18:00")
    read_all(group)
    group.clock.forward(days=7)
    do_due(group)
    assert told(group, "ross") == []
    group.clock.forward(days=1, hours=5)
    do_due(group)
    assert whats(group, "ross") == ["some dates wait for your answer"]


# -- confirming


def test_votes_become_answers_in_their_order_and_those_beyond_the_last_place_wait(group: Group) -> None:
    for handle in ("ailsa", "fergus"):
        group.add(handle)
    poll = ask(group, places=1)
    vote(group, "ross", poll, "", "yes")
    vote(group, "isla", poll, "no", "yes", note="by train")
    vote(group, "morag", poll, "", "if-need-be")
    vote(group, "ailsa", poll, "yes", "no")
    read_all(group)
    meeting = group.do("heather", confirming.confirm_date, poll, 2)
    shown = group.read("isla", meetings.meeting_page, meeting)
    who = {name: [one.handle for one in getattr(shown, name)] for name in ("going", "waiting", "maybe", "cannot")}
    assert who == {"going": ["ross"], "waiting": ["isla"], "maybe": ["morag"], "cannot": ["ailsa"]}
    assert (shown.starts_local, shown.line.state, shown.note) == ("2026-12-10 14:00", "announced", "by train")
    assert group.read("ross", meetings.meeting_list)[0].going == 1
    notes = {handle: told(group, handle) for handle in ("ross", "isla", "morag", "ailsa", "fergus")}
    assert {handle: [what for what, _ in lines] for handle, lines in notes.items()} == {
        handle: ["announced"] for handle in notes
    }
    assert "you are going" in notes["ross"][0][1]
    assert "waiting list" in notes["isla"][0][1]
    assert "need be" in notes["morag"][0][1]
    with pytest.raises(Conflict, match=f"meeting {meeting}"):
        group.do("morag", confirming.confirm_date, poll, 1)
    with pytest.raises(Conflict, match=f"meeting {meeting}"):
        vote(group, "fergus", poll, "yes")
    assert page(group, "isla", poll).line.meeting_id == meeting


def test_an_answer_given_again_keeps_its_place_and_another_one_loses_it(group: Group) -> None:
    poll = ask(group, places=1)
    vote(group, "ross", poll, "yes", "yes")
    vote(group, "isla", poll, "yes", "yes")
    vote(group, "ross", poll, "yes", "no")
    vote(group, "ross", poll, "yes", "yes")
    first = ask(group, places=1)
    for handle in ("ross", "isla", "ross"):
        vote(group, handle, first, "yes")
    shown = [group.read("isla", meetings.meeting_page, group.do("heather", confirming.confirm_date, *which))
             for which in ((poll, 2), (first, 1))]  # fmt: skip
    assert [[one.handle for one in meeting.going] for meeting in shown] == [["isla"], ["ross"]]


def test_places_in_the_room_and_online_are_counted_apart(group: Group) -> None:
    poll = ask(group, kind="both", places=1, online_places=1)
    for handle, online in (("isla", False), ("ross", True), ("morag", True)):
        vote(group, handle, poll, "yes", online=online)
    shown = group.read("isla", meetings.meeting_page, group.do("heather", confirming.confirm_date, poll, 1))
    assert {one.handle: one.online for one in shown.going} == {"isla": False, "ross": True}
    assert [one.handle for one in shown.waiting] == ["morag"]


def test_a_date_that_is_past_is_not_confirmed_and_takes_no_votes(group: Group) -> None:
    poll = ask(group, until="2026-12-08 10:00")
    group.clock.forward(days=11)
    with pytest.raises(Conflict, match="past"):
        vote(group, "isla", poll, "yes")
    with pytest.raises(Conflict, match="past"):
        group.do("heather", confirming.confirm_date, poll, 1)
    vote(group, "isla", poll, "", "yes")
    assert group.do("heather", confirming.confirm_date, poll, 2)


def test_a_closed_poll_whose_dates_are_over_is_past(group: Group) -> None:
    poll = ask(group)
    group.clock.forward(days=14)
    assert group.read("isla", pages.poll_list)[0].id == poll
    group.clock.forward(days=14)
    assert group.read("isla", pages.poll_list) == ()
    assert group.read("isla", pages.poll_list, past=True)[0].state == "closed"


def test_the_draft_of_a_poll_is_not_announced_past_it(group: Group) -> None:
    poll = ask(group)
    draft = page(group, "heather", poll).draft_id
    with pytest.raises(Conflict, match=f"poll {poll}"):
        group.do("heather", calling.announce, draft, DATES[0])
    with pytest.raises(Conflict, match="clocks"):
        group.do("heather", calling.edit, draft, {"zone": "Europe/Paris"})
    group.do("heather", calling.edit, draft, {"title": "Spring meet-up", "places": 3})
    assert page(group, "isla", poll).line.title == "Spring meet-up"
    assert (
        group.read("isla", meetings.meeting_page, group.do("heather", confirming.confirm_date, poll, 1)).fields.places
        == 3
    )


# -- who may see


def test_a_poll_of_a_private_board_does_not_exist_for_others(group: Group) -> None:
    made = group.do("morag", board_settings.add_board, "closed", "Closed", kind="private")
    group.do("morag", board_settings.set_board_people, made, reads=["ross", "heather"])
    read_all(group)
    poll = ask(group, board="closed", title="Zebra crossing")
    assert whats(group, "ross") == ["which dates suit you?"]
    group.clock.forward(days=6, hours=5)
    do_due(group)
    for read in (pages.poll_list, notices.inbox, news.home, lambda s, a: pages.poll_list(s, a, past=True),
                 lambda s, a: search.search(s, a, "zebra")):  # fmt: skip
        assert "Zebra" not in repr(group.read("isla", read))
    assert "Zebra" in repr(group.read("ross", pages.poll_list))
    with pytest.raises(NotFound):
        page(group, "isla", poll)
    with pytest.raises(NotFound):
        vote(group, "isla", poll, "yes")
    vote(group, "ross", poll, "yes")
    group.do("morag", board_settings.set_board_people, made, reads=["heather"])
    assert "Zebra" not in repr(group.read("ross", notices.inbox))
    meeting = group.do("heather", confirming.confirm_date, poll, 1)
    assert group.read("heather", meetings.meeting_page, meeting).going == ()
    assert told(group, "isla") == []


def test_home_shows_the_poll_that_closes_first_until_it_is_answered(group: Group) -> None:
    later, sooner = ask(group, title="Later", until="2026-12-01 18:00"), ask(group, title="Sooner")
    waits = group.read("isla", news.home).poll
    assert waits
    assert (waits.id, waits.title, waits.polls) == (sooner, "Sooner", 2)
    vote(group, "isla", sooner, "yes", "no")
    waits = group.read("isla", news.home).poll
    assert waits
    assert (waits.id, waits.polls) == (later, 1)
    vote(group, "isla", later, "yes")
    assert group.read("isla", news.home).poll
    vote(group, "isla", later, "", "no")
    assert group.read("isla", news.home).poll is None
    group.do("heather", running.add_date, later, "2026-12-17 14:00")
    assert group.read("isla", news.home).poll
    group.do("heather", running.close_poll, later)
    assert group.read("isla", news.home).poll is None


# -- time


def test_dates_and_closing_are_on_the_clocks_of_the_meeting(group: Group) -> None:
    """London is an hour before UTC until 28 March 2027, and level with it after 31 October."""
    poll = ask(
        group, "2027-03-27 14:00", "2027-03-28 14:00", "2027-10-31 01:30", "2039-07-01 23:30", until="2027-03-26 18:00"
    )
    starts = [f"{date.starts_at:%Y-%m-%d %H:%M}" for date in page(group, "isla", poll).dates]
    assert starts == ["2027-03-27 14:00", "2027-03-28 13:00", "2027-10-31 00:30", "2039-07-01 22:30"]
    auckland = ask(group, "2026-12-10 10:00", zone="Pacific/Auckland", until="2026-11-30 09:00")
    shown = page(group, "isla", auckland)
    assert (f"{shown.dates[0].starts_at:%d %H:%M}", f"{shown.line.closes_at:%d %H:%M}") == ("09 21:00", "29 20:00")
    assert page(group, "isla", auckland).until_local == "2026-11-30 09:00"


def test_the_day_before_is_a_day_of_hours_across_a_clock_change(group: Group) -> None:
    poll = ask(group, "2027-04-10 14:00", until="2027-03-28 12:00")
    line = group.read("isla", pages.poll_list)[0]
    group.clock.at = line.closes_at - timedelta(days=1, minutes=1)
    read_all(group)
    do_due(group)
    assert told(group, "ross") == []
    group.clock.forward(minutes=2)
    do_due(group)
    assert told(group, "ross") == [
        ("some dates wait for your answer", "You can answer until Sun 28 Mar 2027 12:00 BST.")
    ]
    assert page(group, "isla", poll).line.state == "open"
