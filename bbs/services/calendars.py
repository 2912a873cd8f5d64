"""Calendar files of meetings (RFC 5545), which every reader takes for the same instants.

A file names the zone of each meeting and brings the zone's rules along. It has no METHOD: PUBLISH needs an ORGANIZER
with an address, and members have none. Readers differ over a time that comes twice in autumn, so a meeting that begins
or ends at one is written in UTC.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bbs.models import Member
from bbs.services.meetings.pages import meeting_page
from bbs.store import now
from bbs.views.meetings import MeetingPage
from bbs.views.members import Actor
from bbs.zones import Observance, observances

if TYPE_CHECKING:
    import icalendar

ALARMS = ((timedelta(days=1), "tomorrow"), (timedelta(hours=1), "in an hour"))
"""How long before a meeting, and what is said then."""


def calendar(session: Session, actor: Actor, meeting_ids: list[int]) -> str:
    """The meetings as an iCalendar file. Those that the member attends have alarms, unless they wish none.

    A draft is in no calendar. The link to join online is in the file of those who have a place, as it is on their page.
    """
    pages = [meeting_page(session, actor, meeting_id) for meeting_id in meeting_ids]
    pages = [page for page in pages if page.line.state != "draft"]
    return written(pages, now(session), has_alarms=session.get_one(Member, actor.id).calendar_alarms)


def written(pages: Sequence[MeetingPage], stamp: datetime, *, has_alarms: bool) -> str:
    """The same of meetings that were read, as one whom they are for sees them; `stamp` is when it is written."""
    import icalendar  # noqa: PLC0415 - 80 modules, needed when somebody takes a calendar

    out = icalendar.Calendar()
    out.add("prodid", "-//Staffroom//EN")
    out.add("version", "2.0")
    for zone in sorted({page.line.zone for page in pages if not _in_utc(page)}):
        out.add_component(_timezone(zone))
    for page in pages:
        attends = page.line.answer == "yes" and not page.line.waiting and not page.line.cancelled
        out.add_component(_event(page, stamp, has_alarms=has_alarms and attends))
    text: bytes = out.to_ical()
    return text.decode()


def _event(page: MeetingPage, stamp: datetime, *, has_alarms: bool) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415 - see written

    event = icalendar.Event()
    start, end = _times(page)
    event.add("uid", page.uid)
    event.add("sequence", page.sequence)
    event.add("dtstamp", stamp.replace(microsecond=0))
    event.add("summary", page.line.title)
    event.add("dtstart", start)
    event.add("dtend", end)
    if where := ", ".join(filter(None, (page.fields.place, page.fields.address))):
        event.add("location", where)
    if page.fields.link:
        event.add("url", page.fields.link)
    if words := _description(page):
        event.add("description", words)
    event.add("status", "CANCELLED" if page.line.cancelled else "CONFIRMED")
    for before, when in ALARMS if has_alarms else ():
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{page.line.title}: {when}")
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event


def _description(page: MeetingPage) -> str:
    said = page.fields
    parts = (said.about, f"You will learn: {said.learn}" if said.learn else "",
             f"Join online: {said.link}" if said.link else "", said.directions, said.access,
             f"Cancelled: {page.reason}" if page.line.cancelled and page.reason else "")  # fmt: skip
    return "\n\n".join(filter(None, parts))


def _times(page: MeetingPage) -> tuple[datetime, datetime]:
    """When it begins and ends, by elapsed time, on the clocks of its zone; in UTC where those do not say which."""
    start = page.line.begins
    end = start + timedelta(minutes=page.line.minutes)
    zone = UTC if _in_utc(page) else ZoneInfo(page.line.zone)
    return start.astimezone(zone), end.astimezone(zone)


def _in_utc(page: MeetingPage) -> bool:
    if page.line.zone == "UTC":
        return True
    zone, start = ZoneInfo(page.line.zone), page.line.begins
    local = (start.astimezone(zone), (start + timedelta(minutes=page.line.minutes)).astimezone(zone))
    return any(at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset() for at in local)


def _timezone(name: str) -> "icalendar.Timezone":
    import icalendar  # noqa: PLC0415 - see written

    zone = icalendar.Timezone()
    zone.add("tzid", name)
    for observance in observances(name):
        zone.add_component(_component(observance))
    return zone


def _component(observance: Observance) -> "icalendar.Component":
    import icalendar  # noqa: PLC0415 - see written

    part = icalendar.TimezoneDaylight() if observance.is_summer else icalendar.TimezoneStandard()
    part.add("dtstart", observance.begins[0])
    for at in observance.begins[1:]:  # one a line: some readers take the first of a list alone
        part.add("rdate", at)
    if observance.rule:
        part.add("rrule", observance.rule)
    part.add("tzoffsetfrom", observance.before)
    part.add("tzoffsetto", observance.offset)
    part.add("tzname", observance.name)
    return part
