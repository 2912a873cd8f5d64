"""Answering: yes, maybe or no, for oneself or, as a facilitator, for others; and writing to those who answered so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from bbs.errors import Conflict, Invalid
from bbs.events import MeetingChanged
from bbs.models import Meeting, Member, Rsvp, RsvpReply
from bbs.services import circulars, log
from bbs.services.meetings import calling, fields, pages, places, taking, telling
from bbs.services.meetings.seeing import run_by, seen
from bbs.services.members import known_member
from bbs.services.permission import authorize
from bbs.store import now, record
from bbs.text import clean_line, moment, plural
from bbs.views.meetings import ANSWERS, MeetingLine
from bbs.views.members import Actor

MAX_NOTE = 200
MAX_REPLY = 500
GROUPS = ("going", "waiting", "maybe", "silent")
Group = Literal["going", "waiting", "maybe", "silent"]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. What is None stays as it was, or is nothing, in the room."""

    answer: str
    guests: int | None = None
    online: bool | None = None
    note: str | None = None


def rsvp(
    session: Session, actor: Actor, meeting_id: int, answer: str, *, guests: int | None = None,
    online: bool | None = None, note: str | None = None, replies: Mapping[int, str] | None = None,
) -> MeetingLine:  # fmt: skip
    """Answer for oneself. A yes that does not fit waits, whole; a place that this frees goes to the first whom it fits.

    Raises:
        Conflict: this answer is not taken (any more), or there is no room for more guests.
        Invalid, with the field to mend.
    """
    meeting = seen(session, actor, meeting_id)
    authorize(session, actor, "answer a meeting")
    if note and clean_line(note):
        authorize(session, actor, "add a note to an answer")
    _require_taken(session, actor, meeting, answer)
    before = session.get(Rsvp, (meeting.id, actor.id))
    said = _checked(meeting, Said(answer, guests, online, note), before)
    replied = _checked_replies(meeting, replies or {})
    enter(session, meeting, actor.id, said)
    for number, words in replied.items():
        session.merge(RsvpReply(meeting_id=meeting.id, member_id=actor.id, number=number, words=words))
    session.flush()
    return pages.meeting_line(session, actor, meeting)


def withdraw(session: Session, actor: Actor, meeting_id: int) -> MeetingLine:
    """Take an answer back, as if none had been given; a place that it held goes to the first whom it fits."""
    meeting = seen(session, actor, meeting_id)
    _require_open(session, meeting)
    row = session.get(Rsvp, (meeting.id, actor.id))
    if row is not None:
        mine = (RsvpReply.meeting_id == meeting.id, RsvpReply.member_id == actor.id)
        session.execute(delete(RsvpReply).where(*mine))
        session.delete(row)
        telling.forget_place(session, meeting, [actor.id])
        places.settle(session, meeting)
        record(session, MeetingChanged(meeting.id))
    return pages.meeting_line(session, actor, meeting)


def answer_for(
    session: Session, actor: Actor, meeting_id: int, handle: str, answer: str, *, guests: int | None = None,
    online: bool | None = None,
) -> MeetingLine:  # fmt: skip
    """Answer for another member, until the meeting ends: logged, and the member is told who did it.

    The line is as the other one stands to the meeting.
    """
    meeting = run_by(session, actor, "answer a meeting for others", meeting_id)
    _require_open(session, meeting)
    other = known_member(session, actor, handle)
    can_come = select(Member.id).where(Member.id == other.id, telling.sees(session, meeting))
    if session.scalar(can_come) is None:
        raise Conflict(f"{other.handle} cannot come: the account is closed or suspended, or cannot see this meeting.")
    said = _checked(meeting, Said(answer, guests, online), session.get(Rsvp, (meeting.id, other.id)))
    enter(session, meeting, other.id, said)
    row = session.get_one(Rsvp, (meeting.id, other.id))
    waits = ", and is on the waiting list" if row.queue is not None else ""
    log.write(session, actor, f"answered {answer} for {other.handle}", meeting.title, board_id=meeting.board_id)
    words = f"{actor.display_name} answered {answer} for you{waits.replace('and is', 'and you are')}."
    telling.answered_for(session, actor, meeting, other.id, words)
    return pages.line_of(session, meeting, actor, other.id)


# -- what is taken


def _require_open(session: Session, meeting: Meeting) -> None:
    if meeting.state == "draft":
        raise Conflict("This meeting is not announced yet.")
    if meeting.state == "cancelled":
        raise Conflict("This meeting is cancelled.")
    if places.is_over(meeting, now(session)):
        raise Conflict("This meeting is over.")


def _require_taken(session: Session, actor: Actor, meeting: Meeting, answer: str) -> None:
    if answer not in ANSWERS:
        raise Invalid("Answer yes, maybe or no.", "answer")
    _require_open(session, meeting)
    at = now(session)
    row = session.get(Rsvp, (meeting.id, actor.id))
    free = places.left(session, meeting, online=row.online) if row is not None else 0
    if answer in taking.takes(meeting, row, at, free=free):
        return
    if places.has_begun(meeting, at):
        raise Conflict("The meeting has begun: you can still say no.")
    assert meeting.answer_by is not None  # noqa: S101 - or they would not be closed
    raise Conflict(f"Answers closed on {moment(meeting.answer_by, ZoneInfo(meeting.zone))}: you can still say no.")


def _checked(meeting: Meeting, said: Said, before: Rsvp | None) -> Said:
    """The answer with all that was left open filled in from the one before. Raises Invalid."""
    if said.answer not in ANSWERS:
        raise Invalid("Answer yes, maybe or no.", "answer")
    came = before if before is not None and before.answer == "yes" else None
    guests = (came.guests if came else 0) if said.guests is None else said.guests
    if said.answer != "yes":
        guests = 0
    elif guests < 0 or guests > max(meeting.guests, came.guests if came else 0):
        most = plural(meeting.guests, "guest") if meeting.guests else "no guests"
        raise Invalid(f"You can bring {most}.", "guests")
    online = (before.online if before else False) if said.online is None else said.online
    if meeting.kind != "both":
        if said.online and meeting.kind == "room":
            raise Invalid("This meeting is in the room only.", "online")
        online = meeting.kind == "online"
    note = (before.note if before else "") if said.note is None else clean_line(said.note)
    if len(note) > MAX_NOTE:
        raise Invalid(f"A note has at most {MAX_NOTE} characters.", "note")
    return Said(said.answer, guests, online, note)


def _checked_replies(meeting: Meeting, replies: Mapping[int, str]) -> dict[int, str]:
    asked = fields.questions(meeting)
    found = {}
    for number, words in replies.items():
        if not 1 <= number <= len(asked):
            many = plural(len(asked), "question") if asked else "no question"
            raise Invalid(f"There is no question {number}: this meeting asks {many}.", "replies")
        found[number] = clean_line(words)
        if len(found[number]) > MAX_REPLY:
            raise Invalid(f"An answer to a question has at most {MAX_REPLY} characters.", "replies")
    return found


# -- entering it


def enter(session: Session, meeting: Meeting, member_id: int, said: Said) -> None:
    """Write an answer that was checked, and give or offer what it frees."""
    row = session.get(Rsvp, (meeting.id, member_id))
    known = (row.answer, row.guests, row.online, row.note, row.asked_again) if row else None
    if row is None:
        row = Rsvp(meeting_id=meeting.id, member_id=member_id, answer="", answered_at=now(session), online=False,
                   guests=0, turn=0, asked_again=False, passed_over=False, offered=0, note="")  # fmt: skip
    if said.answer == "yes":
        _say_yes(session, meeting, row, said)
    elif row.answer != said.answer:
        if row.answer == "yes":
            telling.forget_place(session, meeting, [member_id])
        row.turn, row.answered_at = places.next_turn(session, meeting), now(session)
        places.give_place(row)
    row.answer, row.guests, row.online, row.note = said.answer, said.guests or 0, bool(said.online), said.note or ""
    row.asked_again = False
    session.add(row)
    places.settle(session, meeting, quiet=member_id)
    telling.no_longer(session, meeting, [member_id], telling.UNANSWERED)
    if row.queue is None:
        telling.no_longer(session, meeting, [member_id], telling.FREE, telling.NO_PLACE)
    if known != (row.answer, row.guests, row.online, row.note, row.asked_again):
        record(session, MeetingChanged(meeting.id))


def _say_yes(session: Session, meeting: Meeting, row: Rsvp, said: Said) -> None:
    """Who has a place keeps it; who waits keeps their turn; all others go to the end of the line.

    Raises Conflict where one who has a place wants room for more than there is.
    """
    guests, online = said.guests or 0, bool(said.online)
    people = 1 + guests
    if places.has_place(row):
        more = people if online != row.online else people - places.party(row)
        if more > 0 and not places.fits(session, meeting, more, online=online):
            free = places.left(session, meeting, online=online) or 0
            where = " online" if online else ""
            left = f"{plural(free, 'place is', 'places are')} left{where}"
            raise Conflict(f"{left}: you keep the place that you have, and nothing was changed.")
        return
    if row.answer != "yes" or online != row.online:
        row.turn, row.answered_at = places.next_turn(session, meeting), now(session)
        row.queue = row.turn
    if (guests, online) != (row.guests, row.online):
        row.passed_over = False
    if places.is_late(meeting, now(session)) and places.fits(session, meeting, people, online=online):
        places.give_place(row)


# -- writing to them


def message(session: Session, actor: Actor, meeting_id: int, group: str, body: str) -> int:
    """Write to all who go, wait, may come or are silent, each in a message of their own; how many they are."""
    meeting = run_by(session, actor, "write to those invited", meeting_id)
    if group not in GROUPS:
        raise Invalid(f"Write to one of: {', '.join(GROUPS)}.", "group")
    if meeting.state == "draft":
        raise Conflict("This meeting is not announced yet, so nobody knows of it.")
    chosen = Member.id.in_(_group(session, meeting, group)) & (Member.id != actor.id)
    wanted = session.scalars(select(Member.id).where(chosen)).all()
    about = f"About {meeting.title}, {calling.when(meeting)} (meeting {meeting.id}):"
    return circulars.send(session, actor, wanted, body, heading=about)


def _group(session: Session, meeting: Meeting, group: str) -> Select[int]:
    if group == "silent":
        return telling.silent(session, meeting)
    found = telling.answered(session, meeting, "maybe" if group == "maybe" else "yes")
    if group == "maybe":
        return found
    return found.where(Rsvp.queue.is_(None) if group == "going" else Rsvp.queue.is_not(None))
