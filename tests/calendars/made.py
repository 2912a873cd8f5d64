"""Meetings of many zones, at the times at which readers go wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from bbs.services.meetings.fields import instant
from bbs.views.meetings import MeetingFields, MeetingLine, MeetingPage

STAMP = datetime(2026, 11, 26, 12, tzinfo=UTC)
ZONES = (
    "Europe/London", "Europe/Dublin", "Europe/Berlin", "Atlantic/Azores", "America/New_York", "America/Sao_Paulo",
    "America/Santiago", "America/Nuuk", "America/St_Johns", "Africa/Casablanca", "Africa/Cairo", "Africa/Johannesburg",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Jerusalem", "Asia/Gaza", "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Sydney",
    "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll", "UTC",
)  # fmt: skip
TIMES = (
    ("2026-12-03 14:00", 60), ("2027-07-01 14:00", 90), ("2027-03-01 00:00", 60), ("2027-06-30 23:30", 60),
    ("2027-03-13 23:00", 300), ("2027-03-27 22:00", 300), ("2027-10-30 22:00", 360), ("2027-10-31 00:30", 60),
    ("2027-11-06 23:30", 120), ("2027-04-03 23:00", 300), ("2027-10-02 22:00", 360), ("2027-02-08 01:30", 120),
    ("2028-02-29 09:00", 60), ("2027-12-31 23:30", 60), ("2027-03-20 09:00", 14 * 24 * 60),
    ("2036-07-01 14:00", 60), ("2037-12-01 09:00", 60), ("2038-01-20 14:00", 60), ("2045-07-15 14:00", 60),
    ("2060-10-31 14:00", 60), ("2099-07-01 14:00", 60), ("2100-12-31 23:00", 120),
)  # fmt: skip
"""Winter, summer, midnight, over both clock changes of each half of the world, in the hour that comes twice, far ahead."""


def page(number: int, starts: datetime, minutes: int, zone: str, **more: str) -> MeetingPage:
    """A meeting that the reader attends; `more` are its texts, or 'answer'."""
    is_off = more.get("answer") == "cancelled"
    answer = "" if is_off else more.get("answer", "yes")
    fields = MeetingFields(more.get("title", f"Meeting {number}"), zone, minutes, place=more.get("place", "Edinburgh"),
                           about=more.get("about", "Tea; cake, and more\nlater"))  # fmt: skip
    line = MeetingLine(
        id=number, title=fields.title, kind="room", place=fields.place, starts_at=starts, minutes=minutes, zone=zone,
        state="cancelled" if is_off else "announced", going=1, places_left=None, online_places_left=None,
        answer=answer, guests=0, online=False, waiting=False, position=0, passed_over=False, asked_again=False,  # type: ignore[arg-type] # one of the answers
        takes=(), cancelled=is_off, past=False,
    )  # fmt: skip
    return MeetingPage(
        line=line, fields=fields, starts_local="", answers_close_at=None, uid=f"{number}@staffroom", sequence=3, reason="",
        called_by="heather", thread_id=0, going=(), waiting=(), maybe=(), cannot=(), note="", replies=(), is_late=False,
        may_edit=False,
    )  # fmt: skip


@cache
def pages() -> tuple[MeetingPage, ...]:
    """Each time in each zone."""
    many = [(zone, *time) for zone in ZONES for time in TIMES]
    return tuple(page(n, instant(starts, zone), minutes, zone) for n, (zone, starts, minutes) in enumerate(many, 1))


def instants(made: Sequence[MeetingPage]) -> dict[str, tuple[datetime, datetime]]:
    """When each begins and ends, in UTC, by its UID."""
    return {
        one.uid: (one.line.begins, one.line.begins + timedelta(minutes=one.line.minutes)) for one in made
    }  # fmt: skip
