"""Reminders, and the erasing of replies: work that is due, written with the meeting and moved with it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bbs.models import DueWork, Meeting, Member, RsvpReply
from bbs.services import due
from bbs.services.due import Handler
from bbs.services.meetings import places, telling
from bbs.store import now
from bbs.text import moment

WEEK, DAY, HOUR, UNANSWERED, ERASE = (
    "meeting-week", "meeting-day", "meeting-hour", "meeting-unanswered", "meeting-erase",
)  # fmt: skip
BEFORE = {WEEK: timedelta(days=7), DAY: timedelta(days=1), HOUR: timedelta(hours=1)}
CLOSING = timedelta(days=1)
"""So long before answers close those who are silent are asked, if that is sooner than a week before the meeting."""
REPLIES_KEPT = timedelta(days=7)
_WISHED: dict[str, InstrumentedAttribute[bool]] = {
    WEEK: Member.remind_week, DAY: Member.remind_day, HOUR: Member.remind_hour, UNANSWERED: Member.remind_unanswered,
}  # fmt: skip


def times(meeting: Meeting) -> dict[str, datetime]:
    """When each reminder is due. Days go back on the clocks of the meeting's zone, hours as they pass."""
    assert meeting.starts_at is not None  # noqa: S101 - an announced meeting has a date
    local = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    due_at = {kind: (local - before).astimezone(UTC) for kind, before in BEFORE.items() if kind != HOUR}
    due_at[HOUR] = meeting.starts_at - BEFORE[HOUR]
    closing = meeting.answer_by - CLOSING if meeting.answer_by else due_at[WEEK]
    due_at[UNANSWERED] = min(due_at[WEEK], closing)
    return due_at


def schedule(session: Session, meeting: Meeting) -> None:
    """Have all reminders sent whose time is to come; those whose time has passed are not sent late."""
    for kind, due_at in times(meeting).items():
        _put(session, kind, meeting, due_at)
    _schedule_erasing(session, meeting)


def follow(session: Session, meeting: Meeting, *, moved: bool) -> None:
    """After a change: on another day all reminders are sent again, else what has not been sent moves along."""
    if moved:
        telling.no_longer(session, meeting, None, telling.REMINDER)
        schedule(session, meeting)
        return
    waiting = select(DueWork.kind).where(DueWork.about_id == meeting.id, DueWork.kind.in_(_WISHED))
    waits = set(session.scalars(waiting))
    for kind, due_at in times(meeting).items():
        if kind in waits:
            _put(session, kind, meeting, due_at)
    _schedule_erasing(session, meeting)


def drop(session: Session, meeting: Meeting) -> None:
    """Send none."""
    for kind in _WISHED:
        due.drop(session, kind, meeting.id)


def _put(session: Session, kind: str, meeting: Meeting, due_at: datetime) -> None:
    if due_at > now(session):
        due.put(session, kind, meeting.id, due_at)
    else:
        due.drop(session, kind, meeting.id)


def _schedule_erasing(session: Session, meeting: Meeting) -> None:
    assert meeting.starts_at is not None  # noqa: S101 - an announced meeting has a date
    due.put(session, ERASE, meeting.id, meeting.starts_at + timedelta(minutes=meeting.minutes) + REPLIES_KEPT)


# -- when the time has come


def _remind(session: Session, kind: str, meeting_id: int) -> None:
    """Those who come, may come or wait, and wish this reminder."""
    meeting = session.get_one(Meeting, meeting_id)
    if _takes_place(session, meeting):
        told = telling.answered(session, meeting, "yes", "maybe").where(_WISHED[kind].is_(True))
        telling.reminded(session, meeting, session.scalars(told).all(), telling.REMINDER, f"{_when(meeting)}.")


def _remind_silent(session: Session, meeting_id: int) -> None:
    meeting = session.get_one(Meeting, meeting_id)
    closed = meeting.answer_by is not None and meeting.answer_by <= now(session)
    if _takes_place(session, meeting) and not closed:
        told = telling.silent(session, meeting).where(_WISHED[UNANSWERED].is_(True))
        until = (
            f" Answers are taken until {moment(meeting.answer_by, ZoneInfo(meeting.zone))}."
            if meeting.answer_by
            else ""
        )
        words = f"{_when(meeting)}.{until}"
        telling.reminded(session, meeting, session.scalars(told).all(), telling.UNANSWERED, words)


def _takes_place(session: Session, meeting: Meeting) -> bool:
    return meeting.state == "announced" and not places.has_begun(meeting, now(session))


def _when(meeting: Meeting) -> str:
    assert meeting.starts_at is not None  # noqa: S101 - an announced meeting has a date
    return moment(meeting.starts_at, ZoneInfo(meeting.zone))


def erase(session: Session, meeting_id: int) -> None:
    """Remove what people answered to a meeting's questions."""
    session.execute(delete(RsvpReply).where(RsvpReply.meeting_id == meeting_id))


HANDLERS: Mapping[str, Handler] = MappingProxyType({
    WEEK: lambda session, meeting_id: _remind(session, WEEK, meeting_id),
    DAY: lambda session, meeting_id: _remind(session, DAY, meeting_id),
    HOUR: lambda session, meeting_id: _remind(session, HOUR, meeting_id),
    UNANSWERED: _remind_silent,
    ERASE: erase,
    places.RETURN: places.member_returned,
})  # fmt: skip
