"""What icalendar and vobject make of our files, by our zones and by their own."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bbs.services import calendars, notices
from bbs.services.calendars import written
from bbs.services.meetings import answers, calling
from bbs.text import clean, clean_line
from bbs.views.notices import Wishes
from tests.calendars.made import STAMP, ZONES, instants, page, pages
from tests.conftest import Group
from tests.meetings import call


def by_icalendar(text: str) -> dict[str, tuple[datetime, datetime]]:
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return {str(event["uid"]): (_utc(event.decoded("dtstart")), _utc(event.decoded("dtend"))) for event in events}


def by_vobject(text: str) -> dict[str, tuple[datetime, datetime]]:
    events = vobject.readOne(text).vevent_list
    return {event.uid.value: (_zoned(event.dtstart.value), _zoned(event.dtend.value)) for event in events}


def _zoned(at: datetime) -> datetime:
    """vobject takes rules that are at +0000 all year (Africa/Bissau) for UTC, and gives the time no zone at all."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else _utc(at)


def _utc(at: datetime) -> datetime:
    assert at.tzinfo is not None
    return at.astimezone(UTC)


def without_known_zones(text: str) -> str:
    """The same file with zones of names that nobody knows: a reader has to go by the rules that stand in it."""
    return re.sub("(TZID[:=])", r"\1Ours/", text)


@pytest.mark.parametrize("zone", ZONES)
def test_both_read_the_instants_that_were_meant(zone: str) -> None:
    made = [one for one in pages() if one.line.zone == zone]
    text = written(made, STAMP, has_alarms=True)
    meant = instants(made)
    for read in (by_icalendar(text), by_vobject(text), by_vobject(without_known_zones(text))):
        assert [(uid, read[uid]) for uid in meant if read[uid] != meant[uid]] == []


def test_a_file_of_several_zones_is_read_as_well() -> None:
    made = [one for one in pages() if one.line.zone in ZONES[:4]]
    text = written(made, STAMP, has_alarms=True)
    meant, read = instants(made), by_vobject(without_known_zones(text))
    assert [(uid, read[uid]) for uid in meant if read[uid] != meant[uid]] == []


def test_lines_end_and_zones_are_told_as_every_reader_takes_them() -> None:
    text = written(pages(), STAMP, has_alarms=True)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert not re.search(r"^RDATE.*,", text, re.MULTILINE)
    zones = [part.to_ical().decode() for part in icalendar.Calendar.from_ical(text).walk("VTIMEZONE")]
    assert len(zones) == len(ZONES) - 1
    for zone in zones:
        assert min(re.findall(r"DTSTART:(\d{4})", zone)) < "2000"
    london = next(zone for zone in zones if "Europe/London" in zone)
    assert london.count("RRULE") == 2
    assert "UNTIL" not in london
    morocco = next(zone for zone in zones if "Casablanca" in zone)
    assert "RRULE" not in morocco
    assert morocco.count("RDATE") > 100
    assert "METHOD" not in text


texts = st.text(max_size=300).map(clean)
lines = st.text(min_size=1, max_size=100).map(clean_line)


@settings(deadline=None, max_examples=30)
@example(STAMP, 60, "Africa/Bissau", "Winter", "Leith", "")
@given(
    st.integers(0, 74 * 365 * 24 * 60).map(lambda after: STAMP + timedelta(minutes=after)),
    st.integers(5, 14 * 24 * 60), st.sampled_from(sorted(available_timezones())), lines, lines, texts,
)  # fmt: skip
def test_no_meeting_gives_a_file_that_cannot_be_read(
    starts: datetime, minutes: int, zone: str, title: str, place: str, agenda: str
) -> None:
    made = [page(1, starts, minutes, zone, title=title, place=place, about=agenda)]
    text = written(made, STAMP, has_alarms=True)
    event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
    assert (str(event["summary"]), str(event.get("location", "")), str(event.get("description", ""))) == (
        title, place, agenda)  # fmt: skip
    assert by_icalendar(text) == by_vobject(without_known_zones(text)) == instants(made)
    assert [part.name for part in icalendar.Calendar.from_ical(text).walk()].count("VEVENT") == 1


def announced(group: Group, **more: Any) -> int:
    asked: dict[str, Any] = {"title": "Winter", "starts": "2026-12-03 14:00", "zone": "Europe/London", "minutes": 60}
    return call(group, **asked | more)


def alarms(group: Group, meeting: int) -> list[timedelta]:
    text = group.read("isla", calendars.calendar, [meeting])
    return [alarm.decoded("trigger") for alarm in icalendar.Calendar.from_ical(text).walk("VALARM")]


def test_who_attends_has_alarms_a_day_and_an_hour_before_unless_they_wish_none(group: Group) -> None:
    meeting = announced(group)
    assert alarms(group, meeting) == []
    group.do("isla", answers.rsvp, meeting, "maybe")
    assert alarms(group, meeting) == []
    group.do("isla", answers.rsvp, meeting, "yes")
    assert alarms(group, meeting) == [timedelta(days=-1), timedelta(hours=-1)]
    wishes: Wishes = group.read("isla", notices.wishes)
    values = {name: getattr(wishes, name) for name in Wishes.__slots__} | {"calendar_alarms": False}
    group.do("isla", notices.wish, Wishes(**values))
    assert alarms(group, meeting) == []


def test_who_waits_and_what_is_cancelled_has_none(group: Group) -> None:
    meeting = announced(group, places=1)
    group.do("ross", answers.rsvp, meeting, "yes")
    group.do("isla", answers.rsvp, meeting, "yes")
    assert alarms(group, meeting) == []
    group.do("ross", answers.rsvp, meeting, "no")
    assert len(alarms(group, meeting)) == 2
    group.do("heather", calling.cancel, meeting, "Snow.")
    assert alarms(group, meeting) == []


def test_a_file_follows_what_became_of_a_meeting(group: Group) -> None:
    meeting = announced(group, about="Tea; cake, and more", title="Winter, meet")

    def said() -> tuple[str, str, int, str]:
        text = group.read("isla", calendars.calendar, [meeting])
        event = icalendar.Calendar.from_ical(text).walk("VEVENT")[0]
        return str(event["summary"]), str(event["status"]), int(str(event["sequence"])), str(event["uid"])

    first = said()
    assert first[:3] == ("Winter, meet", "CONFIRMED", 0)
    group.do("heather", calling.cancel, meeting, "Snow.")
    assert said()[1:] == ("CANCELLED", 1, first[3])
    group.do("heather", calling.announce, meeting)
    assert said()[1:] == ("CONFIRMED", 2, first[3])
