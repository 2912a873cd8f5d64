"""Who has a place: the waiting list, and how a free place is given away or, in the last two days, offered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, not_, or_, select, update
from sqlalchemy.orm import Session

from bbs.events import MeetingChanged
from bbs.models import Meeting, Member, Rsvp
from bbs.services import due, in_force
from bbs.services.meetings import telling
from bbs.store import now, record

LATE = timedelta(hours=48)
"""So long before a meeting nobody is given a place without being asked: they may have made other plans."""
RETURN = "meeting-return"
"""The due work of letting somebody whose suspension has ended into meetings that have room."""


def party(row: Rsvp) -> int:
    """How many people come with one answer."""
    return 1 + row.guests


def has_place(row: Rsvp) -> bool:
    return row.answer == "yes" and row.queue is None


def is_late(meeting: Meeting, at: datetime) -> bool:
    """Whether free places are offered and not given; from the start on nobody is offered one either."""
    return meeting.starts_at is not None and at >= meeting.starts_at - LATE


def has_begun(meeting: Meeting, at: datetime) -> bool:
    return meeting.starts_at is not None and at >= meeting.starts_at


def is_over(meeting: Meeting, at: datetime) -> bool:
    return meeting.starts_at is not None and at > meeting.starts_at + timedelta(minutes=meeting.minutes)


def capacity(meeting: Meeting, *, online: bool) -> int | None:
    """None for no limit."""
    return meeting.online_places if online else meeting.places


def going(session: Session, meeting: Meeting, *, online: bool) -> Sequence[Rsvp]:
    """Those who have a place, the first to answer first."""
    return session.scalars(_present(session, meeting, online).where(Rsvp.queue.is_(None)).order_by(Rsvp.turn)).all()


def waiting(session: Session, meeting: Meeting, *, online: bool) -> Sequence[Rsvp]:
    """Those who wait for one, the first in line first."""
    return session.scalars(_present(session, meeting, online).where(Rsvp.queue.is_not(None)).order_by(Rsvp.queue)).all()


def _present(session: Session, meeting: Meeting, online: bool) -> Select[Rsvp]:  # noqa: FBT001 - which of the two
    said_yes = select(Rsvp).join(Member, Member.id == Rsvp.member_id).where(Rsvp.answer == "yes")
    counts = or_(telling.sees(session, meeting), in_force.is_former())
    return said_yes.where(Rsvp.meeting_id == meeting.id, Rsvp.online.is_(online), counts)


def left(session: Session, meeting: Meeting, *, online: bool) -> int | None:
    """Free places; None without a limit. Below 0 never."""
    most = capacity(meeting, online=online)
    if most is None:
        return None
    return max(0, most - sum(map(party, going(session, meeting, online=online))))


def fits(session: Session, meeting: Meeting, people: int, *, online: bool) -> bool:
    free = left(session, meeting, online=online)
    return free is None or people <= free


def next_turn(session: Session, meeting: Meeting) -> int:
    """The number of the next answer: higher than any turn or place in the line."""
    taken = select(func.max(Rsvp.turn), func.max(Rsvp.queue)).where(Rsvp.meeting_id == meeting.id)
    return max(0, *(number or 0 for number in session.execute(taken).one())) + 1


# -- giving places


def settle(session: Session, meeting: Meeting, *, quiet: int = 0) -> None:
    """Give what is free to the first in line whose whole party fits; in the last two days offer it to all who wait.

    From the start on nothing is given. `quiet` is the member who is answering, and sees what comes of it.
    """
    session.flush()
    at = now(session)
    if meeting.state != "announced" or meeting.starts_at is None or has_begun(meeting, at):
        return
    for online in (False, True):
        if is_late(meeting, at):
            _offer(session, meeting, online=online, quiet=quiet)
        else:
            _promote(session, meeting, online=online, quiet=quiet)


def _promote(session: Session, meeting: Meeting, *, online: bool, quiet: int) -> None:
    line = waiting(session, meeting, online=online)
    if not line:
        return
    free = left(session, meeting, online=online)
    placed: list[int] = []
    passed: list[Rsvp] = []
    if any(row.offered for row in line):  # it was moved to a later day
        telling.no_longer_free(session, meeting, [row.member_id for row in line])
    for row in line:
        row.offered = 0
        if free is None or party(row) <= free:
            free = None if free is None else free - party(row)
            give_place(row)
            placed.append(row.member_id)
            for behind in passed:
                behind.passed_over = True
        else:
            passed.append(row)
    telling.placed(session, meeting, [member_id for member_id in placed if member_id != quiet])


def _offer(session: Session, meeting: Meeting, *, online: bool, quiet: int) -> None:
    """Tell all who wait how many places are free, once; take it back when they are gone."""
    line = waiting(session, meeting, online=online)
    if not line:
        return
    free = left(session, meeting, online=online)
    many = sum(map(party, line)) if free is None else free
    if not many:
        telling.no_longer_free(session, meeting, [row.member_id for row in line])
    telling.free(session, meeting, many, [row for row in line if row.offered < many and row.member_id != quiet])
    for row in line:
        row.offered = many


def give_place(row: Rsvp) -> None:
    row.queue, row.passed_over, row.offered = None, False, 0


# -- losing them


def losers(rows: Sequence[Rsvp], most: int | None) -> list[Rsvp]:
    """Of those who have a place, whoever would have none with `most` places: the last to answer first."""
    taken, lost = sum(map(party, rows)), []
    for row in sorted(rows, key=lambda row: -row.turn):
        if most is None or taken <= most:
            break
        taken -= party(row)
        lost.append(row)
    return lost


def put_at_head(session: Session, meeting: Meeting, lost: Sequence[Rsvp]) -> None:
    """They wait from now on, before all others, in the order in which they answered."""
    lowest = session.scalar(select(func.min(Rsvp.queue)).where(Rsvp.meeting_id == meeting.id))
    first = min(1, lowest if lowest is not None else 1) - len(lost)
    for number, row in enumerate(sorted(lost, key=lambda row: row.turn), first):
        row.queue = number
    session.flush()


def member_left(session: Session, member_id: int) -> None:
    """An account was closed, banned or suspended: its places in meetings to come go to those who wait.

    A member who returns is the last in line, so that nobody loses a place to them.
    """
    for meeting, row in _to_come(session, member_id):
        if has_place(row):
            row.queue = next_turn(session, meeting)
            telling.forget_place(session, meeting, [member_id])
            session.flush()
        settle(session, meeting)
        record(session, MeetingChanged(meeting.id))
    _expect(session, member_id)


def member_forgotten(session: Session, member_id: int) -> list[Meeting]:
    """An account is nobody's any more: its answers to meetings to come are removed, and its places go to those who
    wait. The meetings to which it had said yes. What it answered before stays, without a note.
    """
    due.drop(session, RETURN, member_id)
    mine = Rsvp.member_id == member_id
    to_come = or_(Meeting.starts_at.is_(None), Meeting.starts_at > now(session))
    theirs = select(Meeting, Rsvp.answer).join(Rsvp, Rsvp.meeting_id == Meeting.id).where(mine, to_come)
    rows = session.execute(theirs.order_by(Meeting.id)).all()
    session.execute(delete(Rsvp).where(mine, Rsvp.meeting_id.in_([meeting.id for meeting, _ in rows])))
    session.execute(update(Rsvp).where(mine).values(note=""))
    for meeting, _ in rows:
        settle(session, meeting)
        record(session, MeetingChanged(meeting.id))
    return [meeting for meeting, answer in rows if answer == "yes"]


def member_returned(session: Session, member_id: int) -> None:
    """They may come to meetings again: where there is room they have a place."""
    due.drop(session, RETURN, member_id)
    _expect(session, member_id)
    for meeting, _ in _to_come(session, member_id):
        settle(session, meeting)
        record(session, MeetingChanged(meeting.id))


def readers_changed(session: Session) -> None:
    """Whom a board does not let read any more, their places in its meetings to come go to those who wait, and they are
    told. Who can read it again is let in where there is room, as above.
    """
    to_come = select(Meeting).where(Meeting.board_id.is_not(None), Meeting.starts_at > now(session))
    for meeting in session.scalars(to_come.where(Meeting.state != "draft").order_by(Meeting.id)).all():
        coming = select(Rsvp).join(Member, Member.id == Rsvp.member_id).where(Rsvp.meeting_id == meeting.id)
        placed = coming.where(Rsvp.answer == "yes", Rsvp.queue.is_(None))
        shut_out = session.scalars(placed.where(not_(telling.sees(session, meeting))).order_by(Rsvp.turn)).all()
        for row in shut_out:
            row.queue = next_turn(session, meeting)
            session.flush()
        telling.shut_out(session, meeting, [row.member_id for row in shut_out])
        settle(session, meeting)
        record(session, MeetingChanged(meeting.id))


def _expect(session: Session, member_id: int) -> None:
    """Look again when the last suspension in force has ended."""
    ends = [each.until for each in in_force.on_member(session, member_id) if each.kind == "suspended" and each.until]
    if ends:
        due.put(session, RETURN, member_id, max(ends))


def _to_come(session: Session, member_id: int) -> Sequence[tuple[Meeting, Rsvp]]:
    """The meetings to come to which a member has said yes."""
    theirs = select(Meeting, Rsvp).join(Rsvp, Rsvp.meeting_id == Meeting.id)
    mine = theirs.where(Rsvp.member_id == member_id, Rsvp.answer == "yes", Meeting.starts_at > now(session))
    return [(row[0], row[1]) for row in session.execute(mine.order_by(Meeting.id))]


def use_only_way(session: Session, meeting: Meeting) -> None:
    """Where a meeting is in a room alone, or online alone, all who answered come so."""
    if meeting.kind != "both":
        all_of_it = update(Rsvp).where(Rsvp.meeting_id == meeting.id)
        session.execute(all_of_it.values(online=meeting.kind == "online"))
