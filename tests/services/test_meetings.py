"""Calling meetings, answering, places and waiting list, and clock changes."""

import pytest

from bbs.errors import Conflict, Forbidden, Invalid, NotFound
from bbs.services import meetings, notices
from tests.conftest import Group


def announce(group: Group, **more: object) -> int:
    values: dict[str, object] = {"title": "Winter meet-up", "starts": "2026-12-03 14:00", "zone": "Europe/London",
                                 "minutes": 120, "place": "Edinburgh"} | more  # fmt: skip
    return group.do("heather", meetings.announce_meeting, **values)  # type: ignore[arg-type]


def test_members_cannot_call_meetings(group: Group) -> None:
    with pytest.raises(Forbidden):
        group.do("isla", meetings.announce_meeting, title="T", starts="2026-12-03 14:00", zone="UTC", minutes=60)


def test_announcing_twice_makes_one_meeting(group: Group) -> None:
    assert announce(group, client_key="k") == announce(group, client_key="k")


def test_a_yes_beyond_the_last_place_waits_and_moves_up(group: Group) -> None:
    meeting = announce(group, capacity=1)
    group.do("isla", meetings.rsvp, meeting, "yes")
    assert group.do("ross", meetings.rsvp, meeting, "yes").waiting
    page = group.read("ross", meetings.meeting_page, meeting)
    assert (page.going, page.waiting, page.line.places_left) == (("isla",), ("ross",), 0)
    group.do("isla", meetings.rsvp, meeting, "no")
    page = group.read("ross", meetings.meeting_page, meeting)
    assert (page.going, page.waiting, page.cannot) == (("ross",), (), ("isla",))


def test_answering_yes_again_keeps_ones_place(group: Group) -> None:
    meeting = announce(group, capacity=1)
    group.do("isla", meetings.rsvp, meeting, "yes")
    group.do("ross", meetings.rsvp, meeting, "yes")
    assert not group.do("isla", meetings.rsvp, meeting, "yes").waiting


def test_an_answer_that_is_taken_back_gives_its_place_to_the_first_who_waits(group: Group) -> None:
    meeting = announce(group, capacity=1)
    for handle in ("isla", "ross"):
        group.do(handle, meetings.rsvp, meeting, "yes")
    assert group.do("isla", meetings.withdraw_answer, meeting).answer == ""
    page = group.read("ross", meetings.meeting_page, meeting)
    assert (page.going, page.waiting, page.cannot) == (("ross",), (), ())
    assert any("place" in line.what for line in group.read("ross", notices.inbox).notices)
    group.clock.forward(days=30)
    with pytest.raises(Conflict, match="over"):
        group.do("ross", meetings.withdraw_answer, meeting)


def test_more_places_let_those_who_wait_in(group: Group) -> None:
    meeting = announce(group, capacity=1)
    for handle in ("isla", "ross"):
        group.do(handle, meetings.rsvp, meeting, "yes")
    group.do("heather", meetings.change_meeting, meeting, title="T", starts="2026-12-03 14:00",
             zone="Europe/London", minutes=60, capacity=2)  # fmt: skip
    assert group.read("ross", meetings.meeting_page, meeting).going == ("isla", "ross")


def test_a_cancelled_or_past_meeting_takes_no_answer(group: Group) -> None:
    meeting = announce(group)
    group.do("heather", meetings.cancel_meeting, meeting, cancelled=True)
    with pytest.raises(Conflict, match="cancelled"):
        group.do("isla", meetings.rsvp, meeting, "yes")
    group.do("heather", meetings.cancel_meeting, meeting, cancelled=False)
    group.clock.forward(days=30)
    with pytest.raises(Conflict, match="over"):
        group.do("isla", meetings.rsvp, meeting, "yes")
    assert [line.id for line in group.read("isla", meetings.meeting_list, past=True)] == [meeting]
    assert group.read("isla", meetings.meeting_list) == ()


@pytest.mark.parametrize(("field", "more"), [
    ("starts", {"starts": "tomorrow"}), ("starts", {"starts": "2026-12-03"}), ("starts", {"starts": "2020-01-01 10:00"}),
    ("starts", {"starts": "2027-03-28 01:30"}), ("zone", {"zone": "Atlantis/North"}), ("minutes", {"minutes": 1}),
    ("capacity", {"capacity": 0}), ("title", {"title": " "}),
])  # fmt: skip
def test_what_cannot_be_a_meeting_is_refused_by_field(group: Group, field: str, more: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        announce(group, **more)
    assert refused.value.field == field


def test_wall_time_holds_across_the_clock_change(group: Group) -> None:
    """14:00 in Edinburgh is 13:00 UTC in summer and 14:00 UTC in winter."""
    assert meetings.instant("2027-07-01 14:00", "Europe/London").hour == 13
    assert meetings.instant("2027-12-01 14:00", "Europe/London").hour == 14


def test_there_is_no_meeting_where_there_is_none(group: Group) -> None:
    with pytest.raises(NotFound):
        group.read("isla", meetings.meeting_page, 99)
    with pytest.raises(NotFound):
        group.do("isla", meetings.rsvp, 99, "yes")
