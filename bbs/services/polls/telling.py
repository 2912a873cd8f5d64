"""Who is told what of a poll. A notice stays until it is read or is not true any more: a closed poll asks nobody."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.orm import Session

from bbs.events import NoticesRead
from bbs.models import Meeting, Member, Notice, Poll, PollDate, PollVote
from bbs.services import notices
from bbs.services.meetings.fields import facilitator_ids
from bbs.services.polls.pages import voters
from bbs.store import now, record
from bbs.views.members import Actor

OPENED, OPEN_AGAIN, ADDED, REMINDER = "poll opened", "poll open again", "date added", "poll reminder"
CLOSED, CANCELLED = "poll closed", "poll cancelled"


def asked(session: Session, actor: Actor, poll: Poll, what: str, words: str) -> None:
    """Everybody who may vote."""
    _tell(session, actor, poll, what, words, voters(session, poll))


def date_added(session: Session, actor: Actor, poll: Poll, words: str) -> None:
    """Those who have answered for other dates."""
    _tell(session, actor, poll, ADDED, words, voters(session, poll).where(_has_answered(poll)))


def reminded(session: Session, poll: Poll, words: str) -> None:
    """Those who have not answered for every date to come."""
    _tell(session, None, poll, REMINDER, words, voters(session, poll).where(_has_to_answer(poll, now(session))))


def closed(session: Session, poll: Poll) -> None:
    """Those who run it, whatever they wish to hear of."""
    words = "Confirm a date, set a new closing time, or cancel the poll."
    _tell_those_who_run(session, poll, CLOSED, words)


def member_forgotten(session: Session, poll: Poll) -> None:
    """The same, when somebody who had answered is not there any more."""
    _tell_those_who_run(session, poll, "changed", "A member has left the forum, and their answers are gone.")


def _tell_those_who_run(session: Session, poll: Poll, what: str, words: str) -> None:
    runs = set(facilitator_ids(session, session.get_one(Meeting, poll.meeting_id))) | {poll.created_by_id}
    told = session.scalars(voters(session, poll).where(Member.id.in_(runs))).all()
    notices.tell_members(session, told, "meeting", what, words, poll_id=poll.id)


def cancelled(session: Session, actor: Actor, poll: Poll) -> None:
    """Those who voted, whatever they wish to hear of."""
    voted = voters(session, poll).where(_has_answered(poll), Member.id != actor.id)
    notices.tell_members(
        session, session.scalars(voted).all(), "meeting", CANCELLED, poll.reason, by=actor, poll_id=poll.id
    )


def no_longer(session: Session, poll: Poll) -> None:
    """It asks for no answers any more."""
    gone = delete(Notice).where(Notice.poll_id == poll.id, Notice.read_at.is_(None))
    for member_id in set(session.scalars(gone.returning(Notice.member_id)).all()):
        record(session, NoticesRead(member_id))


def _has_answered(poll: Poll) -> ColumnElement[bool]:
    """For a query over Member: they have answered for a date that can be chosen."""
    return exists(
        select(PollVote.date_id)
        .join(PollDate, PollDate.id == PollVote.date_id)
        .where(PollDate.poll_id == poll.id, PollDate.dropped_at.is_(None), PollVote.member_id == Member.id)
    )


def _has_to_answer(poll: Poll, at: datetime) -> ColumnElement[bool]:
    """For a query over Member: a date that can be chosen, and is to come, waits for their answer."""
    theirs = select(PollVote.date_id).where(PollVote.date_id == PollDate.id, PollVote.member_id == Member.id)
    dates = select(PollDate.id).where(PollDate.poll_id == poll.id, PollDate.dropped_at.is_(None))
    return exists(dates.where(PollDate.starts_at > at, ~exists(theirs.correlate(PollDate, Member))).correlate(Member))


def _tell(session: Session, by: Actor | None, poll: Poll, what: str, words: str, members: Select[int]) -> None:
    """Those of `members` who wish to hear of meetings, but not the one who did it."""
    wish = members.where(Member.tell_meetings.is_(True), Member.id != (by.id if by else 0))
    notices.tell_members(session, session.scalars(wish).all(), "meeting", what, words, by=by, poll_id=poll.id)
