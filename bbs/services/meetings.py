"""Meetings: announcing them and answering. Those who come are ordered by when they said yes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from bbs.db import UtcDateTime
from bbs.errors import Conflict, Invalid, NotFound
from bbs.events import MeetingChanged
from bbs.models import Meeting, Member, Rsvp
from bbs.services import log, notices, search
from bbs.services.drafts import new_key
from bbs.services.in_force import belongs
from bbs.services.members import check_zone
from bbs.services.permission import authorize, may
from bbs.services.statements import anybody, who
from bbs.store import MAX_ID, now, record
from bbs.text import clean, clean_line
from bbs.views.meetings import MeetingLine, MeetingPage
from bbs.views.members import Actor

ANSWERS = ("yes", "maybe", "no")
PAGE = 50
MAX_DAYS = 14
LAST_YEAR = 2100


def meeting_list(session: Session, actor: Actor, *, past: bool = False) -> tuple[MeetingLine, ...]:
    """Upcoming meetings, soonest first; or past ones, latest first."""
    at = now(session)
    since = at if past else at - timedelta(days=MAX_DAYS)
    found = session.execute(_list(anybody(actor), past=past), who(actor, at=since))
    lines = [_line(row[0], _Standing(*row[1:]), at) for row in found]
    return tuple(line for line in lines if line.past == past)


def ahead(session: Session, actor: Actor) -> tuple[MeetingLine | None, tuple[MeetingLine, ...]]:
    """The soonest one that is not over or cancelled; and cancelled ones to which the member meant to come."""
    lines = meeting_list(session, actor)
    called_off = tuple(line for line in lines if line.cancelled and line.answer in {"yes", "maybe"})
    return next((line for line in lines if not line.cancelled), None), called_off


def meeting_page(session: Session, actor: Actor, meeting_id: int) -> MeetingPage:
    meeting = _meeting(session, meeting_id)
    rows = _answers(session, meeting.id)
    coming = [row for row in rows if row[1] == "yes"]
    places = len(coming) if meeting.capacity is None else meeting.capacity
    return MeetingPage(
        line=_line(meeting, _standing(actor, rows), now(session)), uid=meeting.uid, sequence=meeting.sequence,
        agenda=meeting.agenda, starts_local=meeting.starts_local, capacity=meeting.capacity,
        called_by=session.get_one(Member, meeting.created_by_id).handle,
        going=tuple(row[2] for row in coming[:places]), waiting=tuple(row[2] for row in coming[places:]),
        maybe=tuple(row[2] for row in rows if row[1] == "maybe"),
        cannot=tuple(row[2] for row in rows if row[1] == "no"), may_edit=may(actor, "change a meeting"),
    )  # fmt: skip


def _meeting(session: Session, meeting_id: int) -> Meeting:
    meeting = session.get(Meeting, meeting_id) if meeting_id <= MAX_ID else None
    if meeting is None:
        raise NotFound(f"There is no meeting {meeting_id}.")
    return meeting


Answer = tuple[int, str, str]


def _answers(session: Session, meeting_id: int) -> list[Answer]:
    """(member, answer, handle) in the order in which people answered."""
    rows = session.execute(
        select(Rsvp.member_id, Rsvp.answer, Member.handle)
        .join(Member, Member.id == Rsvp.member_id)
        .where(Rsvp.meeting_id == meeting_id, belongs())
        .order_by(Rsvp.answered_at, Rsvp.member_id)
    )
    return [(row.member_id, row.answer, row.handle) for row in rows]


@dataclass(frozen=True, slots=True)
class _Standing:
    """How many said yes, what the member answered, and how many said yes before them."""

    coming: int
    answer: str
    before: int


def _standing(actor: Actor, answers: list[Answer]) -> _Standing:
    coming = [member_id for member_id, answer, _ in answers if answer == "yes"]
    answer = next((answer for member_id, answer, _ in answers if member_id == actor.id), "")
    return _Standing(len(coming), answer, coming.index(actor.id) if actor.id in coming else 0)


_mine = aliased(Rsvp)
"""Made once: an alias costs half a millisecond each time its columns are first named."""


@cache
def _list(actor: Actor, *, past: bool) -> Select[*tuple[Any, ...]]:
    """Meetings before or since `at`, each with the fields of `_Standing`."""
    at = bindparam("at", type_=UtcDateTime)
    said_yes = (
        select(func.count())
        .select_from(Rsvp)
        .join(Member, Member.id == Rsvp.member_id)
        .where(Rsvp.meeting_id == Meeting.id, Rsvp.answer == "yes", belongs())
        .correlate(Meeting, _mine)
    )
    earlier = tuple_(Rsvp.answered_at, Rsvp.member_id) < tuple_(_mine.answered_at, _mine.member_id)
    before = said_yes.where(earlier).scalar_subquery()
    return (
        select(Meeting, said_yes.scalar_subquery(), func.coalesce(_mine.answer, ""), before)
        .outerjoin(_mine, and_(_mine.meeting_id == Meeting.id, _mine.member_id == actor.id))
        .where(Meeting.starts_at < at if past else Meeting.starts_at >= at)
        .order_by(Meeting.starts_at.desc() if past else Meeting.starts_at, Meeting.id)
        .limit(PAGE)
    )


def _line(meeting: Meeting, standing: _Standing, at: datetime) -> MeetingLine:
    capacity = meeting.capacity
    going = standing.coming if capacity is None else min(standing.coming, capacity)
    return MeetingLine(
        id=meeting.id, title=meeting.title, place=meeting.place, starts_at=meeting.starts_at, minutes=meeting.minutes,
        zone=meeting.zone, going=going, places_left=None if capacity is None else capacity - going,
        answer=standing.answer, waiting=standing.answer == "yes" and standing.before >= going,
        cancelled=meeting.cancelled_at is not None,
        past=meeting.starts_at + timedelta(minutes=meeting.minutes) < at,
    )  # fmt: skip


def instant(local: str, zone: str) -> datetime:
    """The UTC time of '2026-12-03 14:00' on the clocks of `zone`. Raises Invalid.

    A time that the spring change skips is refused; of a time that comes twice in autumn the first is meant.
    """
    try:
        naive = datetime.fromisoformat(local.strip().replace(" ", "T"))
    except ValueError:
        raise Invalid("Write the start as year-month-day and time, like 2026-12-03 14:00.", "starts") from None
    if naive.tzinfo is not None or len(local.strip()) < 16:
        raise Invalid("Write the start as year-month-day and time, like 2026-12-03 14:00.", "starts")
    if not 2000 <= naive.year <= LAST_YEAR:
        raise Invalid(f"The year is from 2000 to {LAST_YEAR}.", "starts")
    utc = naive.replace(tzinfo=ZoneInfo(check_zone(zone))).astimezone(UTC)
    if utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != naive:
        raise Invalid("The clocks go forward then, so that time does not exist. Choose another.", "starts")
    return utc


def announce_meeting(
    session: Session, actor: Actor, *, title: str, starts: str, zone: str, minutes: int, place: str = "",
    agenda: str = "", capacity: int | None = None, client_key: str | None = None,
) -> int:  # fmt: skip
    """Call a meeting: facilitators may. The meeting's id; the same `client_key` answers with the same."""
    authorize(session, actor, "call a meeting")
    if client_key is not None:
        done = session.scalar(select(Meeting.id).where(Meeting.client_key == client_key))
        if done is not None:
            return done
    meeting = Meeting(uid=f"{new_key()}@staffroom", sequence=0, created_by_id=actor.id, created_at=now(session),
                      client_key=client_key)  # fmt: skip
    _fill(meeting, title, starts, zone, minutes, place, agenda, capacity)
    if meeting.starts_at < now(session):
        raise Invalid("That time is past.", "starts")
    session.add(meeting)
    session.flush()
    search.put_meeting(session, meeting)
    notices.tell_of_meeting(session, actor, meeting, "announced")
    log.write(session, actor, "announced", title)
    record(session, MeetingChanged(meeting.id))
    return meeting.id


def change_meeting(
    session: Session, actor: Actor, meeting_id: int, *, title: str, starts: str, zone: str, minutes: int,
    place: str = "", agenda: str = "", capacity: int | None = None,
) -> None:  # fmt: skip
    """Edit a meeting. Answers stay; with more places those who wait move up by themselves."""
    authorize(session, actor, "change a meeting")
    meeting = _meeting(session, meeting_id)
    waited = _waiting(session, meeting)
    _fill(meeting, title, starts, zone, minutes, place, agenda, capacity)
    meeting.sequence += 1
    search.put_meeting(session, meeting)
    notices.tell_of_meeting(session, actor, meeting, "changed")
    _tell_moved_up(session, actor, meeting, waited)
    log.write(session, actor, "changed the meeting", title)
    record(session, MeetingChanged(meeting.id))


def cancel_meeting(session: Session, actor: Actor, meeting_id: int, *, cancelled: bool) -> None:
    """Call it off, or put it back on."""
    authorize(session, actor, "cancel a meeting")
    meeting = _meeting(session, meeting_id)
    meeting.cancelled_at = now(session) if cancelled else None
    meeting.sequence += 1
    notices.tell_of_meeting(session, actor, meeting, "cancelled" if cancelled else "back on")
    log.write(session, actor, "cancelled" if cancelled else "put back on", meeting.title)
    record(session, MeetingChanged(meeting.id))


def _fill(
    meeting: Meeting, title: str, starts: str, zone: str, minutes: int, place: str, agenda: str, capacity: int | None
) -> None:
    meeting.title = clean_line(title)
    if not 1 <= len(meeting.title) <= 120:
        raise Invalid("A meeting needs a title of at most 120 characters.", "title")
    meeting.starts_at = instant(starts, zone)
    meeting.starts_local, meeting.zone = starts.strip().replace(" ", "T")[:16], zone
    if not 5 <= minutes <= MAX_DAYS * 24 * 60:
        raise Invalid(f"A meeting lasts from 5 minutes to {MAX_DAYS} days.", "minutes")
    if capacity is not None and not 1 <= capacity <= 10_000:
        raise Invalid("The number of places is from 1 to 10,000; leave it empty for no limit.", "capacity")
    meeting.minutes, meeting.capacity = minutes, capacity
    meeting.place, meeting.agenda = clean_line(place)[:200], clean(agenda)[:10_000]


def rsvp(session: Session, actor: Actor, meeting_id: int, answer: str) -> MeetingLine:
    """Answer yes, maybe or no. A yes beyond the last place waits; a no moves the first who waits up."""
    if answer not in ANSWERS:
        raise Invalid("Answer yes, maybe or no.", "answer")
    meeting = _meeting(session, meeting_id)
    at = now(session)
    if meeting.cancelled_at is not None:
        raise Conflict("This meeting is cancelled.")
    if meeting.starts_at + timedelta(minutes=meeting.minutes) < at:
        raise Conflict("This meeting is over.")
    waited = _waiting(session, meeting)
    row = session.get(Rsvp, (meeting_id, actor.id))
    if row is None:
        row = Rsvp(meeting_id=meeting_id, member_id=actor.id, answer="", answered_at=at)
        session.add(row)
    if row.answer != answer:
        row.answer, row.answered_at = answer, at
        record(session, MeetingChanged(meeting_id))
    session.flush()
    _tell_moved_up(session, actor, meeting, waited)
    return _line(meeting, _standing(actor, _answers(session, meeting_id)), at)


def withdraw_answer(session: Session, actor: Actor, meeting_id: int) -> MeetingLine:
    """Take an answer back, as if none had been given; a place that it held goes to the first who waits.

    Raises NotFound for a meeting that is not there, Conflict for one that is over.
    """
    meeting = _meeting(session, meeting_id)
    at = now(session)
    if meeting.starts_at + timedelta(minutes=meeting.minutes) < at:
        raise Conflict("This meeting is over.")
    waited = _waiting(session, meeting)
    row = session.get(Rsvp, (meeting_id, actor.id))
    if row is not None:
        session.delete(row)
        record(session, MeetingChanged(meeting_id))
    session.flush()
    _tell_moved_up(session, actor, meeting, waited)
    return _line(meeting, _standing(actor, _answers(session, meeting_id)), at)


def _waiting(session: Session, meeting: Meeting) -> set[int]:
    """The members on the waiting list."""
    if meeting.capacity is None:
        return set()
    coming = [member_id for member_id, answer, _ in _answers(session, meeting.id) if answer == "yes"]
    return set(coming[meeting.capacity :])


def _tell_moved_up(session: Session, actor: Actor, meeting: Meeting, waited: set[int]) -> None:
    """Tell those who have waited, still wish to come, and have a place now."""
    if waited:
        wish = select(Rsvp.member_id).where(Rsvp.meeting_id == meeting.id, Rsvp.answer == "yes")
        placed = set(session.scalars(wish)) & waited - _waiting(session, meeting)
        notices.tell_of_place(session, actor, meeting, placed)
