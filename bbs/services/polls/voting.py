"""Answering a poll."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid
from bbs.events import PollChanged
from bbs.models import Meeting, Poll, PollDate, PollNote, PollVote
from bbs.services import notices
from bbs.services.permission import authorize
from bbs.services.polls.pages import date_of, poll_for, poll_page, state
from bbs.store import now, record
from bbs.text import clean_line, moment
from bbs.views.members import Actor
from bbs.views.polls import ANSWERS, PollPage

MAX_NOTE = 200


def vote(
    session: Session, actor: Actor, poll_id: int, answers: Mapping[int, str], *, note: str | None = None,
    online: bool | None = None,
) -> PollPage:  # fmt: skip
    """Answer for these dates, by their numbers: 'yes', 'if-need-be' or 'no'; '' takes an answer back.

    Other dates keep their answers, and None keeps the note or the wish to come online. All is written, or nothing.

    Raises:
        NotFound: no poll that the member can see.
        Conflict: it takes no votes, or not any more.
        Invalid: no such date or answer, or too long a note.
    """
    poll = poll_for(session, actor, poll_id)
    authorize(session, actor, "vote in a poll")
    at = now(session)
    check_open(session, poll, actor.zone)
    for number, answer in answers.items():
        if answer not in (*ANSWERS, ""):
            raise Invalid("Answer yes, if-need-be or no.", "answer")
        date = date_of(session, poll, number)
        if date.starts_at <= at:
            raise Conflict(f"Date {number} is past.")
        _answer(session, actor, date, answer, at)
    if online and session.get_one(Meeting, poll.meeting_id).kind == "room":
        raise Invalid("Nobody can come online: this meeting is in a room.", "online")
    if note is not None or online is not None:
        _keep_note(session, actor, poll, note, online)
    notices.saw_poll(session, actor, poll.id)
    session.flush()
    record(session, PollChanged(poll.id, actor.id))
    return poll_page(session, actor, poll_id)


def check_open(session: Session, poll: Poll, zone: ZoneInfo) -> None:
    """Raises Conflict, with words on what became of the poll."""
    found = state(poll, now(session))
    if found == "cancelled":
        raise Conflict("This poll was cancelled.")
    if found == "confirmed":
        raise Conflict(f"The date is fixed: answer meeting {poll.meeting_id}.")
    if found == "closed":
        when = moment(poll.closed_at or poll.closes_at, zone)
        raise Conflict(f"This poll closed on {when} and takes no more votes.")


def _answer(session: Session, actor: Actor, date: PollDate, answer: str, at: datetime) -> None:
    """The same answer again keeps its place in the order."""
    row = session.get(PollVote, (date.id, actor.id))
    if row is None and answer:
        session.add(PollVote(date_id=date.id, member_id=actor.id, answer=answer, answered_at=at))
    elif row is not None and not answer:
        session.delete(row)
    elif row is not None and row.answer != answer:
        row.answer, row.answered_at = answer, at


def _keep_note(session: Session, actor: Actor, poll: Poll, note: str | None, online: bool | None) -> None:  # noqa: FBT001 - as kept
    row = session.get(PollNote, (poll.id, actor.id))
    if row is None:
        row = PollNote(poll_id=poll.id, member_id=actor.id, note="", online=False)
        session.add(row)
    if note is not None and clean_line(note) != row.note:
        authorize(session, actor, "add a note to an answer")
        row.note = clean_line(note)
        if len(row.note) > MAX_NOTE:
            raise Invalid(f"A note has at most {MAX_NOTE} letters.", "note")
    if online is not None:
        row.online = online
