"""Meetings of many zones, at the times at which readers go wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from bbs.services.meetings import instant
from bbs.views.meetings import MeetingLine, MeetingPage

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
    line = MeetingLine(
        id=number, title=more.get("title", f"Meeting {number}"), place=more.get("place", "Edinburgh"), starts_at=starts,
        minutes=minutes, zone=zone, going=1, places_left=None, answer=more.get("answer", "yes"), waiting=False,
        cancelled=more.get("answer") == "cancelled", past=False,
    )  # fmt: skip
    return MeetingPage(
        line=line, uid=f"{number}@staffroom", sequence=3, agenda=more.get("agenda", "Tea; cake, and more\nlater"),
        starts_local="", capacity=None, called_by="heather", going=("isla",), waiting=(), maybe=(), cannot=(),
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
        one.uid: (one.line.starts_at, one.line.starts_at + timedelta(minutes=one.line.minutes)) for one in made
    }  # fmt: skip
