"""Who is told of a meeting's changes, in which words; and reminders."""

import pytest

from bbs.errors import Conflict
from bbs.services import due, notices
from bbs.services.meetings import answers, calling, pages
from bbs.views.notices import Wishes
from tests.conftest import START, Group
from tests.meetings import call, do_due, read_all, told, whats, who


@pytest.fixture(autouse=True)
def others(group: Group) -> None:
    for handle in ("ailsa", "fergus"):
        group.add(handle)


def wish(group: Group, handle: str, **changed: bool) -> None:
    before = group.read(handle, notices.wishes)
    values = {name: getattr(before, name) for name in Wishes.__slots__}
    group.do(handle, notices.wish, Wishes(**values | changed))


def answered(group: Group, **more: object) -> int:
    """Isla goes, Ross waits, Ailsa may come, Fergus has not answered; all have read what they were told."""
    meeting = call(group, places=1, **more)  # type: ignore[arg-type]
    for handle, answer in (("isla", "yes"), ("ross", "yes"), ("ailsa", "maybe")):
        group.do(handle, answers.rsvp, meeting, answer)
    read_all(group)
    return meeting


def heard(group: Group) -> dict[str, list[tuple[str, str]]]:
    return {handle: words for handle in group.tickets if (words := told(group, handle))}


# -- changes


def test_a_move_is_told_from_what_to_what_and_those_who_said_yes_are_asked_again(group: Group) -> None:
    meeting = answered(group)
    for handle in ("isla", "ailsa"):
        wish(group, handle, tell_meetings=False)
    group.do("heather", calling.edit, meeting, {}, starts="2026-12-10 14:00")
    moved = "Time: from Thu 3 Dec 2026 14:00–16:00 GMT to Thu 10 Dec 2026 14:00–16:00 GMT."
    asked = f"{moved} You said yes, and keep your place: please say whether you can still come."
    waits = f"{moved} You said yes, and stay in line: please say whether you can still come."
    assert heard(group) == {"isla": [("changed", asked)], "ross": [("changed", waits)], "ailsa": [("changed", moved)]}
    assert who(group, meeting) == (["isla"], ["ross"])
    assert [person.asked_again for person in group.read("isla", pages.meeting_page, meeting).going] == [True]
    group.do("isla", answers.rsvp, meeting, "yes")
    assert [person.asked_again for person in group.read("isla", pages.meeting_page, meeting).going] == [False]


def test_confirming_after_a_move_is_always_possible(group: Group) -> None:
    meeting = answered(group, answer_by="2026-11-28 12:00")
    group.clock.forward(days=6)
    group.do("heather", calling.edit, meeting, {}, starts="2026-12-10 14:00")
    with pytest.raises(Conflict):
        group.do("ailsa", answers.rsvp, meeting, "yes")
    group.do("isla", answers.rsvp, meeting, "yes")
    assert not group.read("isla", pages.meeting_page, meeting).line.asked_again


def test_another_hour_or_place_is_told_and_nobody_asked_again(group: Group) -> None:
    meeting = answered(group)
    group.do("heather", calling.edit, meeting, {"place": "Leith", "minutes": 60}, starts="2026-12-03 15:00")
    words = ("Time: from Thu 3 Dec 2026 14:00–16:00 GMT to Thu 3 Dec 2026 15:00–16:00 GMT. "
             "Place: from Edinburgh to Leith.")  # fmt: skip
    assert heard(group) == {handle: [("changed", words)] for handle in ("isla", "ross", "ailsa")}
    assert not group.read("isla", pages.meeting_page, meeting).line.asked_again


def test_other_edits_and_edits_of_nothing_are_told_to_nobody(group: Group) -> None:
    meeting = answered(group)
    for change in (
        {"about": "Te"},
        {"about": "Tea"},
        {"about": "Tea."},
        {"title": "Winter"},
        {"place": "Edinburgh"},
        {},
    ):
        group.do("heather", calling.edit, meeting, change)
    group.do("heather", calling.edit, meeting, {}, starts="2026-12-03 14:00")
    assert heard(group) == {}
    assert group.read("isla", pages.meeting_page, meeting).fields.about == "Tea."


def test_edits_of_a_past_meeting_are_told_to_nobody(group: Group) -> None:
    meeting = answered(group)
    group.clock.forward(days=30)
    group.do("heather", calling.edit, meeting, {"place": "Leith"}, starts="2026-12-04 14:00")
    assert heard(group) == {}


def test_a_changed_link_is_told_to_those_who_go_and_to_its_facilitators(group: Group) -> None:
    meeting = answered(group, kind="online", link="https://meet.example/a", facilitators=("heather", "morag"))
    group.do("heather", calling.edit, meeting, {"link": "https://meet.example/b"})
    assert set(heard(group)) == {"isla", "morag"}
    assert "meet.example" not in str(heard(group))


def test_cancelling_is_told_with_its_reason_to_those_it_concerns(group: Group) -> None:
    meeting = answered(group)
    wish(group, "isla", tell_meetings=False)
    group.do("heather", calling.cancel, meeting, "Snow.")
    assert heard(group) == {handle: [("cancelled", "Snow.")] for handle in ("isla", "ross", "ailsa")}
    read_all(group)
    group.do("heather", calling.announce, meeting)
    assert {handle: words[0][0] for handle, words in heard(group).items()} == dict.fromkeys(
        ("isla", "ross", "ailsa"), "back on"
    )


def test_what_was_told_stays_beside_what_comes_later(group: Group) -> None:
    meeting = answered(group)
    group.do("isla", answers.rsvp, meeting, "no")
    group.do("heather", calling.edit, meeting, {"place": "Leith"})
    assert whats(group, "ross") == ["you have a place now", "changed"]


# -- reminders


def reminded(group: Group) -> dict[str, list[str]]:
    """What each was told since, once all that is due is done."""
    do_due(group)
    found = {handle: whats(group, handle) for handle in group.tickets if whats(group, handle)}
    read_all(group)
    return found


CONCERNED = {handle: ["reminder"] for handle in ("isla", "ross", "ailsa")}
SILENT = {handle: ["you have not answered"] for handle in ("fergus", "morag", "heather")}


def test_reminders_come_a_week_a_day_and_an_hour_before_and_once(group: Group) -> None:
    answered(group, starts="2026-12-10 14:00")
    group.clock.forward(days=9, hours=23)
    assert reminded(group) == {}
    group.clock.forward(hours=1)
    assert reminded(group) == CONCERNED | SILENT
    assert reminded(group) == {}
    group.clock.forward(days=6)
    assert reminded(group) == CONCERNED
    group.clock.forward(hours=23)
    assert reminded(group) == CONCERNED
    group.clock.forward(days=20)
    assert reminded(group) == {}


def test_each_reminder_can_be_wished_away(group: Group) -> None:
    answered(group, starts="2026-12-10 14:00")
    wish(group, "isla", remind_week=False, remind_hour=False)
    wish(group, "fergus", remind_unanswered=False)
    group.clock.forward(days=10)
    assert set(reminded(group)) == {"ross", "ailsa", "morag", "heather"}
    group.clock.forward(days=6)
    assert "isla" in reminded(group)
    group.clock.forward(hours=23)
    assert "isla" not in reminded(group)


def test_the_silent_are_asked_a_day_before_answers_close_if_that_is_sooner(group: Group) -> None:
    meeting = answered(group, starts="2026-12-20 14:00", answer_by="2026-11-28 12:00")
    group.clock.forward(days=4)
    assert reminded(group) == SILENT
    group.do("fergus", answers.rsvp, meeting, "no")
    group.clock.forward(days=17)
    assert reminded(group) == CONCERNED


def test_what_is_past_when_a_meeting_is_called_is_not_sent(group: Group) -> None:
    answered(group, starts="2026-11-23 15:30")
    assert reminded(group) == {}
    group.clock.forward(minutes=30)
    assert reminded(group) == CONCERNED


def test_moving_to_another_day_sends_reminders_again_and_none_for_the_old_day(group: Group) -> None:
    meeting = answered(group, starts="2026-11-24 16:00")
    group.do("heather", calling.edit, meeting, {}, starts="2026-12-24 16:00")
    read_all(group)
    group.clock.forward(days=2)
    assert reminded(group) == {}
    group.clock.forward(days=24)
    assert reminded(group) == CONCERNED | SILENT
    group.do("heather", calling.edit, meeting, {"about": "Tea"})
    assert reminded(group) == {}


def test_a_reminder_that_is_not_true_any_more_goes(group: Group) -> None:
    meeting = answered(group, starts="2026-11-24 13:00")
    group.clock.forward(hours=22, minutes=30)
    do_due(group)
    assert whats(group, "isla") == ["reminder"]
    group.do("heather", calling.edit, meeting, {}, starts="2026-12-24 16:00")
    assert whats(group, "isla") == ["changed"]


def test_another_hour_of_the_same_day_moves_reminders_and_repeats_none(group: Group) -> None:
    meeting = answered(group, starts="2026-12-03 14:00")
    group.clock.forward(days=3)
    assert reminded(group) == CONCERNED | SILENT
    group.do("heather", calling.edit, meeting, {}, starts="2026-12-03 20:00")
    read_all(group)
    assert reminded(group) == {}
    group.clock.forward(days=6, hours=3)
    assert reminded(group) == {}
    group.clock.forward(hours=4)
    assert reminded(group) == CONCERNED


def test_after_a_day_that_the_server_was_off_reminders_come_unless_it_has_begun(group: Group) -> None:
    answered(group, starts="2026-12-10 14:00")
    group.clock.forward(days=16, hours=12)
    assert {words for told_ in reminded(group).values() for words in told_} == {"reminder", "you have not answered"}
    group.clock.forward(hours=12)
    assert reminded(group) == {}
    assert group.store.read_now(due.waiting) == ()


def test_a_cancelled_meeting_reminds_nobody(group: Group) -> None:
    meeting = answered(group)
    group.do("heather", calling.cancel, meeting, "Snow.")
    read_all(group)
    group.clock.forward(days=9)
    assert reminded(group) == {}


def test_a_week_before_is_a_week_on_the_meetings_clock_when_clocks_change(group: Group) -> None:
    """Clocks go forward on 28 March 2027: a week before 10:00 in summer time is 10:00 in winter time."""
    answered(group, starts="2027-04-01 10:00")
    group.clock.at = START.replace(year=2027, month=3, day=25, hour=9, minute=59)
    assert reminded(group) == {}
    group.clock.forward(minutes=1)
    assert reminded(group) == CONCERNED | SILENT


def test_a_meeting_that_ends_on_another_day_says_on_which(group: Group) -> None:
    meeting = answered(group)
    group.do("heather", calling.edit, meeting, {"minutes": 26 * 60})
    words = "Time: from Thu 3 Dec 2026 14:00–16:00 GMT to Thu 3 Dec 2026 14:00–Fri 4 Dec 16:00 GMT."
    assert heard(group)["ross"] == [("changed", words)]
