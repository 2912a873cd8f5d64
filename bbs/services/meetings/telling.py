"""Who is told what of a meeting. A notice stays until it is read or is not true any more; no other takes its place."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, delete, select, true
from sqlalchemy.orm import Session

from bbs.events import NoticesRead
from bbs.models import Board, Meeting, MeetingFacilitator, Member, MemberRole, Notice, Rsvp
from bbs.services import notices
from bbs.services.permission import present, readers
from bbs.store import now, record
from bbs.views.members import Actor

ANNOUNCED, CHANGED, CANCELLED, BACK_ON = "announced", "changed", "cancelled", "back on"
PLACE, NO_PLACE, FREE, ANSWERED = "a place", "no place", "a free place", "answered for you"
REMINDER, UNANSWERED = "reminder", "unanswered"
ASKED = "You said yes, and {}: please say whether you can still come."


def sees(session: Session, meeting: Meeting) -> ColumnElement[bool]:
    """Over Member: whoever may see the meeting and can come."""
    board = session.get_one(Board, meeting.board_id) if meeting.board_id else None
    return present(now(session)) & (readers(board) if board else true())


def answered(session: Session, meeting: Meeting, *answers: str) -> Select[int]:
    """The members who see it and have given one of these answers, with a place or waiting."""
    rows = select(Rsvp.member_id).join(Member, Member.id == Rsvp.member_id)
    return rows.where(Rsvp.meeting_id == meeting.id, Rsvp.answer.in_(answers), sees(session, meeting))


def silent(session: Session, meeting: Meeting) -> Select[int]:
    """The members who see it and have not answered."""
    rows = select(Rsvp.member_id).where(Rsvp.meeting_id == meeting.id)
    return select(Member.id).where(Member.id.not_in(rows), sees(session, meeting))


def announced(session: Session, actor: Actor, meeting: Meeting) -> None:
    """Everybody who sees it and wishes to hear of meetings; those who are named for it in any case."""
    named = set(_named(session, meeting)) - {actor.id}
    wishes = Member.tell_meetings.is_(True)
    others = set(session.scalars(select(Member.id).where(sees(session, meeting), wishes))) - named - {actor.id}
    _tell(session, meeting, others, ANNOUNCED, "", by=actor)
    _tell(session, meeting, named, ANNOUNCED, "You are named as one of its facilitators.", by=actor)


def named(session: Session, actor: Actor, meeting: Meeting, member_ids: Collection[int]) -> None:
    """They are facilitators of it from now on."""
    words = "You are named as one of its facilitators."
    _tell(session, meeting, set(member_ids) - {actor.id}, "facilitator", words, by=actor)


def _named(session: Session, meeting: Meeting) -> Sequence[int]:
    rows = select(MeetingFacilitator.member_id).join(Member, Member.id == MeetingFacilitator.member_id)
    return session.scalars(rows.where(MeetingFacilitator.meeting_id == meeting.id, sees(session, meeting))).all()


def changed(session: Session, actor: Actor, meeting: Meeting, words: str, asked_again: Collection[int] = ()) -> None:
    """Those who come, may come or wait are told what changed, from what to what, whatever they wish to hear of.

    Those who are `asked_again` are asked for their answer in the same notice.
    """
    again = set(asked_again) - {actor.id}
    others = set(session.scalars(answered(session, meeting, "yes", "maybe"))) - again - {actor.id}
    wait = again & set(session.scalars(answered(session, meeting, "yes").where(Rsvp.queue.is_not(None))))
    for member_ids, asks in ((others, ""), (again - wait, ASKED.format("keep your place")),
                             (wait, ASKED.format("stay in line"))):  # fmt: skip
        _tell(session, meeting, member_ids, CHANGED, f"{words} {asks}".strip(), by=actor)


def link_changed(session: Session, actor: Actor, meeting: Meeting) -> None:
    """Those who have a place, and the named facilitators. The link itself stands on the page alone."""
    coming = answered(session, meeting, "yes").where(Rsvp.queue.is_(None))
    told = {*session.scalars(coming), *_named(session, meeting)} - {actor.id}
    _tell(session, meeting, told, CHANGED, "The link to join online has changed: the meeting's page has it.", by=actor)


def cancelled(session: Session, actor: Actor, meeting: Meeting) -> None:
    told = set(session.scalars(answered(session, meeting, "yes", "maybe"))) - {actor.id}
    _tell(session, meeting, told, CANCELLED, meeting.reason, by=actor)
    no_longer(session, meeting, None, PLACE, NO_PLACE, FREE, REMINDER, UNANSWERED)


def back_on(session: Session, actor: Actor, meeting: Meeting, words: str) -> None:
    told = set(session.scalars(answered(session, meeting, "yes", "maybe"))) - {actor.id}
    _tell(session, meeting, told, BACK_ON, words, by=actor)


# -- places


def placed(session: Session, meeting: Meeting, member_ids: Collection[int]) -> None:
    """They have moved up from the waiting list."""
    no_longer(session, meeting, member_ids, NO_PLACE, FREE)
    _tell(session, meeting, member_ids, PLACE, "")


def lost_place(session: Session, actor: Actor, meeting: Meeting, member_ids: Collection[int]) -> None:
    """There are fewer places than people who come: these wait again."""
    no_longer(session, meeting, member_ids, PLACE)
    words = "There are fewer places now. You are at the head of the waiting list, in the order of your answers."
    _tell(session, meeting, member_ids, NO_PLACE, words, by=actor)


def free(session: Session, meeting: Meeting, many: int, rows: Collection[Rsvp]) -> None:
    """All who wait hear that places are free; the first to say yes has one."""
    no_longer(session, meeting, [row.member_id for row in rows], FREE)
    first = "The first of those who wait to say yes has it."
    _tell(session, meeting, [row.member_id for row in rows if row.guests < many], FREE, first)
    for row in rows:
        if row.guests >= many:
            fewer = (
                f"There is not room for the {1 + row.guests} that you asked for: say yes with fewer guests to take it."
            )
            _tell(session, meeting, [row.member_id], FREE, f"{first} {fewer}")


def no_longer_free(session: Session, meeting: Meeting, member_ids: Collection[int]) -> None:
    no_longer(session, meeting, member_ids, FREE)


def forget_place(session: Session, meeting: Meeting, member_ids: Collection[int]) -> None:
    """What they were told of having, losing or taking a place is not true any more."""
    no_longer(session, meeting, member_ids, PLACE, NO_PLACE, FREE)


def shut_out(session: Session, meeting: Meeting, member_ids: Collection[int]) -> None:
    """They cannot see the meeting any more, and had a place in it."""
    forget_place(session, meeting, member_ids)
    words = f"You have no place in “{meeting.title}” any more, because you cannot read its board."
    notices.tell_members(session, member_ids, "account", "board", words)


def answered_for(session: Session, actor: Actor, meeting: Meeting, member_id: int, words: str) -> None:
    _tell(session, meeting, {member_id} - {actor.id}, ANSWERED, words, by=actor)


def reminded(session: Session, meeting: Meeting, member_ids: Collection[int], what: str, words: str) -> None:
    _tell(session, meeting, member_ids, what, words)


def member_forgotten(session: Session, meeting: Meeting, words: str) -> None:
    """Those who run it hear that somebody is not there any more; where nobody does, all facilitators."""
    runs = set(_named(session, meeting)) | {meeting.created_by_id}
    told = session.scalars(select(Member.id).where(Member.id.in_(runs), sees(session, meeting))).all()
    if not told:
        facilitators = select(MemberRole.member_id).where(MemberRole.role == "facilitator")
        told = session.scalars(select(Member.id).where(Member.id.in_(facilitators), sees(session, meeting))).all()
    _tell(session, meeting, told, CHANGED, words)


def no_longer(session: Session, meeting: Meeting, member_ids: Collection[int] | None, *whats: str) -> None:
    """Take out what nobody has read and is not true any more; `member_ids` None is everybody."""
    unread = [Notice.meeting_id == meeting.id, Notice.what.in_(whats), Notice.read_at.is_(None)]
    if member_ids is not None:
        unread.append(Notice.member_id.in_(member_ids))
    for member_id in set(session.scalars(delete(Notice).where(*unread).returning(Notice.member_id)).all()):
        record(session, NoticesRead(member_id))


def _tell(
    session: Session, meeting: Meeting, member_ids: Collection[int], what: str, words: str, *, by: Actor | None = None
) -> None:
    notices.tell_members(session, member_ids, "meeting", what, words, by=by, meeting_id=meeting.id)
