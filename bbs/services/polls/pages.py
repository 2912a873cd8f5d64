"""Polls as a member sees them: which there are, and one of them with what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, case, exists, false, func, or_, select
from sqlalchemy.orm import Session

from bbs.db import UtcDateTime
from bbs.errors import Invalid, NotFound
from bbs.models import Board, Meeting, Member, Poll, PollDate, PollNote, PollVote
from bbs.services.meetings import fields
from bbs.services.permission import may, meets, present, readers, visible_meetings
from bbs.services.statements import anybody, number, who
from bbs.store import MAX_ID, now
from bbs.views.members import Actor
from bbs.views.polls import ANSWERS, DateLine, PollLine, PollPage, PollState, Voter

PAGE = 50


def is_open(at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """The condition that votes are taken."""
    return and_(Poll.confirmed_number.is_(None), Poll.cancelled_at.is_(None), Poll.closed_at.is_(None),
                Poll.closes_at > at)  # fmt: skip


def state(poll: Poll, at: datetime) -> PollState:
    if poll.cancelled_at is not None:
        return "cancelled"
    if poll.confirmed_number is not None:
        return "confirmed"
    return "closed" if poll.closed_at is not None or poll.closes_at <= at else "open"


# -- which there are


def poll_list(session: Session, actor: Actor, *, past: bool = False) -> tuple[PollLine, ...]:
    """Those without a decision, the first to close first; or the past ones, the newest first.

    A poll is past once it was confirmed or cancelled, or closed and its last date is over.
    """
    at = now(session)
    rows = session.execute(_list(anybody(actor), past=past), who(actor, at=at))
    return tuple(_line(row, at) for row in rows)


@cache
def _list(actor: Actor, *, past: bool) -> Select[*tuple[Any, ...]]:
    at = bindparam("at", type_=UtcDateTime)
    goes_on = and_(Poll.confirmed_number.is_(None), Poll.cancelled_at.is_(None),
                   or_(is_open(at), exists(_dates().where(PollDate.starts_at > at))))  # fmt: skip
    order = (Poll.id.desc(),) if past else (Poll.closes_at, Poll.id)
    return _lines(actor).where(~goes_on if past else goes_on).order_by(*order).limit(number(PAGE))


@cache
def _one(actor: Actor) -> Select[*tuple[Any, ...]]:
    return _lines(actor).where(Poll.id == bindparam("poll"))


def _lines(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Polls that the member may see, with the counts of `PollLine`."""
    at = bindparam("at", type_=UtcDateTime)
    voters = (
        select(func.count(PollVote.member_id.distinct()))
        .join(PollDate, PollDate.id == PollVote.date_id)
        .join(Member, Member.id == PollVote.member_id)
        .where(PollDate.poll_id == Poll.id, PollDate.dropped_at.is_(None), present(at), meets(Meeting.board_id))
        .correlate(Poll, Meeting)
        .scalar_subquery()
    )
    dates = _dates().with_only_columns(func.count()).scalar_subquery()
    unanswered = _unanswered(actor).with_only_columns(func.count()).scalar_subquery()
    return (
        select(Poll, Meeting, dates.label("dates"), case((is_open(at), unanswered), else_=0).label("unanswered"),
               voters.label("voters"))
        .join(Meeting, Meeting.id == Poll.meeting_id)
        .where(visible_meetings(actor, drafts=True))
    )  # fmt: skip


def _dates() -> Select[int]:
    """Dates that can be chosen, for a query over Poll."""
    return select(PollDate.id).where(PollDate.poll_id == Poll.id, PollDate.dropped_at.is_(None)).correlate(Poll)


def _unanswered(actor: Actor) -> Select[int]:
    """Those of them that are to come and wait for the member's answer."""
    at = bindparam("at", type_=UtcDateTime)
    mine = select(PollVote.date_id).where(PollVote.date_id == PollDate.id, PollVote.member_id == actor.id)
    return _dates().where(PollDate.starts_at > at, ~exists(mine))


def _line(row: Any, at: datetime) -> PollLine:
    poll: Poll = row.Poll
    meeting: Meeting = row.Meeting
    return PollLine(
        id=poll.id, title=meeting.title, kind=meeting.kind, place=meeting.place,  # type: ignore[arg-type] # one of KINDS
        zone=meeting.zone, state=state(poll, at),
        closes_at=poll.closes_at, dates=row.dates, unanswered=row.unanswered, voters=row.voters,
        meeting_id=meeting.id if poll.confirmed_number is not None else 0,
    )  # fmt: skip


def waiting(actor: Actor) -> Subquery:
    """What `WaitingPoll` says, for a query with the parameter `at`: one row, or none."""
    at = bindparam("at", type_=UtcDateTime)
    return (
        select(Poll.id, Meeting.title, Poll.closes_at, func.count().over().label("polls"))
        .join(Meeting, Meeting.id == Poll.meeting_id)
        .where(is_open(at), exists(_unanswered(actor)), visible_meetings(actor, drafts=True))
        .order_by(Poll.closes_at, Poll.id)
        .limit(number(1))
        .subquery("waiting_poll")
    )


# -- one of them


def poll_for(session: Session, actor: Actor, poll_id: int) -> Poll:
    """The poll, if the member may see it. Raises NotFound."""
    seen = visible_meetings(actor, drafts=True)
    here = select(Poll).join(Meeting, Meeting.id == Poll.meeting_id).where(Poll.id == min(poll_id, MAX_ID), seen)
    poll = session.scalar(here)
    if poll is None:
        raise NotFound(f"There is no poll {poll_id}.")
    return poll


def standing_dates(session: Session, poll: Poll) -> Sequence[PollDate]:
    """Those that can be chosen, in the order of their times."""
    here = select(PollDate).where(PollDate.poll_id == poll.id, PollDate.dropped_at.is_(None))
    return session.scalars(here.order_by(PollDate.starts_at, PollDate.number)).all()


def date_of(session: Session, poll: Poll, number: int) -> PollDate:
    """The date with this number. Raises Invalid for one that is not there any more or never was."""
    date = session.scalar(select(PollDate).where(PollDate.poll_id == poll.id, PollDate.number == number))
    if date is None:
        raise Invalid(f"Poll {poll.id} has no date {number}.", "dates")
    if date.dropped_at is not None:
        raise Invalid(f"Date {number} was taken out of the poll.", "dates")
    return date


def voters(session: Session, poll: Poll) -> Select[int]:
    """The members whose answers count: they can see the poll, have an account, and may write."""
    board_id = session.get_one(Meeting, poll.meeting_id).board_id
    found = select(Member.id).where(present(now(session)))
    return found if board_id is None else found.where(readers(session.get_one(Board, board_id)))


def votes(session: Session, poll: Poll) -> Sequence[Any]:
    """(date_id, member_id, handle, answer) for the dates that can be chosen, in the order in which people answered."""
    rows = session.execute(
        select(PollVote.date_id, PollVote.member_id, Member.handle, PollVote.answer)
        .join(PollDate, PollDate.id == PollVote.date_id)
        .join(Member, Member.id == PollVote.member_id)
        .where(PollDate.poll_id == poll.id, PollDate.dropped_at.is_(None), Member.id.in_(voters(session, poll)))
        .order_by(PollVote.answered_at, PollVote.member_id)
    )
    return rows.all()


def votes_for(session: Session, poll: Poll, date: PollDate) -> Sequence[Any]:
    """(member_id, answer, answered_at, note, online) for one date, in the order in which people answered."""
    rows = session.execute(
        select(PollVote.member_id, PollVote.answer, PollVote.answered_at,
               func.coalesce(PollNote.note, "").label("note"), func.coalesce(PollNote.online, false()).label("online"))
        .join(Member, Member.id == PollVote.member_id)
        .outerjoin(PollNote, and_(PollNote.poll_id == poll.id, PollNote.member_id == PollVote.member_id))
        .where(PollVote.date_id == date.id, Member.id.in_(voters(session, poll)))
        .order_by(PollVote.answered_at, PollVote.member_id)
    )  # fmt: skip
    return rows.all()


def poll_page(session: Session, actor: Actor, poll_id: int) -> PollPage:
    at = now(session)
    row = session.execute(_one(anybody(actor)), who(actor, at=at, poll=min(poll_id, MAX_ID))).one_or_none()
    if row is None:
        raise NotFound(f"There is no poll {poll_id}.")
    poll, meeting = row.Poll, row.Meeting
    dates, given, notes = standing_dates(session, poll), votes(session, poll), _notes(session, poll)
    mine = notes.get(actor.id)
    may_run, said = may(actor, "run a poll"), fields.of(session, meeting)
    return PollPage(
        line=_line(row, at), fields=said if may_run else replace(said, link=""),
        until_local=poll.until_local.replace("T", " "), called_by=session.get_one(Member, poll.created_by_id).handle,
        dates=_date_lines(actor, poll, dates, given, at), voters=_voters(dates, given, notes),
        note=mine.note if mine else "", online=mine.online if mine else False, reason=poll.reason,
        draft_id=meeting.id if may_run else 0, may_run=may_run,
    )  # fmt: skip


def _notes(session: Session, poll: Poll) -> dict[int, PollNote]:
    rows = session.scalars(select(PollNote).where(PollNote.poll_id == poll.id))
    return {row.member_id: row for row in rows}


def _date_lines(
    actor: Actor, poll: Poll, dates: Sequence[PollDate], given: Sequence[Any], at: datetime
) -> tuple[DateLine, ...]:
    """Best is the date to which most could come, of several the one with most who said yes; or all that are equal."""
    answered: dict[int, dict[int, str]] = {date.id: {} for date in dates}
    for vote in given:
        answered[vote.date_id][vote.member_id] = vote.answer
    everybody = {vote.member_id for vote in given}
    counts = {date: [list(here.values()).count(answer) for answer in ANSWERS] for date, here in answered.items()}
    worth = {date: (yes + maybe, yes) for date, (yes, maybe, _) in counts.items()}
    most = max(worth.values(), default=(0, 0))
    return tuple(
        DateLine(
            number=date.number, starts_at=date.starts_at, starts_local=date.starts_local.replace("T", " "),
            yes=counts[date.id][0], if_need_be=counts[date.id][1], no=counts[date.id][2],
            not_answered=len(everybody - answered[date.id].keys()), answer=answered[date.id].get(actor.id, ""),
            best=most > (0, 0) and worth[date.id] == most, past=date.starts_at <= at,
            confirmed=date.number == poll.confirmed_number,
        )
        for date in dates
    )  # fmt: skip


def _voters(dates: Sequence[PollDate], given: Sequence[Any], notes: Mapping[int, PollNote]) -> tuple[Voter, ...]:
    answers: dict[int, dict[int, str]] = {}
    handles: dict[int, str] = {}
    for vote in given:
        answers.setdefault(vote.member_id, {})[vote.date_id] = vote.answer
        handles[vote.member_id] = vote.handle
    return tuple(
        Voter(
            handle=handles[member_id], answers=tuple(here.get(date.id, "") for date in dates),
            note=notes[member_id].note if member_id in notes else "",
            online=member_id in notes and notes[member_id].online,
        )
        for member_id, here in answers.items()
    )  # fmt: skip
