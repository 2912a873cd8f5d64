"""Polls as facilitators run them: opening one, its dates and its closing time, and the decision."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid
from bbs.events import PollChanged
from bbs.models import Meeting, Poll, PollDate
from bbs.services import due, log
from bbs.services.due import Handler
from bbs.services.meetings import calling
from bbs.services.meetings.fields import instant, local_form
from bbs.services.permission import authorize
from bbs.services.polls import pages, telling
from bbs.services.polls.voting import check_open
from bbs.store import now, record
from bbs.text import clean_line, moment
from bbs.views.meetings import MeetingFields
from bbs.views.members import Actor

MAX_DATES = 20
MAX_NUMBER = 200
"""Dates that one poll has ever had: whoever has answered is told of each new one."""
MAX_REASON = 500
REMINDED = timedelta(days=1)
"""So long before it closes, those who have not answered for all dates are reminded."""
REMINDER, CLOSING = "poll-reminder", "poll-closes"
"""Kinds of due work."""


def open_poll(
    session: Session, actor: Actor, fields: MeetingFields, dates: Sequence[str], until: str, *,
    client_key: str | None = None,
) -> int:  # fmt: skip
    """Ask everybody who may see the meeting which of the dates suit them; the poll's id.

    `dates` and `until` are like '2026-12-03 14:00', in the zone of the fields. The same `client_key` answers with the
    same poll.

    Raises:
        Forbidden: the member calls no meetings.
        Invalid: by the field that has to be mended: one of the meeting's, 'dates' or 'until'.
    """
    authorize(session, actor, "open a poll")
    if client_key is not None:
        done = session.scalar(select(Poll.id).where(Poll.client_key == client_key))
        if done is not None:
            return done
    if not dates:
        raise Invalid("Give at least one date.", "dates")
    meeting_id = calling.create_draft(session, actor, fields)
    poll = Poll(meeting_id=meeting_id, created_by_id=actor.id, created_at=now(session), client_key=client_key)
    _set_closing(session, poll, fields.zone, until)
    session.add(poll)
    session.flush()
    for date in dates:
        _add(session, poll, date)
    _plan(session, poll)
    telling.asked(session, actor, poll, telling.OPENED, _closes(session, poll))
    _changed(session, actor, poll, "opened the poll")
    return poll.id


# -- its dates


def add_date(session: Session, actor: Actor, poll_id: int, date: str) -> int:
    """One date more; its number. Nobody has answered for it yet: those who have for others are told.

    Raises:
        Invalid: it is no time, past, or in the poll already; or there are too many.
    """
    poll = undecided(session, actor, poll_id)
    added = _add(session, poll, date)
    if pages.state(poll, now(session)) == "open":
        telling.date_added(session, actor, poll, f"{moment(added.starts_at, _zone(session, poll))}.")
    _changed(session, actor, poll, f"added date {added.number} to the poll")
    return added.number


def drop_date(session: Session, actor: Actor, poll_id: int, number: int) -> None:
    """Take a date out. The others keep their numbers and answers, and no other date gets this number.

    Raises:
        Invalid: there is no such date.
        Conflict: it is the last one.
    """
    poll = undecided(session, actor, poll_id)
    date = pages.date_of(session, poll, number)
    if len(pages.standing_dates(session, poll)) == 1:
        raise Conflict("It is the only date. Add another first, or cancel the poll.")
    date.dropped_at = now(session)
    _changed(session, actor, poll, f"took date {number} out of the poll")


def _add(session: Session, poll: Poll, local: str) -> PollDate:
    meeting, standing = session.get_one(Meeting, poll.meeting_id), pages.standing_dates(session, poll)
    said = clean_line(local)[:20]
    try:
        at = instant(local, meeting.zone, "dates")
    except Invalid as refused:
        raise Invalid(f"{said}: {refused.message}", "dates") from None
    if at <= now(session):
        raise Invalid(f"{said} is past.", "dates")
    if meeting.answer_by is not None and meeting.answer_by > at:
        raise Invalid(f"{said} is before answers to the meeting close.", "dates")
    if any(date.starts_at == at for date in standing):
        raise Invalid(f"{said} is in the poll already.", "dates")
    if len(standing) >= MAX_DATES:
        raise Invalid(f"A poll has at most {MAX_DATES} dates.", "dates")
    last = session.scalar(select(func.max(PollDate.number)).where(PollDate.poll_id == poll.id)) or 0
    if last >= MAX_NUMBER:
        raise Invalid(f"This poll has had {MAX_NUMBER} dates: cancel it, and open another.", "dates")
    date = PollDate(poll_id=poll.id, number=last + 1, starts_local=local_form(local), starts_at=at)
    session.add(date)
    session.flush()
    return date


# -- its closing time


def set_until(session: Session, actor: Actor, poll_id: int, until: str) -> None:
    """Take votes until then. A poll that was closed is open again, and everybody is told.

    Raises:
        Invalid: it is no time, or past.
    """
    poll = undecided(session, actor, poll_id)
    was_closed = pages.state(poll, now(session)) == "closed"
    _set_closing(session, poll, session.get_one(Meeting, poll.meeting_id).zone, until)
    poll.closed_at = None
    _plan(session, poll)
    if was_closed:
        telling.asked(session, actor, poll, telling.OPEN_AGAIN, _closes(session, poll))
    _changed(session, actor, poll, "set when the poll closes")


def close_poll(session: Session, actor: Actor, poll_id: int) -> None:
    """Take no more votes. Raises Conflict when it takes none already."""
    poll = undecided(session, actor, poll_id)
    check_open(session, poll, actor.zone)
    poll.closed_at = now(session)
    leave_off(session, poll)
    _changed(session, actor, poll, "closed the poll")


def _set_closing(session: Session, poll: Poll, zone: str, until: str) -> None:
    poll.closes_at = instant(until, zone, "until")
    if poll.closes_at <= now(session):
        raise Invalid("The poll has to close in the future.", "until")
    poll.until_local = local_form(until)


def _closes(session: Session, poll: Poll) -> str:
    return f"You can answer until {moment(poll.closes_at, _zone(session, poll))}."


def cancel_poll(session: Session, actor: Actor, poll_id: int, reason: str) -> None:
    """No date is looked for any longer. Those who voted are told, with the reason."""
    poll = undecided(session, actor, poll_id)
    poll.reason = clean_line(reason)
    if not 1 <= len(poll.reason) <= MAX_REASON:
        raise Invalid(f"Say why, in at most {MAX_REASON} letters.", "reason")
    poll.cancelled_at = now(session)
    leave_off(session, poll)
    telling.cancelled(session, actor, poll)
    _changed(session, actor, poll, "cancelled the poll")


# -- what comes by itself


def remind(session: Session, poll_id: int) -> None:
    """Remind those who have not answered for all dates, while they still can."""
    poll = session.get_one(Poll, poll_id)
    if pages.state(poll, now(session)) == "open":
        telling.reminded(session, poll, _closes(session, poll))


def closed_by_the_clock(session: Session, poll_id: int) -> None:
    """Tell those who run it that a date can be confirmed. That votes are not taken any more needs no work."""
    poll = session.get_one(Poll, poll_id)
    if pages.state(poll, now(session)) == "closed":
        telling.no_longer(session, poll)
        telling.closed(session, poll)
        record(session, PollChanged(poll.id))


HANDLERS: Mapping[str, Handler] = MappingProxyType({REMINDER: remind, CLOSING: closed_by_the_clock})


# -- what they share


def undecided(session: Session, actor: Actor, poll_id: int) -> Poll:
    """A poll that the member may run, and that is not decided."""
    poll = pages.poll_for(session, actor, poll_id)
    authorize(session, actor, "run a poll")
    if pages.state(poll, now(session)) not in {"open", "closed"}:
        check_open(session, poll, actor.zone)
    return poll


def _plan(session: Session, poll: Poll) -> None:
    """Have done what is due at its times. A poll that closes within a day is not reminded of."""
    due.put(session, CLOSING, poll.id, poll.closes_at)
    reminder = poll.closes_at - REMINDED
    if reminder > now(session):
        due.put(session, REMINDER, poll.id, reminder)
    else:
        due.drop(session, REMINDER, poll.id)


def leave_off(session: Session, poll: Poll) -> None:
    """It takes no more votes: nothing is due, and who has not read that they can vote need not."""
    due.drop(session, CLOSING, poll.id)
    due.drop(session, REMINDER, poll.id)
    telling.no_longer(session, poll)


def _changed(session: Session, actor: Actor, poll: Poll, did: str) -> None:
    meeting = session.get_one(Meeting, poll.meeting_id)
    log.write(session, actor, did, meeting.title, board_id=meeting.board_id)
    record(session, PollChanged(poll.id))


def _zone(session: Session, poll: Poll) -> ZoneInfo:
    return ZoneInfo(session.get_one(Meeting, poll.meeting_id).zone)
