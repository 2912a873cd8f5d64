"""Meetings as a member sees them: the lists, and one in full."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bbs.db import UtcDateTime
from bbs.models import Board, Meeting, Member, Poll, Rsvp, RsvpReply, Thread
from bbs.services.in_force import is_former
from bbs.services.meetings import fields, places, taking, telling
from bbs.services.meetings.seeing import seen
from bbs.services.permission import may, meets, present, visible_boards, visible_meetings
from bbs.services.statements import anybody, who
from bbs.store import now
from bbs.views.meetings import Attendee, MeetingLine, MeetingPage
from bbs.views.members import Actor, Named

PAGE = 50
Which = Literal["to come", "past", "one"]


def meeting_list(session: Session, actor: Actor, *, past: bool = False) -> tuple[MeetingLine, ...]:
    """Meetings to come, soonest first, drafts without a date last; or past ones, latest first.

    Drafts are there for facilitators.
    """
    at = now(session)
    since = at if past else at - timedelta(days=fields.MAX_DAYS)
    lines = _read(session, actor, "past" if past else "to come", since=since)
    return tuple(line for line in lines if line.past == past)


def ahead(session: Session, actor: Actor) -> tuple[MeetingLine | None, tuple[MeetingLine, ...]]:
    """The soonest announced one that is not over; and cancelled ones to which the member meant to come."""
    lines = meeting_list(session, actor)
    called_off = tuple(line for line in lines if line.cancelled and line.answer in {"yes", "maybe"})
    return next((line for line in lines if line.state == "announced"), None), called_off


def meeting_line(session: Session, actor: Actor, meeting: Meeting) -> MeetingLine:
    """One meeting that the member may see."""
    return _read(session, actor, "one", meeting_id=meeting.id)[0]


def line_of(session: Session, meeting: Meeting, actor: Actor, member_id: int) -> MeetingLine:
    """The same as another member stands to it, for a facilitator who answers for them."""
    return _read(session, replace(actor, id=member_id), "one", meeting_id=meeting.id)[0]


def silent(session: Session, actor: Actor, meeting_id: int) -> tuple[Named, ...]:
    """Those who see an announced meeting and have not answered it."""
    meeting = seen(session, actor, meeting_id)
    if meeting.state == "draft":
        return ()
    rows = select(Member.handle, Member.display_name).where(Member.id.in_(telling.silent(session, meeting)))
    return tuple(Named(row.handle, row.display_name) for row in session.execute(rows.order_by(Member.handle)))


# -- lines

_mine, _other = aliased(Rsvp), aliased(Rsvp)
"""Made once: an alias costs half a millisecond each time its columns are first named."""


def _read(session: Session, actor: Actor, which: Which, **values: Any) -> list[MeetingLine]:
    at = now(session)
    statement = _list(anybody(actor), which, drafts=actor.is_facilitator)
    found = session.execute(statement, who(actor, at=at) | values)
    return [_line(row, at) for row in found]


@cache
def _list(actor: Actor, which: Which, *, drafts: bool) -> Select[*tuple[Any, ...]]:
    """Each meeting with the member's own answer, the places taken, and how many wait before the member."""
    here = or_(present(bindparam("at", type_=UtcDateTime)) & meets(Meeting.board_id), is_former())
    others = select(_other).join(Member, Member.id == _other.member_id).where(_other.meeting_id == Meeting.id, here)
    yes = others.where(_other.answer == "yes").correlate(Meeting, _mine)
    coming = yes.where(_other.queue.is_(None)).with_only_columns(func.coalesce(func.sum(1 + _other.guests), 0))
    before = yes.where(_other.online == _mine.online, _other.queue < _mine.queue).with_only_columns(func.count())
    found = (
        select(
            Meeting, _mine,
            coming.where(_other.online.is_(False)).scalar_subquery().label("in_room"),
            coming.where(_other.online.is_(True)).scalar_subquery().label("online"),
            before.scalar_subquery().label("before"),
        )
        .outerjoin(_mine, and_(_mine.meeting_id == Meeting.id, _mine.member_id == actor.id))
        .where(visible_meetings(actor, drafts=drafts))
    )  # fmt: skip
    if which == "one":
        return found.where(Meeting.id == bindparam("meeting_id", type_=Integer))
    since = bindparam("since", type_=UtcDateTime)
    if which == "past":
        return found.where(Meeting.starts_at < since).order_by(Meeting.starts_at.desc(), Meeting.id).limit(PAGE)
    order = (Meeting.starts_at.is_(None), Meeting.starts_at, Meeting.id)
    return found.where(_to_come(since, drafts=drafts)).order_by(*order).limit(PAGE)


def _to_come(since: ColumnElement[datetime], *, drafts: bool) -> ColumnElement[bool]:
    """The draft of a poll is seen in the poll."""
    draft = and_(Meeting.state == "draft", ~exists().where(Poll.meeting_id == Meeting.id))
    return or_(Meeting.starts_at >= since, draft) if drafts else Meeting.starts_at >= since


def _line(row: Row[*tuple[Any, ...]], at: datetime) -> MeetingLine:
    meeting: Meeting = row[0]
    mine: Rsvp | None = row[1]
    is_online = meeting.kind == "online"
    free = {False: _left(meeting.places, row.in_room), True: _left(meeting.online_places, row.online)}
    waiting = mine is not None and mine.queue is not None
    cancelled = meeting.state == "cancelled"
    past = meeting.state != "draft" and places.is_over(meeting, at)
    return MeetingLine(
        id=meeting.id, title=meeting.title, kind=meeting.kind, place=meeting.place, starts_at=meeting.starts_at,  # type: ignore[arg-type] # one of KINDS
        minutes=meeting.minutes, zone=meeting.zone, state="over" if past and not cancelled else meeting.state,  # type: ignore[arg-type] # one of three
        cancelled=cancelled, past=past, going=row.in_room + row.online, places_left=free[is_online],
        online_places_left=free[True] if meeting.kind == "both" else None,
        answer=mine.answer if mine else "", guests=mine.guests if mine else 0,  # type: ignore[arg-type] # one of ANSWERS
        online=mine.online if mine else is_online, waiting=waiting, position=row.before + 1 if waiting else 0,
        passed_over=mine is not None and mine.passed_over, asked_again=mine is not None and mine.asked_again,
        takes=taking.takes(meeting, mine, at, free=free[mine.online if mine else is_online]),
    )  # fmt: skip


def _left(most: int | None, taken: int) -> int | None:
    return None if most is None else max(0, most - taken)


# -- one in full


def meeting_page(session: Session, actor: Actor, meeting_id: int) -> MeetingPage:
    """A meeting with all who answered it. Raises NotFound."""
    meeting = seen(session, actor, meeting_id)
    line, at = meeting_line(session, actor, meeting), now(session)
    may_edit = may(actor, "change a meeting")
    replies = _replies(session, meeting, None if may_edit else actor.id)
    rows = _answers(session, meeting)
    own = next((row for row, member in rows if member.id == actor.id), None)
    said = fields.of(session, meeting)
    if not (may_edit or (line.answer == "yes" and not line.waiting)):
        said = replace(said, link="")
    people = [(row, _attendee(row, member, replies if may_edit else {})) for row, member in rows]
    return MeetingPage(
        line=line, fields=said, starts_local=(meeting.starts_local or "").replace("T", " "),
        answers_close_at=meeting.answer_by, uid=meeting.uid, sequence=meeting.sequence, reason=meeting.reason,
        called_by=session.get_one(Member, meeting.created_by_id).handle, thread_id=_thread(session, actor, meeting),
        going=tuple(who for row, who in people if places.has_place(row)),
        waiting=tuple(who for row, who in sorted(people, key=lambda one: one[0].queue or 0) if row.queue is not None),
        maybe=tuple(who for row, who in people if row.answer == "maybe"),
        cannot=tuple(who for row, who in people if row.answer == "no"),
        note=own.note if own else "", replies=replies.get(actor.id, ()), is_late=places.is_late(meeting, at),
        may_edit=may_edit,
    )  # fmt: skip


def _answers(session: Session, meeting: Meeting) -> list[tuple[Rsvp, Member]]:
    """The answers of all who can come, or came and are forgotten, in the order in which they answered."""
    rows = select(Rsvp, Member).join(Member, Member.id == Rsvp.member_id)
    here = rows.where(Rsvp.meeting_id == meeting.id, or_(telling.sees(session, meeting), is_former()))
    return [(row[0], row[1]) for row in session.execute(here.order_by(Rsvp.turn, Rsvp.member_id))]


def _replies(session: Session, meeting: Meeting, member_id: int | None) -> dict[int, tuple[str, ...]]:
    """What members replied to each of the meeting's questions, or what one of them did."""
    rows = select(RsvpReply).where(RsvpReply.meeting_id == meeting.id)
    if member_id is not None:
        rows = rows.where(RsvpReply.member_id == member_id)
    found: dict[int, dict[int, str]] = {}
    for reply in session.scalars(rows):
        found.setdefault(reply.member_id, {})[reply.number] = reply.words
    numbers = range(1, len(fields.questions(meeting)) + 1)
    return {who_: tuple(said.get(number, "") for number in numbers) for who_, said in found.items()}


def _attendee(row: Rsvp, member: Member, replies: dict[int, tuple[str, ...]]) -> Attendee:
    return Attendee(
        handle=member.handle, name=member.display_name, guests=row.guests, online=row.online, note=row.note,
        asked_again=row.asked_again, passed_over=row.passed_over,
        replies=replies.get(member.id, ()) if row.answer != "no" else (),
    )  # fmt: skip


def _thread(session: Session, actor: Actor, meeting: Meeting) -> int:
    """Where the meeting is talked about, if the member can see it; else 0."""
    here = select(Thread.id).join(Board, Board.id == Thread.board_id).where(Thread.id == meeting.thread_id)
    return session.scalar(here.where(visible_boards(actor), Thread.post_count > 0)) or 0
